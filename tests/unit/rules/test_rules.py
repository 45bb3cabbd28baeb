"""Rules: what they let pass. What they find is in tests/cases/diagnostics."""

from datetime import date

import pytest

from reconciler.diagnostics.catalogue import CODES
from reconciler.rules import check
from reconciler.rules.check import RULES
from reconciler.rules.numbering import bare_number
from tests.unit.language.pipeline import ESTATE, codes, desired, sound


def checked(text: str, today: date | None = None) -> list[str]:
    return codes(check(sound(desired(ESTATE, text)), today=today).diagnostics)


def test_every_rule_is_a_code() -> None:
    assert {name for name, _ in RULES} <= set(CODES)


def test_numbers_of_different_pbxs_do_not_meet() -> None:
    estate = desired(
        "pbxs: {a: {adapter: memory}, b: {adapter: memory}}",
        'pbx: a\nextensions: {"1": {name: x}}',
        'pbx: b\nextensions: {"1": {name: x}}',
    )
    assert check(sound(estate)).diagnostics == ()


@pytest.mark.parametrize(
    ("number", "country", "bare"),
    [
        ("+16035550100", "US", "16035550100"), ("6035550100", "US", "16035550100"),
        ("6035550100", "GB", "6035550100"), ("+6035550100", "US", "6035550100"),
    ],
)  # fmt: skip
def test_numbers_in_different_writing(number: str, country: str, bare: str) -> None:
    assert bare_number(number, country) == bare


def test_routes_of_the_same_number_for_different_callers() -> None:
    text = 'inbound_routes: {"+441": {destination: hangup}, "+441@+442": {destination: hangup}}'
    assert checked(text.replace("+441", "+4411")) == []


def test_patterns_behind_a_class_or_schedule_are_not_shadowed() -> None:
    assert (
        checked(
            """\
        trunks: {t: {host: h, mode: ip}}
        outbound_routes:
          help: {order: 1, patterns: ["999"], trunks: [t], emergency: true}
          staff: {order: 2, patterns: ["0."], trunks: [t], classes: [staff]}
          off: {order: 3, patterns: ["0."], trunks: [t], enabled: false}
          all: {order: 4, patterns: ["0."], trunks: [t]}
        """
        )
        == []
    )


WAIVED = """\
extensions:
  "1": {name: a, voicemail: {enabled: false}}
ring_groups:
  "6": {name: g, members: ["1"], no_answer: voicemail/1,
    waive: [{rule: voicemail-off, reason: r, by: b, until: 2026-11-22}]}
"""


def test_a_waiver_holds_on_its_last_day() -> None:
    estate = sound(desired(ESTATE, WAIVED))
    on_the_day = check(estate, today=date(2026, 11, 22)).diagnostics
    assert [(each.code, each.severity) for each in on_the_day] == [("voicemail-off", "info")]
    after = check(estate, today=date(2026, 11, 23)).diagnostics
    assert [(each.code, each.severity) for each in after] == [
        ("voicemail-off", "error"), ("waiver-expired", "warning"),
    ]  # fmt: skip
