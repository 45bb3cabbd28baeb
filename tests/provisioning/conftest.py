"""Places with a published store, and servers that several tests share."""

from pathlib import Path

import pytest

from tests.provisioning.serving import DESK, DISABLED, LOBBY, MACS, Place, phone, softphone


def filled(folder: Path, section: str, url: str | None = None) -> Place:
    """Return a place with three phones, one of them disabled, and a softphone."""
    folder.mkdir(parents=True, exist_ok=True)
    place = Place(folder, url)
    place.write(section)
    place.publish(
        phone(LOBBY, "805ec0000001.boot", "805ec0000001.cfg", "phonebook.xml"),
        phone(DESK, f"cfg{MACS[DESK]}.xml"),
        phone(DISABLED, enabled=False),
        softphone(),
    )
    return place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A place where being in the network is enough."""
    return filled(tmp_path / "w", "  require: [subnet]\n")
