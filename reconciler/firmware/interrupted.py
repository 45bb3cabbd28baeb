"""What became of upgrades that a killed run, or a phone that went silent, left open. Pure.

The new version is a yes, whoever tells it. The old one is a no only by the phone's own word, and
only when it has had all the time that its maker gives it: until then it may still be writing.
Everything else stays open, and what is open is never begun again.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from reconciler.firmware.evidence import Known
from reconciler.firmware.proposing import KIND, phone_of
from reconciler.firmware.versions import compare
from reconciler.journal.records import StepRecord
from reconciler.model.address import Address
from reconciler.model.outcome import Outcome
from reconciler.phones.meant import Placed


def open_upgrades(intents: Iterable[StepRecord]) -> dict[Address, StepRecord]:
    """Return the upgrades of which nobody knows the end, by `firmware/SITE/PHONE`."""
    return {e.address: e for e in intents if e.address is not None and e.address.kind == KIND}


def judged(
    left: Mapping[Address, StepRecord],
    known: Mapping[Placed, Known],
    limits_s: Mapping[str, int],
    now: datetime,
) -> dict[int, list[Outcome]]:
    """Return outcomes by run. `limits_s` says by vendor how long a phone may take."""
    phones = {each.address: each for each in known}
    found: dict[int, list[Outcome]] = {}
    for address, record in left.items():
        phone = phones.get(phone_of(address))
        if phone is None:
            continue
        outcome = _judged(record, phone, known[phone], limits_s[phone.vendor], now)
        if outcome is not None:
            found.setdefault(record.run, []).append(outcome)
    return found


def _judged(
    record: StepRecord, phone: Placed, have: Known, limit_s: int, now: datetime
) -> Outcome | None:
    wanted = str((record.after or {}).get("version"))
    since = datetime.fromisoformat(record.intended_at)
    if have.version and compare(phone.vendor, have.version, wanted) == "equal":
        detail = f"looked at again after an interruption: it runs {have.version}"
        return Outcome(record.step, record.target, record.address, "done", detail)
    if not have.itself or now < since + timedelta(seconds=limit_s):
        return None
    detail = f"looked at again after an interruption: it still runs {have.version}"
    return Outcome(record.step, record.target, record.address, "failed", detail)
