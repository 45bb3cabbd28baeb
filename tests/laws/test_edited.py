"""Law of edited estates: what is made out by what is kept is what is worked out afresh.

`RECONCILER_TEST_EDITS=4000` tries that many edits.
"""

import os
import random
import re
import tempfile
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.adapters import ADAPTERS
from reconciler.kept import edited
from reconciler.kept.keeping import FOLDER
from reconciler.kinds import SECTIONS
from reconciler.kinds.declaration import Declarations
from reconciler.model.resource import Resource
from reconciler.phonefiles.render import render_phone
from reconciler.provisioning import rendering
from reconciler.resolve.resolve import resolve
from reconciler.testing.estates import estates
from reconciler.workflow.declare import declare
from tests.laws.test_kept import NOON, surroundings, told

Files = dict[str, dict[str, Any]]

HEAD = "apiVersion: reconciler/v1\n"
INVENTORY = (
    HEAD
    + """\
workspace: {name: office}
sites: {london: {timezone: Europe/London, country: GB, pbx: office, phones: {adapter: memory}}}
pbxs:
  office: {adapter: memory, timezone: Europe/London}
  branch: {adapter: memory}
templates: {desk: {vendor: yealink, features: {language: English}}}
"""
)
PEOPLE = HEAD + 'pbx: office\nextensions: {"1001": {name: Ada}, "1002": {name: Ben}}\n'
GROUPS = (
    HEAD
    + """\
pbx: office
site: london
ring_groups: {"600": {name: All, members: ["1001", "1002"], no_answer: external/1600555}}
phones:
  lobby: {mac: 80:5e:c0:f0:01:21, model: T43U, template: desk,
          lines: [{extension: "1001", shared: true}]}
"""
)
LABELS = (
    HEAD
    + """\
pbx: office
site: london
phones:
  desk: {mac: 80:5e:c0:f0:01:22, model: T43U, template: desk,
         lines: [{extension: "1001", shared: true, label: "{{ extension.name }}"}]}
"""
)
_TOP = GROUPS.splitlines(keepends=True)
REVERSED = "".join((*_TOP[:3], *_TOP[4:], _TOP[3]))
FILES = {
    "inventory.yaml": INVENTORY,
    "people.yaml": PEOPLE,
    "groups.yaml": GROUPS,
    "labels.yaml": LABELS,
}

