"""Dialplan that no file holds which we read: of AEL, Lua, parking, a command. Pure.

Asterisk has one dialplan, whoever loads into it: a context of `extensions.conf` may have lines of
AEL beside its own. So what is loaded tells of them, each line with its registrar (seen on 22.10).
Of two things the list says nothing: for which caller alone a line is, and what Lua answers, for
which Asterisk has a `switch` in each of Lua's contexts.
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
    return tuple(Section("ext", name, tuple(each), by=by) for (name, by), each in found.items())


def _lines(said: dict[str, str]) -> Iterator[Line]:
    """Yield the line of extensions.conf that would do the same."""
    if "Priority" in said:
        steps = (said.get("Extension", ""), said["Priority"], said.get("Application", ""))
        yield Line("exten", f"{','.join(steps)}({said.get('AppData', '')})")
    elif "IncludeContext" in said:
        yield Line("include", said["IncludeContext"])
    elif "Switch" in said:
        yield Line("switch", said["Switch"])
