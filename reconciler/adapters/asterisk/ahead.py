"""What hand-written dialplan answers before ours does. Pure.

Asterisk looks for a number among a context's own lines first, exact ones before patterns and narrow
patterns before wide ones, then in what the context includes, in order, each the same way (pbx.c,
and seen on 22.10). Sections of one name are one context: our `[from-internal]` holds includes
alone, so that every line of a hand-written one goes before it, and so do its includes, unless its
section stands behind ours.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from reconciler.adapters.asterisk.carrier import Setup
from reconciler.adapters.asterisk.sections import MAIN_FILES, Section, text_of
from reconciler.kinds.dial_pattern import breadth
from reconciler.model.live import Ahead, Way


class Entry(NamedTuple):
    """An extension as it is written, the caller that it is for, and what of it is dialled."""

    exten: str
    caller: str
    takes: str


_FIRST: Final = re.compile(r"\s*(?P<exten>[^,/]+?)\s*(?:/(?P<caller>[^,]*?)\s*)?,\s*1\s*[(,]")
"""An extension's first step: without one (a hint alone) Asterisk looks further."""


def entry_at(text: str) -> Entry | None:
    """Return what a line (`_6XX,1,Answer()`) is entered by; None if that is nothing dialled.

    Dashes between digits are for the eye, and a pattern ends at its first `.` or `!` (pbx.c).
    """
    first = _FIRST.match(text)
    if first is None:
        return None
    exten = first["exten"]
    if exten.startswith("_"):
        parts = re.findall(r"\[[^\]]*\]|[^-]", exten[1:])
        end = next((n for n, part in enumerate(parts, 1) if part in (".", "!")), len(parts))
        takes = "".join(parts[:end])
    else:
        number = exten.replace("-", "")
        takes = number if re.fullmatch(r"[0-9*#+]+", number) else ""
    return Entry(exten, first["caller"] or "", takes) if takes else None


class Include(NamedTuple):
    """A context that another one includes, perhaps at certain hours alone."""

    name: str
    is_timed: bool = False


@dataclass(slots=True)
class Context:
    """A hand-written context: its own lines, and its includes before and behind those of ours.

    `switches` are where else it looks between both.
    """

    lines: list[Entry] = field(default_factory=list)
    switches: list[str] = field(default_factory=list)
    before: list[Include] = field(default_factory=list)
    behind: list[Include] = field(default_factory=list)


Contexts = Mapping[str, Context]

_OURS: Final[Mapping[str, frozenset[Way]]] = {
    "rec-class-": frozenset({"number", "route"}),
    "rec-internal": frozenset({"number"}),
    "rec-extensions": frozenset({"number"}),
    "rec-outbound_route-": frozenset({"route"}),
    "rec-external": frozenset({"route"}),
    "rec-inbound-": frozenset({"did"}),
}
"""What begins in contexts of ours, by how their names begin."""


def lines_ahead(sections: Sequence[Section], setup: Setup) -> tuple[Ahead, ...]:
    """Return the hand-written lines that are looked at before contexts of ours.

    A context counts from which ours is reached; a number elsewhere hides nothing. A line is told
    once, though several contexts include it. What a `switch` answers is not known.
    """
    contexts = contexts_in(sections)
    found: dict[Ahead, frozenset[Way]] = {}
    for entrance in sorted(contexts, key=lambda name: name != setup.internal_context):
        for each in _ahead_in(entrance, contexts, setup):
            bare = each._replace(hides=frozenset())
            found[bare] = found.get(bare, frozenset()) | each.hides
    dialled = (each._replace(hides=hides) for each, hides in found.items())
    return (*dialled, *_boxes(sections))


def _boxes(sections: Iterable[Section]) -> Iterator[Ahead]:
    """Yield the hand-written mailboxes: of two with one name Asterisk takes the first it reads.

    It says "Ignoring duplicated mailbox" of the second, and keeps nothing of it (seen on 22.10).
    """
    for section in sections:
        if section.family == "vm" and not section.behind:
            where = f"{MAIN_FILES['vm']} [{section.name}]"
            for line in section.lines:
                box, shown = f"{line.variable}@{section.name}", f"{line.variable} => ..."
                yield Ahead(box, shown, where, frozenset({"box"}))


def contexts_in(sections: Iterable[Section]) -> dict[str, Context]:
    """Return the hand-written contexts by name."""
    found: dict[str, Context] = {}
    for section in sections:
        if section.family != "ext":
            continue
        context = found.setdefault(section.name, Context())
        for line in section.lines:
            variable, text = line.variable.lower(), text_of(line.value)
            if variable == "include":
                name, *hours = re.split(r"[,|]", text)
                include = Include(name.strip(), bool(hours))
                (context.behind if section.behind else context.before).append(include)
            elif variable in ("switch", "eswitch", "lswitch"):
                context.switches.append(text.partition("/")[0].strip())
            elif variable == "exten" and (entry := entry_at(text)):
                context.lines.append(entry)
    for context in found.values():
        context.lines.sort(key=lambda each: (each.exten.startswith("_"), breadth(each.takes)))
    return found


def _ahead_in(entrance: str, contexts: Contexts, setup: Setup) -> Iterator[Ahead]:
    """Yield what is looked at in a context before something of ours."""
    passed: list[Ahead] = []
    told: set[Way] = set()
    for each in _in_order(Include(entrance), contexts, setup, set()):
        if isinstance(each, Ahead):
            passed.append(each)
        elif new := each - told:
            told |= new
            yield from (line._replace(hides=new) for line in passed)


def _in_order(
    at: Include, contexts: Contexts, setup: Setup, seen: set[Include]
) -> Iterator[Ahead | frozenset[Way]]:
    """Yield what Asterisk looks at, from a context on: hand-written lines, and what is ours."""
    if at in seen:
        return
    seen.add(at)
    context = contexts.get(at.name, Context())
    where = f"{MAIN_FILES['ext']} [{at.name}]"
    for exten, caller, takes in context.lines:
        shown = f"{exten}/{caller}" if caller else exten
        partly = f"from {caller}" if caller else "at certain hours" if at.is_timed else ""
        yield Ahead(takes, f"exten => {shown}", where, frozenset(), partly)
    for each in context.before:
        yield from _in_order(_within(at, each), contexts, setup, seen)
    if ways := _ways(at.name, setup):
        yield ways
    for each in context.behind:
        yield from _in_order(_within(at, each), contexts, setup, seen)


def _within(at: Include, include: Include) -> Include:
    return include._replace(is_timed=at.is_timed or include.is_timed)


def _ways(name: str, setup: Setup) -> frozenset[Way]:
    if name == setup.internal_context:
        return _OURS["rec-class-"]
    return next((ways for start, ways in _OURS.items() if name.startswith(start)), frozenset())
