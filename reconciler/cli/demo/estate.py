"""The demo's estate: examples/ferrybank-dental, with the lab where its PBX and network are. IO."""

import json
import os
import secrets
import shutil
import socket
import sys
from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import click

from reconciler.execution.secrets.files import ensure_folder
from reconciler.execution.secrets.keys import KEY_FILE, StoreKey
from reconciler.execution.secrets.store import file_store
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.store import load, save
from reconciler.lab.phones import Spec
from reconciler.lab.practice import NETWORK, RELOAD_S, Ports, Practice
from reconciler.language.amend import set_fields
from reconciler.model.secret import Clear

EXAMPLE: Final = "ferrybank-dental"
HOME: Final = ".reconciler"
LAB_STATE: Final = "lab-pbx.json"
LAB_PORTS: Final = "lab-ports.json"
PORTS: Final = range(20_000, 32_000)
STAFF_ROOM: Final = Spec("T54W", mac="805ec0f0015c", name="staff-room")
"""A phone that nobody has declared."""


def lay_out(folder: Path) -> None:
    """Copy the example's files into a workspace of its own."""
    ensure_folder(folder / HOME)
    for file in sorted(_example().glob("*.yaml")):
        shutil.copyfile(file, folder / file.name)


def _example() -> Path:
    """Return where the example is: in the package, or beside it in a checkout."""
    packaged = Path(str(files("reconciler.lab"))) / EXAMPLE
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "examples" / EXAMPLE


def reserve_port(stack: ExitStack) -> int:
    """Return a TCP port on loopback that nobody has, and that nobody else gets before we listen.

    It lies below those that systems give to whoever calls somebody: what was kept finds it free
    again. A socket that is bound and does not listen holds it, where that lets a listener in.
    """
    for _ in range(1000):
        holder = socket.socket()
        port = secrets.choice(PORTS)
        try:
            holder.bind(("127.0.0.1", port))
        except OSError:
            holder.close()
            continue
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sys.platform == "linux":
            stack.enter_context(holder)
        else:
            holder.close()
        return port
    raise click.ClickException("No port on 127.0.0.1 is free.")


def point_at_lab(folder: Path, practice: Practice) -> None:
    """Say in the files where things are here. Nobody else's passwords are in the store."""
    own, files_port = practice.pbx.pbx.credentials, practice.ports.files
    wires: dict[str, Any] = {
        "url": practice.pbx.url,
        "acknowledge_plaintext": True,
        "writes_per_second": 100,
        "oauth": _login("client_id", own.client_id, "client_secret", "ferrybank-oauth"),
        "web": _login("username", own.web_user, "password", "ferrybank-web"),
        "ami": {
            "host": "127.0.0.1", "port": practice.pbx.ami_port,
            **_login("username", own.ami_user, "password", "ferrybank-ami"),
        },
    }  # fmt: skip
    network = NETWORK if practice.spread else "127.0.0.1/32"
    provisioning = {
        "base_url": f"http://prov.ferrybank.example:{files_port}/p",
        "listen": {"address": "127.0.0.1", "port": files_port},
    }
    _amend(folder / "pbx.yaml", ("pbxs", "ferrybank"), wires)
    _amend(folder / "sites.yaml", ("sites", "fb-main"), {"subnets": [network]})
    _amend(folder / "provisioning.yaml", ("provisioning",), provisioning)


def _login(user: str, name: str, password: str, secret: str) -> dict[str, Any]:
    return {user: name, password: {"secret": f"store:{secret}"}}


def _amend(file: Path, path: tuple[str, ...], fields: dict[str, Any]) -> None:
    text = file.read_text(encoding="utf-8")
    file.write_text(set_fields(text, 0, path, fields), encoding="utf-8")


def keep_secrets(folder: Path, practice: Practice) -> None:
    """Put what people would be given into the workspace's store: `reconciler secrets set`."""
    home = folder / HOME
    environ = {k: v for k, v in os.environ.items() if not k.startswith("RECONCILER_")}
    StoreKey(home / KEY_FILE, environ).create()
    store, own = file_store(home, environ), practice.pbx.pbx.credentials
    for name, value in (
        ("ferrybank-oauth", own.client_secret),
        ("ferrybank-web", own.web_password),
        ("ferrybank-ami", own.ami_password),
        ("bandlane-password", secrets.token_urlsafe(18)),
        ("phone-admin", secrets.token_urlsafe(9)),
    ):
        store.put(name, Clear(value))


def write_kept(folder: Path, practice: Practice) -> None:
    """Keep the PBX, with its passwords for the owner of the folder only, and where things are."""
    home = folder / HOME
    save(practice.pbx.pbx, home / LAB_STATE)
    (home / LAB_PORTS).write_text(json.dumps(practice.ports._asdict()), encoding="utf-8")


def read_kept(folder: Path) -> tuple[Pbx, Ports]:
    """Return what was kept. Raises click.UsageError for a folder that no demo has kept."""
    home = folder / HOME
    try:
        ports = Ports(**json.loads((home / LAB_PORTS).read_text(encoding="utf-8")))
        return load(home / LAB_STATE, reload_s=RELOAD_S), ports
    except (OSError, ValueError, TypeError):
        raise click.UsageError(
            f"{folder} is no demo that was kept: reconciler demo --keep DIR"
        ) from None
