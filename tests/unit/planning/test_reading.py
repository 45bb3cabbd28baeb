"""What a phone was found to hold, what that proves, and what is remembered of going there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.adapter import LiveState, Registration
from reconciler.adapters.devices import DEVICES
from reconciler.model.address import Address
from reconciler.model.secret import Secret
from reconciler.model.standing import Attempt, Standing
from reconciler.planning.phones.delivery import check_pushed, passwords_of
from reconciler.planning.phones.errands import Errand, noted, pushes_due, reads_due, since_when
from reconciler.planning.phones.fleet import Member, muster
from reconciler.planning.phones.holding import Wanted, differences, named
from reconciler.planning.phones.reading import SETTLE, Reading
from reconciler.testing.building import desired, resource

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
ADA = Address("phone", "main", "ada")
LINE = Address("extension", "office", "1001")
FETCHED = Standing(
    ADA, "managed", "", "pushed", "yealink", "T54W", "805ec0f00001",
    published_at="2026-11-28T11:00:00.000Z", fetched_at="2026-11-28T11:01:00.000Z",
    source="192.0.2.7", attempt=Attempt("held", passwords="fp-1"),
)  # fmt: skip
OLD = Registration(LINE, "sip:1001@192.0.2.7", "reachable", "", expires_s=10)
"""A registration from before the phone had fetched."""
NEW = OLD._replace(expires_s=3590)
WRONG = Reading({"account.1.label": "lines.0.label"})


def estate(fingerprint: str = "fp-1", **fields: object):
    phone = {"mac": "80:5e:c0:f0:00:01", "model": "T54W", "lines": [{"extension": "1001"}]}
    return desired(
        [
            resource("extension/office/1001", name="Ada", secret=Secret("x", fingerprint)),
            resource("phone/main/ada", {**phone, **fields}, needs=["extension/office/1001"]),
        ]
    )


def found(
    reading: Reading, *registrations: Registration, standing: Standing = FETCHED,
    fingerprint: str = "fp-1", asked: bool = True,
) -> Member:  # fmt: skip
    state = LiveState("", "", "", registrations, (), (), ())
    states = {"pbx/office": state} if asked else {}
    (member,) = muster(estate(fingerprint), [standing], states, NOW, {ADA: reading})
    return member


def test_who_registered_after_the_fetch_and_holds_something_else_is_given_no_minute() -> None:
    just = FETCHED._replace(fetched_at="2026-11-28T11:59:50.000Z")
    assert found(WRONG, OLD, standing=just).standing.status == "pushed"  # it may be at it
    anew = NEW._replace(expires_s=3599)
    assert found(WRONG, anew, standing=just).standing.status == "failed"


def test_a_phone_that_holds_everything_uses_it() -> None:
    assert found(Reading(), OLD).proof
    assert found(Reading(), asked=False).proof
    assert found(Reading()).proof is None  # it is not registered


def test_of_a_new_password_a_reading_says_nothing() -> None:
    assert found(Reading(), OLD, fingerprint="fp-2").proof is None
    assert found(Reading(), NEW, fingerprint="fp-2").proof
    never = FETCHED._replace(attempt=Attempt())
    assert found(Reading(), OLD, standing=never).proof is None


def test_who_took_it_and_holds_something_else_has_failed_even_if_it_registers() -> None:
    for registration in (OLD, NEW):
        member = found(WRONG, registration)
        assert (member.standing.status, member.proof) == ("failed", None)
        assert "account.1.label (lines.0.label)" in member.standing.failure
        assert member.standing.attempt.passwords == "fp-1"


def test_who_has_just_fetched_may_be_at_it() -> None:
    just = (NOW - SETTLE + timedelta(seconds=1)).isoformat()
    member = found(WRONG, OLD, standing=FETCHED._replace(fetched_at=just))
    assert (member.standing.status, member.proof) == ("pushed", None)


def test_a_failure_ends_when_the_phone_holds_it_after_all() -> None:
    differs = FETCHED.attempt._replace(state="differs")
    failed = FETCHED._replace(status="failed", failure="x", attempt=differs)
    member = found(Reading(), OLD, standing=failed)
    assert (member.standing.status, bool(member.proof)) == ("pushed", True)


WANTED = Wanted(
    {"label": "Ada", "old.codec": "1", "new.codec": "1", "off": "0", "empty": "", "made": "7"},
    {"label": ("lines.0.label",), "old.codec": ("sip.codecs",), "new.codec": ("sip.codecs",),
     "off": ("features.x",)},
)  # fmt: skip
RIGHT = {"label": "Ada", "old.codec": "", "new.codec": "1", "off": "No", "empty": "", "made": ""}


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({}, []),  # one spelling of two is enough, a word for a number, nobody asked for `made`
        ({"label": " Ada "}, []),
        ({"label": "Bob"}, ["label"]),
        ({"label": ""}, ["label"]),
        ({"new.codec": ""}, ["new.codec", "old.codec"]),
        ({"off": "Yes"}, ["off"]),
        ({"made": "8"}, ["made"]),
    ],
)
def test_in_what_a_phone_differs(said: dict[str, str], wrong: list[str]) -> None:
    assert list(differences(WANTED, {**RIGHT, **said}, ())) == wrong


def test_what_a_phone_does_not_have_is_no_difference() -> None:
    assert differences(WANTED, {"off": "0"}, {"label", "new.codec"}) == {}
    assert named({"a": "lines.0", "b": ""}) == "a (lines.0), b"
    assert named({str(n): "" for n in range(9)}).endswith("and 4 more")


def test_who_is_gone_to() -> None:
    pushed = estate(**{"provisioning.delivery": "push"})
    member = Member(FETCHED, "managed", "managed", None, (LINE,))

    def at(status: str, state: str = "") -> Member:
        attempt = Attempt(state)  # type: ignore[arg-type]
        return member._replace(standing=FETCHED._replace(status=status, attempt=attempt))  # type: ignore[arg-type]

    for status in ("generated", "stale", "failed"):
        assert pushes_due([at(status)], pushed, ())
        assert not pushes_due([at(status)], estate(), ())
        assert not pushes_due([at(status)], pushed, {ADA})  # its change waits
    assert not pushes_due([at("applied")], pushed, ())
    assert not pushes_due([at("stale")._replace(wanted="maintenance")], pushed, ())
    assert reads_due([at("pushed")], pushed, ())
    assert reads_due([at("failed", "differs")], estate(), ())
    assert not reads_due([at("failed", "differs")], pushed, ())  # it is written to again
    assert not reads_due([at("failed"), at("applied"), at("stale")], estate(), ())
    assert not reads_due([at("pushed")], estate(), {ADA})


def test_what_is_remembered_of_an_errand() -> None:
    off = Errand(ADA, "push", "skipped", "it is not reachable", seen="off")
    before = Attempt("off", "1", "0", passwords="p")
    assert since_when(off, FETCHED._replace(attempt=before), "9") == "0"
    assert since_when(off, FETCHED._replace(last_seen="5"), "9") == "5"
    assert noted(before, off._replace(since="0"), "9") == Attempt(
        "off", "9", "0", "it is not reachable", {}, "p"
    )
    # Who ignores what it was given is not better for being off now.
    assert noted(Attempt("differs"), off, "9") is None
    assert noted(before, Errand(ADA, "push", "skipped", "in a call"), "9") is None


def test_what_is_still_promised() -> None:
    assert not Errand(ADA, "push", "done", "").is_open
    assert Errand(ADA, "push", "skipped", "").is_open
    assert not Errand(ADA, "push", "skipped", "", left_out=True).is_open
    assert Errand(ADA, "read", "failed", "").is_open
    for how in ("read", "resync"):
        assert not Errand(ADA, how, "skipped", "").is_open  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"vendor": "yealink"}, ""),
        ({"vendor": "snom"}, "no live way"),
        ({"vendor": "grandstream", "provisioning.dialect": "names"}, "a dialect is one of files"),
    ],
)
def test_which_phones_can_be_pushed_to(fields: dict[str, str], why: str) -> None:
    phone = estate(**{"provisioning.delivery": "push", **fields}).resources[ADA]
    told = [each.detail for each in check_pushed([phone], DEVICES)]
    assert bool(told) == bool(why)
    assert all(why in each for each in told)


def test_passwords_are_told_apart_and_nothing_else() -> None:
    assert passwords_of([LINE], estate("a")) != passwords_of([LINE], estate("b"))
    unmade = desired([resource("extension/office/1001", secret=Secret("generated"))])
    assert passwords_of([LINE], unmade) == ""
