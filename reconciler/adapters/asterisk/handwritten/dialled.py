"""Where hand-written configuration leads by name: what it dials, enters and queues for. Pure.

A line may hold a secret (a PIN that it asks for), so only the part that names something is told.
What a variable or an expression gives is not seen.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from reconciler.adapters.asterisk.carrier import Place, Setup
from reconciler.adapters.asterisk.owner import owner_of
from reconciler.adapters.asterisk.sections import Section, text_of, where_of
from reconciler.model.live import Leading

RELOADS: Final = {"pbx_ael": "ael reload", "pbx_lua": "module reload pbx_lua.so"}
"""What makes an edit take effect of dialplan that a reload of ours leaves alone."""


class Named(NamedTuple):
    """An endpoint, queue, context or number that a line names; `shown` is the line's part."""

    what: str
    name: str
    shown: str
    where: str
    reload: str = ""


_NAME: Final = r"[A-Za-z0-9][\w.-]*"
_ENDPOINT: Final = re.compile(
    rf"PJSIP/(?:(?:\$\{{[^@&]*\}}|[^@&,()|/])*@(?P<through>{_NAME})|(?P<to>{_NAME})(?![\w@.$-]))",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[A-Za-z][\w.-]*")
_QUEUE: Final = re.compile(rf"\bQueue\((?P<name>{_NAME})", re.IGNORECASE)
_CONTEXT: Final = re.compile(r"\brec-[\w+=*.-]+")


def names_in(sections: Iterable[Section], internal: str) -> Iterator[Named]:
    """Yield what hand-written dialplan and queues name, each once for a place."""
    number = re.compile(
        rf"(?:Goto\(|GoSub\(){re.escape(internal)},(?P<into>[0-9*#]+),"
        rf"|Local/(?P<local>[0-9*#]+)@{re.escape(internal)}\b",
        re.IGNORECASE,
    )
    for section in sections:
        if section.family not in ("ext", "queues"):
            continue
        where = where_of(section)
        found: dict[tuple[str, str], str] = {}
        for line in section.lines:
            text = text_of(line.value)
            for what, name, shown in _named(section, line.variable, text, number):
                found.setdefault((what, name), shown)
        reload = RELOADS.get(section.by, "")
        yield from (Named(*key, shown, where, reload) for key, shown in found.items())


def _named(
    section: Section, variable: str, text: str, number: re.Pattern[str]
) -> Iterator[tuple[str, str, str]]:
    for seen in _ENDPOINT.finditer(text):
        name = seen["through"] or seen["to"]
        yield "endpoint", name, f"PJSIP/…@{name}" if seen["through"] else f"PJSIP/{name}"
    if section.family != "ext" or variable.lower() == "include":
        return
    if section.name == "globals" and _WORD.fullmatch(text):
        yield "word", text, f"{variable}={text}"
    for seen in _QUEUE.finditer(text):
        yield "queue", seen["name"], f"Queue({seen['name']})"
    for seen in number.finditer(text):
        yield "number", seen["into"] or seen["local"], seen[0].rstrip(",")
    for seen in _CONTEXT.finditer(text):
        yield "context", seen[0], seen[0]


def leading_to(sections: Iterable[Section], setup: Setup) -> tuple[Leading, ...]:
    """Return to which objects hand-written lines lead, by the names that those have or had.

    A phone's endpoint keeps its name in a file of ours, and so does a queue; a trunk's does not.
    """
    return tuple(
        leading
        for each in names_in(sections, setup.internal_context)
        for leading in _leadings(each)
    )


def _leadings(named: Named) -> Iterator[Leading]:
    what, name, shown, where, reload = named
    if what == "queue":
        yield Leading("queue", name, shown, where)
    elif what == "number":
        yield Leading("", name, shown, where)
    elif what == "context":
        if owner := owner_of(Place("ext", name), ()):
            yield Leading(*owner, shown, where)
    elif name.isdigit():
        yield Leading("extension", name, shown, where)
    else:
        if name.startswith("trunk-"):
            yield Leading("trunk", name.removeprefix("trunk-"), shown, where)
        instead = f"{shown.removesuffix(name)}trunk-{name}"
        yield Leading("trunk", name, shown, where, instead, reload)
