"""Whatever somebody did to our files by hand, one apply puts everything right."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reconciler.adapters.asterisk.carrier import place_of
from reconciler.adapters.asterisk.decode import decode
from reconciler.adapters.asterisk.encode import encode, finish
from reconciler.adapters.asterisk.keep import fill_kept
from reconciler.adapters.asterisk.render import render
from reconciler.adapters.asterisk.sections import Line, Section
from reconciler.adapters.asterisk.supports import SUPPORTS
from reconciler.model.address import Address
from reconciler.model.change import Change, Create, Delete, Update
from reconciler.model.secret import Clear, Secret
from reconciler.model.step import Request
from reconciler.model.value import Fields, Value
from tests.unit.asterisk.estate import office
from tests.unit.asterisk.make import (
    SCOPE,
    SETUP,
    anything_declared,
    as_read,
    edited_line,
    sections_of,
    shown,
)

ABOUT: Any = (f"pbx/{SCOPE}", (), None, 1)
Declared = tuple[Address, dict[str, Value]]
RELAXED = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


def carried_out(sections: Iterable[Section], requests: Iterable[Request]) -> list[Section]:
    """Return what the files hold after these requests, as the connection writes them."""
    held = list(sections)
    for request in requests:
        if request.verb == "reload":
            continue
        key = str(request.args["object"]).partition("/")[2]

        def lookup(family: str, name: str, variable: str) -> list[str]:
            at = [s for s in held if (s.family, s.name) == (family, name)]  # noqa: B023
            return [str(x.value) for s in at for x in s.lines if x.variable == variable]

        filled = fill_kept(request, lookup)
        gone = [tuple(each) for each in filled.args.get("drop", ())]
        new = [
            Section(each[0], each[1], tuple(Line(*pair) for pair in each[3]), each[2])
            for each in filled.args.get("sections", ())
        ]
        gone += [(each.family, each.name, each.shared) for each in new]
        kept = []
        for section in held:
            if (section.family, section.name, section.shared) not in gone:
                kept.append(section)
            elif section.shared:
                rest = tuple(line for line in section.lines if line.variable != key)
                kept += [section._replace(lines=rest)] if rest else []
        held = [*kept, *as_read(new)]
    return held


def as_planned(fields: Fields) -> dict[str, Value]:
    """Return live fields as a plan knows them: secrets by fingerprint."""
    return {
        path: Secret(None, f"of {value.reveal()}") if isinstance(value, Clear) else value
        for path, value in fields.items()
    }


def differs(address: Address, live: Fields, fields: Fields) -> bool:
    """Tell whether a read shows what is wanted; what nobody can read back is left to the ledger."""
    unreadable = SUPPORTS[address.kind].unreadable - live.keys()
    wanted = {path: value for path, value in fields.items() if path not in unreadable}
    return shown(live) != {**shown(live), **shown(wanted)}


def applied(sections: list[Section], wanted: dict[Address, dict[str, Value]]) -> list[Section]:
    """Read, compare and write, as the engine does."""
    held = decode(sections, SCOPE, SETUP)
    changes: list[Change] = []
    after: dict[Address, Fields] = {}
    for address, fields in wanted.items():
        live = held.objects.get(address)
        if live is None:
            changes.append(Create(address, *ABOUT, after=fields))
            after[address] = fields
            continue
        before = as_planned(live.fields)
        after[address] = {**before, **fields}
        if differs(address, live.fields, fields) or live.edits:
            changes.append(
                Update(address, *ABOUT, before, after[address], fields=(), edits=live.edits)
            )
    for address in held.objects.keys() - wanted.keys():
        changes.append(Delete(address, *ABOUT, before=as_planned(held.objects[address].fields)))
    for change in changes:
        sections = carried_out(sections, encode(change, SETUP))
    end = finish(changes, after, held.edits, SETUP) if changes or held.edits else None
    return carried_out(sections, end.requests) if end else sections


def assert_right(sections: list[Section], wanted: dict[Address, dict[str, Value]]) -> None:
    held = decode(sections, SCOPE, SETUP)
    assert held.edits == ()
    assert {at: each.edits for at, each in held.objects.items()} == dict.fromkeys(wanted, ())
    for address, fields in wanted.items():
        found = shown(held.objects[address].fields)
        here = {path: value for path, value in shown(fields).items() if path in found}
        assert {path: found[path] for path in here} == here


BOX_SWITCHED_OFF: list[Declared] = [
    (Address("blocklist", SCOPE, "anonymous"), {}),
    (
        Address("extension", SCOPE, "0"),
        {
            "name": "Ada Okafor",
            "voicemail.enabled": False,
            "voicemail.pin": Secret("store:pin", "of 1234"),
        },
    ),
]
"""The PIN of a box that is switched off stands nowhere."""


@RELAXED
@example(BOX_SWITCHED_OFF)
@given(st.lists(anything_declared(), min_size=1, max_size=4))
def test_from_nothing(made: list[Declared]) -> None:
    wanted = dict(made)
    sections = applied([], wanted)
    assert_right(sections, wanted)
    assert applied(sections, wanted) == sections


@RELAXED
@given(anything_declared(), st.data())
def test_after_a_hand_edit(made: Declared, data: st.DataObject) -> None:
    wanted = dict([made])
    sections = as_read(sections_of(wanted))
    index = data.draw(st.sampled_from([i for i, s in enumerate(sections) if s.lines]))
    sections[index] = data.draw(edited_line(sections[index]))
    assert_right(applied(sections, wanted), wanted)


@RELAXED
@given(anything_declared(), st.data())
def test_after_a_section_was_lost_or_added(made: Declared, data: st.DataObject) -> None:
    wanted = dict([made])
    sections = as_read(sections_of(wanted))
    if data.draw(st.booleans()):
        del sections[data.draw(st.integers(0, len(sections) - 1))]
    else:
        family = data.draw(st.sampled_from(("pjsip", "ext", "queues", "moh")))
        name = data.draw(st.sampled_from(("backdoor", "1001-extra", "rec-class-x", "rec-odd")))
        sections.append(Section(family, name, (Line("exten", "_X.,1,System(x)"),)))
    assert_right(applied(sections, wanted), wanted)


def test_the_office_comes_and_goes() -> None:
    wanted = office()
    sections = applied([], wanted)
    assert_right(sections, wanted)
    for address in list(wanted):
        del wanted[address]
        sections = applied(sections, wanted)
        assert_right(sections, wanted)
    assert sections == []


def deleted_by_hand(sections: Iterable[Section], address: Address, fields: Fields) -> list[Section]:
    """Return what is left when somebody deletes an object's own sections, and no more."""
    key = address.key
    own = {place_of(each, key) for each in render(address.kind, key, fields, SETUP)}
    left = []
    for section in sections:
        if section.shared:
            rest = tuple(line for line in section.lines if line.variable != key)
            left += [section._replace(lines=rest)] if rest else []
        elif place_of(section, key) not in own:
            left.append(section)
    return left


