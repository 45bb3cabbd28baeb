"""When phones may restart: what a plan keeps to the windows of its sites."""

from collections.abc import Iterator
from datetime import UTC, datetime

from reconciler.model.plan import Plan
from reconciler.planning.phones.windows import is_open, when_text
from reconciler.planning.planfile import Header
from reconciler.views.terminal.page import Page
from reconciler.views.words import count, scope_of


def windows(page: Page, plan: Plan, header: Header) -> None:
    """Add a line for each site whose phones restart; nothing where none has hours."""
    lines = list(window_lines(plan, header))
    if not lines:
        return
    page.blank()
    page.add(("Windows", "bold"))
    for site, text in lines:
        page.add((site, "bold"), f"  {text}", indent=2, hang=4)


def window_lines(plan: Plan, header: Header) -> Iterator[tuple[str, str]]:
    """Yield each site with what waits for its window, and when that is."""
    now = _made(header)
    for each in plan.windows:
        steps = count(len(each.steps), "step")
        verb = "restarts" if len(each.steps) == 1 else "restart"
        hours = ", ".join(each.hours)
        text = f"{steps} that {verb} phones keep{'s' * (len(each.steps) == 1)} to {hours}"
        if now is None:
            yield scope_of(each.target), f"{text} ({each.timezone})"
            continue
        after = "" if is_open(each, now) else "; until then they wait, unless --window now is said"
        yield scope_of(each.target), f"{text}: the window {when_text(each, now)}{after}"


def _made(header: Header) -> datetime | None:
    try:
        found = datetime.fromisoformat(header.created)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
