"""Firmware in a plan: who gets which version by which steps, who does not, and why. Pure.

A phone is planned for only if everything is known and allowed: its version, the declared way, the
hardware, a checksum, a saved login, a life that has come as far as `managed`, and no earlier try
of which nobody knows the end. Nothing here touches a phone.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from reconciler.device import DeviceVendor
from reconciler.firmware.evidence import Known
from reconciler.firmware.tracks import Release, Track, Wanted, wanted_for, way_to
from reconciler.firmware.versions import compare
from reconciler.journal.records import StepRecord
from reconciler.model.address import Address
from reconciler.model.change import FieldChange, Update
from reconciler.model.plan import Firmware, Plan
from reconciler.model.standing import Standing
from reconciler.model.step import Step
from reconciler.phones.meant import Placed
from reconciler.planning.phones.lifecycle import Evidence, advance

KIND: Final = "firmware"
BY_FILE: Final = frozenset(("yealink", "polycom"))
"""Vendors whose phones take the image that their file names: the file has to name it first."""


def firmware_of(phone: Address) -> Address:
    """Return the address of what runs on a phone (`firmware/main/lobby`)."""
    return Address(KIND, phone.scope, phone.key)


def phone_of(firmware: Address) -> Address:
    """Return the phone that firmware runs on."""
    return Address("phone", firmware.scope, firmware.key)


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known beside the phones' versions.

    `lives`: where phones stand, as far as their sites are `telling`. `open`: tries of
    which nobody knows the end; `tried`: the last try that ended, by address. `logins`: phones with
    a saved login, `generations` what they were seen to be. `insisted`: addresses that the operator
    named one by one.
    """

    tracks: Sequence[Track]
    devices: Mapping[str, DeviceVendor]
    today: str
    lives: Mapping[Address, Standing] = field(default_factory=dict)
    telling: frozenset[str] = frozenset()
    open: Mapping[Address, StepRecord] = field(default_factory=dict)
    tried: Mapping[Address, StepRecord] = field(default_factory=dict)
    logins: Collection[Address] = frozenset()
    generations: Mapping[Address, str] = field(default_factory=dict)
    insisted: Collection[str] = frozenset()
    accept_one_way: bool = False


class _No(NamedTuple):
    why: str
    hint: str = ""
    state: Literal["itself", "waits", "refused", "unknown"] = "refused"


def wanted_versions(phones: Sequence[Placed], ground: Ground) -> dict[Placed, Wanted]:
    """Return the phones in use that shall have some version. Who has no files yet is not."""
    found = {}
    for each in phones:
        wanted = wanted_for(each, ground.tracks, today=ground.today)
        new = each.address.scope in ground.telling and each.address not in ground.lives
        if wanted is not None and each.lifecycle == "managed" and not new:
            found[each] = wanted
    return found


def propose_firmware(
    wanted: Mapping[Placed, Wanted], known: Mapping[Placed, Known], ground: Ground
) -> Iterator[tuple[Firmware, Step | None]]:
    """Yield what becomes of each phone that is not seen to have its version, by address."""
    for phone in sorted(wanted, key=lambda each: each.address):
        have, want = known[phone], wanted[phone]
        if have.version and compare(phone.vendor, have.version, want.version) == "equal":
            continue
        steps, no = _way(phone, have, want, ground)
        row = Firmware(
            firmware_of(phone.address), phone.model, have.version, have.how,
            tuple(each.version for each in steps[:-1]), want.version,
            no.state if no is not None else "planned",
            no.why if no is not None else "", no.hint if no is not None else "",
        )  # fmt: skip
        yield row, _step(row, phone, ground) if no is None else None


def _way(
    phone: Placed, have: Known, want: Wanted, ground: Ground
) -> tuple[tuple[Release, ...], _No | None]:
    doubt = ground.open.get(firmware_of(phone.address))
    if doubt is not None:
        since = doubt.intended_at[:16].replace("T", " ")
        why = f"an upgrade was begun {since} UTC (run {doubt.run}), and nobody knows how it ended"
        return (), _No(why, "it is not begun again before the phone tells its version", "unknown")
    if not have.version:
        return (), _unjudged(phone, have, want)
    way = way_to(
        phone, have.version, want, hw_revision=have.hw_revision,
        accept_one_way=ground.accept_one_way,
    )  # fmt: skip
    if way.refusal:
        return way.steps, _No(way.refusal, way.hint or "")
    no = (
        _no_image(way.steps)
        or _not_in_file(phone, want, way.steps)
        or _no_way_in(phone, want, ground)
        or _not_ready(phone, ground)
        or _tried_before(phone, want, ground)
    )
    return way.steps, no