FOLLOWED = {
    "a field": ("people.yaml", "name: Ben", "name: Bernard"),
    "a note": ("people.yaml", "name: Ben", "name: Ben, note: new"),
    "a line above": ("people.yaml", "pbx:", "# new\n\npbx:"),
    "one more": ("people.yaml", '"1002"', '"1003": {name: Eve}, "1002"'),
    "a kind more": ("people.yaml", "extensions:", "queues: {}\nextensions:"),
    "another order": ("groups.yaml", GROUPS, REVERSED),
    "who refers": ("groups.yaml", '["1001", "1002"]', '["1002"]'),
    "whose it is": ("groups.yaml", "no_answer: external/1600555", "no_answer: voicemail/1002"),
    "one less": ("groups.yaml", GROUPS[GROUPS.index("phones:") :], ""),
    "a variable": ("groups.yaml", "shared: true", 'shared: true, label: "{{ extension.name }}"'),
    "what a variable names": ("people.yaml", "name: Ada", "name: Adam"),
    "nothing left": ("groups.yaml", GROUPS, "x: 1\n"),
    "a note in the inventory": ("inventory.yaml", "sites:", "# new\nsites:"),
    "words of one's own": ("inventory.yaml", "sites:", "x-own: {a: 1}\nsites:"),
}  # fmt: skip
WORKED_OUT = {
    "a template": ("inventory.yaml", "English", "German"),
    "a PBX's place": ("inventory.yaml", HEAD, f"{HEAD}---\n{HEAD}"),
    "a PBX": ("inventory.yaml", "office: {adapter", "office: {title: HQ, adapter"),
    "a name that others refer to": ("people.yaml", '"1002"', '"1003"'),
    "a name that others wait for": ("people.yaml", '"1002"', '"1600555": {name: Eve}, "1002"'),
    "a mistake": ("people.yaml", "name: Ben", "nane: Ben"),
    "a warning": ("people.yaml", "extensions:", "defaults: {queues: {}}\nextensions:"),
    "a move": ("people.yaml", "pbx:", "moved: [{from: extension/1, to: extension/1001}]\npbx:"),
    "twice the same": ("groups.yaml", "phones:", 'extensions: {"1001": {name: Ada}}\nphones:'),
}  # fmt: skip


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each edit could be followed."""
    found: list[bool] = []
    follow = edited.follow

    def heard(*said: Any) -> Any:
        found.append((answer := follow(*said)) is not None)
        return answer

    monkeypatch.setattr(edited, "follow", heard)
    return found


@pytest.mark.parametrize("is_followed", [True, False])
def test_what_is_followed_and_what_is_not(
    is_followed: bool, tmp_path: Path, answers: list[bool]
) -> None:
    for number, (file, old, new) in enumerate((FOLLOWED if is_followed else WORKED_OUT).values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, text in FILES.items():
            (folder / name).write_text(text)
        declare([Path()], surroundings(folder))
        assert old in FILES[file]
        (folder / file).write_text(FILES[file].replace(old, new))
        after = told(declare([Path()], surroundings(folder)))
        assert after == told(declare([Path()], surroundings(folder, cached=False)))
        assert (new, answers.pop()) == (new, is_followed)
    assert answers == []


WORKSPACE = {"workspace", "london", "office", "branch", "desk"}
HOURS = 'schedules: {hours: {open: ["Mon-Fri 09:00-17:00"], open_to: hangup, closed_to: hangup}}'
BOTH = '"1001": {name: Ada}, "1002": {name: Ben}'
TOGETHER = "---\n".join((INVENTORY, PEOPLE, GROUPS))


@pytest.mark.parametrize(
    ("old", "new", "read"),
    [
        ("name: Ben", "name: Bernard", {"1002"}),
        ("extensions:", "# new\n\nextensions:", set()),
        (BOTH, '"1002": {name: Ben}, "1001": {name: Ada}', set()),
        ('"1002"', '"1003": {name: Eve}, "1002"', {"1003"}),
        ("{name: Ben}", "&ben {name: Ben}", set()),
        ("pbx: office\nextensions", "pbx: branch\nextensions", None),
        ("pbx: office\nextensions", "pbx: office\nsite: london\nextensions", {"1001", "1002"}),
        ("extensions:", "defaults: {extensions: {ring_time: 30}}\nextensions:", {"1001", "1002"}),
        ("name: Ada", "name: Adam", {"1001"}),
        ("English", "German", None),
    ],
)  # fmt: skip
def test_of_an_edited_file_only_what_was_edited_is_read(
    old: str, new: str, read: set[str] | None, tmp_path: Path, answers: list[bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    (tmp_path / "all.yaml").write_text(TOGETHER)
    declare([Path()], surroundings(tmp_path))
    assert old in TOGETHER
    (tmp_path / "all.yaml").write_text(TOGETHER.replace(old, new, 1))
    fresh = told(declare([Path()], surroundings(tmp_path, cached=False)))
    found: set[str] = set()

    def heard(declarations: Declarations, *others: Any, **named: Any) -> Any:
        found.update(e.key for of_kind in declarations.entries.values() for e in of_kind)
        return resolve(declarations, *others, **named)

    monkeypatch.setattr(edited, "resolve", heard)
    assert told(declare([Path()], surroundings(tmp_path))) == fresh
    assert answers == [read is not None]
    if read is not None:
        assert found == WORKSPACE | read


@pytest.mark.parametrize(
    ("old", "new", "read"),
    [
        ("name: Ben", "name: Bernard", {"1002"}),
        ("pbx: office", "# new\npbx: office", set()),
        ('"1002"', '"1004": {name: Eve}, "1002"', {"1004", *WORKSPACE}),
        ('"1003": {name: Cy}', "", {*WORKSPACE}),  # what stays in the workspace may name it
        ("extensions:", f"{HOURS}\nextensions:", {"hours", *WORKSPACE}),
        ("extensions:", 'calendars: {bank: {days: ["2026-12-25"]}}\nextensions:', None),
        ("name: Ada", "name: Ada, note: new", {"1001"}),
        ("name: Ben", "nane: Ben", None),
    ],
)  # fmt: skip
def test_of_the_workspace_names_are_enough(
    old: str, new: str, read: set[str] | None, tmp_path: Path, answers: list[bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    people = PEOPLE.replace("{name: Ben}", '{name: Ben}, "1003": {name: Cy}')
    texts = {"inventory.yaml": INVENTORY, "people.yaml": people, "groups.yaml": GROUPS}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    declare([Path()], surroundings(tmp_path))
    assert old in people
    (tmp_path / "people.yaml").write_text(people.replace(old, new, 1))
    fresh = told(declare([Path()], surroundings(tmp_path, cached=False)))
    found: set[str] = set()

    def heard(declarations: Declarations, *others: Any, **named: Any) -> Any:
        found.clear()
        found.update(e.key for of_kind in declarations.entries.values() for e in of_kind)
        return resolve(declarations, *others, **named)

    monkeypatch.setattr(edited, "resolve", heard)
    assert told(declare([Path()], surroundings(tmp_path))) == fresh
    assert answers == [read is not None]
    assert read is None or found == read


ON_ASTERISK = (
    HEAD
    + """\
