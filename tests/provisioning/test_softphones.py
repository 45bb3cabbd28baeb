"""A softphone of a FreePBX, from the YAML to the app: apply, link, server, account, once."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import etree

from reconciler.lab.freepbx.server import Emulator
from reconciler.model.address import Address
from reconciler.provisioning.serving.links import give_link
from reconciler.provisioning.store.published import open_published
from reconciler.provisioning.store.sealing import published_key
from tests.cli.workspace import FORKS, Workspace
from tests.contract.freepbx_platform import emulator, inventory
from tests.provisioning.serving import OUTSIDE, Answer, Place, Server

SIP = "sip: {host: pbx.ferrybank.example, transport: tls}\nwrites_per_second: 100"
PROVISIONING = """\
provisioning:
  base_url: http://prov.ferrybank.example/p
  plaintext_acknowledged: true
  limits: {failures_per_minute: 1000, requests_per_minute: 1000}
"""
PEOPLE = """\
apiVersion: reconciler/v1
pbx: ferrybank
extensions:
  "1001": {name: Ada Okafor, secret: {secret: "env:ADA"}, emergency_caller_id: "+441134960101"}
  "1002": {name: Ben Roy, secret: {secret: generated}, emergency_caller_id: "+441134960102"}
softphones:
  ada: {app: linphone, extension: "1001", name: Ada's mobile, link_expires: 60}
  ben: {app: linphone, extension: "1002", delivery: [qr, url]}
"""
ADA = "canary-Ada-8fKq2Wzx"


@pytest.fixture(scope="module", autouse=True)
def _forks() -> Iterator[None]:
    yield
    FORKS.close()


@pytest.fixture
def pbx() -> Iterator[Emulator]:
    with emulator("17") as found:
        yield found
        assert not found.crashes, found.crashes[0]


@pytest.fixture
def here(pbx: Emulator, tmp_path: Path) -> Iterator[Workspace]:
    """The files, nothing applied; no secret may be told or lie about on the way."""
    (tmp_path / "work").mkdir()
    credentials = pbx.pbx.credentials
    secrets = {"OAUTH": credentials.client_secret, "WEB": credentials.web_password, "ADA": ADA}
    made = Workspace(tmp_path / "work", dict(secrets), planted=set(secrets.values()))
    made.write(
        "inventory.yaml",
        inventory(pbx, more=SIP, beside=PROVISIONING),
    )
    made.write("people.yaml", PEOPLE)
    yield made
    assert made.leaks() == []


def link_of(here: Workspace, name: str) -> str:
    """Return the path of a new link, as the app asks for it."""
    told = here.run("softphone", "url", name)
    told.says("It holds no password", "Works once, until")
    url = told.out.strip()
    assert url.startswith("http://prov.ferrybank.example/p/softphone/")
    return urlsplit(url).path


def entries(answer: Answer) -> dict[str, str]:
    """Return what Linphone's file says, by `section/entry`."""
    assert answer.status == 200
    root = etree.fromstring(answer.body)
    return {
        f"{entry.getparent().get('name')}/{entry.get('name')}": entry.text or ""
        for entry in root.iter("{*}entry")
    }


def ask(server: Server, path: str) -> Answer:
    """Ask from a network that is no site's, as a mobile does."""
    return server.ask(path, source=OUTSIDE, agent="LinphoneAndroid/5.2.0")


def test_from_the_yaml_to_the_app(here: Workspace, pbx: Emulator) -> None:
    here.run("softphone", "url", "ada", expect=1).says("reconciler apply publishes it")
    here.run("apply", "--auto-approve")
    place = Place(here.folder, environ=here.environment())
    link = link_of(here, "ada")
    with place.server() as server:
        refused = ask(server, "/p/softphone/" + "x" * 43).shape
        assert refused[0] == 404
        got = ask(server, link)
        told = entries(got)
        assert told["auth_info_0/passwd"] == ADA
        assert told["auth_info_0/username"] == "1001"
        assert "pbx.ferrybank.example" in told["proxy_0/reg_proxy"]
        (on_pbx,) = [
            row["data"] for row in pbx.pbx.tables.rows("sip")
            if (row["id"], row["keyword"]) == ("1001", "secret")
        ]  # fmt: skip
        assert on_pbx == ADA
        # Once: a second fetch learns nothing, not even that there was a link.
        assert ask(server, link).shape == refused
        # A new link ends the one before, and opens this account alone.
        older, newer = link_of(here, "ben"), link_of(here, "ben")
        assert ask(server, older).shape == refused
        assert entries(ask(server, newer))["auth_info_0/username"] == "1002"
        assert ask(server, newer).shape == refused
        # Out of the files, out of the server.
        link = link_of(here, "ben")
        text = here.read("people.yaml")
        here.write("people.yaml", re.sub(r"(?m)^  ben: .*\n", "", text))
        here.run("apply", "--auto-approve")
        assert ask(server, link).shape == refused
    assert not any(ADA in line for line in server.log)


def test_an_expired_link_is_refused_like_any_other(here: Workspace) -> None:
    here.run("apply", "--auto-approve")
    place = Place(here.folder, environ=here.environment())
    ada, base_url = Address("softphone", "ferrybank", "ada"), "http://prov.ferrybank.example/p"
    own = here.folder / ".reconciler"

    def given_an_hour_ago(expires_s: int) -> str:
        """Give a link as `softphone url` does, an hour ago."""
        key = published_key(own, {})
        with open_published(str(own / "published.db"), key, clock=an_hour_ago) as store:
            return urlsplit(give_link(store, ada, base_url, expires_s=expires_s).url or "").path

    expired, lasting = given_an_hour_ago(3540), given_an_hour_ago(86_400)
    with place.server() as server:
        refused = ask(server, "/p/softphone/" + "x" * 43).shape
        assert ask(server, expired).shape == refused
        # It was the end that counted: the one that lasts opens the account.
        assert entries(ask(server, lasting))["auth_info_0/passwd"] == ADA


def an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)
