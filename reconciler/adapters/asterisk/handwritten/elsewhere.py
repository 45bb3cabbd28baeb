"""Phones that stand in no file: from where else PJSIP has objects, by `sorcery.conf`.

The list of loaded endpoints names them. It also names those that were taken out of a file and are
loaded until the next reload, which have to be writable; so their source is asked for each name.
Queues and boxes of a database are in no list before somebody uses them (seen on 22.10).
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from reconciler.adapters.asterisk.looking import ENDPOINTS, Lists, ask_lists
from reconciler.adapters.asterisk.sections import Family, Line, Section
from reconciler.adapters.asterisk.session import Session
from reconciler.errors import PermissionMissing, Refused
from reconciler.transport.ami_config import ConfigFile

SORCERY: Final = "sorcery.conf"
EXTCONFIG: Final = "extconfig.conf"

_IN_FILES: Final = frozenset({"config", "memory", "memory_cache"})
"""Where objects stand if not in a database (`endpoint = realtime,ps_endpoints`)."""
_UNSEEN: Final[Mapping[str, Family]] = {"queues": "queues", "voicemail": "vm", "musiconhold": "moh"}
"""What modules look for in a database beside their files, by its name in extconfig.conf."""
_FUNCTION: Final = "func_realtime.so"
_PLAIN: Final = re.compile(r"[\w.+@-]+")
"""Names that can be asked for: others would end the question."""


class Source(NamedTuple):
    """Where else endpoints stand: the wizard's name, its table, and the line that says so."""

    wizard: str
    table: str
    line: str


def sources_in(sorcery: ConfigFile | None) -> tuple[Source, ...]:
    """Return from where else endpoints come."""
    found: dict[Source, None] = {}
    for section in sorcery.sections if sorcery else ():
        for name, value in section.lines if section.name == "res_pjsip" else ():
            wizard, _, table = (part.strip() for part in value.partition(","))
            if name.partition("/")[0].strip() == "endpoint" and wizard not in _IN_FILES:
                line = f"{name} = {wizard}{f',{table}' if table else ''}"
                found[Source(wizard, table.partition(",")[0], f"{SORCERY}: {line}")] = None
    return tuple(found)


def unseen_in(extconfig: ConfigFile | None) -> Iterator[Section]:
    """Yield what else may be there that no list names, as sections without a name."""
    for name, value in (line for s in extconfig.sections for line in s.lines) if extconfig else ():
        if family := _UNSEEN.get(name.strip()):
            yield Section(family, "", (), by=f"{EXTCONFIG}: {name} => {value}")


async def read_databases(
    session: Session, in_files: Collection[str], lists: Lists
) -> tuple[Section, ...]:
    """Return what stands in databases, as far as anybody can tell.

    `in_files` are the names of endpoints in files, in lower case, and `lists` what was listed.
    Raises what `Session.ask` raises.
    """
    files = await session.configs((SORCERY, EXTCONFIG))
    unseen, sources = tuple(unseen_in(files[EXTCONFIG])), sources_in(files[SORCERY])
    if not sources:
        return unseen
    if ENDPOINTS not in lists:
        lists = await ask_lists(session, ["pjsip"])
    names = {each.get("ObjectName") for each in lists[ENDPOINTS].events}
    names = {name for name in names if name.lower() not in in_files}
    return (*unseen, *await _phones(session, sources, names))


async def _phones(
    session: Session, sources: Iterable[Source], names: Collection[str]
) -> tuple[Section, ...]:
    """Return which of these endpoints, which stand in no file, their sources have."""
    left = sorted(names)
    found: list[Section] = []
    for source in sources if left else ():
        there = await _there(session, source, left)
        lines = (Line("type", "endpoint"),)
        found += [Section("pjsip", name, lines, by=source.line) for name in left if name in there]
        left = [name for name in left if name not in there]
    return tuple(found)


async def _there(session: Session, source: Source, names: Collection[str]) -> Collection[str]:
    """Return which names a source has; all of them where nobody can tell."""
    try:
        if source.wizard == "astdb":
            rows = await session.list("DBGetTree", [("Family", source.table)], doing=_DOING)
            return {each.get("Key").rpartition("/")[2] for each in rows.events}
        if source.wizard != "realtime":
            return names
        first, *rest = names
        told = await _asked(session, source, [first])
        if not told[first] and not await _can_tell(session):
            return names
        told = {**told, **await _asked(session, source, rest)}
    except (PermissionMissing, Refused):
        return names
    return {name for name, is_there in told.items() if is_there}


_DOING: Final = "looking for phones in a database"


async def _asked(session: Session, source: Source, names: Collection[str]) -> Mapping[str, bool]:
    plain = [name for name in names if _PLAIN.fullmatch(name)]
    each = [(("Variable", f"REALTIME_FIELD({source.table},id,{name},id)"),) for name in plain]
    by = await session.beside()
    answers = await by.send_each("Getvar", each, timeout_s=session.timeout_s, doing=_DOING)
    told = {name: answer.get("Value") == name for name, answer in zip(plain, answers, strict=True)}
    return {**dict.fromkeys(names, True), **told}


async def _can_tell(session: Session) -> bool:
    """Whether the PBX has the function that is asked: of one that it has not it says nothing."""
    try:
        await session.ask("ModuleCheck", [("Module", _FUNCTION)], doing=_DOING)
    except Refused:
        return False
    return True
