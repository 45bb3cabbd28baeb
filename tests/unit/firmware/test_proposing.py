"""Firmware in a plan: planned only when all is known and allowed, and why not otherwise."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler.adapters.devices import DEVICES
from reconciler.firmware.evidence import Known
from reconciler.firmware.interrupted import judged
from reconciler.firmware.proposing import Ground, firmware_of, propose_firmware, wanted_versions
from reconciler.firmware.tracks import Aim, Release, Track
from reconciler.journal.records import StepRecord
from reconciler.model.address import Address
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Firmware
from reconciler.model.standing import Standing
from reconciler.phones.meant import Placed

SUM = "0" * 64
PHONE = Placed(Address("phone", "main", "a"), "grandstream", "GXP2170", "", "", ())
FLASH = firmware_of(PHONE.address)
FIRST = Release("1.0.11.6", url="https://fw.example/6.bin", sha256=SUM)
LAST = Release("1.0.11.9", url="https://fw.example/9.bin", sha256=SUM, needs=("1.0.11.6",))


def ground(*releases: Release, **more: Any) -> Ground:
    track = Track("grandstream", frozenset(["gxp2170"]), releases, (Aim("1.0.11.9"),))
    return Ground([track], DEVICES, "2026-11-28", **{"logins": [PHONE.address], **more})


def proposed(
    at: Ground, version: str = "1.0.11.5", phone: Placed = PHONE, **more: Any
) -> tuple[Firmware, Any] | None:
    wanted = wanted_versions([phone], at)
    known = {phone: Known(version, "it says so itself", **more)}
    return next(iter(propose_firmware(wanted, known, at)), None)


def test_the_way_leads_through_what_is_declared() -> None:
    found = proposed(ground(replace(FIRST, needs=("1.0.11.5",)), LAST))
    assert found is not None
    row, step = found
    assert (row.now, row.through, row.wanted) == ("1.0.11.5", ("1.0.11.6",), "1.0.11.9")
    assert row.state == "planned"
    assert (step.address, step.disruption.kind) == (Address("firmware", "main", "a"), "firmware")
    assert step.disruption.seconds == 2 * 600


def test_who_has_it_is_not_spoken_of() -> None:
    assert proposed(ground(LAST), "1.0.11.9") is None


@pytest.mark.parametrize("lifecycle", ["maintenance", "discovered", "decommissioned"])
def test_who_is_left_alone_is_left_alone(lifecycle: str) -> None:
    assert proposed(ground(LAST), phone=replace(PHONE, lifecycle=lifecycle)) is None


def refusal(at: Ground, version: str = "1.0.11.5", **more: Any) -> tuple[str, str]:
    found = proposed(at, version, **more)
    assert found is not None
    row, step = found
    assert step is None
    return row.state, row.why


def test_what_is_refused() -> None:
    free = replace(LAST, needs=None)
    assert refusal(ground(LAST)) == (
        "refused", "1.0.11.9 needs 1.0.11.6 first, and no declared version leads there",
    )  # fmt: skip
    assert refusal(ground(replace(free, hw_revisions=("2.0",))), hw_revision="1.0")[1] == (
        "1.0.11.9 fits 2.0; the phone has 1.0"
    )
    assert refusal(ground(replace(free, one_way=True)))[1] == "there is no way back from 1.0.11.9"
    newer = Release("1.0.11.12", one_way=True)
    assert refusal(ground(free, newer), "1.0.11.12")[1] == (
        "there is no way back from 1.0.11.12, which it has"
    )
    assert refusal(ground(replace(free, sha256=None)))[1].startswith("no checksum is declared")
    assert refusal(ground(free, logins=[]))[1] == "there are no saved credentials"
    assert refusal(ground(free), "")[0] == "unknown"
    assert refusal(ground(replace(free, one_way=True)), "")[0] == "refused"


def test_a_phone_that_takes_what_its_file_names() -> None:
    phone = replace(PHONE, vendor="yealink", model="T54W", firmware="96.87.0.30")
    rom = Release("96.87.0.30", url="https://fw.example/T54W.rom", sha256=SUM)
    track = Track("yealink", frozenset(["t54w"]), (rom,), ())
    at = replace(ground(), tracks=[track])
    found = proposed(at, "96.87.0.22", phone)
    assert found is not None
    assert found[0].state == "planned"
    # Without a login nobody can begin it, nor see the end of it: the phone does it by itself.
    alone = proposed(replace(at, logins=[]), "96.87.0.22", phone)
    assert alone is not None
    assert (alone[0].state, alone[1]) == ("itself", None)
    unnamed = replace(phone, firmware=None)
    aimed = replace(track, aims=(Aim("96.87.0.30"),))
    other = proposed(replace(at, tracks=[aimed]), "96.87.0.22", unnamed)
    assert other is not None
    assert other[0].hint == "write `firmware: 96.87.0.30` at the phone or its template"


def test_a_generation_that_has_no_way_to_it_says_why() -> None:
    at = ground(replace(LAST, needs=None), generations={PHONE.address: "G4"})
    assert "P212" in refusal(at)[1]


@pytest.mark.parametrize(
    ("life", "status", "why"),
    [
        ("onboarding", "generated", "it is onboarding, and waits until it has fetched its files"),
        ("discovered", "pending", "it is onboarding, and waits until it has fetched its files"),
        ("decommissioned", "pending", "it is onboarding, and waits until"),
    ],
)
def test_no_state_of_its_life_is_skipped(life: Any, status: Any, why: str) -> None:
    standing = Standing(PHONE.address, life, "", status)
    found = refusal(ground(replace(LAST, needs=None), lives={PHONE.address: standing}))
    assert found[0] == "waits"
    assert found[1].startswith(why)


@pytest.mark.parametrize("life", ["managed", "maintenance", "firmware_updating"])
def test_from_managed_on_it_may_be(life: Any) -> None:
    standing = Standing(PHONE.address, life, "", "applied")
    at = ground(replace(LAST, needs=None), lives={PHONE.address: standing})
    found = proposed(at)
    assert found is not None
    assert found[0].state == "planned"


NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def begun(**more: Any) -> StepRecord:
    said = {"intended_at": (NOW - timedelta(minutes=20)).isoformat(), **more}
    return StepRecord(
        7, "update firmware/main/a", "site/main", FLASH, "update", {"version": "1.0.11.5"},
        {"version": "1.0.11.9"}, None, **said,
    )  # fmt: skip


def test_what_is_open_is_not_begun_again() -> None:
    at = ground(replace(LAST, needs=None), open={FLASH: begun()})
    assert refusal(at)[0] == "unknown"
    assert "nobody knows how it ended" in refusal(at)[1]


def test_what_has_failed_is_begun_again_by_name_alone() -> None:
    free = replace(LAST, needs=None)
    failed = begun(state="failed", detail="it still runs 1.0.11.5", settled_at=NOW.isoformat())
    assert "it was tried" in refusal(ground(free, tried={FLASH: failed}))[1]
    named = ground(free, tried={FLASH: failed}, insisted=[str(FLASH)])
    assert proposed(named)[0].state == "planned"  # type: ignore[index]
    other = failed._replace(after={"version": "1.0.11.8"})
    assert proposed(ground(free, tried={FLASH: other}))[0].state == "planned"  # type: ignore[index]


def outcome(known: Known, minutes: int = 20) -> Outcome | None:
    record = begun(intended_at=(NOW - timedelta(minutes=minutes)).isoformat())
    found = judged({FLASH: record}, {PHONE: known}, {"grandstream": 600}, NOW)
    return found[7][0] if found else None


def test_an_interrupted_one_is_judged_by_what_the_phone_says() -> None:
    new = outcome(Known("1.0.11.9", "its registration says so"))
    assert new is not None
    assert new.state == "done"
    old = outcome(Known("1.0.11.5", itself=True))
    assert old is not None
    assert old.state == "failed"
    # It may still be writing; an old registration says nothing; nobody knows.
    assert outcome(Known("1.0.11.5", itself=True), minutes=5) is None
    assert outcome(Known("1.0.11.5", "its registration says so")) is None
    assert outcome(Known()) is None
