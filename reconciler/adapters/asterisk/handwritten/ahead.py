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
from reconciler.adapters.asterisk.sections import Section, text_of, where_of
from reconciler.kinds.dial_pattern import breadth
from reconciler.model.live import Ahead, Way
from reconciler.model.value import EMPTY


class Entry(NamedTuple):
    """An extension as it is written, the caller that it is for, and what of it is dialled.

    `takes` is "" where only the PBX knows: a variable is in its name. Without a first step Asterisk
    looks further, but a call that began elsewhere goes on here if it comes to such a step: each is
    looked up anew (seen on 22.10). `where` is its place, in people's words.
    """

    exten: str
    caller: str
    takes: str
    is_first: bool = True
    where: str = ""


_STEP: Final = re.compile(
    r"\s*(?P<exten>[^,/]+?)\s*(?:/(?P<caller>[^,]*?)\s*)?,\s*(?P<step>\w+)\s*[(,]"
)
_VARIABLE: Final = re.compile(r"\$\{(\w+)\}")


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a name with the values of globals in it, as far as those are known.

    Asterisk puts them in when it loads extensions and includes (seen on 22.10).
    """
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), text) if values else text


def entry_at(text: str, values: Mapping[str, str] = EMPTY, where: str = "") -> Entry | None:
    """Return what a line (`_6XX,1,Answer()`) is entered by; None for hints and what nobody dials.

    Dashes between digits are for the eye, and a pattern ends at its first `.` or `!` (pbx.c).
    """
    step = _STEP.match(text)
    if step is None or step["step"].lower() == "hint":
        return None
    exten, caller, is_first = (
        filled(step["exten"], values),
        step["caller"] or "",
        step["step"] == "1",
    )
    if "${" in exten:
        return Entry(step["exten"], caller, "", is_first, where)
    if exten.startswith("_"):
        parts = re.findall(r"\[[^\]]*\]|[^-]", exten[1:])
        end = next((n for n, part in enumerate(parts, 1) if part in (".", "!")), len(parts))
        takes = "".join(parts[:end])
    else:
        number = exten.replace("-", "")
        takes = number if re.fullmatch(r"[0-9*#+]+", number) else ""
    return Entry(step["exten"], caller, takes, is_first, where) if takes else None


class Include(NamedTuple):
    """A context that another one includes, perhaps at certain hours alone."""

    name: str
    is_timed: bool = False


class Switch(NamedTuple):
    """Where else a context looks, and where that is written."""

    name: str
    where: str


@dataclass(slots=True)
class Context:
    """A hand-written context: its own lines, and its includes before and behind those of ours.

    `switches` are where else it looks between both.
    """

    lines: list[Entry] = field(default_factory=list)
    switches: list[Switch] = field(default_factory=list)
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
            where = where_of(section)
            for line in section.lines:
                box, shown = f"{line.variable}@{section.name}", f"{line.variable} => ..."
                yield Ahead(box, shown, where, frozenset({"box"}))


def contexts_in(sections: Iterable[Section]) -> dict[str, Context]:
    """Return the hand-written contexts by name."""
    sections = [each for each in sections if each.family == "ext"]
    values = _globals(sections)
    found: dict[str, Context] = {}
    for section in sections:
        context = found.setdefault(section.name, Context())
        where = where_of(section)
        for line in section.lines:
            variable, text = line.variable.lower(), text_of(line.value)
            if variable == "include":
                name, *hours = re.split(r"[,|]", text)
                include = Include(filled(name.strip(), values), bool(hours))
                (context.behind if section.behind else context.before).append(include)
            elif variable in ("switch", "eswitch", "lswitch"):
                context.switches.append(Switch(text.partition("/")[0].strip(), where))
            elif variable == "exten" and (entry := entry_at(text, values, where)):
                context.lines.append(entry)
    for context in found.values():
        begun = {each[:2] for each in context.lines if each.is_first}
        lines = [each for each in context.lines if each.is_first or each[:2] not in begun]
        lines.sort(key=lambda each: (each.exten.startswith("_"), breadth(each.takes)))
        context.lines[:] = dict.fromkeys(lines)
    return found


def _globals(sections: Iterable[Section]) -> dict[str, str]:
    values: dict[str, str] = {}
    for section in sections:
        for line in section.lines if section.name == "globals" else ():
            values[line.variable] = filled(text_of(line.value), values)
    return values


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
    for exten, caller, takes, is_first, where in context.lines:
        if not takes or not is_first:
            continue  # what it hides is not known, or it answers nothing
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
