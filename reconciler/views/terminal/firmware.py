"""Firmware in a plan and after an apply: from which version to which, for whom, and why not."""

from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.model.outcome import Outcome
from reconciler.model.plan import Firmware, Plan
from reconciler.model.step import Disruption
from reconciler.views.described import felt
from reconciler.views.terminal.page import Look, Page, Role, command
from reconciler.views.words import count, listed

_SIGNS: Final[dict[str, tuple[str, Role]]] = {
    "planned": ("~", "change"), "itself": (" ", "dim"), "refused": ("x", "error"),
    "unknown": ("?", "warn"), "waits": ("?", "warn"),
}  # fmt: skip


def firmware(page: Page, plan: Plan) -> None:
    """Add the section; nothing when every phone is seen to have its version."""
    if not plan.firmware:
        return
    page.blank()
    page.add(("Firmware", "bold"))
    for first, text, names, why in firmware_lines(plan):
        sign, role = _SIGNS[first.state]
        page.add((f"{sign} ", role), (text, "bold" if first.state == "planned" else ""),
                 f"  {names}", indent=2, hang=6)  # fmt: skip
        if why:
            page.add((why, "dim"), indent=6)
    for text in unasked_lines(plan):
        page.add((text, "warn"), indent=2, hang=4)


def unasked_lines(plan: Plan) -> Iterator[str]:
    """Yield what has to be said for sites where nobody has said when firmware may be."""
    having = {each.target for each in plan.windows}
    sites = {e.address.scope for e in plan.firmware if e.state == "planned"}
    for site in sorted(each for each in sites if f"site/{each}" not in having):
        yield (
            f"{site} has no maintenance_windows: its firmware waits until --window now is said "
            "with apply"
        )


def firmware_lines(plan: Plan) -> Iterator[tuple[Firmware, str, str, str]]:
    """Yield the first of phones that are alike, what becomes of them, their names, and why."""
    groups: dict[tuple[object, ...], list[Firmware]] = {}
    for each in plan.firmware:
        key = (each.state, each.model, each.now, each.through, each.wanted, _known(each), each.why)
        groups.setdefault(key, []).append(each)
    disruptions = {each.address: each.disruption for each in plan.steps}
    for own in groups.values():
        first = own[0]
        way = " -> ".join((first.now or "?", *first.through, first.wanted))
        names = f"{count(len(own), 'phone')}: {listed([e.address.key for e in own], 6)}"
        what = felt(disruptions.get(first.address, Disruption()))
        why = "; ".join(filter(None, (_why(first), what, _known(first), first.hint)))
        yield first, f"{first.model}  {way}", names, why


def _known(row: Firmware) -> str:
    """Return by what the version is known; a visit's time differs from phone to phone."""
    return row.known.partition(",")[0]


def _why(row: Firmware) -> str:
    return f"refused: {row.why}" if row.state == "refused" else row.why


def flashed_text(outcomes: Sequence[Outcome], run: int, look: Look) -> str:
    """Return what became of firmware, phone by phone where something is not well."""
    page = Page(look)
    final = {each.step: each for each in outcomes}
    done = sum(each.state == "done" for each in final.values())
    said = f"{count(done, 'phone')} of {len(final):,} run{'s' * (done == 1)} what is wanted."
    page.add(("Firmware", "good" if done == len(final) else "warn"), f": {said}")
    rest = [each for each in final.values() if each.state != "done"]
    for each in rest[:12]:
        word = {"failed": "failed: ", "in_doubt": "in doubt: "}.get(each.state, "waits: ")
        page.add((str(each.address), "bold"), f": {word}{each.detail}", indent=2, hang=4)
    if len(rest) > 12:
        page.add(f"and {len(rest) - 12:,} more", indent=2)
    if any(each.state == "skipped" for each in rest):
        page.add("Continue with:  ", command(f"reconciler apply --resume {run}"), indent=2)
    return page.text()
