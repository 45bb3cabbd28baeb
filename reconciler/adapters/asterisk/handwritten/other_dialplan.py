"""Dialplan that no file holds which we read: of AEL, Lua, parking, a command. Pure.

Asterisk has one dialplan, whoever loads into it: a context of `extensions.conf` may have lines of
AEL beside its own. So what is loaded tells of them, each line with its registrar (seen on 22.10).
Of some things the list says nothing: for which caller alone a line is; what Lua answers, for which
Asterisk has a `switch` in each of Lua's contexts; and of an extension whose hint stands in
`extensions.conf`, that others have added its steps (it names the registrar of the first line).
"""

import re
from collections.abc import Iterator
from typing import Final

from reconciler.adapters.asterisk.sections import Line, Section
from reconciler.transport.ami import ListResponse, Message
from reconciler.transport.ami_message import BETWEEN

_OTHERS: Final = re.compile(
    rb"\r\nRegistrar: (?!(?:pbx_config|func_periodic_hook)(?:\r|\Z))(?P<registrar>[^\r]+)"
)
"""Not who loads what we read from files, nor who loads what nobody dials."""
_UNTIL_RELOAD: Final = "until the next reload"
_INNER: Final = "ael-builtin-"
"""How contexts begin that AEL makes for itself."""


def other_dialplan(loaded: ListResponse) -> tuple[Section, ...]:
    """Return what is loaded beside the dialplan of files, as sections, in Asterisk's order."""
    found: dict[tuple[str, str], list[Line]] = {}
    raw = loaded.raw
    for each in _OTHERS.finditer(raw):  # few of thousands, as a rule
        begin, end = raw.rfind(BETWEEN, 0, each.start()), raw.find(BETWEEN, each.end())
        event = raw[0 if begin < 0 else begin + len(BETWEEN) : len(raw) if end < 0 else end]
        said = dict(Message(raw=event).headers)
        context = said.get("Context", "")
        if context.startswith(("rec-", _INNER)):
            continue
        by = each["registrar"].decode("utf-8", "replace").partition("/")[0]
        found.setdefault((context, by), []).extend(_lines(said))
    return tuple(
        Section("ext", name, tuple(_lasting(name, each, raw)), by=by)
        for (name, by), each in found.items()
    )


def _lasting(context: str, lines: list[Line], raw: bytes) -> Iterator[Line]:
    """Yield lines; includes that the next reload of extensions.conf drops, as those of hours.

    It keeps what others include in a context of its own only where they have a line there, too (the
    source of pbx.c, and seen on 22.10).
    """
    is_kept = any(each.variable == "exten" for each in lines) or not _is_in_files(context, raw)
    for each in lines:
        dropped = each.variable == "include" and not is_kept
        yield Line("include", f"{each.value},{_UNTIL_RELOAD}") if dropped else each


def _is_in_files(context: str, raw: bytes) -> bool:
    """Whether a context has anything of extensions.conf."""
    name = re.escape(context.encode())
    wanted = rb"\r\nContext: " + name + rb"\r\n(?:[^\r]+\r\n)*?Registrar: pbx_config(?:\r|\Z)"
    return re.search(wanted, raw) is not None


def _lines(said: dict[str, str]) -> Iterator[Line]:
    """Yield the line of extensions.conf that would do the same."""
    if "Priority" in said:
        steps = (said.get("Extension", ""), said["Priority"], said.get("Application", ""))
        yield Line("exten", f"{','.join(steps)}({said.get('AppData', '')})")
    elif "IncludeContext" in said:
        yield Line("include", said["IncludeContext"])
    elif "Switch" in said:
        yield Line("switch", said["Switch"])
