"""A site with phones of two vendors on the memory PBX, whose files are published for real."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reconciler.model.address import Address
from reconciler.provisioning.store.published import Published, open_published
from reconciler.provisioning.store.sealing import published_key
from tests.cli.workspace import OFFICE, Workspace, fill

INVENTORY = f"""\
{OFFICE}sites:
  main:
    timezone: Europe/London
    country: GB
    pbx: office
    subnets: [192.0.2.0/24]
    ntp: [192.0.2.1]
provisioning:
  base_url: https://prov.office.example/p
  require: [subnet, token]
workspace: {{name: office}}
"""

PHONES = """\
apiVersion: reconciler/v1
pbx: office
site: main

templates:
  desk:
    vendor: yealink
    sip: {codecs: [g722, alaw]}
    features: {admin_password: {secret: "env:ADMIN"}}
  lobby: {vendor: polycom}

extensions:
  "1001": {name: Ada Okafor, secret: {secret: "env:ADA"}}
  "1002": {name: Ben Roy, secret: {secret: generated}}
  "1003": {name: Cleo Marsh, secret: {secret: generated}}
  "1004": {name: Lobby, secret: {secret: generated}}

phones:
  ada: {mac: 80:5e:c0:f0:00:01, model: T54W, template: desk, lines: ["1001"]}
  ben: {mac: 80:5e:c0:f0:00:02, model: T54W, template: desk, lines: ["1002"]}
  cleo: {mac: 80:5e:c0:f0:00:03, model: T54W, template: desk, lines: ["1003"]}
  lobby: {mac: 64:16:7f:f0:00:04, model: VVX250, template: lobby, lines: ["1004"]}
"""

CANARIES = {"ADA": "canary-Ada-8fKq2Wzx", "ADMIN": "canary-Admin-3tLp9Vbn"}
ADA_FILE = "805ec0f00001.cfg"
ANOTHER_DAY = f"{(datetime.now(UTC) + timedelta(days=3)).strftime('%a')} 12:00-12:01"
"""A minute of the week that is days away, also if it is midnight while a test runs."""


def fleet(folder: Path) -> Workspace:
    """Write the estate into a new folder."""
    made = fill(folder, {"inventory.yaml": INVENTORY, "phones.yaml": PHONES})
    made.environ.update(CANARIES)
    made.planted.update(CANARIES.values())
    return made


@contextmanager
def published(here: Workspace) -> Iterator[Published]:
    """Open the workspace's published store as a server does."""
    folder = here.folder / ".reconciler"
    with open_published(str(folder / "published.db"), published_key(folder, {})) as store:
        yield store


def phone(name: str) -> Address:
    return Address("phone", "main", name)


def served(here: Workspace) -> dict[str, str]:
    """Return every text that is served now, by its name; those of the site under `shared/`."""
    texts = {}
    with published(here) as store:
        for owner in store.owners(verify=True):
            assert owner.intact
            for name in owner.files:
                file = store.file(owner.address, name)
                assert file is not None
                texts[f"shared/{name}" if owner.shared else name] = file.content.decode()
    return texts