pbxs: {hq: {adapter: asterisk, ami: {host: 192.0.2.10, password: {secret: env:AMI}}}}
extensions:
  "1001": {name: Ada, secret: {secret: generated}}
  "1002": {name: Ben, secret: {secret: generated}}
trunks:
  carrier: {host: sip.example.com, username: office, secret: {secret: env:T}}
"""
)
TELLING = ON_ASTERISK.replace("username:", "settings: {context: theirs}, username:")


@pytest.mark.parametrize(
    ("before", "old", "new", "asked"),
    [
        (ON_ASTERISK, "Ada", "Ada L", {"1001"}),
        (ON_ASTERISK, "Ada,", "Ada, settings: {accountcode: '${EVIL}'},", {"1001"}),
        (ON_ASTERISK, "192.0.2.10", "192.0.2.11", {"1001", "1002", "carrier"}),
        (TELLING, "Ada", "Ada L", {"1001", "1002", "carrier"}),  # what was told is told again
        (TELLING, "settings: {context: theirs}, ", "", {"1001", "1002", "carrier"}),
    ],
)  # fmt: skip
def test_platforms_are_asked_about_what_was_edited(
    before: str, old: str, new: str, asked: set[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    (tmp_path / "all.yaml").write_text(before)
    declare([Path()], surroundings(tmp_path))
    assert old in before
    (tmp_path / "all.yaml").write_text(before.replace(old, new))
    fresh = told(declare([Path()], surroundings(tmp_path, cached=False)))
    found: set[str] = set()
    adapter = type(ADAPTERS["asterisk"])
    check = adapter.check

    def heard(self: Any, resource: Resource, target: Any) -> Any:
        found.add(resource.address.key)
        return check(self, resource, target)

    monkeypatch.setattr(adapter, "check", heard)
    assert told(declare([Path()], surroundings(tmp_path))) == fresh
    assert found == asked


def test_a_day_later_files_need_not_be_read(tmp_path: Path, answers: list[bool]) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    declare([Path()], surroundings(tmp_path))
    later = NOON + timedelta(days=1)
    after = told(declare([Path()], surroundings(tmp_path, now=later)))
    assert after == told(declare([Path()], surroundings(tmp_path, now=later, cached=False)))
    assert answers == [True]


def test_an_edit_after_an_edit_goes_on_from_it(tmp_path: Path, answers: list[bool]) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    declare([Path()], surroundings(tmp_path))
    for count in range(5):
        (tmp_path / "people.yaml").write_text(PEOPLE.replace("Ben", f"Ben {count}"))
        after = told(declare([Path()], surroundings(tmp_path)))
        assert after == told(declare([Path()], surroundings(tmp_path, cached=False)))
    assert answers == [True] * 5
    assert len(list((tmp_path / ".reconciler/cache" / FOLDER).iterdir())) == 4


SOFTPHONE = 'softphones: {ada: {app: linphone, extension: "2001"}}'
GIVEN_FILES = {
    "inventory.yaml": INVENTORY.replace(", phones: {adapter: memory}", "").replace(
        "office: {adapter: memory", "office: {adapter: memory, sip: {host: pbx.example.com}"
    )
    + "provisioning: {base_url: https://phones.example.com}\n",
    "people.yaml": PEOPLE.replace("name: ", "secret: {secret: generated}, name: "),
    "others.yaml": PEOPLE.replace('"100', '"200').replace(
        "name: ", "secret: {secret: generated}, name: "
    ),
    "phones.yaml": HEAD
    + """\
