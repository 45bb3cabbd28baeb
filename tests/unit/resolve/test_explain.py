"""Explain: who said what, and who won."""

from reconciler.diagnostics.place import Place
from reconciler.model.address import Address
from reconciler.resolve.explain import Said, explain
from tests.unit.language.pipeline import ESTATE, declared
from tests.unit.resolve.test_resolve import PHONES


def test_a_phone_s_setting_with_what_it_overrode() -> None:
    text = PHONES + 'phones: {p: {mac: "805ec0f00121", model: T, template: desk, lines: []}}'
    declarations = declared(text).value
    address = Address("phone", "office", "p")
    (language,) = explain(declarations, address, "features.language") or []
    site = Place("a.yaml", 0, ("sites", "office", "phones", "settings", "features", "language"))
    assert language.value == "Welsh"
    assert (language.layer, language.place) == ("site office", site)
    house = Place("a.yaml", 0, ("templates", "house", "features", "language"))
    assert language.overridden == (Said("template house", "English", house),)
    everything = explain(declarations, address) or []
    assert [each.setting for each in everything] == sorted(each.setting for each in everything)
    vendor = explain(declarations, address, "sip", {"yealink": {"sip.port": 5060}}) or []
    assert (vendor[0].setting, vendor[0].layer) == ("sip.port", "vendor yealink")
    assert vendor[0].place is None


def test_defaults_and_what_was_worked_out() -> None:
    declarations = declared(
        ESTATE,
        """\
        defaults: {schedules: {closed_to: hangup}}
        schedules: {hours: {open: ["24/7"], open_to: hangup}}
        """,
    ).value
    told = explain(declarations, Address("schedule", "hq", "hours")) or []
    assert {each.setting: each.layer for each in told} == {
        "closed_to": "defaults of b.yaml",
        "open": "schedule hours",
        "open_to": "schedule hours",
        "timezone": "worked out",
    }


def test_closed_days_are_those_of_the_calendars_too() -> None:
    declarations = declared(
        ESTATE,
        """\
        calendars: {own: {days: [2026-08-01]}}
        schedules:
          hours: {open: ["24/7"], open_to: hangup, closed_to: hangup, closed_on: [own],
            closed_days: ["12-25"]}
        """,
    ).value
    told = explain(declarations, Address("schedule", "hq", "hours")) or []
    (days,) = (each for each in told if each.setting == "closed_days")
    assert (days.layer, days.value) == ("worked out", ["12-25", "2026-08-01"])
    assert [each.value for each in days.overridden] == [["12-25"]]


def test_what_is_not_declared_is_not_explained() -> None:
    assert explain(declared(ESTATE).value, Address("phone", "office", "x")) is None
