"""Shard files as values: which edits make a wish true, and that they do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.adapters.asterisk.files import (
    Key,
    Shards,
    Unsound,
    Wish,
    file_name,
    line_count,
    read_wishes,
    shard_of,
    to_sections,
    undo_of,
)
from reconciler.adapters.asterisk.writing import Piece, pack
from reconciler.model.secret import Clear, Secret
from reconciler.model.step import Request
from reconciler.transport.ami_config import ConfigFile, Edit, Section


def put(owner: str, *sections: list[Any], drop: list[Any] | None = None) -> Request:
    return Request("put", {"object": owner, "sections": list(sections), "drop": drop or []})


def holding(*sections: Section) -> ConfigFile:
    return ConfigFile(sections=sections)


def wish(*requests: Request) -> Wish:
    (only,) = read_wishes(requests)
    return only


def apply(files: dict[str, list[Section]], edits: dict[str, list[Edit]]) -> None:
    """Do what Asterisk does with these edits (facts, section 2); fail where it does."""
    for name, each in edits.items():
        held = files.setdefault(name, [])
        for edit in each:
            lower = edit.category.lower()
            found = [s for s in held if s.name.lower() == lower]
            if edit.action == "NewCat":
                assert not found, "Create category did not complete successfully"
                held.append(Section(edit.category, (), ()))
                continue
            assert found, "Given category does not exist"
            held[:] = [s for s in held if s.name.lower() != lower]
            for section in found:
                lines = list(section.lines)
                at = [n for n, (variable, _) in enumerate(lines) if variable == edit.variable]
                if edit.action == "DelCat":
                    continue
                if edit.action == "Append":
                    lines.append((str(edit.variable), str(edit.value)))
                else:
                    assert at, "Update did not complete successfully"
                    for n in reversed(at):
                        if edit.action == "Delete":
                            del lines[n]
                        else:
                            lines[n] = (lines[n][0], str(edit.value))
                held.append(Section(section.name, (), tuple(lines)))


def as_data(files: dict[str, list[Section]]) -> dict[str, Any]:
    return {
        name: sorted((s.name, s.lines) for s in sections)
        for name, sections in files.items()
        if sections
    }


def test_secrets_and_lists_are_joined() -> None:
    made = wish(put("extension/1", ["vm", "default", True, [["1", [Clear("42"), ",Ada"]]]]))
    assert made.wanted == {Key("vm", "default", "1"): (("1", "42,Ada"),)}
    assert "42" not in repr(made)


@pytest.mark.parametrize(
    "request_",
    [
        put("a/1", ["pjsip", "x", False, [["password", Secret("env:X")]]]),
        put("a/1", ["pjsip", "x]", False, []]),
        put("a/1", ["pjsip", "", False, []]),
        put("a/1", ["pjsip", "x", False, [["#include", "/etc/passwd"]]]),
        put("a/1", ["pjsip", "x", False, [["[y]", "z"]]]),
        put("a/1", ["pjsip", "x", False, [["a=b", "z"]]]),
        put("a/1", ["pjsip", "x", False, [["a\n", "z"]]]),
        put("a/1", ["pjsip", "x", False, [["a", 7]]]),
        put("a/1", ["passwd", "x", False, []]),
        put("a/1", ["pjsip", "rec-included", False, []]),
        put("a/1", ["pjsip", "x", False, []], ["pjsip", "X", False, []]),
        put("a/1", drop=[["pjsip", "x;", False]]),
        Request("reload", {"modules": []}),
    ],
)
def test_what_would_damage_a_file_is_refused(request_: Request) -> None:
    with pytest.raises(Unsound) as caught:
        read_wishes([request_])
    assert "/etc/passwd" not in str(caught.value)


def test_shards_are_stable() -> None:
    assert shard_of("extension/1001", 64) == 54
    assert {shard_of(f"extension/{n}", 64) for n in range(1000, 2000)} == set(range(64))


def test_sections_of_an_object_share_a_file() -> None:
    shards = Shards(64)
    edits = shards.edits(
        wish(put("extension/1001", ["pjsip", "1001", False, []], ["pjsip", "1001-auth", False, []]))
    )
    assert edits.keys() == {file_name("pjsip", 54)}


def test_a_section_is_edited_where_it_is() -> None:
    shards = Shards(64)
    shards.load("pjsip", "rec_pjsip_03.conf", holding(Section("1001", (), (("type", "endpoint"),))))
    edits = shards.edits(wish(put("extension/1001", ["pjsip", "1001", False, [["type", "x"]]])))
    assert edits == {
        "rec_pjsip_03.conf": [
            Edit("DelCat", "1001"),
            Edit("NewCat", "1001"),
            Edit("Append", "1001", "type", "x"),
        ]
    }


def test_a_section_that_stands_twice_is_left_once() -> None:
    shards = Shards(64)
    for at in (3, 4):
        shards.load("pjsip", f"rec_pjsip_0{at}.conf", holding(Section("1001", (), (("a", "b"),))))
    files = {name: list(file.sections) for name, file in shards.files.items()}
    apply(files, shards.edits(wish(put("extension/1001", ["pjsip", "1001", False, [["a", "b"]]]))))
    assert as_data(files) == {"rec_pjsip_03.conf": [("1001", (("a", "b"),))]}


def test_other_case_is_the_same_section() -> None:
    shards = Shards(1)
    shards.load("queues", "rec_queues_00.conf", holding(Section("Sales", (), (("a", "b"),))))
    edits = shards.edits(wish(put("queue/sales", ["queues", "sales", False, [["a", "c"]]])))
    assert edits["rec_queues_00.conf"][:2] == [Edit("DelCat", "Sales"), Edit("NewCat", "sales")]


names = st.sampled_from(["default", "Default", "work", "1001", "1002"])
owners = st.sampled_from(["extension/1", "extension/2", "extension/3"])
values = st.sampled_from(["", "x", "y,z"])


@st.composite
def requests(draw: st.DrawFn) -> Request:
    owner = draw(owners)
    key = owner.partition("/")[2]
    if draw(st.booleans()):
        lines = draw(st.lists(values, max_size=3))
        section = ["vm", draw(names), True, [[key, value] for value in lines]]
        drop = [["vm", draw(names), True]]
    else:
        lines = draw(st.lists(values, max_size=3))
        section = ["pjsip", f"{draw(names)}-{key}", False, [["a", value] for value in lines]]
        drop = [["pjsip", f"{draw(names)}-{key}", False]]
    drop = [d for d in drop if d[1].lower() != str(section[1]).lower()]
    return put(owner, section, drop=drop)


@given(st.lists(requests(), max_size=8), st.integers(1, 5), st.integers(1, 5))
def test_edits_do_what_was_wished_and_can_be_undone(
    every: list[Request], count: int, later: int
) -> None:
    files: dict[str, list[Section]] = {}
    shards = Shards(count)
    for at, request in enumerate(every):
        if at == len(every) // 2:  # another run, with another number of shards
            shards = Shards(later)
            for name, sections in files.items():
                shards.load("vm" if "vm" in name else "pjsip", name, holding(*sections))
        (one,) = read_wishes([request])
        before = as_data(files)
        undo = undo_of(one, shards)
        apply(files, shards.edits(one))
        assert as_data(files) == as_data({n: list(f.sections) for n, f in shards.files.items()})
        assert shards.holds_as(one) or any(lines == () for lines in one.wanted.values())
        assert shards.edits(one) == {}, "the same again is nothing"
        again = {name: list(sections) for name, sections in files.items()}
        back = Shards(shards.count)
        for name, sections in again.items():
            back.load("vm" if "vm" in name else "pjsip", name, holding(*sections))
        apply(again, back.edits(undo))
        if all(len(back.places(key)) <= 1 for key in one.wanted):
            assert _lines(as_data(again)) == _lines(before)


def _lines(data: dict[str, Any]) -> list[Any]:
    """All lines, whichever file of a family holds them; empty shared sections do not count."""
    return sorted(
        (name[:8], section.lower(), line)
        for name, sections in data.items()
        for section, lines in sections
        for line in lines or ([()] if "vm" not in name else [])
    )


def test_values_that_hold_secrets_are_clear() -> None:
    (auth,) = to_sections("pjsip", [Section("1-auth", (), (("password", "p"), ("username", "u")))])
    assert [type(line.value) for line in auth.lines] == [Clear, str]
    (box,) = to_sections("vm", [Section("default", (), (("1", "42,Ada"),))])
    assert box.shared
    assert isinstance(box.lines[0].value, Clear)
    assert list(to_sections("vm", [Section("rec-included", (), (), is_template=True)])) == []


@given(st.lists(st.integers(0, 60), max_size=30))
def test_packs_fit_and_keep_order(sizes: list[int]) -> None:
    units = [
        (Piece((), error=str(at)), [Edit("Append", "a", "b", "c")] * size)
        for at, size in enumerate(sizes)
    ]
    packs = pack(units)
    assert [piece.error for batch in packs for piece, _ in batch] == [
        str(at) for at in range(len(sizes))
    ]
    for batch in packs:
        lines = sum(line_count(edits) for _, edits in batch)
        assert lines <= 124 or len(batch) == 1
