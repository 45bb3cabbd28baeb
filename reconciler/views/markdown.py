"""A plan as a comment under a pull request: one comment per workspace, edited in place.

It begins with a marker by which the next run finds it. What people need to decide stands open at
the top; changes are folded by target. It never grows over the budget: whole sections give way,
the largest last, and a sentence says what was left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from reconciler.model.address import Address
from reconciler.model.change import Change
from reconciler.model.ownership import Owned
from reconciler.model.plan import Plan, Refusal
from reconciler.planning.planfile import Header
from reconciler.views.counts import counts, has_drift, is_drift_only, numbers
from reconciler.views.described import changing, conflicting
from reconciler.views.diffs import common_lines, conflict_lines, drift_lines, lines_of
from reconciler.views.escape import code, fenced, html, inline, marker_name
from reconciler.views.files import with_files
from reconciler.views.fold import fold
from reconciler.views.terminal.affected import restarting
from reconciler.views.terminal.firmware import firmware_lines, unasked_lines
from reconciler.views.terminal.rails import in_brief, where
from reconciler.views.terminal.reading import asides, judged, reading, title
from reconciler.views.terminal.windows import window_lines
from reconciler.views.words import count, day, kinds, listed, moment, short

BUDGET: Final = 65_536
"""How many characters GitHub takes in a comment."""
_ROOMS: Final = (400, 100)
"""So many different changes of one sort are shown whole where the comment holds them all."""


class _Section(NamedTuple):
    """A part that may be shortened. `lines` are those of a diff inside a fold."""

    name: str
    head: str
    lines: list[str]

    def text(self, most: int) -> str | None:
        """Return the section within so many characters: whole, shortened, or None."""
        kept = self.lines
        whole = self._fold(kept)
        if len(whole) <= most:
            return whole
        room = most - len(self._fold(["# 1,000,000 more lines"]))
        used = number = 0
        while number < len(kept) and used + len(kept[number]) + 1 <= room:
            used += len(kept[number]) + 1
            number += 1
        if number < 5:
            return None
        return self._fold([*kept[:number], f"# {count(len(kept) - number, 'more line')}"])

    def _fold(self, lines: list[str]) -> str:
        return f"<details><summary>{self.head}</summary>\n\n{fenced(lines)}\n\n</details>"


def marker(workspace: str) -> str:
    """Return the comment by which a workspace's plan is found again."""
    return f"<!-- reconciler:plan:{marker_name(workspace)} -->"


def plan_markdown(
    planned: Plan,
    header: Header,
    *,
    budget: int = BUDGET,
    read_s: float | None = None,
    last: Mapping[Address, Owned] | None = None,
    warnings: Sequence[str] = (),
) -> str:
    """Return the comment, at most `budget` characters long. `warnings` are about the files."""
    planned = with_files(planned)
    top = [marker(header.workspace), *_top(planned, header, read_s)]
    end = list(_end(planned, header))
    # Who reviews sees nothing else: every change stands there, as long as there is room for all.
    for room in (*_ROOMS, 0):
        sections = [
            *_targets(planned, room), *_drift(planned, last or {}), *_conflicts(planned),
            *_warnings(warnings),
        ]  # fmt: skip
        whole = [*top, *(each.text(1 << 40) or "" for each in sections), *end]
        if len("\n\n".join(whole)) <= budget:
            return "\n\n".join(whole)
    reserve = 300 + sum(len(each.name) + 2 for each in sections)
    room = budget - len("\n\n".join([*top, *end])) - reserve
    shown: list[str] = []
    cut: list[str] = []
    for each in sections:
        text = each.text(room - 2)
        if text is None or len(text) < len(each.text(1 << 40) or ""):
            cut.append(each.name)
        if text is not None:
            shown.append(text)
            room -= len(text) + 2
    if cut:
        names = inline(", ".join(cut[:20])) + (f" and {len(cut) - 20} more" if cut[20:] else "")
        shown.append(
            f"_Left out or shortened to stay within {budget:,} characters: {names}. "
            "`reconciler plan --full` shows everything._"
        )
    text = "\n\n".join([*top, *shown, *end])
    if len(text) <= budget:
        return text
    note = f"\n\n_Cut at {budget:,} characters. `reconciler plan` shows everything._"
    return text[: max(budget - len(note), 0)].rpartition("\n")[0] + note


def unplanned_markdown(said: Sequence[str], workspace: str, commit: str | None) -> str:
    """Return the comment in place of a plan that could not be made. `said` are lines of errors."""
    of = f" of `{marker_name(short(commit))}`" if commit else ""
    head = f"### No plan could be made{of}"
    return "\n\n".join([marker(workspace), head, fenced([*said], "text")])


