"""Who is affected: people, groups and numbers on the left, what they notice on the right."""

from collections.abc import Sequence

from reconciler.model.plan import Impact
from reconciler.views.cells import cells, clean, pad
from reconciler.views.terminal.page import Page


def affected(page: Page, impact: Sequence[Impact]) -> None:
    """Add the section; nothing when nobody notices anything."""
    if not impact:
        return
    page.blank()
    page.add(("Who is affected", "bold"))
    widths = [cells(clean(who)) for who, what in impact if what]
    room = max(page.width // 3, 20)
    column = min(max(widths, default=0), room)
    for who, what in impact:
        if not what:
            page.add((who, "good"), indent=2)
        elif cells(clean(who)) > room:
            page.add((who, "bold"), indent=2)
            page.add(what, indent=column + 4, hang=column + 4)
        else:
            page.add((pad(clean(who), column + 2), "bold"), what, indent=2, hang=column + 4)
