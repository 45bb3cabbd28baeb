"""Who is told to fetch, what people notice of it, and what waits for the end of a call."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.adapter import Call, LiveState, Registration
from reconciler.adapters.devices import DEVICES
from reconciler.model.address import Address
from reconciler.model.change import FieldChange, Update
from reconciler.model.live import Live, LiveObject, TargetLive
from reconciler.model.ownership import Owned, Ownership
from reconciler.model.plan import FileChange
from reconciler.model.resource import Desired, Removed
from reconciler.model.secret import Secret
from reconciler.model.standing import Standing
from reconciler.model.step import Request, Step
from reconciler.planning.phones.fleet import Member, lines_of, muster
from reconciler.planning.phones.oncall import held_back
from reconciler.planning.phones.swap import (
    known_to_leavers,
    known_to_old_hardware,
    leaving,
    replaced_by_other_hardware,
    still_known,
)
from reconciler.planning.phones.telling import Tell, Untold, parameters_of, tells, with_disruptions
from reconciler.planning.plan import plan
from reconciler.testing.building import desired, resource

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
FETCHED = "2026-11-28T11:59:00.000Z"
ADA = Address("phone", "main", "ada")
LINE = Address("extension", "office", "1001")
STANDING = Standing(
    ADA, "onboarding", "", "pushed", "yealink", "T54W", "805ec0f00001",
    published_at="2026-11-28T11:58:00.000Z", fetched_at=FETCHED, source="192.0.2.7",
)  # fmt: skip


def estate(**fields: object) -> Desired:
    return desired(
        [
            resource("extension/office/1001", name="Ada", secret=Secret("generated")),
            resource(
                "phone/main/ada",
                {"mac": "80:5e:c0:f0:00:01", "model": "T54W", "lines": [{"extension": "1001"}],
                 **fields},
                needs=["extension/office/1001"],
            ),
        ]
    )  # fmt: skip


def registration(**about: object) -> Registration:
    usual = Registration(LINE, "sip:1001@192.0.2.7:5060", "reachable", "x", expires_s=3590)
    return usual._replace(**about)


def state(*registrations: Registration, calls: tuple[Call, ...] = ()) -> LiveState:
    return LiveState("", "", "", registrations, (), (), calls)


def member(
    standing: Standing = STANDING, here: LiveState | None = None, **fields: object
) -> Member:
    states = {"pbx/office": here} if here is not None else {}
    (found,) = muster(estate(**fields), [standing], states, NOW)
    return found


IN_CALL = (Call("PJSIP/1001-1", "up", "1001", "1002", "", 5, address=LINE),)


@pytest.mark.parametrize(
    ("about", "registered", "proved"),
    [
        ({}, True, True),
        ({"expires_s": 3541}, True, True),
        ({"expires_s": 3530}, True, False),  # made before it fetched
        ({"expires_s": 3700}, True, False),  # made with another expiry than its file says
        ({"expires_s": None}, True, False),
        ({"contact": "sip:1001@192.0.2.70:5060"}, False, False),  # from somewhere else
        ({"contact": "sip:1001@198.51.100.9", "user_agent": "Yealink SIP-T54W 96"}, True, True),
        ({"contact": "x", "user_agent": "some 805EC0F00001"}, True, True),
        ({"state": "unreachable"}, False, False),
        ({"address": LINE._replace(key="1002")}, False, False),
    ],
)
def test_what_proves_that_a_phone_uses_its_files(
    about: dict[str, object], registered: bool, proved: bool
) -> None:
    found = member(here=state(registration(**about)))
    assert (found.registered, found.proof is not None) == (registered, proved)
    assert found.reached == ("managed" if proved else "onboarding")


def test_nothing_is_claimed_of_a_pbx_that_was_not_asked() -> None:
    found = member()
    assert (found.registered, found.in_call, found.proof) == (None, None, None)


def test_only_what_was_fetched_can_be_proved() -> None:
    for status in ("pending", "generated", "stale", "failed", "applied"):
        found = member(STANDING._replace(status=status), state(registration()))
        assert found.proof is None


def test_a_shorter_expiry_is_what_its_files_say() -> None:
    late = state(registration(expires_s=250))
    assert member(here=late, **{"sip.register_expiry": 300}).proof is not None
    assert member(here=late).proof is None


def test_lines_are_not_the_extensions_of_keys() -> None:
    entry = estate().resources[ADA]._replace(needs=(LINE._replace(key="1009"), LINE))
    assert lines_of(entry) == (LINE,)


def test_a_line_of_another_pbx_is_not_the_own_one_of_the_same_number() -> None:
    there = Address("extension", "branch", "1001")
    entry = estate(lines=[{"extension": "branch:1001"}, {"extension": "1001"}]).resources[ADA]
    assert lines_of(entry._replace(needs=(there, LINE))) == (there, LINE)
    assert lines_of(entry._replace(needs=(LINE, there))) == (there, LINE)


def told(standing: Standing, here: LiveState | None, **fields: object) -> Tell | Untold:
    done, missed = tells([member(standing, here, **fields)], estate(**fields), DEVICES)
    (found,) = (*done, *missed)
    return found


STALE = STANDING._replace(status="stale", lifecycle="managed")


def test_a_phone_is_told_by_its_vendors_event_over_its_first_line() -> None:
    found = told(STALE, state(registration()))
    assert isinstance(found, Tell)
    assert found[:4] == (ADA, "pbx/office", "1001", "check-sync;reboot=false")
    assert found.disruption.kind == "reboot"
    obeys = {"raw.sip.notify_reboot_enable": "2"}
    found = told(STALE, state(registration(), calls=IN_CALL), **obeys)
    assert isinstance(found, Tell)
    assert found.disruption.kind == "resync"


@pytest.mark.parametrize(
    ("here", "why"),
    [
        (None, "nobody could ask its PBX"),
        (state(), "is not registered"),
        (state(registration(), calls=IN_CALL), "is in a call"),
    ],
)
def test_who_is_not_told_and_why(here: LiveState | None, why: str) -> None:
    found = told(STALE, here)
    assert isinstance(found, Untold)
    assert why in found.reason


OLD_LINE = LINE._replace(key="1002")


def as_before(**about: object) -> Registration:
    """The registration of a phone that does not know its new line yet."""
    usual = {"address": OLD_LINE, "user_agent": "Yealink SIP-T54W 96.86.0.75"}
    return registration(**usual)._replace(**about)


@pytest.mark.parametrize(
    ("there", "extension"),
    [
        (as_before(), "1002"),
        (as_before(contact="sip:1002@198.51.100.9", user_agent="x 80:5e:c0:f0:00:01"), "1002"),
        (as_before(contact="sip:1002@192.0.2.70"), None),  # another T54W, for all that is known
        (as_before(user_agent="Linphone/5.2"), None),  # an app at the same address
        (as_before(state="unreachable"), None),
    ],
)
def test_a_phone_that_gets_another_line_is_told_over_the_one_that_it_has(
    there: Registration, extension: str | None
) -> None:
    found = told(STALE, state(there))
    if extension is None:
        assert isinstance(found, Untold)
        assert "is not registered" in found.reason
    else:
        assert isinstance(found, Tell)
        assert (found.extension, found.hurries) == (extension, True)


def test_a_call_on_the_line_that_a_phone_still_has_is_not_cut() -> None:
    call = IN_CALL[0]._replace(address=OLD_LINE)
    found = told(STALE, state(as_before(), calls=(call,)))
    assert isinstance(found, Untold)
    assert "is in a call" in found.reason


def test_a_phone_does_not_take_the_registration_of_another_for_its_own() -> None:
    """Two phones of a model swap their lines: each is still registered as the other."""
    other = STALE._replace(address=ADA._replace(key="ben"), source="192.0.2.8", mac="805ec0f00002")
    there = registration(contact="sip:1001@192.0.2.8:5060", user_agent="Yealink SIP-T54W 96.86")
    here = {"pbx/office": state(there, as_before())}
    ada, _ = muster(estate(), [STALE, other], here, NOW)
    assert (ada.registered, ada.elsewhere) == (False, (OLD_LINE,))
    settled = other._replace(status="applied")
    ada, _ = muster(estate(), [STALE, settled], here, NOW)
    assert ada.registered, "of a phone that has what it shall have, no line lingers"


def test_who_has_what_there_is_or_rests_is_not_told() -> None:
    here = state(registration())
    for standing in (STANDING, STANDING._replace(status="applied")):
        assert tells([member(standing, here)], estate(), DEVICES) == ((), ())
    resting = {"lifecycle": "maintenance"}
    assert tells([member(STALE, here, **resting)], estate(**resting), DEVICES) == ((), ())


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("-account.1.codec.opus.enable = 1", {"account.1.codec.opus.enable"}),
        ("+    <P35>***</P35>", {"P35"}),
        ('+    <item name="account.1.sip.port">5</item>', {"account.1.sip.port"}),
        ('-  <tcpIpApp tcpIpApp.sntp.address="192.0.2.1"', {"tcpIpApp.sntp.address"}),
        ('+      voIpProt.server.1.port="5060"', {"voIpProt.server.1.port"}),
        (" account.1.label = Ada", set()),
        ("@@ -1 +1 @@", set()),
    ],
)
def test_parameters_are_found_on_changed_lines(line: str, names: set[str]) -> None:
    assert parameters_of([line]) >= names
    assert bool(parameters_of([line])) == bool(names)


def test_each_phone_step_says_what_people_notice() -> None:
    path = "files.805ec0f00001.cfg"
    fields = {"vendor": "yealink", "model": "T54W", "raw.sip.notify_reboot_enable": "2"}
    change = Update(
        ADA, "site/main", (), None, 0, fields, fields,
        (FieldChange(path, Secret(None, "a"), Secret("rendering:x", "b")),),
    )  # fmt: skip
    step = Step("update phone/main/ada", "site/main", ADA, change, (Request("x", {}),), (), "")
    empty = plan(desired(), Live({}), Ownership(), {})

    def felt(*lines: str, step: Step = step) -> str:
        told = FileChange(lines, len(lines), 0, ((ADA, path),))
        (found,) = with_disruptions(empty._replace(steps=(step,), files=(told,)), DEVICES).steps
        return found.disruption.kind

    assert felt("+local_time.ntp_server1 = 192.0.2.2") == "resync"
    assert felt("+account.1.label = Ada") == "re-register"
    assert felt("+static.network.vlan.internet_port_vid = 7") == "reboot"
    assert felt() == "re-register"  # a secret alone
    # Of these makers being told to fetch is what restarts a phone, whatever is in the file.
    for model, kind in (
        ({"vendor": "yealink", "model": "T54W"}, "reboot"),
        ({"vendor": "polycom", "model": "VVX450"}, "reboot"),
        ({"vendor": "grandstream", "model": "GRP2614"}, "re-register"),
        ({"vendor": "snom", "model": "D785"}, "re-register"),
    ):
        other = step._replace(change=replace(change, before=model, after=model))
        assert felt(step=other) == kind, model

    # A key of the phone and the password of its line, which shows in no file.
    keyed = Update(LINE, "pbx/office", (), None, 0, {}, {}, (FieldChange("secret", "a", "b"),))
    line = Step("line", "pbx/office", LINE, keyed, (Request("x", {}),), (), "")
    told = FileChange(("+local_time.ntp_server1 = 192.0.2.2",), 1, 0, ((ADA, path),))
    for number, kind in ((LINE.key, "re-register"), ("1999", "resync")):
        # Of a number that only a key names it has no password.
        lined = {**fields, "lines": [{"extension": number}]}
        needing = step._replace(change=replace(change, needs=(LINE,), after=lined), needs=("line",))
        both = empty._replace(steps=(line, needing), files=(told,))
        assert with_disruptions(both, DEVICES).steps[1].disruption.kind == kind


def test_a_password_of_somebody_in_a_call_waits_with_all_that_needs_it() -> None:
    def step(identity: str, address: Address, path: str, *needs: str) -> Step:
        change = Update(address, "pbx/office", (), None, 0, {}, {}, (FieldChange(path, "a", "b"),))
        return Step(identity, "pbx/office", address, change, (Request("x", {}),), needs, "")

    steps = (
        step("a", LINE, "secret"),
        step("b", LINE._replace(key="1002"), "secret"),
        step("c", ADA, "files.x", "a"),
        step("d", Address("queue", "office", "700"), "name", "c"),
        step("e", LINE._replace(key="1003"), "name"),
    )
    whole = plan(desired(), Live({}), Ownership(), {})._replace(steps=steps)
    assert set(held_back(whole, {LINE, LINE._replace(key="1003")})) == {"a", "c", "d"}
    assert held_back(whole, set()) == {}
    assert set(held_back(whole, set(), {LINE.scope})) == {"a", "b", "c", "d"}
    assert held_back(whole, set(), {"elsewhere"}) == {}


def live_with(mac: str) -> Live:
    return Live(
        {"site/main": TargetLive("site/main", objects={ADA: LiveObject(ADA, {"mac": mac})})}
    )


def test_what_old_hardware_knows_is_made_anew() -> None:
    wish = estate(**{"features.admin_password": Secret("generated")})
    assert replaced_by_other_hardware(wish, live_with("80:5e:c0:f0:00:01")) == ()
    assert replaced_by_other_hardware(wish, live_with("")) == ()
    assert replaced_by_other_hardware(wish, Live({})) == ()
    replaced = replaced_by_other_hardware(wish, live_with("80:5e:c0:f0:00:99"))
    assert set(known_to_old_hardware(replaced, wish)) == {
        "generated:phone/main/ada/provisioning.token",
        "generated:phone/main/ada/provisioning.password",
        "generated:phone/main/ada/features.admin_password",
        "generated:extension/office/1001/secret",
    }
    assert still_known(replaced, wish) == ()


def test_a_phone_that_leaves_does_not_keep_the_password_of_its_number() -> None:
    """It is sold or thrown away: whoever has it would still be called and call as that number."""
    wish = estate()
    gone = wish._replace(resources={LINE: wish.resources[LINE]})
    live, mac = live_with("80:5e:c0:f0:00:01"), {"mac": "80:5e:c0:f0:00:01"}
    fields = {**mac, "lines": [{"extension": LINE.key}]}
    ours = Ownership({ADA: Owned(ADA, "site/main", fields, needs=(LINE,))})
    assert leaving(wish, live) == ()
    assert leaving(gone, live) == (ADA,)
    secret = "generated:extension/office/1001/secret"
    assert known_to_leavers((ADA,), gone, ours) == [secret]
    assert known_to_leavers((ADA,), gone, Ownership()) == [], "of others' phones nothing is known"
    # Under another name it stays; and who lets go of a phone does not take it out of use.
    other = ADA._replace(key="reception")
    renamed = wish.resources[ADA]._replace(address=other)
    assert leaving(gone._replace(resources={**gone.resources, other: renamed}), live) == ()
    let_go = Removed(ADA, destroy=False, origin=renamed.origin)
    assert leaving(gone._replace(removed=(let_go,)), live) == ()


def test_a_password_from_elsewhere_is_said_to_stay() -> None:
    wish = estate()
    line = wish.resources[LINE]
    own = line._replace(fields={**line.fields, "secret": Secret("env:ADA")})
    wish = wish._replace(resources={**wish.resources, LINE: own})
    replaced = replaced_by_other_hardware(wish, live_with("80:5e:c0:f0:00:99"))
    (found,) = still_known(replaced, wish)
    assert found.code == "known-to-old-phone"
    assert "env:ADA" in found.detail


def test_times_are_compared_as_times() -> None:
    assert NOW - timedelta(seconds=60) == datetime.fromisoformat(FETCHED)