def _top(planned: Plan, header: Header, read_s: float | None) -> Iterator[str]:
    at = f"`{marker_name(header.workspace)}`"
    at += f" @ `{marker_name(short(header.commit))}`" if header.commit else ""
    if planned.is_empty and not planned.refusals:
        matching = inline(judged(planned) + " match" + asides(planned, read_s))
        whole = all(each.unreachable is None for each in planned.targets)
        yield f"### No changes{'' if whole else ' in what could be read'}\n{at}: {matching}."
        yield from _firmware(planned)
        return
    sign = "🛑 refused: " if planned.refused else ""
    yield f"### {sign}{counts(planned).sentence()}"
    yield f"{at}, {inline(reading(planned, read_s))}"
    impact = [*restarting(planned), *planned.impact]
    if impact:
        lines = [f"- **{inline(who)}**{': ' if what else ''}{inline(what)}" for who, what in impact]
        yield "**Who is affected**\n" + "\n".join(lines)
    yield from _firmware(planned)
    for site, text in window_lines(planned, header):
        yield f"**Window of {inline(site)}**: {inline(text)}"
    for refusal, more in in_brief(planned.refusals):
        yield _rail(refusal, more)


def _firmware(planned: Plan) -> Iterator[str]:
    lines = [
        f"- {inline(text)} ({inline(names)}){': ' if why else ''}{inline(why)}"
        for _, text, names, why in firmware_lines(planned)
    ]
    lines += [f"- {inline(each)}" for each in unasked_lines(planned)]
    if lines:
        yield "**Firmware**\n" + "\n".join(lines)


def _rail(refusal: Refusal, more: int) -> str:
    found = refusal.diagnostic
    if refusal.allowed is not None:
        kind, word = "WARNING", "allowed"
    elif found.severity == "error":
        kind, word = "CAUTION", "refused"
    else:
        kind, word = "WARNING", "warning"
    lines = [f"> [!{kind}]", f"> **{word}: {inline(refusal.rail)}**. {inline(found.detail)}"]
    if found.at is not None:
        lines.append(f"> Declared at {inline(where(found.at))}.")
    if refusal.allowed is not None:
        lines.append(f"> Reason given: {inline(refusal.allowed)}")
    elif found.hint:
        lines.append(f"> {code(found.hint)}")
    if more:
        lines.append(f">\n> **{word}: {inline(refusal.rail)}**: and {more:,} more.")
    return "\n".join(lines)


def _warnings(said: Sequence[str]) -> Iterator[_Section]:
    if said:
        yield _Section("warnings", f"<b>{count(len(said), 'warning')}</b> about the files", [*said])


def _targets(planned: Plan, room: int) -> Iterator[_Section]:
    disruptions = {s.address: s.disruption for s in planned.steps if s.disruption.kind != "none"}
    summaries = {each.target: each for each in planned.targets}
    commits = {each.target: each for each in planned.commits}
    by_target: dict[str, list[Change]] = {}
    for each in planned.changes:
        if not is_drift_only(each) and (changing(each) or not conflicting(each)):
            by_target.setdefault(each.target, []).append(each)
    for name in dict.fromkeys([*summaries, *by_target]):
        own = by_target.get(name, [])
        lines = [
            line
            for shown in fold(own, full=False, fields=changing, room=room)
            for line in lines_of(
                shown,
                None if not hasattr(shown, "change") else disruptions.get(shown.change.address),
            )
        ]
        if name in commits:
            lines.append(f"# ↻ {commits[name].summary}, once")
        if lines:
            said = numbers(own).sentence() if own else ""
            head = f"<b>{html(title(name, summaries.get(name)))}</b>{f': {said}' if said else ''}"
            yield _Section(title(name, None), head, lines)


def _drift(planned: Plan, last: Mapping[Address, Owned]) -> Iterator[_Section]:
    found = [e for e in planned.changes if has_drift(e) and not conflicting(e)]
    lines: list[str] = []
    for shown in fold(found, full=False, fields=lambda each: getattr(each, "fields", ())):
        lines += drift_lines(shown)
        row = last.get(shown.change.address) if hasattr(shown, "change") else None
        if row is not None and row.applied_at:
            lines.append(f"#     last applied {day(row.applied_at)} by {row.actor} (run {row.run})")
    common = [each for each in planned.targets if each.edits]
    for each in common:
        lines += common_lines(each.target, each.edits)
    if lines:
        number = count(len(found) + len(common), "object")
        what = f"<b>Drift</b> on {number}: changed on the PBX, put back"
        yield _Section("drift", what, lines)


def _conflicts(planned: Plan) -> Iterator[_Section]:
    found = [each for each in planned.changes if conflicting(each)]
    if found:
        lines = [line for each in found for line in conflict_lines(each)]
        what = f"<b>Conflicts</b> on {count(len(found), 'object')}: others changed what we change"
        yield _Section("conflicts", what, lines)


def _end(planned: Plan, header: Header) -> Iterator[str]:
    if planned.waiting:
        reasons: dict[str, list[Address]] = {}
        for each in planned.waiting:
            reasons.setdefault(each.reason, []).append(each.address)
        for reason, own in list(reasons.items())[:10]:
            keys = listed([each.key for each in own], 6)
            yield f"**Waiting**: {inline(kinds(own))} ({inline(keys)}): {inline(reason)}"
    unmanaged = [address for each in planned.targets for address in each.unmanaged]
    if unmanaged:
        yield f"Not ours, left alone: {inline(kinds(unmanaged))}."
    if header.created:
        yield f"<sub>made {inline(moment(header.created))} by {inline(header.actor)}</sub>"
