"""What every kind becomes, as people can read it. `REWRITE_GOLDEN=1` writes the files anew."""

import os
from pathlib import Path

import pytest

from reconciler.adapters.asterisk.index import index_sections
from reconciler.adapters.asterisk.render import CARRIERS, render
from tests.unit.asterisk.estate import OFFICE, office
from tests.unit.asterisk.make import SETUP, as_text, at, read_back, sections_of, shown

FOLDER = Path(__file__).parent / "golden"
KINDS = sorted(CARRIERS)


def check_golden(name: str, text: str) -> None:
    file = FOLDER / f"{name}.conf"
    if os.environ.get("REWRITE_GOLDEN"):
        FOLDER.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_kind(kind: str) -> None:
    objects = [at(text) for text in OFFICE if text.startswith(f"{kind}/")]
    found = [render(kind, each.key, office()[each], SETUP) for each in objects]
    check_golden(kind, as_text(section for sections in found for section in sections))


def test_index() -> None:
    check_golden("index", as_text(each.section for each in index_sections(office(), SETUP)))


def test_the_whole_office_reads_back_without_an_edit() -> None:
    found = read_back(sections_of(office()))
    assert {address: shown(each.fields) for address, each in found.items()} == {
        address: shown(fields) for address, fields in office().items()
    }
    assert not [each for each in found.values() if each.edits or each.locked]