def _unjudged(phone: Placed, have: Known, want: Wanted) -> _No:
    last = want.track.release(want.version) if want.track is not None else None
    why = f"version not known: {have.why}"
    hint = f"reconciler phones test-connection --save {phone.name}"
    if last is not None and (last.needs or last.hw_revisions or last.one_way):
        return _No(f"{why}; {want.version} does not fit any version and phone", hint)
    return _No(why, hint, "unknown")


def _no_image(steps: Sequence[Release]) -> _No | None:
    for each in steps:
        if each.url is None:
            return _No(f"the firmware section says no url or file for {each.version}")
        if each.sha256 is None:
            return _No(f"no checksum is declared for {each.version}", "write its sha256")
    return None


def _not_in_file(phone: Placed, want: Wanted, steps: Sequence[Release]) -> _No | None:
    if phone.vendor not in BY_FILE:
        return None
    if len(steps) > 1:
        names = " -> ".join(each.version for each in steps)
        return _No(
            f"it needs steps ({names}), and its file names one",
            f"write `firmware: {steps[0].version}` first",
        )
    if phone.firmware != want.version:
        return _No(
            f"a {phone.model} takes the firmware that its file names",
            f"write `firmware: {want.version}` at the phone or its template",
        )
    return None


def _no_way_in(phone: Placed, want: Wanted, ground: Ground) -> _No | None:
    device = ground.devices[phone.vendor]
    by_itself = "it takes it by itself when it fetches its file"
    if "sip" in device.generations:
        if phone.firmware == want.version:
            return _No(by_itself, state="itself")
        return _No("nothing but its file can tell it", f"write `firmware: {want.version}`")
    known = device.generations.get(ground.generations.get(phone.address, ""))
    if known is not None and not known.ability("upgrade").can:
        if phone.firmware == want.version:
            return _No(by_itself, state="itself")
        return _No(known.ability("upgrade").why, f"write `firmware: {want.version}`")
    if phone.address in ground.logins:
        return None
    hint = f"reconciler phones test-connection --save {phone.name}"
    if phone.vendor in BY_FILE:
        return _No(f"{by_itself}: there are no saved credentials", hint, "itself")
    return _No("there are no saved credentials", hint)


def _not_ready(phone: Placed, ground: Ground) -> _No | None:
    """Whether its life has come far enough: no state is skipped on the way to its firmware."""
    standing = ground.lives.get(phone.address)
    if standing is None:
        return None
    seen = Evidence(status=standing.status, registered=True, firmware_differs=True)
    reached, waits = advance(standing.lifecycle, "firmware_updating", seen)
    if waits is None:
        return None
    return _No(f"it is {reached}, and waits until {waits.needs}", state="waits")


def _tried_before(phone: Placed, want: Wanted, ground: Ground) -> _No | None:
    address = firmware_of(phone.address)
    last = ground.tried.get(address)
    if last is None or last.state != "failed" or str(address) in ground.insisted:
        return None
    if (last.after or {}).get("version") != want.version:
        return None
    when = (last.settled_at or last.intended_at)[:16].replace("T", " ")
    return _No(
        f"it was tried {when} UTC (run {last.run}): {last.detail}",
        f"it is not tried again by itself; if that is meant: reconciler apply --target {address}",
    )


def _step(row: Firmware, phone: Placed, ground: Ground) -> Step:
    target = f"site/{phone.address.scope}"
    before = {"version": row.now}
    after = {"version": row.wanted, "through": list(row.through), "model": phone.model}
    change = Update(
        row.address, target, (), None, 0, before=before, after=after,
        fields=(FieldChange("version", row.now, row.wanted),),
    )  # fmt: skip
    felt = ground.devices[phone.vendor].consequence("upgrade", phone.model, {}).disruption
    steps = len(row.through) + 1
    seconds = felt.seconds * steps if felt.seconds is not None else None
    return Step(
        f"update {row.address}", target, row.address, change, (), (), "",
        felt._replace(seconds=seconds),
    )  # fmt: skip


def with_firmware(plan: Plan, found: Sequence[tuple[Firmware, Step | None]]) -> Plan:
    """Return the plan with firmware: rows for people, steps after the phones' own files."""
    files = {each.address: each.id for each in plan.steps if each.address.kind == "phone"}
    steps = [
        step._replace(needs=(files[own],) if own in files else ())
        for row, step in found
        if step is not None and (own := phone_of(row.address))
    ]
    return plan._replace(firmware=tuple(row for row, _ in found), steps=(*plan.steps, *steps))
