"""Doctor on the terminal: every check, and the lines to copy where something is missing."""

from collections.abc import Sequence
from typing import Final

from reconciler.adapter import Finding
from reconciler.views.cells import cells, clean
from reconciler.views.terminal.page import PLAIN, Look, Page, Role
from reconciler.views.words import count, scope_of

_ROLES: Final[dict[str, Role]] = {"ok": "good", "warning": "warn", "error": "error"}


def doctor_text(target: str, findings: Sequence[Finding], look: Look = PLAIN) -> str:
    """Return a line for each check, with what mends it below, and a verdict."""
    page = Page(look)
    signs = {"ok": page.symbols.good, "warning": "!", "error": page.symbols.bad}
    page.add((scope_of(target), "bold"))
    wide = min(max((cells(clean(each.check)) for each in findings), default=0), page.width * 2 // 5)
    mark = max(map(cells, signs.values()))
    for each in findings:
        role = _ROLES[each.state]
        page.add(
            (f"{signs[each.state]:>{mark}} ", role), (f"{clean(each.check):<{wide}}", "bold"),
            "  ", each.detail, indent=2, hang=wide + mark + 5,
        )  # fmt: skip
        for line in (each.advice or "").splitlines():
            page.add(line, indent=wide + mark + 5, hang=wide + mark + 5)
        for line in (each.fix or "").splitlines():
            # Lines to copy are never wrapped: a break would end up in somebody's file.
            page.verbatim(line, indent=wide + mark + 5)
    errors = sum(each.state == "error" for each in findings)
    warnings = sum(each.state == "warning" for each in findings)
    page.blank()
    if errors:
        page.add(
            (f"{count(errors, 'thing')} must be mended before plan and apply work", "error"),
            f", {count(warnings, 'warning')}." if warnings else ".",
        )
    elif warnings:
        page.add(("Ready", "good"), f", with {count(warnings, 'warning')}.")
    else:
        page.add(("Ready.", "good"))
    return page.text()
