"""Rails about numbers that something else on the PBX has, or answers first. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.kinds.dial_pattern import covers, overlap
from reconciler.kinds.did import parse_did, spellings_of
from reconciler.kinds.numbers import number_of
from reconciler.kinds.slots import parse_slots
from reconciler.model.address import Address
from reconciler.model.change import Adopt, Change, Create, Delete, Move, Replace, Update
from reconciler.model.live import Ahead, TargetLive, Way
from reconciler.model.value import Fields
from reconciler.planning.lower import writes
from reconciler.planning.rails.numbering import new_number
from reconciler.planning.rails.situation import Situation, allow, few
from reconciler.planning.rails.unreached import unreached


class _Given(NamedTuple):
    """A number, DID or pattern by which an object is reached."""

    way: Way
    number: str
    is_emergency: bool = False


class _Hidden(NamedTuple):
    """A number that a change gives, and a hand-written line that answers it first."""

    change: Change
    given: _Given
    line: Ahead
    takes_all: bool


class _Lines:
    """The hand-written lines of a target, so that not each number is held against each of them."""

    def __init__(self, ahead: Sequence[Ahead]) -> None:
        self._every = list(enumerate(ahead))
        self._patterns = [
            each
            for each in self._every
            if not _is_number(each[1].takes) and "box" not in each[1].hides
        ]
        self._exact: dict[str, list[tuple[int, Ahead]]] = {}
        for each in self._every:
            self._exact.setdefault(each[1].takes, []).append(each)

    def near(self, way: Way, number: str) -> list[tuple[int, Ahead]]:
        """Return the lines that may take a number, or numbers of a pattern, with their places."""
        if way == "box":
            return self._exact.get(number, [])
        if not _is_number(number):
            return self._every
        return [*self._exact.get(number, ()), *self._patterns]


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[0-9*#+]+", text) is not None


def number_taken(at: Situation) -> Iterator[Diagnostic]:
    """A number that we give must not be one that something else has, or answers first."""
    yield from _on_two_objects(at)
    yield from _told(at, "number-taken")


def number_overlap(at: Situation) -> Iterator[Diagnostic]:
    """Some of the calls to what we give, or for help, are answered by something else first."""
    yield from _told(at, "number-overlap")
    yield from unreached(at)
    gone = {each.address for each in at.changes(Delete)}
    for name, target in sorted(at.live.targets.items()):
        for each in helpless(target):
            if each.address not in gone:
                declared = at.desired.resources.get(each.address)
                yield Diagnostic(
                    "number-overlap",
                    f"Calls to {each.number} on {name.partition('/')[2]} do not reach "
                    f"{each.address}: `{each.line.line}`, written by hand in {each.line.where}, "
                    "comes first there. They are calls for help.",
                    declared.origin if declared else None,
                    hint="take that line out there and reload",
                )


class Helpless(NamedTuple):
    """A number for calls for help that a hand-written line answers before the route for it."""

    address: Address
    number: str
    line: Ahead


def helpless(target: TargetLive) -> Iterator[Helpless]:
    """Yield the calls for help that others' lines answer now, whoever wrote them and when.

    Those of one caller or of certain hours count, too.
    """
    if not target.ahead:
        return
    routes = [target.objects[each] for each in target.objects if each.kind == "outbound_route"]
    lines = _Lines(target.ahead)
    for found in routes:
        for given in sorted(_reached_by(found.address, found.fields)):
            if given.is_emergency and found.locked is None:
                for line, _ in _first_answers(given, (given.number,), lines):
                    yield Helpless(found.address, given.number, line)


def _on_two_objects(at: Situation) -> Iterator[Diagnostic]:
    given: dict[tuple[str, str], Change] = {}
    for change in at.changes(Adopt, Create, Move, Replace, Update):
        number = new_number(change)
        if number is not None:
            given[change.address.scope, number] = change
    for address, fields in sorted(at.after.items() if given else ()):
        number = number_of(address, fields)
        taking = given.get((address.scope, number)) if number is not None else None
        if taking is not None and taking.address != address:
            yield Diagnostic(
                "number-taken",
                f"{taking.address} would be {number}, and so is {address} on "
                f"{taking.target.partition('/')[2]}.",
                taking.origin,
                hint=f"give one of them another number, or delete {address} there; or "
                + allow("number-taken"),
            )


def _hidden(at: Situation) -> Iterator[_Hidden]:
    """Yield what changes give and hand-written lines answer first."""
    lines = {name: _Lines(each.ahead) for name, each in at.live.targets.items() if each.ahead}
    for change in at.changes(Adopt, Create, Move, Replace, Update) if lines else ():
        if change.target not in lines or not writes(change):
            continue
        country = at.desired.pbxs.get(change.address.scope, {}).get("country")
        for given in _newly_given(change):
            forms = spellings_of(given.number, country) if given.way == "did" else (given.number,)
            for line, takes_all in _first_answers(given, forms, lines[change.target]):
                yield _Hidden(change, given, line, takes_all)


def _newly_given(change: Change) -> list[_Given]:
    if isinstance(change, Create):
        given = _reached_by(change.address, change.after)
        # What has left a file of others for ours is reached as it was: the line was there before.
        return sorted(each for each in given if each.way != "number" or not change.left)
    if not isinstance(change, (Adopt, Move, Replace, Update)):
        return []
    source = change.source if isinstance(change, Move) else change.address
    before = _reached_by(source, change.before)
    if any(_is_of_box(each.path) for each in change.fields):
        before = {each for each in before if each.way != "box"}
    return sorted(_reached_by(change.address, change.after) - before)


def _is_of_box(path: str) -> bool:
    """Whether a field is written into a mailbox's line: it counts only if the line does."""
    return path.startswith("voicemail.") or path == "name"


