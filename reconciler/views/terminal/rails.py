"""What the safety rails say: refusals first, then what was allowed and why, then warnings."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.diagnostics.place import Place, Span
from reconciler.model.plan import Refusal
from reconciler.views.terminal.page import Page, Role, command

_ALLOWING: Final = re.compile(r"reconciler \w+(?: \d+)? --allow .*", re.DOTALL)
"""The command that ends a hint: of an apply, or of a rollback with its run."""


_EACH: Final = 3
"""How many findings of one rail are shown; the rest is counted."""


def rails(page: Page, refusals: Sequence[Refusal], *, full: bool = False) -> None:
    """Add the findings of the rails; of one rail all only where it is to be in full."""
    for each, more in in_brief(refusals, len(refusals) if full else _EACH):
        found = each.diagnostic
        word: str
        role: Role
        if each.allowed is not None:
            word, role = "allowed", "warn"
        elif found.severity == "error":
            word, role = "refused", "error"
        else:
            word, role = "warning", "warn"
        page.blank()
        page.add((f"{word}[{each.rail}]", role), f": {found.detail}", hang=2)
        if found.at is not None:
            page.add((f"declared at {where(found.at)}", "dim"), indent=2)
        if each.allowed is not None:
            page.add(f'reason given: "{each.allowed}"', indent=2)
        elif found.hint:
            passing = _ALLOWING.search(found.hint)
            ends = passing.start() if passing else len(found.hint)
            page.add((found.hint[:ends], "bold"), command(found.hint[ends:]), indent=2)
        if more:
            page.blank()
            page.add((f"{word}[{each.rail}]", role), f": and {more:,} more; --full shows them")


def in_brief(refusals: Sequence[Refusal], most: int = _EACH) -> Iterator[tuple[Refusal, int]]:
    """Yield what to show: what stops a plan first, then what was allowed, warnings last.

    Of one rail at most so many; with the last of them how many more there are.
    """
    groups: dict[tuple[int, str], list[Refusal]] = {}
    for each in sorted(refusals, key=_weight):
        groups.setdefault((_weight(each), each.rail), []).append(each)
    for group in groups.values():
        shown = group if len(group) <= most + 1 else group[:most]
        yield from ((each, 0) for each in shown[:-1])
        yield shown[-1], len(group) - len(shown)


def _weight(refusal: Refusal) -> int:
    if refusal.allowed is not None:
        return 1
    return 0 if refusal.diagnostic.severity == "error" else 2


def where(at: Place | Span) -> str:
    """Return where something stands: file, line and column, or file and path."""
    if isinstance(at, Span):
        return str(at)
    return f"{at.file}, {'.'.join(map(str, at.path))}" if at.path else at.file