pbx: office
site: london
phones:
  lobby:
    {mac: 80:5e:c0:f0:01:21, model: T43U, template: desk, lines: [{extension: "1001"}],
     keys: [{blf: extension/1002}]}
  attic: {mac: 80:5e:c0:f0:01:22, model: T43U, lines: ["2001"], lifecycle: decommissioned}
""",
}


@pytest.mark.parametrize(
    ("file", "old", "new", "renders"),
    [
        ("people.yaml", "Ben", "Bernard", True),  # the label of a key
        ("people.yaml", "pbx:", "# new\npbx:", False),
        ("others.yaml", "Ben", "Bernard", False),
        ("phones.yaml", "T43U", "T46U", True),
        ("others.yaml", "extensions:", f"{SOFTPHONE}\nextensions:", False),
    ],
)  # fmt: skip
def test_phones_are_rendered_again_for_what_they_are_made_of(
    file: str, old: str, new: str, renders: bool, tmp_path: Path, answers: list[bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name, text in GIVEN_FILES.items():
        (tmp_path / name).write_text(text)
    first = declare([Path()], surroundings(tmp_path))
    assert len(first.value.renderings.files) == 3
    (tmp_path / file).write_text(GIVEN_FILES[file].replace(old, new))
    fresh = told(declare([Path()], surroundings(tmp_path, cached=False)))
    rendered: list[str] = []

    def render(resource: Resource, *others: Any) -> Any:
        rendered.append(resource.address.key)
        return render_phone(resource, *others)

    monkeypatch.setattr(rendering, "render_phone", render)
    for _ in range(2):  # worked out by what was kept, then kept itself
        assert told(declare([Path()], surroundings(tmp_path))) == fresh
    assert answers == [True]
    assert rendered == (["lobby"] if renders else [])


def test_all_phones_with_a_phonebook_are_rendered_for_each_name(
    tmp_path: Path, answers: list[bool]
) -> None:
    for name, text in GIVEN_FILES.items():
        (tmp_path / name).write_text(
            text.replace("features: {", "features: {phonebook: extensions, ")
        )
    declare([Path()], surroundings(tmp_path))
    (tmp_path / "others.yaml").write_text(GIVEN_FILES["others.yaml"].replace("Ben", "Bernard"))
    after = declare([Path()], surroundings(tmp_path))
    assert told(after) == told(declare([Path()], surroundings(tmp_path, cached=False)))
    assert any("Bernard" in each.masked() for each in after.value.renderings.files.values())
    assert answers == [True]


@given(documents=estates(most=2), seed=st.integers(0, 2**32))
@settings(max_examples=int(os.environ.get("RECONCILER_TEST_EDITS", "25")))
def test_an_edited_estate_is_what_its_files_say(documents: list[dict[str, Any]], seed: int) -> None:
    chance = random.Random(seed)
    files = apart(documents, chance)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, files, chance)
        found = declare([Path()], surroundings(folder))
        for _ in range(2):
            now = NOON + timedelta(days=chance.choice((0, 0, 40)))
            for _ in range(chance.choice((1, 1, 2, 3))):
                files = chance.choice(EDITS)(deepcopy(files), chance)
            write(folder, files, chance)
            found = declare([Path()], surroundings(folder, now=now))
            fresh = declare([Path()], surroundings(folder, now=now, cached=False))
            assert told(found) == told(fresh)
            assert found.value.kinds == fresh.value.kinds


def apart(documents: list[dict[str, Any]], chance: random.Random) -> Files:
    """Put an estate's sections into files of their own; half of the phones are given files."""
    inventory, *others = documents
    for document in others:
        for phone in document.get("phones", {}).values():
            phone |= {"vendor": "yealink", "model": "T43U"}  # else most have no files
    if chance.random() < 0.5:
        for each in inventory["sites"].values():
            each["phones"] = {"adapter": "memory"}
    if chance.random() < 0.4:  # then little of the workspace is asked for
        for document in others:
            document.pop("phones", None)
            document.pop("softphones", None)
    files = {"inventory": inventory}
    for number, document in enumerate(others):
        head = {word: document[word] for word in ("apiVersion", "pbx", "site")}
        for part in range(3):
            files[f"part{number}{part}"] = dict(head)
        for section in document.keys() - head.keys():
            files[f"part{number}{chance.randrange(3)}"][section] = document[section]
    return files


