"""What a phone was found to hold, and what that proves. Pure.

A phone uses what it was given when it holds all of it. Of its passwords a reading says nothing:
where they are others than when it was last seen to use everything, it has to register besides.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from reconciler.model.standing import Attempt, Standing
from reconciler.model.value import EMPTY
from reconciler.planning.phones.holding import named

SETTLE: Final = timedelta(seconds=60)
"""How long a phone may take to use what it fetched, before it is said to ignore it."""


class Reading(NamedTuple):
    """The parameters that a phone has otherwise than it shall, each with what it carries out."""

    differs: Mapping[str, str] = EMPTY


def as_read(standing: Standing, reading: Reading | None) -> Standing:
    """Return a standing without the verdict of an earlier reading, which counts no more."""
    if reading is not None and standing.status == "failed":
        return standing._replace(status="pushed", failure="")
    return standing


def weigh(
    standing: Standing, reading: Reading, now: datetime, proof: str | None, *, by_reading: bool
) -> tuple[Standing, str | None]:
    """Return where a phone stands after a reading, and when it was seen to use what it was given.

    `proof` is what its registration proves; `by_reading` says that the reading is enough.
    """
    if not reading.differs:
        return standing, proof or (stamp(now) if by_reading else None)
    fetched = standing.fetched_at and datetime.fromisoformat(standing.fetched_at)
    if proof is None and fetched and now - fetched < SETTLE:
        return standing, None  # it may be at it
    why = f"it took what it was given and has other values: {named(reading.differs)}"
    seen = Attempt("differs", stamp(now), standing.attempt.since or stamp(now), why,
                   reading.differs, standing.attempt.passwords)  # fmt: skip
    return standing._replace(status="failed", failure=why, attempt=seen), None


def stamp(now: datetime) -> str:
    """Return a moment as ISO 8601 in UTC, with milliseconds."""
    return now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
