"""Apply on the terminal: a line for each thing that happened, and what it all came to."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from reconciler.execution.progress import Event, ReadDone, StepDone
from reconciler.model.outcome import Outcome, State
from reconciler.model.plan import Plan
from reconciler.planning.impact.names import kind_words
from reconciler.views.cells import cells, clean, clip, pad
from reconciler.views.counts import bucket
from reconciler.views.given import Applied
from reconciler.views.terminal.page import Look, Page, Role, Segment, Style, command, plain
from reconciler.views.words import count, listed, scope_of, span

_PAST: Final = {
    "create": "added", "update": "updated", "replace": "made anew", "delete": "removed",
    "adopt": "taken over", "forget": "let go", "move": "moved", "link": "linked",
}  # fmt: skip
_COUNTED: Final = {
    "add": "added", "change": "changed", "replace": "made anew", "destroy": "destroyed",
    "adopt": "taken over", "move": "moved", "forget": "let go", "drift": "mended",
}  # fmt: skip
_LEFT: Final = "not tried: "
"""How it begins when a target was not to be reached any more."""

_SHOWN: Final = 12
"""How many problems are told one by one."""


def event_line(
    event: Event,
    at: str,
    *,
    style: Style = plain,
    width: int = 80,
    ascii: bool = False,  # noqa: A002
) -> str | None:
    """Return the line for an event, with the time given; None for what needs no line."""
    if isinstance(event, ReadDone):
        said = f"read {count(event.objects, 'object')} in {span(event.seconds)}"
        parts: list[Segment] = (
            [(f"could not be read: {event.reason}", "error")] if event.reason else [(said, "")]
        )
        target, right = event.target, ""
    elif isinstance(event, StepDone):
        target, right = event.outcome.target, f"{event.number}/{event.total}"
        parts = list(_happened(event.outcome))
    else:
        return None
    page = Page(Look(width, style, ascii))
    name = clip(clean(scope_of(target)), 14, page.symbols.more)
    page.add((at, "dim"), "  ", (pad(name, 14), "bold"), " ", *parts,
             hang=cells(at) + 17, right=(right, "dim"))  # fmt: skip
    return page.text()


def _happened(outcome: Outcome) -> tuple[Segment, ...]:
    what = _what(outcome)
    detail = outcome.detail
    if outcome.state == "done":
        if outcome.address is None:
            took = f" after {span(outcome.duration_s)}" if outcome.duration_s else ""
            return ((f"changes are in effect{took}", "good"), (f"; {detail}" if detail else "", ""))
        if outcome.address.kind == "firmware":
            return ((f"{what}: {detail}", "good"),)
        verb = outcome.step.partition(" ")[0]
        proof = {"forget": "", "delete": ", it is gone"}.get(verb, ", read back equal")
        said = f"{what} {_PAST.get(verb, 'done')}{proof}"
        return ((said, ""), (f"; {detail}" if detail else "", ""))
    role: Role = "error" if outcome.state in ("failed", "in_doubt") else "warn"
    return ((f"{what} {_state(outcome.state)}", role), (f": {detail}" if detail else "", ""))


def _what(outcome: Outcome) -> str:
    if outcome.address is None:
        return "reload"
    return f"{kind_words(outcome.address.kind, 1)} {outcome.address.key}"


def _state(state: State) -> str:
    return {
        "done": "done", "failed": "failed", "stale": "left alone", "skipped": "not tried",
        "in_doubt": "in doubt",
    }[state]  # fmt: skip


def summary_text(
    planned: Plan,
    applied: Applied,
    *,
    style: Style = plain,
    width: int = 80,
    ascii: bool = False,  # noqa: A002
) -> str:
    """Return what was done, what was not, what state things are in, and how to go on."""
    page = Page(Look(width, style, ascii))
    final = {each.step: each for each in applied.outcomes}
    if applied.state == "done":
        still = _still_different(planned, applied)
        page.add(
            (f"Applied in {span(applied.seconds)}", "good"), ": ",
            f"{_numbers(planned, final)}.", f" Run {applied.run}.",
        )  # fmt: skip
        if still:
            page.add(
                ("warning[not-as-declared]", "warn"),
                f": read again, {count(len(still), 'object')} still "
                f"{'differs' if len(still) == 1 else 'differ'}: {listed(still, 5)}. "
                "reconciler plan shows how.",
            )
        return page.text()
    _failure(page, planned, applied, final)
    return page.text()


def _failure(page: Page, planned: Plan, applied: Applied, final: Mapping[str, Outcome]) -> None:
    states = Counter(each.state for each in final.values())
    bad = [each for each in final.values() if each.state in ("failed", "stale", "in_doubt")]
    if applied.state == "interrupted":
        page.add(("interrupted", "warn"), ": stopped as asked; nothing is half written")
    elif states["failed"] or states["in_doubt"]:
        page.add(("error[step-failed]", "error"), f": {_troubled(planned, bad)}")
    elif not bad and (lost := _unreached(final.values())):
        page.add(("error[step-failed]", "error"), ": nothing was sent, and nothing has changed")
        for detail, many in lost.items():
            page.add(f"{count(many, 'step')} {detail}", indent=2, hang=4)
    elif not bad:
        page.add(("waiting", "warn"), f": {_waiting(final.values())}")
        bad = [each for each in final.values() if each.state == "skipped" and each.address]
    else:
        page.add(("error[stale]", "error"), ": what is there has changed since the plan")
    for each in bad[:_SHOWN]:
        name = str(each.address) if each.address else f"reload of {scope_of(each.target)}"
        label = "" if each.state in ("failed", "skipped") else f"{_state(each.state)}: "
        page.add((name, "bold"), f": {label}{each.detail}", indent=2, hang=4)
    if len(bad) > _SHOWN:
        page.add(f"and {len(bad) - _SHOWN:,} more", indent=2)
    page.add(_stand(planned, applied, final, states), indent=2, hang=2)
    page.add("Continue with:  ", command(f"reconciler apply --resume {applied.run}"), indent=2)
    page.add("Look closer:    ", command(f"reconciler history {applied.run}"), indent=2)


def _unreached(outcomes: Iterable[Outcome]) -> Mapping[str, int]:
    """Return why targets were not reached when it came to writing, and how many steps that left."""
    return Counter(each.detail for each in outcomes if each.detail.startswith(_LEFT))


def _waiting(outcomes: Iterable[Outcome]) -> str:
    """Return for what the steps wait that nothing went wrong with."""
    reasons = [each.detail for each in outcomes if each.state == "skipped" and each.address]
    windows = any("window" in each for each in reasons)
    calls = any("in a call" in each for each in reasons)
    said = []
    if windows:
        said.append("what restarts phones waits for the window of their site")
    if calls or not windows:
        said.append("what would cut a call off waits until it has ended")
    return "; ".join(said)


def _troubled(planned: Plan, bad: Sequence[Outcome]) -> str:
    titles = {each.target: each.adapter or scope_of(each.target) for each in planned.targets}
    names = dict.fromkeys(titles.get(each.target, scope_of(each.target)) for each in bad)
    return f"{listed(list(names))} did not do all that was asked"


def _stand(
    planned: Plan, applied: Applied, final: Mapping[str, Outcome], states: Mapping[State, int]
) -> str:
    total = len(final)
    said = [f"Done: {states.get('done', 0):,} of {count(total, 'step')} (run {applied.run})."]
    if states.get("skipped"):
        said.append(f"Not tried: {count(states['skipped'], 'step')}.")
    if states.get("in_doubt"):
        said.append(
            f"In doubt: {count(states['in_doubt'], 'step')}, sent without an answer; "
            "the next run reads them again."
        )
    reloaded = {e.target for e in final.values() if e.address is None and e.state == "done"}
    missed = [scope_of(each.target) for each in planned.commits if each.target not in reloaded]
    tried = {e.target for e in final.values() if e.address is None and e.state == "failed"}
    if tried:
        said.append(f"The reload of {listed([scope_of(each) for each in sorted(tried)])} failed.")
        missed = [each for each in missed if each not in {scope_of(e) for e in tried}]
    if planned.commits and not reloaded and not tried:
        said.append("Nothing was reloaded.")
    elif missed:
        said.append(f"Not reloaded: {listed(missed)}.")
    return " ".join(said)


def _numbers(planned: Plan, final: Mapping[str, Outcome]) -> str:
    done = {each.address for each in final.values() if each.state == "done"}
    numbers = Counter(bucket(each) for each in planned.changes if each.address in done)
    always = ("add", "change", "destroy")
    shown = [name for name in _COUNTED if numbers[name] or name in always]
    parts = [f"{numbers[name]:,} {_COUNTED[name]}" for name in shown]
    if not planned.waiting:
        return ", ".join(parts)
    first = planned.waiting[0]
    why = f"{first.address.key}: {first.reason}" if len(planned.waiting) == 1 else first.reason
    return f"{', '.join(parts)}; {len(planned.waiting):,} waiting ({why})"


def _still_different(planned: Plan, applied: Applied) -> list[str]:
    if applied.after is None:
        return []
    ours = {each.address for each in planned.changes}
    return [str(each.address) for each in applied.after.changes if each.address in ours]
