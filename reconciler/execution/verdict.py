"""Verdict: read again what was written to. What was not touched stays as the plan has read it."""

from collections.abc import Mapping, Sequence

from reconciler.execution.batch import Guard
from reconciler.execution.session import Sessions
from reconciler.model.live import Live, merged
from reconciler.model.outcome import Outcome
from reconciler.model.step import Step


async def read_again(
    steps: Sequence[Step],
    outcomes: Sequence[Outcome],
    guards: Mapping[str, Guard],
    known: Live,
    sessions: Sessions,
) -> Live:
    """Return what is there now. A target that cannot be read any more is known as it was before.

    Its objects that were touched are unread then.
    """
    tried = {each.step for each in outcomes if each.state != "skipped"}
    extents = {
        name: guard.after([each for each in steps if each.target == name and each.id in tried])
        for name, guard in guards.items()
    }
    asked = {name: each for name, each in extents.items() if not each.is_empty}
    found, _ = await sessions.read_all(asked, asked)
    again = {name: merged(known.targets[name], each, asked[name]) for name, each in found.items()}
    return Live({**known.targets, **again})