def write(folder: Path, files: Files, chance: random.Random) -> None:
    """Write files, now and then some of them as documents of one; notes stand anywhere."""
    texts: dict[str, str] = {}
    for name, document in files.items():
        text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
        if chance.random() < 0.3:
            text = _LINE.sub(lambda _: chance.choice(("", "", "", "# note\n", "\n")), text)
        texts[name] = text
    if chance.random() < 0.3 and len(texts) > 1:
        one, other = chance.sample(sorted(texts), 2)
        texts[one] = f"{texts[one]}---\n{texts.pop(other)}"
    for file in folder.glob("*.yaml"):
        if file.stem not in texts:
            file.unlink()
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


_LINE = re.compile(r"(?m)^(?=(?:  )?[\w\"'])")
"""Where a word at the top stands, or most probably an entry."""

Entry = tuple[dict[str, Any], str, str]
"""A document, a section in it, and a key there."""


def entries(files: Files) -> list[Entry]:
    return [
        (document, section, key)
        for document in files.values()
        for section in document
        if section in SECTIONS and not SECTIONS[section].single
        for key in document[section] or ()
    ]


def pick(files: Files, chance: random.Random) -> Entry:
    found = entries(files)
    own = [each for each in found if SECTIONS[each[1]].scope != "workspace"]
    return chance.choice(own if own and chance.random() < 0.9 else found)


def other_fields(files: Files, chance: random.Random) -> Files:
    """Give an entry a field of another one of its kind, or what nobody minds."""
    document, section, key = pick(files, chance)
    entry = document[section][key] or {}
    donors = [d[section][k] or {} for d, s, k in entries(files) if s == section]
    donor = chance.choice(donors)
    if donor and chance.random() < 0.7:
        name = chance.choice(list(donor))
        entry = {**entry, name: deepcopy(donor[name])}
    else:
        entry = {**entry, "note": chance.choice("abc")}
    document[section][key] = entry
    return files


def fewer_fields(files: Files, chance: random.Random) -> Files:
    document, section, key = pick(files, chance)
    if document[section][key]:
        document[section][key].pop(chance.choice(list(document[section][key])))
    return files


def gone(files: Files, chance: random.Random) -> Files:
    document, section, key = pick(files, chance)
    del document[section][key]
    return files


def new(files: Files, chance: random.Random) -> Files:
    """Declare another one of a kind, under a key that is free or one that is used somewhere."""
    document, section, key = pick(files, chance)
    keys = [k for _, _, k in entries(files)] + ["77", "7700123", "fresh"]
    entry = deepcopy(document[section][key]) or {}
    entry.pop("mac", None)
    document[section] = {**document[section], chance.choice(keys): entry}
    return files


def elsewhere(files: Files, chance: random.Random) -> Files:
    """Move an entry to another document."""
    document, section, key = pick(files, chance)
    entry = document[section].pop(key)
    there = chance.choice(list(files.values()))
    there[section] = {**(there.get(section) or {}), key: entry}
    return files


