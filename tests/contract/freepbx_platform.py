"""A FreePBX to hold the contract against: the lab's, as both versions."""

import socket

from reconciler.adapters.freepbx import ADAPTER
from reconciler.diagnostics.place import Place
from reconciler.lab.freepbx.server import Emulator
from reconciler.model.secret import Secret
from reconciler.model.target import Target
from reconciler.testing.platforms import Platform
from reconciler.testing.world import World

RECORDINGS = ("closed", "welcome", "later", "busy", "holiday", "sorry", "lunch", "night")


def target(
    server, *, url=None, web="env:WEB", oauth="env:OAUTH", without=(), name="ferrybank", **more
):
    settings = {
        "url": url or server.url,
        "acknowledge_plaintext": True,
        "writes_per_second": 100,
        "reload_timeout": 20,
        "oauth.client_id": server.pbx.credentials.client_id,
        "oauth.client_secret": Secret(oauth),
        "web.username": server.pbx.credentials.web_user,
        "web.password": Secret(web),
        **more,
    }
    kept = {k: v for k, v in settings.items() if not any(k.startswith(f"{e}.") for e in without)}
    return Target(f"pbx/{name}", name, "freepbx", kept, Place("inventory.yaml", 0, ()), 1)


def secrets(server):
    credentials = server.pbx.credentials
    return {
        "WEB": credentials.web_password,
        "OAUTH": credentials.client_secret,
        "WRONG": "not-the-password-at-all",
    }


def inventory(server, *, more="", beside=""):
    """Return the inventory file of a workspace on the PBX; its passwords are OAUTH and WEB.

    `more` are lines of the PBX's entry, `beside` what else the file holds.
    """
    own = server.pbx.credentials
    lines = "".join(f"    {line}\n" for line in more.splitlines())
    return f"""\
apiVersion: reconciler/v1
pbxs:
  ferrybank:
    adapter: freepbx
    url: {server.url}
    acknowledge_plaintext: true
    timezone: Europe/London
    country: GB
{lines}    oauth: {{client_id: {own.client_id}, client_secret: {{secret: "env:OAUTH"}}}}
    web: {{username: {own.web_user}, password: {{secret: "env:WEB"}}}}
{beside}workspace: {{name: ferrybank}}
"""


def world_of(server, folder, **settings):
    """Return a world without files on the PBX, and its target."""
    world = World(folder, {"freepbx": ADAPTER})
    world.values.update(secrets(server) | {"S": "Secret-1001-abcdef", "PIN": "4711"})
    return world, target(server, **settings)


CLOSED = socket.socket()
"""Bound, and never listening: who calls is refused, and nobody else is given the port."""
CLOSED.bind(("127.0.0.1", 0))


def closed_port():
    return CLOSED.getsockname()[1]


def furnish(server):
    """Give the PBX recordings and a class of music: neither can be made over the wire."""
    tables = server.pbx.tables
    for number, name in enumerate(RECORDINGS, 1):
        tables.insert(
            "recordings",
            {"id": number, "displayname": name, "filename": f"custom/{name}", "description": ""},
        )
    tables.insert("music", {"id": 2, "category": "calm", "type": "files", "random": 0})
    tables.needs_reload = False


class Takes:
    """Mends samples to what is there on the PBX."""

    def __init__(self):
        self.played = 0

    def __call__(self, kind, key, raw):
        if kind in ("music", "parking_lot"):  # those that are there, and no others
            return None
        raw = dict(raw)
        if kind == "announcement":
            raw["file"] = f"custom/{RECORDINGS[self.played % len(RECORDINGS)]}"
            if key != "0":
                self.played += 1
        if kind == "schedule" and raw.get("closed_days"):
            raw["closed_days"] = ["12-25", "12-26", "01-01", "05-01..05-03"]
        if kind == "extension" and raw.get("forward"):
            raw["forward"] = {"busy": "1001", "no_answer": "+441134960100"}
        if "music" in raw and kind != "music":
            raw.pop("music")
        if kind == "extension":
            raw["settings"] = {"direct_media": "no", "qualifyfreq": "30"}
            raw["secret"] = raw.get("secret") or {"secret": "env:S"}
            if raw.get("transport"):
                raw["transport"] = "udp"
            if key in ("1001", "0042", "7"):
                raw["voicemail"] = {"enabled": True, "pin": {"secret": "env:PIN"}}
            box = raw.get("voicemail")
            if isinstance(box, dict) and box.get("pin", "") is None:
                box.pop("pin")
            if isinstance(box, dict) and box.get("enabled") != "false":
                raw["voicemail"] = {**box, "pin": {"secret": "env:PIN"}}
            if raw.get("ring_time"):
                raw["ring_time"] = 5 + int(raw["ring_time"]) % 30
        if kind == "trunk":
            raw["transport"] = "udp"
            if raw.get("mode", "register") == "register":
                raw["registration"] = {"expiry": "600", "retry": "30", "contact_user": "desk"}
            if "codecs" in raw:
                raw["codecs"] = ["alaw", "ulaw"]
            raw["settings"] = {"rewrite_contact": "yes", "max_retries": "100"}
        if kind == "queue":
            raw |= {"timeout": "20", "retry": "7", "wrap_up": "11", "announce_every": "45"}
            if raw.get("max_wait"):
                raw["max_wait"] = "120"
            raw["members"] = [{"extension": "1001"}, {"extension": "7", "penalty": 2}]
            raw["settings"] = {"memberdelay": "3", "reportholdtime": "yes"}
        return raw


def platform(server, **settings):
    furnish(server)
    return Platform(
        target(server, **settings),
        secrets=secrets(server),
        wrong_password=target(server, oauth="env:WRONG", web="env:WRONG"),
        nobody_there=target(server, url=f"http://127.0.0.1:{closed_port()}"),
        adjust=Takes(),
    )


def emulator(version, **more):
    return Emulator(version, reload_s=0.01, **more)
