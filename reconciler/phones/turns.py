"""Turns: one phone of a model goes first; what goes wrong twice in a row, goes on with no other.

A batch that breaks phones breaks one, not two hundred. Models take their turns at the same time:
what is wrong for one of them says nothing of another.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from reconciler.phones.acting import Result
from reconciler.phones.meant import Placed

IN_A_ROW: Final = 2
"""After so many failures in a row the rest of a model is left alone."""
FIRST_FAILED: Final = "the first one failed"
ROW_FAILED: Final = "two in a row failed"

Do = Callable[[Sequence[Placed]], Awaitable[Sequence[Result]]]
"""Does something with some phones and says what became of each."""


async def in_turns(
    phones: Sequence[Placed], do: Do, failed: Callable[[Result], bool], *, at_once: int
) -> list[Result]:
    """Let phones take their turns by model. Returns a result for each, in the order given."""
    models: dict[tuple[str, str], list[Placed]] = {}
    for each in phones:
        models.setdefault((each.vendor, each.model), []).append(each)
    size = max(at_once // max(len(models), 1), 1)
    found = await asyncio.gather(*(_model(each, do, failed, size) for each in models.values()))
    results: Mapping[Placed, Result] = {each.phone: each for own in found for each in own}
    return [results[each] for each in phones]


async def _model(
    phones: Sequence[Placed], do: Do, failed: Callable[[Result], bool], at_once: int
) -> list[Result]:
    done: list[Result] = []
    proved, row, left = False, 0, list(phones)
    while left:
        size = at_once if proved else 1
        some, left = left[:size], left[size:]
        for each in await do(some):
            done.append(each)
            row = row + 1 if failed(each) else 0
            proved = proved or each.state == "done"
        why = _why(row, proved)
        if left and why:
            hint = f"{len(left)} more of this model were not touched; see what is wrong first"
            return done + [Result(e, "skipped", why, hint=hint, code="stopped") for e in left]
    return done


def _why(row: int, proved: bool) -> str:  # noqa: FBT001
    if row and not proved:
        return FIRST_FAILED
    return ROW_FAILED if row >= IN_A_ROW else ""


def is_failure(result: Result) -> bool:
    """Whether something is wrong with a phone; one that is in a call is well."""
    return result.state == "failed"
