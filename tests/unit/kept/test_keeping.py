"""Kept estates: after every kind of edit the answer is the one that is worked out afresh."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.language.source import unwritten
from reconciler.model.address import Address
from reconciler.workflow.declare import declare
from tests.laws.test_kept import kept, nothing_read, surroundings, told

HEAD = "apiVersion: reconciler/v1\n"
INVENTORY = """\
apiVersion: reconciler/v1
workspace: {name: office}
policy: {protected_numbers: ["+441134960100"]}
sites: {london: {timezone: Europe/London, country: GB, pbx: office}}
pbxs: {office: {adapter: memory, timezone: Europe/London, sip: {host: 192.0.2.10}}}
templates:
  desk: {vendor: yealink, network: {voice_vlan: 20}, features: {language: English}}
calendars: {bank: {days: ["2026-12-25"]}}
"""
PEOPLE = """\
apiVersion: reconciler/v1
pbx: office
defaults: {extensions: {ring_time: 20}}
extensions:
  "1001": {name: Ada, secret: {secret: "env:ADA"}, voicemail: {enabled: true}}
  "1002": {name: Ben, protect: true}
ring_groups:
  "600": {name: All, members: ["1001", "1002"]}
schedules:
  hours:
    open: ["Mon-Fri 09:00-17:00"]
    closed_on: [bank]
    open_to: ring_group/600
    closed_to: hangup
"""
PHONES = """\
apiVersion: reconciler/v1
site: london
phones:
  lobby:
    mac: 80:5e:c0:f0:01:21
    model: T43U
    template: desk
    lines: [{extension: "1001", label: "{{ extension.name }}"}]
"""
FILES = {"inventory.yaml": INVENTORY, "people.yaml": PEOPLE, "phones.yaml": PHONES}
NIGHT = "  night: {vendor: yealink, network: {voice_vlan: 30}}\n"

EDITS: dict[str, tuple[str, str, str]] = {
    "a field": ("people.yaml", "Ben", "Bernard"),
    "what another file's text names": ("people.yaml", "name: Ada", "name: Ada Okafor"),
    "a document's defaults": ("people.yaml", "ring_time: 20", "ring_time: 25"),
    "a template": ("inventory.yaml", "voice_vlan: 20", "voice_vlan: 21"),
    "a site": ("inventory.yaml", "country: GB", "country: IE"),
    "a PBX": ("inventory.yaml", "192.0.2.10", "192.0.2.11"),
    "a calendar": ("inventory.yaml", "2026-12-25", "2026-12-26"),
    "the policy": ("inventory.yaml", "+441134960100", "+441134960101"),
    "what is protected": ("people.yaml", "protect: true", "protect: false"),
    "a name that others refer to": ("people.yaml", '"1002"', '"1003"'),
    "a secret's reference": ("people.yaml", "env:ADA", "env:ADA2"),
    "a line above": ("people.yaml", "pbx: office\n", "\npbx: office\n"),
    "a thing more": ("people.yaml", "ring_groups:", '  "1009": {name: Eve}\nring_groups:'),
    "a mistake": ("people.yaml", 'members: ["1001"', 'members: ["1010"'),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_after_an_edit_nothing_is_as_it_was(
    folder: Path, edit: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = told(declare([Path()], surroundings(folder)))
    name, old, new = edit
    assert old in FILES[name]
    (folder / name).write_text(FILES[name].replace(old, new))
    after = told(declare([Path()], surroundings(folder)))
    assert after != before
    assert after == told(declare([Path()], surroundings(folder, cached=False)))
    (folder / name).write_text(FILES[name])
    with nothing_read(monkeypatch):  # what was right before is right again
        assert told(declare([Path()], surroundings(folder))) == before


def test_a_day_later_nothing_is_taken_for_granted(folder: Path) -> None:
    waived = PEOPLE.replace(
        "name: Ben,",
        "name: Ben, waive: [{rule: weak-secret, reason: y, by: z, until: 2026-11-03}],",
    )
    (folder / "people.yaml").write_text(waived)
    later = datetime(2026, 11, 4, 12, tzinfo=UTC)
    today = told(declare([Path()], surroundings(folder)))
    tomorrow = told(declare([Path()], surroundings(folder, now=later)))
    assert tomorrow == told(declare([Path()], surroundings(folder, now=later, cached=False)))
    assert tomorrow != today


def test_texts_that_are_no_files_yet_count_as_what_they_say(folder: Path) -> None:
    def name(text: str) -> str:
        people = (
            f'apiVersion: reconciler/v1\npbx: office\nextensions: {{"1050": {{name: {text}}}}}\n'
        )
        found = declare([Path()], surroundings(folder), beside=(unwritten("new.yaml", people),))
        return found.value.desired.resources[Address("extension", "office", "1050")].fields["name"]

    assert [name("Eve"), name("Eva"), name("Eve")] == ["Eve", "Eva", "Eve"]


def test_entries_can_still_be_asked_for(folder: Path) -> None:
    declare([Path()], surroundings(folder))
    again = declare([Path()], surroundings(folder)).value.declarations
    assert [each.key for each in again.of("template")] == ["desk"]
    assert [each.fields["name"] for each in again.of("extension")] == ["Ada", "Ben"]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda raw: b"",
    "half of it": lambda raw: raw[: len(raw) // 2],
    "a changed byte": lambda raw: raw.replace(b"Ada", b"Bob"),
    "something else": lambda raw: b"\x00\xff\n{}",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_as_if_it_was_not_there(
    folder: Path, damage: Callable[[bytes], bytes]
) -> None:
    before = told(declare([Path()], surroundings(folder)))
    (file,) = kept(folder)
    file.write_bytes(damage(file.read_bytes()))
    assert told(declare([Path()], surroundings(folder))) == before


def test_what_has_an_error_is_not_kept(folder: Path) -> None:
    (folder / "people.yaml").write_text(PEOPLE.replace('members: ["1001"', 'members: ["1010"'))
    assert declare([Path()], surroundings(folder)).has_errors
    assert kept(folder) == []


def test_few_are_kept(folder: Path) -> None:
    for number in range(7):
        (folder / "people.yaml").write_text(PEOPLE.replace("Ben", f"Ben {number}"))
        declare([Path()], surroundings(folder))
    assert len(kept(folder)) == 4


def test_a_folder_that_cannot_be_written_is_no_problem(folder: Path) -> None:
    (folder / ".reconciler").mkdir()
    (folder / ".reconciler/cache").write_text("a file where the folder should be")
    assert not declare([Path()], surroundings(folder)).has_errors
