"""The disk of a PBX is full: Asterisk empties a file, cannot write it, and says Success.

What it does to the file is done here by a proxy, between the write and whatever is asked next.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.real.ami_proxy import WRITES, AmiProxy, How
from tests.real.asterisk.instance import Asterisk
from tests.real.estate import GROUP, PEOPLE, office

Factory = Callable[..., Asterisk]


class FullDisk(AmiProxy):
    """Empties what holds a text, once it was written."""

    def __init__(self, pbx: Asterisk) -> None:
        super().__init__(pbx.ami.port)
        self.etc = pbx.etc
        self.text: str | None = None
        self.emptied: list[str] = []

    def passes(self, action: str, former: str) -> How | None:
        if self.text is not None and former in WRITES and action not in WRITES:
            for file in sorted(self.etc.glob("rec_ext_*.conf")):
                text = file.read_text()
                if self.text in text:
                    file.write_bytes(b"")
                    self.emptied.append(file.name)
        return super().passes(action, former)


@pytest.mark.parametrize(
    "written", [",41,", "exten = 1004,"], ids=["the file of an object", "the index"]
)
def test_what_was_cut_is_not_loaded(
    asterisk_factory: Factory, tmp_path: Path, written: str
) -> None:
    pbx = asterisk_factory()
    with FullDisk(pbx) as disk, office(pbx, tmp_path / "office") as here:
        here.inventory(port=disk.port)
        here.declare(PEOPLE + GROUP)
        here.apply()
        dialplan = pbx.cli("dialplan show")
        text = here.mine.read("office.yaml").replace(
            "name: Ada Okafor", "name: Ada Okafor\n    ring_time: 41"
        )
        new = '  "1004": {name: Dan Wu, secret: {secret: generated}}'
        here.declare(text.replace("extensions:", f"extensions:\n{new}"))
        disk.text = written
        told = here.apply(expect=3)
        assert disk.emptied
        told.says(disk.emptied[0], "its disk seems to be full", "Nothing was reloaded", "df -h")
        # Whoever could be called before can be called still.
        assert pbx.cli("dialplan show") == dialplan
        disk.text = None
        here.mine.run("plan", "--detailed-exitcode", expect=2)
        here.apply()
        here.is_as_declared()
        assert ",41," in pbx.cli("dialplan show")
        assert "1004" in pbx.cli("dialplan show 1004@rec-extensions")
