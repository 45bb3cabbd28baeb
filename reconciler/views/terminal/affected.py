"""Who is affected: people, groups and numbers on the left, what they notice on the right."""

from reconciler.model.plan import Impact, Plan
from reconciler.model.step import Disruption
from reconciler.planning.impact.names import kind_words
from reconciler.views.cells import cells, clean, pad
from reconciler.views.described import felt
from reconciler.views.terminal.page import Page
from reconciler.views.words import listed


def affected(page: Page, plan: Plan) -> None:
    """Add the section; nothing when nobody notices anything."""
    lines = (*restarting(plan), *plan.impact)
    if not lines:
        return
    page.blank()
    page.add(("Who is affected", "bold"))
    room = max(page.width // 3, 20)
    widths = [cells(clean(who)) for who, what in lines if what]
    column = min(max(widths, default=0), room)
    for who, what in lines:
        if not what:
            page.add((who, "good"), indent=2)
        elif cells(clean(who)) > room:
            page.add((who, "bold"), indent=2)
            page.add(what, indent=column + 4, hang=column + 4)
        else:
            page.add((pad(clean(who), column + 2), "bold"), what, indent=2, hang=column + 4)


def restarting(plan: Plan) -> list[Impact]:
    """Return which devices restart, register again or get firmware, by what they do."""
    groups: dict[tuple[str, Disruption], list[str]] = {}
    for step in plan.steps:
        if step.disruption.kind in ("reboot", "re-register", "firmware"):
            kind = "phone" if step.address.kind == "firmware" else step.address.kind
            group = groups.setdefault((kind, step.disruption), [])
            if step.address.key not in group:
                group.append(step.address.key)
    return [
        Impact(
            f"{len(keys):,} {kind_words(kind, len(keys))}",
            f"{felt(what, len(keys))}: {listed(keys, 3)}",
        )
        for (kind, what), keys in groups.items()
    ]
