"""From the YAML to the phone: apply publishes, the server serves, the commands around it."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from reconciler.model.address import Address
from reconciler.provisioning.store.records import Access, Publication, PublishedFile
from tests.cases.phonefiles.readers import read_yealink
from tests.cli.workspace import FORKS, OFFICE, Ended, Workspace, copied, fill
from tests.provisioning.serving import DEADLINE_S, INSIDE, OUTSIDE, Place

INVENTORY = f"""\
{OFFICE}sites:
  main: {{timezone: Europe/London, country: GB, pbx: office, subnets: [127.1.0.0/16]}}
provisioning:
  base_url: http://prov.office.example/p
  require: ["subnet|token", "subnet|signature"]
  signing_key: {{secret: "env:SIGNING_KEY"}}
  plaintext_acknowledged: true
  limits: {{failures_per_minute: 1000, requests_per_minute: 1000}}
workspace: {{name: office}}
"""
PEOPLE = """\
apiVersion: reconciler/v1
pbx: office
site: main
templates:
  desk:
    vendor: yealink
    sip: {codecs: [g722, alaw]}
    features: {admin_password: {secret: "env:ADMIN"}}
extensions:
  "1001": {name: Ada Okafor, secret: {secret: "env:ADA"}}
  "1002": {name: Ben Roy, secret: {secret: generated}}
  "1003": {name: Ada on the way, secret: {secret: generated}}
phones:
  ada: {mac: 80:5e:c0:f0:00:01, model: T54W, template: desk, lines: ["1001"]}
  ben: {mac: 80:5e:c0:f0:00:02, model: T54W, template: desk, lines: ["1002"]}
softphones:
  ada: {app: linphone, extension: "1003"}
"""
SECRETS = {
    "ADA": "canary-Ada-8fKq2Wzx",
    "ADMIN": "canary-Admin-3tLp9Vbn",
    "SIGNING_KEY": "canary-Signing-0123456789abcdef0123",
}
ADA, BEN = "805ec0f00001.cfg", "805ec0f00002.cfg"
AGENT = "Yealink SIP-T54W 96.86.0.75 80:5e:c0:f0:00:01"


@pytest.fixture(scope="module", autouse=True)
def _forks() -> Iterator[None]:
    yield
    FORKS.close()


@pytest.fixture(scope="module")
def applied_once(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two phones and a softphone, applied."""
    made = fill(
        tmp_path_factory.mktemp("estate") / "work",
        {"inventory.yaml": INVENTORY, "people.yaml": PEOPLE},
    )
    made.environ.update(SECRETS)
    made.planted.update(SECRETS.values())
    made.run("apply", "--auto-approve")
    return made