@pytest.mark.parametrize("address", sorted(office()), ids=str)
def test_what_was_deleted_by_hand_is_one_change_and_comes_back(address: Address) -> None:
    wanted = office()
    sections = as_read(sections_of(wanted))
    left = deleted_by_hand(sections, address, wanted[address])
    held = decode(left, SCOPE, SETUP)
    assert held.objects.keys() == wanted.keys() - {address}
    assert not [each for each in held.objects.values() if each.edits]
    # What leads to it is told as its, so that nobody reads of one deletion twice.
    assert {each.of for each in held.edits} <= {str(address)}
    assert_right(applied(left, wanted), wanted)
    # If it is declared no longer, the next commit takes away what led to it.
    rest = {each: fields for each, fields in wanted.items() if each != address}
    assert_right(applied(left, rest), rest)


def test_an_endpoint_added_by_hand_stands_apart_and_is_in_no_index() -> None:
    wanted = office()
    by_hand = Section("pjsip", "1009", (Line("type", "endpoint"), Line("allow", "ulaw")))
    sections = [*as_read(sections_of(wanted)), by_hand]
    held = decode(sections, SCOPE, SETUP)
    eve = Address("extension", SCOPE, "1009")
    assert held.edits == ()
    assert [address for address, each in held.objects.items() if each.apart] == [eve]
    # Who is declared is in the index, and what was written for whoever was there by mistake goes.
    wanted[eve] = {"name": "Eve"}
    sections = applied(sections, wanted)
    assert_right(sections, wanted)
    del wanted[eve]
    ours = [each for each in sections if each.name not in ("extension/1009", "rec-extension-1009")]
    held = decode(ours, SCOPE, SETUP)
    assert {each.of for each in held.edits} == {str(eve)}
    assert_right(applied(ours, wanted), wanted)
