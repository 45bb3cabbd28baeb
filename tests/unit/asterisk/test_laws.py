"""Laws of Asterisk's pure half: what is written reads back, and no hand edit can hide."""

import re

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from reconciler.adapters.asterisk.carrier import found_in
from reconciler.adapters.asterisk.check import MAX_VALUE_BYTES, is_short, lines_refused
from reconciler.adapters.asterisk.decode import decode
from reconciler.adapters.asterisk.render import CARRIERS, render
from reconciler.adapters.asterisk.rows import rows_of
from reconciler.adapters.asterisk.sections import Section, text_of
from reconciler.adapters.asterisk.supports import SUPPORTS
from reconciler.model.address import Address
from reconciler.model.live import LiveObject
from reconciler.model.value import Value
from tests.unit.asterisk.make import (
    HELD,
    SCOPE,
    SETUP,
    anything_declared,
    as_read,
    declared,
    edited_line,
    read_back,
    sections_of,
    shown,
)

Declared = tuple[Address, dict[str, Value]]

RELAXED = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


@pytest.mark.parametrize("kind", HELD)
@settings(RELAXED, max_examples=40)
@given(data=st.data())
def test_what_is_written_reads_back_field_by_field(kind: str, data: st.DataObject) -> None:
    address, fields = data.draw(declared(kind))
    found = read_back(sections_of({address: fields}))
    assert list(found) == [address]
    assert found[address].edits == ()
    unread = {path for path in fields if path not in found[address].fields and fields[path]}
    assert unread <= SUPPORTS[kind].unreadable
    wanted = {path: value for path, value in shown(fields).items() if path not in unread}
    assert shown(found[address].fields) == {
        path: value for path, value in wanted.items() if path in found[address].fields
    }
    assert all(wanted[path] is None for path in wanted.keys() - found[address].fields.keys())


@settings(RELAXED, max_examples=60)
@given(st.data())
def test_the_lines_of_a_short_extension_need_no_look(data: st.DataObject) -> None:
    """Also when one of its texts takes all the room there is."""
    (_, _, key), fields = data.draw(declared("extension"))
    texts = sorted(path for path, value in fields.items() if isinstance(value, str) and value)
    if texts:
        path = data.draw(st.sampled_from(texts))
        padding = data.draw(st.sampled_from(["x", ";", '"', "ü", "😀"]))
        longer = fields
        while is_short(longer):
            fields, longer = longer, {**longer, path: str(longer[path]) + padding}
    assume(is_short(fields))
    assert list(lines_refused("extension", key, fields, SETUP)) == []


@RELAXED
@given(anything_declared())
def test_lines_survive_the_file(made: Declared) -> None:
    """What UpdateConfig and the parser would change or refuse is never rendered."""
    address, fields = made
    for section in render(address.kind, address.key, fields, SETUP):
        assert not re.search(r"[\[\];#(),\r\n]", section.name)
        for line in section.lines:
            text = text_of(line.value)
            assert re.fullmatch(r"[A-Za-z0-9_*+.][A-Za-z0-9_*+.@ /-]*", line.variable)
            assert text == text.strip()
            assert not text.startswith(">")
            assert not re.search(r"[\x00-\x1f\x7f]", text)
            assert len(text.encode()) <= MAX_VALUE_BYTES


@RELAXED
@given(anything_declared())
def test_rendering_is_a_function_of_the_fields(made: Declared) -> None:
    address, fields = made
    again = dict(reversed(list(fields.items())))
    assert as_read(render(address.kind, address.key, fields, SETUP)) == as_read(
        render(address.kind, address.key, again, SETUP)
    )


@RELAXED
@given(anything_declared(), st.data())
def test_what_is_left_of_a_damaged_object_can_be_rendered(
    made: Declared, data: st.DataObject
) -> None:
    """A delete or update has to know the sections of an object whose fields were lost."""
    address, fields = made
    lost = data.draw(st.sets(st.sampled_from(sorted(fields))) if fields else st.just(set()))
    left = {path: value for path, value in fields.items() if path not in lost}
    for section in render(address.kind, address.key, left, SETUP):
        assert all(isinstance(text_of(line.value), str) for line in section.lines)
    list(rows_of(address, left, SETUP))


@RELAXED
@given(anything_declared(), st.data())
def test_no_hand_edit_of_a_line_hides(made: Declared, data: st.DataObject) -> None:
    address, fields = made
    sections = as_read(sections_of({address: fields}))
    before = decode(sections, SCOPE, SETUP).objects[address]
    index = data.draw(st.sampled_from([i for i, s in enumerate(sections) if s.lines]))
    edited = data.draw(edited_line(sections[index]))
    assume(edited != sections[index])
    held = decode([*sections[:index], edited, *sections[index + 1 :]], SCOPE, SETUP)
    after = held.objects.get(address)
    assert (
        held.edits or _looks_different(before, after) or _is_a_copy(before, sections[index], edited)
    )


def _looks_different(before: LiveObject, after: LiveObject | None) -> bool:
    return after is None or bool(after.edits) or shown(before.fields) != shown(after.fields)


def _is_a_copy(before: LiveObject, section: Section, edited: Section) -> bool:
    """Tell whether only meta's copy of a field changed that the real lines tell as well.

    The real lines win, so that nothing works otherwise than declared; the next write mends it.
    """
    if section.family != "meta":
        return False
    address = before.address
    rendered = found_in(render(address.kind, address.key, before.fields, SETUP), address.key)
    told = CARRIERS[address.kind].read(address.key, rendered, before.fields)
    changed = {line.variable for line in {*section.lines} ^ {*edited.lines}}
    return changed <= told.keys()


@RELAXED
@given(anything_declared(), st.data())
def test_no_secret_shows(made: Declared, data: st.DataObject) -> None:
    """Not in meta, not in edits of edited lines, not in a representation."""
    address, fields = made
    secrets = [
        v for v in shown(fields).values() if (isinstance(v, str) and "canary" in v) or v in PINS
    ]
    sections = as_read(sections_of({address: fields}))
    meta = [s for s in sections if s.family == "meta"]
    assert not any(secret in repr(meta) for secret in secrets)
    index = data.draw(st.sampled_from([i for i, s in enumerate(sections) if s.lines]))
    edited = data.draw(edited_line(sections[index]))
    found = decode([*sections[:index], edited, *sections[index + 1 :]], SCOPE, SETUP)
    assert not any(secret in repr(found) for secret in secrets)


PINS = ("7391846205", "8642097531")
