"""Who reaches whom: what phones, callers and menus may enter."""

import pytest

from reconciler.adapters.asterisk.carrier import Setup
from reconciler.adapters.asterisk.dids import spellings
from reconciler.adapters.asterisk.index import index_sections
from reconciler.adapters.asterisk.render import render
from reconciler.model.address import Address
from reconciler.model.value import Value
from tests.unit.asterisk.estate import office
from tests.unit.asterisk.make import SETUP, at, lines_of, sections_of

Objects = dict[Address, dict[str, Value]]


def contexts(objects: Objects) -> dict[str, list[str]]:
    """Return the dialplan of these objects: lines by context."""
    return {s.name: lines_of(s) for s in sections_of(objects) if s.family == "ext"}


def reached(dialplan: dict[str, list[str]], context: str) -> set[str]:
    """Return the contexts that a call in this context may match in."""
    found, todo = set(), [context]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += [x[10:] for x in dialplan.get(name, ()) if x.startswith("include = ")]
    return found


@pytest.mark.parametrize("entrance", ["rec-inbound-alpha", "rec-inbound-beta", "rec-ivr-main"])
def test_callers_never_reach_a_way_out(entrance: str) -> None:
    found = reached(contexts(office()), entrance)
    assert not [name for name in found if name.startswith(("rec-outbound_route", "rec-dial"))]
    assert not found & {"from-internal", "rec-internal", "rec-external", "rec-features"}


def test_callers_in_a_menu_cannot_flip_switches() -> None:
    dialplan = contexts(office())
    lines = [line for name in reached(dialplan, "rec-ivr-main") for line in dialplan[name]]
    assert not [line for line in lines if "flip" in line or "switch" in line]


def test_emergency_routes_stand_before_everything() -> None:
    dialplan = contexts(office())
    for entrance in ("from-internal", "rec-class-boss"):
        assert dialplan[entrance][0] == "include = rec-outbound_route-emergency"


def test_classes_see_their_routes_and_those_without_class() -> None:
    dialplan = contexts(office())
    assert "include = rec-outbound_route-world" in dialplan["rec-class-boss"]
    assert "include = rec-outbound_route-national" in dialplan["rec-class-boss"]
    assert "include = rec-outbound_route-world" not in dialplan["from-internal"]


def test_routes_stand_in_their_order() -> None:
    route: dict[str, Value] = {"patterns": [{"match": "9X."}], "trunks": ["a"]}
    objects = {
        at("outbound_route/a"): route | {"order": 20},
        at("outbound_route/b"): route | {"order": 3},
    }
    lines = contexts(objects)["from-internal"]
    assert lines[-2:] == ["include = rec-outbound_route-b", "include = rec-outbound_route-a"]


def test_a_route_that_is_not_in_use_is_not_included() -> None:
    objects = office()
    objects[at("outbound_route/national")]["enabled"] = False
    assert "include = rec-outbound_route-national" not in contexts(objects)["from-internal"]


def test_configured_outside_numbers_never_ask_for_a_pin() -> None:
    assert contexts(office())["rec-external"] == ["include = rec-outbound_route-national"]


def test_every_goto_of_the_office_leads_somewhere() -> None:
    dialplan = contexts(office())
    for lines in dialplan.values():
        for line in lines:
            if "Goto(rec-" in line and "${" not in line.split("Goto(")[1]:
                context, exten, _ = line.split("Goto(")[1].split(")")[0].split(",")
                assert context in dialplan, line
                starts = f"exten = {exten},1,"
                found = [x for name in reached(dialplan, context) for x in dialplan[name]]
                assert context.startswith(("rec-external", "rec-forward")) or any(
                    x.startswith(starts) for x in found
                ), line


def test_no_number_of_contexts_beyond_what_asterisk_visits() -> None:
    objects = {at(f"extension/{1000 + n}"): {"name": "x"} for n in range(2000)}
    dialplan = contexts({**objects, **office()})
    assert len(reached(dialplan, "from-internal")) < 100


def test_a_big_office_spreads_its_numbers() -> None:
    objects = {at(f"extension/{1000 + n}"): {"name": "x"} for n in range(2000)}
    sizes = [len(each.section.lines) for each in index_sections(objects, SETUP)]
    assert max(sizes) < 120


def test_two_objects_never_share_a_section() -> None:
    owners: dict[tuple[str, str], Address] = {}
    for address, fields in office().items():
        for section in render(address.kind, address.key, fields, SETUP):
            if not section.shared:
                place = (section.family, section.name.lower())
                assert owners.setdefault(place, address) == address


@pytest.mark.parametrize(
    ("number", "country", "found"),
    [
        ("+16035550100", "US", ("+16035550100", "16035550100", "0016035550100", "6035550100")),
        ("+441134960100", "GB", ("+441134960100", "441134960100", "00441134960100", "01134960100")),
        ("+441134960100", "US", ("+441134960100", "441134960100", "00441134960100")),
        ("4711", "US", ("4711",)),
    ],
)
def test_spellings(number: str, country: str, found: tuple[str, ...]) -> None:
    assert spellings(number, Setup(country=country)) == found


def test_an_exact_number_wins_over_a_spelling_of_another() -> None:
    objects: Objects = {
        at("inbound_route/+16035550100"): {"destination": "hangup"},
        at("inbound_route/6035550100"): {"destination": "hangup"},
        at("trunk/a"): {"host": "192.0.2.7", "mode": "ip"},
    }
    lines = [x for name, ls in contexts(objects).items() if name.startswith("rec-dids") for x in ls]
    assert "exten = 6035550100,1,Goto(rec-inbound_route-6035550100,s,1)" in lines
    assert len([x for x in lines if x.startswith("exten = 6035550100,")]) == 1
