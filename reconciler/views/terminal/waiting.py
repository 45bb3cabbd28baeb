"""What could not be judged: named one by one while it is little, by its reason when it is much."""

from collections.abc import Sequence

from reconciler.model.plan import Waiting
from reconciler.views.terminal.page import Page
from reconciler.views.words import kinds, listed

_FEW = 3


def owing(page: Page, who: str, reason: str) -> None:
    """Add that a target holds what a run wrote without coming to its end."""
    page.add(
        (f"{page.symbols.reload} ", "warn"), (f"{who}owes a reload", "warn"),
        f": {reason}; the next apply does it", indent=4, hang=6,
    )  # fmt: skip


def waiting(page: Page, found: Sequence[Waiting], *, full: bool) -> None:
    """Add a line for each object, or one for each reason."""
    reasons: dict[str, list[Waiting]] = {}
    for each in found:
        reasons.setdefault(each.reason.rstrip("."), []).append(each)
    for reason, own in reasons.items():
        if full or len(own) <= _FEW:
            for each in own:
                page.add(
                    ("  ? ", "warn"), (str(each.address), "bold"),
                    f"  {reason}: its change will wait", hang=6,
                )  # fmt: skip
        else:
            page.add(
                ("  ? ", "warn"), (kinds(each.address for each in own), "bold"),
                f"  {reason}: their changes will wait",
                (f" ({listed([each.address.key for each in own], 6)})", "dim"), hang=6,
            )  # fmt: skip
