"""Bringing settings to an open phone, and looking at what it holds. One phone; adapters do the IO.

What is there is read first. Written is only what differs, and what cannot be read back; afterwards
every value is read back, because phones say yes and keep their own.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from reconciler.device import Consequence, Device, DeviceVendor, Pushed
from reconciler.errors import Refused, UnexpectedReply, Unreachable
from reconciler.model.secret import Clear
from reconciler.phones.holding import Holding, Reveal
from reconciler.phones.meant import Placed
from reconciler.planning.phones.errands import Errand
from reconciler.planning.phones.holding import Wanted, differences, is_same, named
from reconciler.planning.phones.reading import Reading

Spare = Callable[[Device, Placed, Consequence], Awaitable[None]]
"""Raises `Spared` where a phone must not be disturbed like that now."""
AWAY: Final = "it was written to, and went away before it could be read back, as for a restart"


class Spared(Exception):
    """A phone that is left alone for now, and why."""

    def __init__(self, why: str, *, code: str, left_out: bool = False) -> None:
        super().__init__(why)
        self.code = code
        self.left_out = left_out


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a push, and what the phone holds now; None where nobody could look.

    `was_whole`: it had everything before, as far as that can be seen. `at`: when it was begun to be
    written to; a registration that was made before that proves nothing.
    """

    errand: Errand
    reading: Reading | None = None
    was_whole: bool = False
    at: str = ""


async def read(device: Device, holding: Holding) -> Reading:
    """Return what a phone has otherwise than it shall. Raises AdapterError."""
    found = await device.read_values(list(holding.wanted.values))
    return Reading(differences(holding.wanted, found.values, found.unknown))


async def push(
    device: Device,
    phone: Placed,
    holding: Holding,
    vendor: DeviceVendor,
    reveal: Reveal,
    spare: Spare,
    now: Callable[[], str],
) -> Brought:
    """Write to a phone what it has not. Raises AdapterError, Spared before anything is written."""
    wanted = holding.wanted.values
    before = await device.read_values(list(wanted))
    wrong = [
        name
        for name, value in wanted.items()
        if name in before.unknown or not is_same(value, before.values.get(name, ""))
    ]
    values: dict[str, str | Clear] = {name: wanted[name] for name in wrong}
    values |= holding.revealed(reveal)
    was_whole = not differences(holding.wanted, before.values, before.unknown)
    if not values:
        done = Errand(phone.address, "push", "done", "it has everything already", seen="held")
        return Brought(done, Reading(), was_whole)
    felt = vendor.change_consequence(list(values), phone.model, holding.told, pushed=True)
    await spare(device, phone, felt)
    begun = now()
    try:
        pushed = await device.push_values(values)
    except (Unreachable, UnexpectedReply) as error:
        why = f"the line broke while it was written to ({error.reply}); it is read again first"
        broken = Errand(phone.address, "push", "in_doubt", why, seen="in_doubt", code=error.code)
        return Brought(broken)
    except Refused as error:
        why = f"it refused what it was given: {error.reply}"
        return Brought(
            Errand(phone.address, "push", "failed", why, dict.fromkeys(wrong, ""), "differs",
                   hint=error.hint or "", code=error.code)
        )  # fmt: skip
    return replace(await _judged(device, phone, holding, pushed, len(values)), at=begun)


async def _judged(
    device: Device, phone: Placed, holding: Holding, pushed: Pushed, written: int
) -> Brought:
    if pushed.then.kind == "reboot":
        return Brought(Errand(phone.address, "push", "done", AWAY))
    kept = await _kept(device, holding.wanted, pushed)
    if kept:
        why = f"it said yes and did not take {named(kept)}"
        failed = Errand(phone.address, "push", "failed", why, kept, "differs", code="values-kept")
        return Brought(failed, Reading(kept))
    said = f"{written} values written, {len(pushed.held)} read back"
    if pushed.absent:
        shown = ", ".join(sorted(pushed.absent)[:5])
        said += f"; it does not have {len(pushed.absent)} of them: {shown}"
    return Brought(Errand(phone.address, "push", "done", said, seen="held"), Reading())


async def _kept(device: Device, wanted: Wanted, pushed: Pushed) -> dict[str, str]:
    """Return what it has otherwise. What it spells in its own way is looked at once more."""
    names = [name for name in pushed.kept if name in wanted.values]
    lost = {name: pushed.kept[name] for name in pushed.kept if name not in wanted.values}
    if not names:
        return lost
    # With all that carries the same out: one spelling of several is enough.
    found = await device.read_values(list(wanted.values))
    return {**differences(wanted, found.values, found.unknown), **lost}


async def resync(
    device: Device,
    phone: Placed,
    told: Mapping[str, str],
    vendor: DeviceVendor,
    spare: Spare,
) -> Errand:
    """Let a phone fetch its files now. Raises AdapterError, Spared."""
    generation = device.identity.generation
    felt = vendor.consequence("resync", phone.model, told, generation)
    if felt.disruption.kind == "reboot" and not felt.waits_for_idle:
        await spare(device, phone, felt)
    accepted = await device.resync()
    return Errand(phone.address, "resync", "done", accepted.detail)
