"""Status on the terminal: what is ours, what is owed, the last runs, what is not ours."""

from collections import Counter
from collections.abc import Mapping, Sequence

from reconciler.model.ownership import Ownership
from reconciler.model.plan import Plan, TargetSummary
from reconciler.model.value import EMPTY
from reconciler.planning.impact.names import kind_words
from reconciler.views.counts import counts, has_drift
from reconciler.views.given import Holder, Run
from reconciler.views.terminal.history import STATES
from reconciler.views.terminal.page import PLAIN, Look, Page, command
from reconciler.views.terminal.reading import title
from reconciler.views.terminal.table import Cell, table
from reconciler.views.terminal.waiting import owing, waiting
from reconciler.views.words import count, kinds, moment, short


def status_text(
    planned: Plan,
    ownership: Ownership,
    runs: Sequence[Run],
    holder: Holder | None,
    look: Look = PLAIN,
    *,
    unmanaged: bool = False,
    beyond: Mapping[str, Sequence[str]] = EMPTY,
) -> str:
    """Return one section for each target, then what would change, the runs and the lock.

    `beyond` says by target what is there and no object that could be declared.
    """
    page = Page(look)
    owned: dict[str, Counter[str]] = {}
    for row in ownership.objects.values():
        owned.setdefault(row.target, Counter())[row.address.kind] += 1
    summaries = {each.target: each for each in planned.targets}
    for name in sorted(owned.keys() | summaries.keys()):
        page.blank()
        _target(page, name, summaries.get(name), owned.get(name, Counter()), unmanaged=unmanaged)
        for each in beyond.get(name, ()):
            page.add((each, "dim"), indent=12, hang=14)
        if name in ownership.owed:
            owing(page, "", ownership.owed[name])
    page.blank()
    _compared(page, planned)
    _runs(page, runs)
    if holder is not None:
        alive = {True: "it is alive", False: "it is gone", None: "on another machine"}[holder.alive]
        page.blank()
        page.add(
            ("Locked", "warn"), f" by {holder.actor} on {holder.host} (pid {holder.pid}, {alive}) "
            f"for {holder.purpose}, since {moment(holder.since, look.zone)}.",
        )  # fmt: skip
    return page.text()


def _target(
    page: Page,
    name: str,
    summary: TargetSummary | None,
    owned: Counter[str],
    *,
    unmanaged: bool,
) -> None:
    page.add((title(name, summary), "bold"))
    if summary is None:
        page.add(("is no longer in the inventory", "warn"), indent=2)
    elif summary.unreachable is not None:
        page.add((f"not read: {summary.unreachable}", "error"), indent=2)
    ordered = sorted(owned.items(), key=lambda item: (-item[1], item[0]))
    ours = ", ".join(f"{number:,} {kind_words(kind, number)}" for kind, number in ordered)
    page.add("ours      ", ours or "nothing", indent=2, hang=12)
    if summary is None:
        return
    if summary.unmanaged:
        page.add("not ours  ", kinds(summary.unmanaged), indent=2, hang=12)
        for address in summary.unmanaged if unmanaged else ():
            page.add((str(address), "dim"), indent=12)
    if summary.active_calls is not None:
        calls = "call" if summary.active_calls == 1 else "calls"
        page.add(f"now       {summary.active_calls} {calls} active", indent=2, hang=12)
    if summary.pending_reload:
        page.add(
            ("pending   ", "warn"), f"changes that are not in effect yet: {summary.pending_reload}",
            indent=2, hang=12,
        )  # fmt: skip
    if summary.reloading:
        page.add(("reload    ", "warn"), summary.reloading, indent=2, hang=12)


def _compared(page: Page, planned: Plan) -> None:
    if planned.is_empty and planned.waiting:
        page.add(
            ("What could be read is as declared", "warn"),
            f" ({count(planned.matching, 'object')}); of {len(planned.waiting):,} more nothing is "
            "known or done now:",
        )  # fmt: skip
    elif planned.is_empty:
        page.add(
            ("Everything declared is as declared", "good"),
            f" ({count(planned.matching, 'object')}).",
        )  # fmt: skip
    else:
        drifted = sum(1 for each in planned.changes if has_drift(each))
        page.add(
            ("Not as declared", "warn"), f": {counts(planned).sentence()}.",
            " See ", command("reconciler plan"),
            *((" and ", command("reconciler drift")) if drifted else ()), ".",
        )  # fmt: skip
    waiting(page, planned.waiting, full=False)


def _runs(page: Page, runs: Sequence[Run]) -> None:
    if not runs:
        return
    page.blank()
    page.add(("Last runs", "bold"))
    body: list[list[Cell]] = [
        [
            str(each.id),
            moment(each.started, page.look.zone),
            each.command,
            (each.state, STATES.get(each.state, "")),
            f"{each.actor}{f' @ {short(each.commit)}' if each.commit else ''}",
        ]
        for each in runs
    ]
    table(page, ("run", "started", "command", "state", "by"), body)