def _reached_by(address: Address, fields: Fields) -> set[_Given]:
    """Return all by which an object is reached."""
    if address.kind == "inbound_route":
        did, _ = parse_did(address.key)
        return set() if did is None else {_Given("did", did)}
    if address.kind == "outbound_route":
        if fields.get("enabled") is False:
            return set()
        urgent = bool(fields.get("emergency"))
        return {_Given("route", each["match"], urgent) for each in fields.get("patterns") or ()}
    numbers = [number_of(address, fields), fields.get("override_code")]
    if address.kind == "parking_lot":
        numbers += map(str, parse_slots(fields.get("slots") or "") or ())
    given = {_Given("number", each) for each in numbers if each}
    if address.kind == "extension" and _has_box(fields):
        context = fields.get("mailbox_context") or "default"
        given.add(_Given("box", f"{address.key}@{context}"))
    return given


def _has_box(fields: Fields) -> bool:
    said = any(path.startswith("voicemail.") and v is not None for path, v in fields.items())
    return said and fields.get("voicemail.enabled") is not False


def _first_answers(given: _Given, forms: Sequence[str], lines: _Lines) -> list[tuple[Ahead, bool]]:
    """Return the line that takes all calls; else those that take some."""
    near = sorted(
        {each for form in forms for each in lines.near(given.way, form)}, key=lambda each: each[0]
    )
    there = [each for _, each in near if given.way in each.hides]
    if given.way == "box":
        return [(each, True) for each in there]
    for line in there:
        if not line.partly and any(covers(line.takes, form) for form in forms):
            return [(line, True)]
    some = [each for each in there if any(overlap(each.takes, form) for form in forms)]
    return [(each, False) for each in some]


def _told(at: Situation, rail: str) -> Iterator[Diagnostic]:
    """Yield a finding of the rail for each place where hand-written lines stand."""
    groups: dict[tuple[object, ...], list[_Hidden]] = {}
    for each in _hidden(at):
        # Of a number for emergencies no part may go elsewhere.
        refused = each.takes_all or each.given.is_emergency
        if refused == (rail == "number-taken"):
            alike = (
                each.given.way == "box",
                each.line.where,
                each.line.partly,
                each.takes_all,
                each.given.is_emergency,
            )
            groups.setdefault((each.change.target, *alike), []).append(each)
    for group in groups.values():
        yield _finding(rail, group)


def _finding(rail: str, group: Sequence[_Hidden]) -> Diagnostic:
    first = group[0]
    if first.given.way == "box":
        return _box_finding(rail, group)
    urgent = first.given.is_emergency
    which = f" ({first.line.partly})" if first.line.partly else ""
    is_one = len({each.line for each in group}) == 1
    why = ". It is a call for help" if urgent else ""
    return Diagnostic(
        rail,
        f"{'' if first.takes_all else 'Some calls to '}{_numbers(group)}{which} would not reach "
        f"{_objects(group)}: {_lines(group)}, written by hand in {first.line.where}, "
        f"{'comes' if is_one else 'come'} first there{why}.",
        first.change.origin,
        hint=f"take {'that line' if is_one else 'those lines'} out there and reload"
        f"{'' if urgent else ', or choose another number'}; or {allow(rail)}",
    )


def _box_finding(rail: str, group: Sequence[_Hidden]) -> Diagnostic:
    is_one = len({each.line for each in group}) == 1
    boxes = f"mailbox {_numbers(group)}" if is_one else f"mailboxes {_numbers(group)}"
    return Diagnostic(
        rail,
        f"What {_objects(group)} would write for {boxes} would count for nothing: {_lines(group)} "
        f"in {group[0].line.where} {'comes' if is_one else 'come'} first, and Asterisk takes that.",
        group[0].change.origin,
        hint=f"take {'that line' if is_one else 'those lines'} out there and do not reload: apply "
        f"does, and keeps the messages; or {allow(rail)}",
    )


def _numbers(group: Sequence[_Hidden]) -> str:
    return _few(each.given.number for each in group)


def _objects(group: Sequence[_Hidden]) -> str:
    return _few(str(each.change.address) for each in group)


def _lines(group: Sequence[_Hidden]) -> str:
    return _few(f"`{each.line.line}`" for each in group)


def _few(names: Iterable[str]) -> str:
    return few(list(dict.fromkeys(names)))
