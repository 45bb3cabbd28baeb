"""New numbers that who dials in a context of others' own does not reach. Pure."""

from collections.abc import Iterator, Sequence

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.kinds.dial_pattern import covers
from reconciler.model.change import Change, Create, Move, Replace, Update
from reconciler.model.live import TargetLive
from reconciler.planning.lower import writes
from reconciler.planning.rails.entrances import Contexts, dialling, in_order
from reconciler.planning.rails.numbering import new_number
from reconciler.planning.rails.situation import Situation, few


def unreached(at: Situation) -> Iterator[Diagnostic]:
    """Yield the numbers that a plan gives and that phones do not reach where they dial.

    Phones keep the context of others in which they dialled when they were taken over; what is new
    does not come into it by itself. It is told once, by the plan that gives the number.
    """
    for name, target in sorted(at.live.targets.items()):
        contexts = target.entrances
        phones = dialling(name, at) if contexts else {}
        given = list(_given(name, at)) if phones else []
        groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for context in sorted(phones):
            for line, missed in _missed(context, given, target).items():
                groups.setdefault((line, tuple(missed)), []).append(context)
        for (line, numbers), where in groups.items():
            first = next(change for number, change in given if number == numbers[0])
            yield _finding(line, numbers, where, sum(len(phones[each]) for each in where), first)


def _given(target: str, at: Situation) -> Iterator[tuple[str, Change]]:
    """Yield the numbers that are new on a PBX; what only comes back has none that is new."""
    for change in at.changes(Create, Move, Replace, Update):
        if change.target != target or not writes(change):
            continue
        if isinstance(change, Create) and change.address in at.ownership.objects:
            continue
        number = new_number(change)
        if number is not None:
            yield number, change


def _missed(
    context: str, given: Sequence[tuple[str, Change]], target: TargetLive
) -> dict[str, list[str]]:
    """Return the numbers that do not lead to ours from a context, by the line that takes them.

    Of those that lead nowhere that is "".
    """
    said = {(each.where, each.line) for each in target.ahead if "number" in each.hides}
    found: dict[str, list[str]] = {}
    for number, _ in given:
        line = _answered(number, context, target.entrances or {}, said)
        if line is not None:
            found.setdefault(line, []).append(number)
    return found


def _answered(
    number: str, context: str, contexts: Contexts, said: set[tuple[str, str]]
) -> str | None:
    """Return the line that takes a number before ours, "" if nothing does.

    None where ours is reached, or may be by a switch. A line that is `said` to come first
    (`number-taken`) is not told twice.
    """
    for met in in_order(context, contexts, set(), is_timed=False):
        if met.what in ("numbers", "switch"):
            return None
        if met.what == "line" and not met.partly and covers(met.text, number):
            return None if (met.where, met.shown) in said else f"`{met.shown}` in {met.where}"
    return ""


def _finding(
    line: str, numbers: Sequence[str], contexts: Sequence[str], phones: int, first: Change
) -> Diagnostic:
    where = few([f"[{each}]" for each in contexts])
    who = f"the {phones} phones that dial" if phones > 1 else "the phone that dials"
    which = "that number leads" if len(numbers) == 1 else "those numbers lead"
    if line:
        detail = f"For {who} in {where}, written by hand, {few(numbers)} is answered by {line}"
        hint = f"make sure that this is what {which} to, or choose another number"
    else:
        detail = f"{few(numbers)} cannot be dialled by {who} in {where}, written by hand"
        hint = (
            f"let {where} lead to ours there and reload (on an Asterisk `include => "
            "from-internal`, behind what stands there)"
        )
    return Diagnostic("number-overlap", f"{detail}.", first.origin, hint, "warning")