@pytest.fixture
def here(applied_once: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of the estate, applied; nothing of it may be told on the way."""
    workspace = copied(applied_once, tmp_path / "work")
    yield workspace
    assert workspace.leaks() == []


def place(here: Workspace) -> Place:
    """Return the workspace as a place that servers run in."""
    return Place(here.folder, environ=here.environment())


def told_path(body: bytes) -> str:
    """Return where a Yealink's file sends it from now on, without the server's name."""
    (url,) = read_yealink(body.decode())["static.auto_provision.server.url"]
    assert url.startswith("http://prov.office.example/p/")
    return urlsplit(url).path


def test_from_the_yaml_to_the_phone_and_back(here: Workspace, tmp_path: Path) -> None:
    here.run("render", "--all", "--reveal", "--out", str(tmp_path / "out"))
    with place(here).server() as server:
        got = server.ask(f"/p/{ADA}", agent=AGENT)
        assert got.body == (tmp_path / "out" / ADA).read_bytes()
        assert read_yealink(got.body.decode())["account.1.password"] == [SECRETS["ADA"]]
        # The address in its file opens its files from everywhere, and nobody else's.
        folder = told_path(got.body)
        assert server.ask(f"{folder}{ADA}", source=OUTSIDE, agent=AGENT).body == got.body
        refused = server.ask(f"/p/{ADA}", source=OUTSIDE).shape
        assert server.ask(f"{folder}{BEN}", source=OUTSIDE).shape == refused
        # What is applied is served at once; the phone is told apart from what it has.
        place(here).wait_for(_phone("ada"), "pushed")
        here.edit("people.yaml", "codecs: [g722, alaw]", "codecs: [g722]")
        here.run("apply", "--auto-approve")
        assert place(here).status(_phone("ada")).status == "stale"
        newer = server.ask(f"{folder}{ADA}", source=OUTSIDE, agent=AGENT)
        assert newer.body != got.body
        assert told_path(newer.body) == folder
        place(here).wait_for(_phone("ada"), "pushed")
        # Out of the files, out of the server.
        text = here.read("people.yaml")
        here.write("people.yaml", re.sub(r"(?m)^  ben: .*\n", "", text))
        here.run("apply", "--auto-approve")
        assert server.ask(f"/p/{BEN}").shape == refused


def _phone(name: str) -> Address:
    return Address("phone", "main", name)


def test_a_rotated_token_reaches_its_phone(here: Workspace) -> None:
    with place(here).server() as server:
        old = told_path(server.ask(f"/p/{ADA}").body)
        here.run("provision", "tokens", "rotate", "ada").says("1 token is new.", "apply")
        here.run("apply", "--auto-approve").says("1 changed")
        # The phone still has its old address; there it is told the new one.
        new = told_path(server.ask(f"{old}{ADA}", source=OUTSIDE).body)
        assert new != old
        states = _states(here, "ada")
        assert states == ["previous", "current"]
        assert server.ask(f"{new}{ADA}", source=OUTSIDE).status == 200
        assert server.ask(f"{old}{ADA}", source=OUTSIDE).status == 404
        here.run("provision", "tokens", "revoke", "ada").says("1 token revoked.")
        assert server.ask(f"{new}{ADA}", source=OUTSIDE).status == 404
        here.run("apply", "--auto-approve")
        issued = here.run("provision", "tokens", "issue", "805ec0f00001", "--expires", "600")
        first = urlsplit(issued.out.strip()).path
        signature = new.rstrip("/").rpartition("/")[2]
        path = f"{first}{signature}/{ADA}"
        newest = told_path(server.ask(path, source=OUTSIDE).body)
        assert server.ask(f"{newest}{ADA}", source=OUTSIDE).status == 200
        assert server.ask(path, source=OUTSIDE).status == 404
    assert _states(here, "ada") == ["used", "revoked", "current", "used"]


def _states(here: Workspace, name: str) -> list[str]:
    tokens = here.run("provision", "tokens", "list", name, "--json").json["tokens"]
    assert all(len(each["mark"]) == 11 for each in tokens)
    return [each["state"] for each in sorted(tokens, key=lambda each: each["issued_at"])]


def test_a_pbx_that_keeps_softphones_itself_has_no_account_to_give(here: Workspace) -> None:
    here.run("softphone", "url", "ada", expect=1).says(
        "office (memory) keeps its softphones itself", "PBXs that hold no softphones",
    )  # fmt: skip


def test_a_softphones_link_is_served_once(here: Workspace) -> None:
    # The memory platform holds softphones itself: published as the others' are.
    account = PublishedFile("linphone.xml", "application/xml", b"<config/>")
    key = "DeviceKeyOfAda" + "k" * 18
    publication = Publication(
        Address("softphone", "office", "ada"), "", (account,), access=Access(key)
    )
    with place(here).store() as store:
        store.publish([publication])
    url = here.run("softphone", "url", "ada").out
    path = re.search(r"http://prov\.office\.example(\S+)", url)
    assert path
    with place(here).server() as server:
        got = server.ask(path[1], source=OUTSIDE)
        assert got.status == 200
        assert got.body == account.content
        assert server.ask(path[1], source=OUTSIDE).status == 404
        assert server.ask(f"/p/softphone/{key}", source=OUTSIDE).body == got.body


def test_a_password_from_the_file_answers_the_challenge(here: Workspace, tmp_path: Path) -> None:
    here.edit("inventory.yaml", '"subnet|token", "subnet|signature"', "digest")
    here.run("apply", "--auto-approve")
    here.run("render", "ada", "--reveal", "--out", str(tmp_path / "out"))
    held = read_yealink((tmp_path / "out" / ADA).read_text())
    user = held["static.auto_provision.server.username"][0]
    password = held["static.auto_provision.server.password"][0]
    with place(here).server() as server:
        command = ["curl", "-s", "--digest", "-u", f"{user}:{password}", f"{server.url}/p/{ADA}"]
        got = subprocess.run(command, capture_output=True, check=True, timeout=DEADLINE_S).stdout
        assert got == (tmp_path / "out" / ADA).read_bytes()
        checked = here.run("provision", "check", f"{server.url}/p/{ADA}")
        checked.says("phone/main/ada", "shows digest: yes", "200 OK", "the published file")
        missing = f"{server.url}/p/805ec0f00001-nothing.cfg"
        here.run("provision", "check", missing, expect=1).says("there is no such file")


def test_status_says_what_is_known(here: Workspace) -> None:
    with place(here).server() as server:
        server.ask(f"/p/{ADA}", agent=AGENT)
    shown = here.run("provision", "status")
    shown.says("phone/main/ada", "pushed", "T54W 96.86.0.75", INSIDE, "never")
    shown.says("1 pushed fetched; nobody knows whether it took it", "1 generated published")
    told = here.run("provision", "status", "80-5E-C0-F0-00-01", "--json").json
    assert told["version"] == 1
    (ada,) = told["devices"]
    assert (ada["address"], ada["status"]) == ("phone/main/ada", "pushed")
    files = {each["name"]: each for each in ada["files"]}
    assert files[ADA]["current"] is True
    here.run("provision", "status", "adda", expect=64).says("Did you mean")
    here.run("provision", "status", "--site", "nowhere").says("Nothing is published.")


def test_check_explains_what_the_server_does_not(here: Workspace) -> None:
    here.edit("inventory.yaml", "  base_url", "  firmware_folder: fw\n  base_url")
    here.write("fw/t54w.rom", "image")
    with place(here).server() as server:
        folder = told_path(server.ask(f"/p/{ADA}").body)

        def check(path: str, *options: str, expect: int = 1) -> Ended:
            return here.run("provision", "check", f"{server.url}{path}", *options, expect=expect)

        # Asked from 127.0.0.1, which is in no network of the site.
        good = check(f"{folder}{ADA}", expect=0)
        good.says("phone/main/ada (805ec0f00001)", "200 OK", "the published file", "/p/***/")
        check(f"/p/{ADA}").says(
            "404 Not Found", "subnet or token: no (asked from 127.0.0.1)",
            "did not show subnet or token, signature or subnet",
        )  # fmt: skip
        check("/p/805ec0ffffff.cfg").says("nobody's", "unknown device")
        check(f"{folder}805ec0f00001-x.cfg").says("no such file", "805ec0f00001.boot")
        check(f"/p/{ADA}", "--from", INSIDE).says("sees us at another address")
        told = check(f"{folder}{ADA}", "--json", expect=0).json
        assert (told["version"], told["good"], told["why"]) == (1, True, "")
        assert told["shown"] == {"subnet or token": True, "signature or subnet": True}
        assert (told["device"], told["file"], told["status"]) == ("phone/main/ada", ADA, 200)
        image = check(f"{folder}t54w.rom", expect=0)
        image.says("t54w.rom, 5 bytes, firmware", "200 OK, 5 bytes: the published file")
        here.run("provision", "tokens", "revoke", "ada")
        check(f"{folder}{ADA}").says("the token was revoked")
        # Looking is no fetching.
        assert place(here).status(_phone("ben")).seen.last_seen == ""
    check_gone = here.run("provision", "check", f"{server.url}/p/{ADA}", expect=1)
    check_gone.says("no answer", "is the server running")


def test_addresses_and_what_dhcp_tells(here: Workspace) -> None:
    signed = here.run("provision", "sign-url", "80:5E:C0:F0:00:01").out.strip()
    assert re.fullmatch(r"http://prov\.office\.example/p/805ec0f00001-[0-9a-f]{64}/", signed)
    one = here.run("provision", "sign-url", "805e.c0f0.0001", "--file", ADA).out.strip()
    assert one == f"http://prov.office.example/p/{ADA}?sig={signed[-65:-1]}"
    here.run("provision", "sign-url", "805ec0f0000", expect=64).says("is no MAC address")
    here.run("provision", "sign-url", "805ec0f00001", "--file", BEN, expect=64)
    for to, says in {
        "isc": 'option tftp-server-name "http://prov.office.example/p/";',
        "dnsmasq": 'dhcp-option-force=tag:main,66,"http://prov.office.example/p/"',
        "mikrotik": "code=66 value=\"s'http://prov.office.example/p/'\"",
        "kea": '"name": "tftp-server-name"',
    }.items():
        here.run("provision", "dhcp", "main", "--format", to).says(says)
    here.edit("inventory.yaml", '"subnet|token", "subnet|signature"', "signature")
    own = here.run("provision", "dhcp", "main", "--format", "isc")
    own.says("host reconciler-main-ada", "hardware ethernet 80:5e:c0:f0:00:01;", signed, "secret")
    told = here.run("provision", "dhcp", "main", "--format", "kea").out
    told = "\n".join(each for each in told.splitlines() if not each.startswith("//"))
    assert [each["hw-address"] for each in json.loads(told)["reservations"]] == [
        "80:5e:c0:f0:00:01", "80:5e:c0:f0:00:02",
    ]  # fmt: skip
    here.run("provision", "dhcp", "mian", "--format", "isc", expect=64).says("There are: main.")


def test_a_server_without_the_secrets_of_the_workspace(here: Workspace, tmp_path: Path) -> None:
    """Elsewhere, with the section, the store and its key: nothing else is needed."""
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / ".reconciler").mkdir(parents=True)
    own = here.folder / ".reconciler"
    environ = {
        "RECONCILER_PUBLISHED_KEY": (own / "published.key").read_text().strip(),
        "SIGNING_KEY": SECRETS["SIGNING_KEY"],
    }
    text = here.read("inventory.yaml").partition("provisioning:")[2].partition("workspace:")[0]
    other = Place(elsewhere, url=str(own / "published.db"), environ=environ)
    other.write(text.lstrip("\n"))
    with other.server() as server:
        folder = told_path(server.ask(f"/p/{ADA}").body)
        assert server.ask(f"{folder}{ADA}", source=OUTSIDE).status == 200
    made = {each.name for each in (elsewhere / ".reconciler").iterdir()}
    assert made == set()


def test_help_names_every_command(here: Workspace) -> None:
    shown = here.run("provision", "--help")
    shown.says("serve", "status", "check", "sign-url", "tokens", "dhcp")
    for name in ("serve", "status", "check", "sign-url", "tokens", "dhcp"):
        here.run("provision", name, "--help").says("Usage:")
