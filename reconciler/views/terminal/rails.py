"""What the safety rails say: refusals first, then what was allowed and why, then warnings."""

from collections.abc import Sequence
from typing import Final

from reconciler.diagnostics.place import Place, Span
from reconciler.model.plan import Refusal
from reconciler.views.terminal.page import Page, Role, command

_ALLOWING: Final = "reconciler apply --allow "
"""How the command begins that ends a hint."""


def rails(page: Page, refusals: Sequence[Refusal]) -> None:
    """Add every finding of the rails."""
    for each in sorted(refusals, key=weight):
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
            way, allowing, flags = found.hint.partition(_ALLOWING)
            page.add((way, "bold"), command(f"{allowing}{flags}"), indent=2)


def weight(refusal: Refusal) -> int:
    """Return a key that puts what stops a plan before what was allowed, and warnings last."""
    if refusal.allowed is not None:
        return 1
    return 0 if refusal.diagnostic.severity == "error" else 2


def where(at: Place | Span) -> str:
    """Return where something stands: file, line and column, or file and path."""
    if isinstance(at, Span):
        return str(at)
    return f"{at.file}, {'.'.join(map(str, at.path))}" if at.path else at.file
