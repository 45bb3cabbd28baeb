"""A plan on the terminal: who is affected, what the rails say, what changes, and what to do."""

from collections.abc import Mapping, Sequence

from reconciler.model.address import Address
from reconciler.model.change import Change, Create, action_of
from reconciler.model.ownership import Owned
from reconciler.model.plan import Plan, TargetSummary
from reconciler.model.step import Commit
from reconciler.model.value import Fields
from reconciler.planning.planfile import Header
from reconciler.views.counts import counts, is_drift_only
from reconciler.views.described import changing, conflicting
from reconciler.views.files import with_files
from reconciler.views.fold import Shown, fold
from reconciler.views.rows import changed, created, in_brief
from reconciler.views.terminal.affected import affected
from reconciler.views.terminal.blocks import ROLES, columns, edits, headline, named, rows, same
from reconciler.views.terminal.differences import conflicts, drifts
from reconciler.views.terminal.firmware import firmware
from reconciler.views.terminal.page import PLAIN, Look, Page, Segment, command
from reconciler.views.terminal.rails import rails
from reconciler.views.terminal.reading import asides, judged, reading, title
from reconciler.views.terminal.waiting import waiting
from reconciler.views.terminal.windows import windows
from reconciler.views.words import kinds, moment, short, span


def plan_text(
    plan: Plan,
    header: Header,
    look: Look = PLAIN,
    *,
    full: bool = False,
    read_s: float | None = None,
    saved: str | None = None,
    last: Mapping[Address, Owned] | None = None,
    applying: bool = False,
    narrowed: str = "",
) -> str:
    """Return the plan as a person reads it.

    `full` shows every object on its own; `read_s` is how long reading took; `saved` the file that
    the plan was written to; `last` the ledger's rows, which tell who applied last and what;
    `narrowed` the arguments that the plan was made with.
    """
    page = Page(look)
    plan = with_files(plan)
    if plan.is_empty and not plan.refusals:
        _nothing(page, plan, header, read_s, full=full)
        if saved:
            page.blank()
            _saved(page, header, saved)
        return page.text()
    _top(page, plan, header, read_s)
    affected(page, plan)
    firmware(page, plan)
    windows(page, plan, header)
    rails(page, plan.refusals, full=full)
    _changes(page, plan, full=full)
    drifts(page, plan, last or {}, full=full)
    conflicts(page, plan.changes, last or {})
    _unmanaged(page, plan)
    _verdict(page, plan, header, saved, applying=applying, narrowed=narrowed)
    return page.text()


def _top(page: Page, plan: Plan, header: Header, read_s: float | None) -> None:
    at = f"{header.workspace or 'workspace'}{f' @ {short(header.commit)}' if header.commit else ''}"
    first: list[Segment] = [command("reconciler plan"), (f"  {at}", "")]
    rest = reading(plan, read_s)
    dot = f"  {page.symbols.dot}  "
    if page.fits("reconciler plan  ", at, dot, rest):
        page.add(*first, (dot + rest, "dim"))
    else:
        page.add(*first)
        page.add((rest, "dim"), hang=0)


def _nothing(page: Page, plan: Plan, header: Header, read_s: float | None, *, full: bool) -> None:
    match = f"{judged(plan)} match{'es' if plan.matching == 1 else ''} {_what(header)}"
    page.add(("No changes.", "good"), f" {match}{asides(plan, read_s)}.", hang=0)
    waiting(page, plan.waiting, full=full)
    firmware(page, plan)
    _unmanaged(page, plan)


def _what(header: Header) -> str:
    return short(header.commit) if header.commit else "what is declared"


def _changes(page: Page, plan: Plan, *, full: bool) -> None:
    by_target: dict[str, list[Change]] = {each.target: [] for each in plan.targets}
    for change in plan.changes:
        own = by_target.setdefault(change.target, [])
        if not is_drift_only(change) and (changing(change) or not conflicting(change)):
            own.append(change)
    commits = {each.target: each for each in plan.commits}
    behind = {each.target for each in plan.waiting}
    summaries = {each.target: each for each in plan.targets}
    names = [each for each in by_target if by_target[each] or each in commits or each in behind]
    names += sorted(behind - by_target.keys())
    if not names:
        return
    page.blank()
    page.add(("Changes", "bold"))
    for at, name in enumerate(names):
        if at:
            page.blank()
        page.add((title(name, summaries.get(name)), "bold"), indent=2)
        _target(page, plan, by_target.get(name, ()), full=full)
        if name in commits:
            _commit(page, commits[name], summaries.get(name))
        waiting(page, [each for each in plan.waiting if each.target == name], full=full)