def another_order(files: Files, chance: random.Random) -> Files:
    name = chance.choice(list(files))
    document = files[name]
    words = list(document)
    chance.shuffle(words)
    files[name] = {word: document[word] for word in words}
    return files


def another_order_of_entries(files: Files, chance: random.Random) -> Files:
    document, section, _ = pick(files, chance)
    keys = list(document[section])
    chance.shuffle(keys)
    document[section] = {key: document[section][key] for key in keys}
    return files


def another_order_of_fields(files: Files, chance: random.Random) -> Files:
    document, section, key = pick(files, chance)
    entry = dict(document[section][key] or {})
    entry["settings"] = {"b": "1", "a": "2"} if chance.random() < 0.5 else {"a": "2", "b": "1"}
    document[section][key] = dict(reversed(entry.items()))
    return files


def an_anchor(files: Files, chance: random.Random) -> Files:
    """Let two entries say the very same, which is written once."""
    document, section, key = pick(files, chance)
    other = chance.choice(list(document[section]))
    document[section][other] = document[section][key]
    return files


def another_head(files: Files, chance: random.Random) -> Files:
    document = chance.choice(list(files.values()))
    word = chance.choice(("pbx", "site"))
    names = [each.get(word) for each in files.values()]
    document[word] = chance.choice([*names, "nowhere"])
    return files


def another_word(files: Files, chance: random.Random) -> Files:
    document = chance.choice(list(files.values()))
    _, section, key = chance.choice(entries(files))
    kind = SECTIONS[section].kind
    words: dict[str, Any] = {
        "queues": {}, "ivrs": None, "policy": {"plan_expires": "1h"}, "qeues": {},
        "defaults": {section: {"note": "n"}},
        "moved": [{"from": f"{kind}/gone", "to": f"{kind}/{key}"}],
        "removed": [{"address": f"{kind}/{chance.choice((key, 'gone'))}"}],
        "x-own": {"a": "1"}, "apiVersion": chance.choice(("reconciler/v1", "other/v1")),
    }  # fmt: skip
    word = chance.choice(list(words))
    document.setdefault(word, words[word])
    if word == "apiVersion":
        document[word] = words[word]
    return files


def another_file(files: Files, chance: random.Random) -> Files:
    """Leave a file out, or write one more between the others."""
    name = chance.choice(list(files))
    document = files.pop(name) if chance.random() < 0.5 else files[name]
    return files if name not in files else {**files, f"more{chance.randrange(9)}": {**document}}


def a_variable(files: Files, chance: random.Random) -> Files:
    """Let a phone, or all of a template, say what somebody else is called."""
    phones = [each for each in entries(files) if each[1] in ("phones", "templates")]
    text = chance.choice(("{{ extension.name }}", "{{ phone.name }}", "{{ site.country }}"))
    if phones:
        document, section, key = chance.choice(phones)
        entry = document[section][key] or {}
        if section == "phones" and chance.random() < 0.5:
            lines = entry.get("lines") or [{}]
            lines[0] = {"extension": lines[0]} if isinstance(lines[0], str) else lines[0]
            lines[0]["label"] = text
        else:
            entry["features"] = {**(entry.get("features") or {}), "wallpaper": text}
    return files


def a_waiver(files: Files, chance: random.Random) -> Files:
    document, section, key = pick(files, chance)
    rule = chance.choice(("no-secret", "shared-line", "endless-call"))
    waiver = {"rule": rule, "reason": "r", "by": "b", "until": "2026-11-20"}
    document[section][key] = {**(document[section][key] or {}), "waive": [waiver]}
    return files


EDITS: tuple[Callable[[Files, random.Random], Files], ...] = (
    other_fields, other_fields, other_fields, fewer_fields, gone, new, new, elsewhere,
    another_order, another_order_of_entries, another_order_of_fields, an_anchor, another_head,
    another_word, another_file, a_variable, a_variable, a_waiver,
)  # fmt: skip
