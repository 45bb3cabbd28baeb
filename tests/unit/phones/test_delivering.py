"""Writing to an open phone: what differs, read back; what it says instead; doors that are shut."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from reconciler.device import Consequence, Login, Pushed, ReadValues
from reconciler.errors import AuthenticationFailed, LockedOut, Refused, Unreachable
from reconciler.model.address import Address
from reconciler.model.secret import Clear, Secret
from reconciler.model.step import Disruption
from reconciler.phones.delivering import Brought, Spared, push
from reconciler.phones.doors import Doors
from reconciler.phones.holding import Holding
from reconciler.phones.logins import Wire
from reconciler.phones.meant import Placed
from reconciler.planning.phones.holding import Wanted

PHONE = Placed(Address("phone", "main", "a"), "yealink", "T54W", "", "office", ())
HOLDING = Holding(
    Wanted({"label": "Ada", "codec": "1", "switch": "1"}, {"label": ("lines.0.label",)}),
    {"password": (Secret("store:x"),)},
)


class Phone:
    """A phone that keeps what it is given, but for names in `deaf`."""

    def __init__(self, values: dict[str, str], *, deaf: tuple[str, ...] = (), fails: Any = None,
                 then: Disruption | None = None) -> None:  # fmt: skip
        self.values, self.deaf, self.fails, self.then = values, deaf, fails, then or Disruption()
        self.written: list[dict[str, Any]] = []

    async def read_values(self, names: list[str]) -> ReadValues:
        known = {name: self.values[name] for name in names if name in self.values}
        return ReadValues(known, frozenset(names) - known.keys())

    async def push_values(self, values: dict[str, Any]) -> Pushed:
        self.written.append(values)
        if self.fails is not None:
            raise self.fails
        plain = {name: each for name, each in values.items() if isinstance(each, str)}
        absent = frozenset(name for name in plain if name not in self.values)
        for name in plain.keys() - absent - set(self.deaf):
            self.values[name] = plain[name]
        kept = {name: "kept" for name in plain if self.values.get(name) != plain[name]}
        return Pushed(frozenset(plain) - kept.keys(), kept, frozenset(values) - plain.keys(),
                      self.then, absent)  # fmt: skip


async def bring(phone: Phone, holding: Holding = HOLDING, spared: Any = None) -> Brought:
    async def spare(_device: Any, _phone: Placed, felt: Consequence) -> None:
        if spared is not None:
            raise spared

    vendor: Any = SimpleNamespace(change_consequence=lambda *_, **__: Consequence(Disruption()))
    device: Any = phone
    return await push(device, PHONE, holding, vendor, lambda _: "s3cret", spare, lambda: "now")


async def test_only_what_differs_is_written_and_what_cannot_be_read() -> None:
    phone = Phone({"label": "Bob", "codec": "1", "switch": "Enabled"})
    brought = await bring(phone)
    assert (brought.errand.state, brought.was_whole, brought.at) == ("done", False, "now")
    (values,) = phone.written
    assert values.keys() == {"label", "password"}
    assert isinstance(values["password"], Clear)
    assert brought.reading is not None
    assert brought.reading.differs == {}


async def test_who_has_everything_is_not_written_to() -> None:
    phone = Phone({"label": "Ada", "codec": "1", "switch": "1"})
    brought = await bring(phone, Holding(HOLDING.wanted))
    assert (brought.errand.detail, brought.was_whole) == ("it has everything already", True)
    assert phone.written == []


async def test_a_yes_that_kept_the_old_is_a_failure_with_its_name() -> None:
    phone = Phone({"label": "Bob", "codec": "0", "switch": "1"}, deaf=("label",))
    errand = (await bring(phone)).errand
    assert (errand.state, dict(errand.fields)) == ("failed", {"label": "lines.0.label"})
    assert "did not take label (lines.0.label)" in errand.detail


async def test_what_it_does_not_have_is_said() -> None:
    brought = await bring(Phone({"label": "Bob", "codec": "1"}))
    assert brought.errand.state == "done"
    assert "does not have 1 of them: switch" in brought.errand.detail


@pytest.mark.parametrize(
    ("error", "state"),
    [(Unreachable("a", "writing", "gone"), "in_doubt"), (Refused("a", "writing", "no"), "failed")],
)
async def test_what_breaks_in_the_middle(error: Exception, state: str) -> None:
    brought = await bring(Phone({"label": "Bob"}, fails=error))
    assert (brought.errand.state, brought.reading) == (state, None)


async def test_who_goes_away_is_not_believed_yet() -> None:
    brought = await bring(Phone({"label": "Bob"}, then=Disruption("reboot")))
    assert (brought.errand.state, brought.reading) == ("done", None)
    assert "before it could be read back" in brought.errand.detail


async def test_who_is_spared_is_not_written_to() -> None:
    phone = Phone({"label": "Bob"})
    with pytest.raises(Spared):
        await bring(phone, spared=Spared("it is in a call", code="in-call"))
    assert phone.written == []


class Kept:
    """Saved logins and wires, in memory."""

    def __init__(self) -> None:
        self.login: Login | None = Login("admin", Clear("canary-1"))
        self.known = Wire()

    def of(self, _phone: Address) -> Login | None:
        return self.login

    def wire(self, _phone: Address) -> Wire:
        return self.known

    def set_wire(self, _phone: Address, wire: Wire) -> None:
        self.known = wire


def test_a_locked_phone_is_left_alone_until_its_time() -> None:
    now, kept = datetime(2026, 11, 28, 12, tzinfo=UTC), Kept()
    doors = Doors(kept, lambda: now)  # type: ignore[arg-type]
    assert doors.shut(PHONE) is None
    doors.learn(PHONE, LockedOut("a", "logging in", "no", seconds=90))
    shut = doors.shut(PHONE)
    assert shut is not None
    assert (shut.state, shut.until) == ("locked", "2026-11-28T12:01:30Z")
    now += timedelta(seconds=91)
    assert doors.shut(PHONE) is None


def test_a_refused_login_is_not_tried_again_and_another_one_is() -> None:
    kept = Kept()
    doors = Doors(kept, lambda: datetime.now(UTC))  # type: ignore[arg-type]
    doors.learn(PHONE, AuthenticationFailed("a", "logging in", "no"))
    shut = doors.shut(PHONE)
    assert shut is not None
    assert (shut.state, shut.hint) == (
        "refused", "reconciler phones test-connection --save main/a",
    )  # fmt: skip
    assert "canary" not in repr(kept.known)
    kept.login = Login("admin", Clear("canary-2"))
    assert doors.shut(PHONE) is None
    doors.learn(PHONE, Unreachable("a", "x", "y"))
    doors.learn(PHONE, None)
    assert kept.known == Wire()
    kept.login = None
    assert doors.shut(PHONE) is not None