def _target(page: Page, plan: Plan, changes: Sequence[Change], *, full: bool) -> None:
    shown = fold(changes, full=full, fields=changing)
    disruptions = {s.address: s.disruption for s in plan.steps if s.disruption.kind != "none"}
    wholes = [each.change for each in shown if isinstance(each, Shown)]
    at = columns(page, [str(each.address) for each in wholes], _paths(wholes, full=full))
    for each in shown:
        if not isinstance(each, Shown):
            named(page, each)
            continue
        change = each.change
        headline(page, change, at, disruptions.get(change.address))
        kind = change.address.kind
        found = (
            created(kind, _new(change, full=full))
            if isinstance(change, Create)
            else changed(kind, changing(change))
        )
        rows(page, found, at, ROLES[action_of(change)], full=full)
        if isinstance(change, Create):
            _left_out(page, len(change.after) - len(_new(change, full=full)))
        if action_of(change) == "adopt":
            edits(page, getattr(change, "edits", ()), full=full)
        if each.same:
            same(page, each.same)


def _left_out(page: Page, count: int) -> None:
    if count:
        page.add((f"and {count} settings of its layers; --full shows them", "dim"), indent=6)


def _new(change: Create, *, full: bool) -> Fields:
    return change.after if full else in_brief(change.after)


def _paths(changes: Sequence[Change], *, full: bool) -> list[str]:
    return [
        path
        for each in changes
        for path in (
            _new(each, full=full)
            if isinstance(each, Create)
            else (field.path for field in changing(each))
        )
    ]


def _commit(page: Page, commit: Commit, at: TargetSummary | None) -> None:
    said = [commit.summary, "once"]
    if commit.disruption.seconds is not None:
        said.append(f"about {span(commit.disruption.seconds)}")
    if at is not None and at.active_calls is None:
        said.append("how many calls are active is not known")
    elif at is not None:
        calls = "call" if at.active_calls == 1 else "calls"
        said.append(f"{at.active_calls} {calls} active now")
    if commit.disruption.note:
        said.append(commit.disruption.note)
    page.add((f"{page.symbols.reload:>3} ", "warn"), ", ".join(said), hang=6)


def _unmanaged(page: Page, plan: Plan) -> None:
    found = [address for each in plan.targets for address in each.unmanaged]
    if found:
        page.blank()
        text = f"Not ours, left alone: {kinds(found)} (reconciler status --unmanaged lists them)"
        page.add((text, "dim"))


def _verdict(
    page: Page, plan: Plan, header: Header, saved: str | None, *, applying: bool, narrowed: str
) -> None:
    page.blank()
    stopping = plan.refused
    page.add(("Plan: ", "bold"), (f"{counts(plan).sentence()}.", "bold"), hang=6)
    if stopping:
        names = ", ".join(dict.fromkeys(each.rail for each in stopping))
        page.add(("Refused", "error"), f" by {names}: nothing is applied unless it is allowed.")
    elif plan.is_empty:
        page.add("There is nothing to apply.")
    elif saved:
        _saved(page, header, saved)
    elif not applying:
        more = f" {narrowed}" if narrowed else ""
        page.add(
            "Apply it with:  ", command(f"reconciler apply{more}"),
            ("   or keep exactly this with:  ", "dim"),
            command(f"reconciler plan{more} --out plan.json"), hang=2,
        )  # fmt: skip


def _saved(page: Page, header: Header, file: str) -> None:
    until = f" (until {moment(header.expires, page.look.zone)})" if header.expires else ""
    page.add(
        f"Saved to {file}{until}. Apply exactly this with:  ",
        command(f"reconciler apply {file}"), hang=2,
    )  # fmt: skip
