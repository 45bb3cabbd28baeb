"""What is wrong is told in one run: each mistake as if it was alone, and nothing beside them.

`RECONCILER_TEST_MISTAKES=4000` tries that many sets of mistakes.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.adapters import ADAPTERS
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.place import Place
from reconciler.language.decode import decode
from reconciler.language.parse import parse
from reconciler.language.source import Source, Sources
from reconciler.planning.held import check_held
from reconciler.resolve.resolve import resolve
from reconciler.rules import check
from reconciler.workflow.declare import render, wrong_entries
from reconciler.workspace import Surroundings

Files = dict[str, dict[str, Any]]

VERSION = "reconciler/v1"
ESTATE: Files = {
    "inventory": {
        "apiVersion": VERSION,
        "pbxs": {
            "hq": {"adapter": "asterisk", "ami": {"host": "pbx.example.com", "username": "r",
                   "password": {"secret": "env:AMI"}}, "sip": {"host": "pbx.example.com"}},
            "lab": {"adapter": "memory", "title": "Lab"},
        },
        "sites": {
            "main": {"timezone": "Europe/London", "country": "GB", "pbx": "hq", "title": "Main",
                     "phones": {"template": "desk"}},
        },
        "provisioning": {"base_url": "https://phones.example.com"},
        "policy": {"plan_expires": "1h"},
    },
    "people": {
        "apiVersion": VERSION, "pbx": "hq", "site": "main",
        "defaults": {"extensions": {"secret": {"secret": "generated"}, "ring_time": "25"}},
        "templates": {
            "house": {"vendor": "yealink", "features": {"language": "English"}},
            "desk": {"vendor": "yealink", "extends": "house", "features": {
                "wallpaper": "{{ phone.features.language }}"}},
        },
        "extensions": {
            str(n): {"name": f"Person {n}", "emergency_caller_id": "+441134960100",
                     "voicemail": {"enabled": "true"}}
            for n in range(1001, 1009)
        },
        "phones": {
            f"desk{n}": {"mac": f"805ec0f0{n}", "model": "T43U", "lines": [{"extension": str(n)}],
                         "keys": [{"blf": "extension/1008"}]}
            for n in range(1001, 1005)
        },
    },
    "calls": {
        "apiVersion": VERSION, "pbx": "hq",
        "trunks": {"carrier": {"host": "sip.example.com", "mode": "ip", "channels": "8"}},
        "outbound_routes": {
            "out": {"order": "2", "patterns": [{"match": "9XXXXXX."}], "trunks": ["carrier"]},
            "help": {"order": "1", "patterns": [{"match": "999"}], "trunks": ["carrier"],
                     "emergency": "true"},
        },
        "ring_groups": {"600": {"name": "All", "members": ["1001", "1002"], "strategy": "hunt"}},
        "queues": {"700": {"name": "Sales", "members": [{"extension": "1003"}, "1004"]}},
        "ivrs": {"menu": {"number": "800", "announcement": "hello",
                          "options": {"1": "ring_group/600", "2": "queue/700"}}},
        "announcements": {"hello": {"file": "hello.wav"}},
        "schedules": {"hours": {"open": ["Mon-Fri 09:00-17:00"], "open_to": "ivr/menu",
                                "closed_to": "voicemail/1001", "closed_on": ["bank"]}},
        "calendars": {"bank": {"days": [{"date": "2026-12-25"}]}},
        "inbound_routes": {"+441134960100": {"destination": "schedule/hours"}},
    },
}  # fmt: skip


class Edit(NamedTuple):
    """A mistake: a value that is put at a path of a file, or another name for its last key."""

    file: str
    path: tuple[str | int, ...]
    value: Any = None
    name: str | None = None

    def make(self, files: Files) -> None:
        """Make the mistake."""
        node: Any = files[self.file]
        for each in self.path[:-1]:
            node = node[each]
        if self.name is None:
            node[self.path[-1]] = self.value
            return
        named = [(self.name if key == self.path[-1] else key, each) for key, each in node.items()]
        node.clear()
        node.update(named)


def put(file: str, *path: str | int) -> Callable[[Any], Edit]:
    """Return what makes a mistake of a value at a path."""
    return lambda value: Edit(file, path, value)


def named(file: str, *path: str | int, to: str) -> Edit:
    """Return a mistake in a key."""
    return Edit(file, path, name=to)


people, calls, inventory = "people", "calls", "inventory"
MISTAKES: Mapping[str, tuple[str, Edit]] = {
    # Words that do not exist, in entries, sections, defaults and heads.
    "field": ("unknown-field", named(people, "extensions", "1001", "name", to="nam")),
    "field-with-a-reference": (
        "unknown-field", named(calls, "ring_groups", "600", "members", to="membrs")),
    "field-of-another-world": (
        "unknown-field", put(people, "phones", "desk1001", "zzzzz")("x")),
    "field-in-a-list": (
        "unknown-field", put(people, "phones", "desk1002", "keys", 0, "labl")("Ada")),
    "field-of-a-pbx": ("unknown-field", named(inventory, "pbxs", "lab", "title", to="titel")),
    "field-of-a-site": ("unknown-field", named(inventory, "sites", "main", "title", to="titel")),
    "field-of-a-template": (
        "unknown-field", named(people, "templates", "house", "features", to="featurs")),
    "field-of-defaults": (
        "unknown-field", named(people, "defaults", "extensions", "secret", to="secrt")),
    "section": ("unknown-section", named(calls, "queues", to="queue")),
    "section-of-phones": ("unknown-section", named(people, "phones", to="phone")),
    "section-of-another-world": ("unknown-section", named(calls, "announcements", to="zzzzzz")),
    "anchors": ("unknown-section", put(people, "my-defaults")({"ring_time": "20"})),
    "more-anchors": ("unknown-section", put(people, "my-phones")({"mac": "805ec0f01009"})),
    "word": ("unknown-section", named(people, "defaults", to="defualts")),
    # Values that are wrong.
    "mac": ("bad-value", put(people, "phones", "desk1003", "mac")("nonsense")),
    "strategy": ("unknown-choice", put(calls, "ring_groups", "600", "strategy")("hnt")),
    "emergency": ("wrong-type", put(calls, "outbound_routes", "help", "emergency")("perhaps")),
    "order": ("wrong-type", put(calls, "outbound_routes", "out", "order")("first")),
    "secret": ("secret-literal", put(people, "extensions", "1002", "secret")("words")),
    "scheme": (
        "unknown-secret-scheme",
        put(people, "extensions", "1003", "voicemail")({"pin": {"secret": "evn:PIN"}})),
    "default": ("wrong-type", put(people, "defaults", "extensions", "ring_time")("long")),
    "time-zone": ("bad-value", put(inventory, "sites", "main", "timezone")("Mars/Base")),
    "adapter": ("unknown-adapter", put(inventory, "pbxs", "lab", "adapter")("memry")),
    "adapter-of-many": ("unknown-adapter", put(inventory, "pbxs", "hq", "adapter")("astersk")),
    "adapter-s-setting": ("wrong-type", put(inventory, "pbxs", "hq", "ami", "port")("x")),
    "calendar": ("bad-value", put(calls, "calendars", "bank", "days", 0, "date")("soon")),
    "adapter-s-field": ("unknown-field", named(inventory, "pbxs", "hq", "ami", to="amii")),
    "model": ("unknown-phone-model", put(people, "phones", "desk1001", "model")("T99X")),
    "template-s-setting": (
        "wrong-type", put(people, "templates", "desk", "sip")({"port": "high"})),
    "entry": ("wrong-type", put(calls, "music")({"quiet": "quiet.wav"})),
    "policy": ("wrong-type", put(inventory, "policy", "plan_expires")([])),
    "head": ("wrong-type", put(calls, "pbx")(["hq"])),
    # What is missing.
    "required": ("missing-field", put(calls, "trunks", "carrier")({"mode": "ip"})),
    "required-in-a-list": ("missing-field", put(calls, "queues", "700", "members", 0)({})),
    # Keys, and references that lead nowhere.
    "key": ("bad-key", named(people, "extensions", "1004", to="10O4")),
    "member": ("unknown-reference", put(calls, "ring_groups", "600", "members", 0)("4711")),
    "agent": ("unknown-reference", put(calls, "queues", "700", "members", 1)("4712")),
    "option": ("unknown-reference", put(calls, "ivrs", "menu", "options", "3")("ivr/nowhere")),
    "blf": (
        "unknown-reference", put(people, "phones", "desk1002", "keys", 0, "blf")("queue/799")),
    "line": (
        "unknown-reference",
        put(people, "phones", "desk1004", "lines", 0)({"extension": "4713"})),
    "template": ("unknown-reference", put(people, "phones", "desk1001", "template")("nobody-s")),
    "extends": ("unknown-reference", put(people, "templates", "house", "extends")("nobody-s")),
    "trunk": ("unknown-reference", put(calls, "outbound_routes", "out", "trunks", 0)("nobody-s")),
    "head-of-nobody": ("unknown-reference", put(people, "site")("mian")),
    # What entries are to each other.
    "number": ("duplicate-number", put(calls, "ivrs", "menu", "number")("1005")),
    "hardware": ("duplicate-mac", put(people, "phones", "desk1002", "mac")("805ec0f01001")),
    "shared": ("shared-line", put(people, "phones", "desk1003", "lines", 0)("1002")),
    "silent": ("voicemail-off", put(people, "extensions", "1001", "voicemail")({"enabled": "no"})),
    "rule": (
        "unknown-rule",
        put(people, "extensions", "1006", "waive")(
            [{"rule": "nothing", "reason": "r", "by": "b", "until": "2030-01-01"}])),
    "kind": ("kind-not-held", put(calls, "tenants")({"t": {"domain": "t.example.com"}})),
    "value": ("value-not-held", put(people, "extensions", "1007", "class_of_service")("a b")),
    "move": (
        "bad-move", put(calls, "moved")([{"from": "trunk/carrier", "to": "trunk/carrier"}])),
}  # fmt: skip
HIDING = {"head", "adapter-of-many", "adapter-s-setting"}
"""Whose things they are is what all that they refer to depends on; which values a PBX holds
depends on its own entry."""
OF_FILES = {"model"}
"""Found where files are made for phones, which is when nothing is wrong that is in them."""


RIGHT = {edit.name: edit.path[-1] for _, edit in MISTAKES.values() if edit.name is not None}
"""Keys by how they are misspelt."""


def findings(files: Files) -> set[tuple[object, ...]]:
    """Return what is told of files: code and place, with keys as they should be."""
    sources = Sources({n: Source(n, json.dumps(each), n) for n, each in files.items()})
    nodes = parse(sources)
    declared = decode(nodes.value)
    desired = resolve(declared.value, ADAPTERS)
    checked = check(desired.value)
    told: list[Diagnostic] = []
    for stage in (nodes, declared, desired, checked):
        told += stage.diagnostics
    wrong = wrong_entries(told, declared.value)
    told += check_held(checked.value, ADAPTERS, wrong)
    told += render(checked.value, declared.value, AT, wrong).diagnostics
    return {
        (each.code, each.at.file, *(RIGHT.get(str(name), name) for name in each.at.path))
        for each in told
        if isinstance(each.at, Place)
    }


def broken(*names: str) -> Files:
    """Return the estate with these mistakes: values first, then keys from the inside out."""
    files = deepcopy(ESTATE)
    edits = [MISTAKES[name][1] for name in names]
    for edit in sorted(edits, key=lambda each: (each.name is not None, -len(each.path))):
        edit.make(files)
    return files


AT = Surroundings(Path(), Path(), {}, lambda: datetime.now(UTC), "tester", adapters=ADAPTERS)


def test_the_estate_itself_is_sound() -> None:
    assert findings(ESTATE) == set()


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_once_and_nothing_beside_it(name: str) -> None:
    assert [code for code, *_ in findings(broken(name))] == [MISTAKES[name][0]]


@given(st.sets(st.sampled_from(sorted({*MISTAKES} - HIDING - OF_FILES)), min_size=2, max_size=8))
@settings(max_examples=int(os.environ.get("RECONCILER_TEST_MISTAKES", "40")), deadline=None)
def test_together_they_are_told_as_each_is_alone(names: set[str]) -> None:
    alone = {found for name in names for found in told_alone(name)}
    assert findings(broken(*names)) == alone


@pytest.mark.parametrize(
    "name",
    ["field", "field-of-a-site", "field-of-a-pbx", "field-of-a-template", "field-in-a-list",
     "adapter-s-field", "scheme", "member", "mac", "number", "hardware", "policy"],
)  # fmt: skip
def test_what_phones_are_given_is_looked_at_as_long_as_nothing_in_it_is_wrong(name: str) -> None:
    assert findings(broken("model", name)) == told_alone("model") | told_alone(name)


JUNK = (None, "junk", "", "1", [], ["x"], [None], [[]], {}, {"x": "y"}, [{}], {"secret": "zz:a"},
        "{{ nope }}", "hangup", "extension/9999")  # fmt: skip
"""What may stand anywhere, and does not belong there."""


@given(st.lists(st.tuples(st.integers(0, 9999), st.sampled_from(JUNK)), min_size=1, max_size=6))
@settings(max_examples=int(os.environ.get("RECONCILER_TEST_MISTAKES", "40")), deadline=None)
def test_whatever_stands_anywhere_is_told_and_nothing_breaks(junk: list[tuple[int, Any]]) -> None:
    files = deepcopy(ESTATE)
    for number, value in junk:
        places = [(name, at) for name, each in files.items() for at in paths_in(each)]
        file, path = places[number % len(places)]
        Edit(file, path, deepcopy(value)).make(files)
    findings(files)


def paths_in(node: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of everything below a node, but not of what says that a file is ours."""
    items: Any = node.items() if isinstance(node, dict) else enumerate(node or ())
    for name, each in items if isinstance(node, (dict, list)) else ():
        if name != "apiVersion":
            yield (*above, name)
            yield from paths_in(each, (*above, name))


@cache
def told_alone(name: str) -> frozenset[tuple[object, ...]]:
    return frozenset(findings(broken(name)))
