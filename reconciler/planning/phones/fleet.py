"""The fleet: where each phone stands, what was seen of it, and what follows from that. Pure.

A phone's own registration (`registered.py`) proves that the phone uses its files when it was made
after the phone had fetched them; when it was made follows from when it expires.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from reconciler.adapter import LiveState, Registration
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Resource
from reconciler.model.standing import Lifecycle, Standing
from reconciler.model.value import Fields
from reconciler.planning.phones.delivery import passwords_of
from reconciler.planning.phones.lifecycle import Evidence, Transition, advance
from reconciler.planning.phones.reading import Reading, as_read, stamp, weigh
from reconciler.planning.phones.registered import Registered

USUAL_EXPIRY_S: Final = 3600
"""How long phones register for when nobody says it: what their files are rendered with."""
_GRAIN: Final = timedelta(seconds=1)
"""What is left of a registration is told in whole seconds."""
_BUSY: Final = frozenset(("in_use", "ringing", "busy", "on_hold", "ring_in_use"))


class Member(NamedTuple):
    """A phone. `registered` and `in_call` are None where nobody could ask its PBX.

    `elsewhere` are extensions that are not its lines (any more) and that it is registered as;
    `agent` is the User-Agent of a registration of its own.

    `wanted` is the state that it shall have; `reached` the one that it comes to with what was
    seen, `waits` the step that it does not. `proof` is when it was seen to use its files, as far as
    that is news.
    """

    standing: Standing
    wanted: Lifecycle
    reached: Lifecycle
    waits: Transition | None
    lines: tuple[Address, ...]
    registered: bool | None = None
    in_call: bool | None = None
    proof: str | None = None
    passwords: str = ""
    """Which passwords its lines have now, see `planning.delivery.passwords_of`."""
    elsewhere: tuple[Address, ...] = ()
    agent: str = ""

    @property
    def address(self) -> Address:
        """Whose it is."""
        return self.standing.address


def muster(
    desired: Desired,
    standings: Iterable[Standing],
    states: Mapping[str, LiveState],
    now: datetime,
    readings: Mapping[Address, Reading] = MappingProxyType({}),
) -> tuple[Member, ...]:
    """Return every published phone with what was seen of it, by address.

    `states` are what goes on at PBXs, by target; `readings` what phones were found to hold; `now`
    has a time zone.
    """
    phones = sorted(
        (each for each in standings if each.address.kind == "phone"),
        key=lambda each: each.address,
    )
    there = Registered(states, phones)
    return tuple(
        _member(each, desired, states, there, now, readings.get(each.address)) for each in phones
    )


def registers_as(
    address: Address, fields: Fields, refers_to: Iterable[Address]
) -> tuple[Address, ...]:
    """Return the extensions whose passwords a phone or a softphone registers with; else none."""
    if address.kind == "phone":
        return lines_in(fields, refers_to)
    if address.kind == "softphone":
        return tuple(each for each in refers_to if each.kind == "extension")
    return ()


def lines_of(resource: Resource) -> tuple[Address, ...]:
    """Return the extensions that a phone registers as."""
    return lines_in(resource.fields, resource.needs)


def lines_in(fields: Fields, refers_to: Iterable[Address]) -> tuple[Address, ...]:
    """Return those of what a phone refers to that it registers as; keys name others."""
    needs = [each for each in refers_to if each.kind == "extension"]
    named = {f"{each.scope}:{each.key}" for each in needs}
    texts = [str(line["extension"]) for line in fields.get("lines") or ()]
    elsewhere = {each for each in texts if each in named}
    found: dict[Address, None] = {}
    for text in texts:
        # A number alone is one of the phone's own PBX: not one that is named with another.
        fitting = [
            each
            for each in needs
            if f"{each.scope}:{each.key}" == text
            or (each.key == text and f"{each.scope}:{each.key}" not in elsewhere)
        ]
        found.update(dict.fromkeys(fitting[:1]))
    return tuple(found)


def _member(
    standing: Standing,
    desired: Desired,
    states: Mapping[str, LiveState],
    there: Registered,
    now: datetime,
    reading: Reading | None,
) -> Member:
    resource = desired.resources.get(standing.address)
    if resource is None:
        return Member(standing, "decommissioned", standing.lifecycle, None, ())
    lines = lines_of(resource)
    seen = [states.get(f"pbx/{each.scope}") for each in lines]
    known = [each for each in seen if each is not None]
    asked = bool(lines) and len(known) == len(lines)
    own = {each: there.of_line(each, standing) for each in lines}
    registered = all(own.values()) if asked else None
    elsewhere = there.elsewhere(standing, lines) if registered is False else ()
    at = [(each, states[f"pbx/{each.scope}"]) for each in (*lines, *elsewhere)] if asked else []
    in_call = any(_is_busy(*each) for each in at) if asked else None
    expiry_s = int(resource.fields.get("sip.register_expiry") or USUAL_EXPIRY_S)
    passwords = passwords_of(lines, desired)
    standing = as_read(standing, reading)
    proof = _proof(standing, own, now, expiry_s) if registered else None
    if reading is not None:
        by_reading = registered is not False and passwords == standing.attempt.passwords
        standing, proof = weigh(standing, reading, now, proof, by_reading=by_reading)
    wanted: Lifecycle = resource.fields.get("lifecycle") or "managed"
    evidence = Evidence(
        status="applied" if proof else standing.status,
        registered=registered,
        in_call=bool(in_call),
    )
    reached, waits = advance(standing.lifecycle, wanted, evidence)
    agent = next((each.user_agent for found in own.values() for each in found), "")
    return Member(
        standing, wanted, reached, waits, lines, registered, in_call, proof, passwords, elsewhere,
        agent,
    )  # fmt: skip


def _is_busy(line: Address, state: LiveState) -> bool:
    return any(each.address == line for each in state.calls) or any(
        each.address == line and each.state in _BUSY for each in state.devices
    )


def _proof(
    standing: Standing,
    own: Mapping[Address, tuple[Registration, ...]],
    now: datetime,
    expiry_s: int,
) -> str | None:
    """Return when the phone was seen to use what it has fetched; None when it was not."""
    if standing.status != "pushed":
        return None
    fetched = datetime.fromisoformat(standing.fetched_at)
    for registrations in own.values():
        made = [_made(each, now, expiry_s) for each in registrations]
        if not any(each is not None and each + _GRAIN >= fetched for each in made):
            return None
    return stamp(now)


def _made(registration: Registration, now: datetime, expiry_s: int) -> datetime | None:
    """Return when a registration was made; None for one with another expiry than the files say."""
    left = registration.expires_s
    if left is None or not 0 <= left <= expiry_s:
        return None
    return now - timedelta(seconds=expiry_s - left)
