"""Destinations: `ring_group/600` and FreePBX's `ext-group,600,1`, both ways. Pure.

An outside number is a misc destination that dials it, with an id of FreePBX's.

Facts, section 7: the strings are those of the lists in FreePBX's own forms. In a form, a
destination is two fields: `goto0=Ring_Groups` and `Ring_Groups0=ext-group,600,1`.
"""

import re
from typing import Final

from reconciler.adapters.freepbx.names import Names, UnknownName
from reconciler.kinds.destination import parse_destination
from reconciler.transport.html import Form

HANG_UP: Final = "app-blackhole,hangup,1"

_PATTERNS: Final = (
    ("extension", re.compile(r"from-did-direct,([0-9]+),1")),
    ("ring_group", re.compile(r"ext-group,([0-9]+),1")),
    ("queue", re.compile(r"ext-queues,([0-9]+),1")),
    ("conference", re.compile(r"ext-meetme,([0-9]+),1")),
    ("paging_group", re.compile(r"app-pagegroups,([0-9]+),1")),
    ("voicemail", re.compile(r"ext-local,vm[busi]([0-9]+),1")),
    ("ivr", re.compile(r"ivr-([0-9]+),s,1")),
    ("announcement", re.compile(r"app-announcement-([0-9]+),s,1")),
    ("day_night", re.compile(r"app-daynight,([0-9]+),1")),
    ("schedule", re.compile(r"timeconditions,([0-9]+),1")),
)
_WRITTEN: Final = {
    "extension": "from-did-direct,{},1",
    "ring_group": "ext-group,{},1",
    "queue": "ext-queues,{},1",
    "conference": "ext-meetme,{},1",
    "paging_group": "app-pagegroups,{},1",
    "voicemail": "ext-local,vmu{},1",
    "ivr": "ivr-{},s,1",
    "announcement": "app-announcement-{},s,1",
    "day_night": "app-daynight,{},1",
    "schedule": "timeconditions,{},1",
}
_OUTSIDE: Final = re.compile(r"ext-miscdests,([0-9]+),1")
NUMBERED: Final = frozenset({"ivr", "announcement", "day_night", "schedule"})
"""Kinds of destinations that FreePBX knows by a number of its own."""

_CATEGORIES: Final = (
    ("from-did-direct,", "Extensions"),
    ("ext-group,", "Ring_Groups"),
    ("ext-queues,", "Queues"),
    ("ext-meetme,", "Conferences"),
    ("app-pagegroups,", "Paging_and_Intercom"),
    ("ext-local,vm", "Voicemail"),
    ("ivr-", "IVR"),
    ("app-announcement-", "Announcements"),
    ("app-daynight,", "Call_Flow_Control"),
    ("timeconditions,", "Time_Conditions"),
    ("app-blackhole,", "Terminate_Call"),
    ("ext-miscdests,", "Misc_Destinations"),
    ("ext-trunk,", "Trunks"),
    ("from-trunk,", "Inbound_Routes"),
    ("ext-featurecodes,", "Feature_Code_Admin"),
)


class NoWord(Exception):
    """A destination of FreePBX's for which we have no word (a busy tone, a feature code)."""


def show(raw: str, names: Names) -> str | None:
    """Return FreePBX's destination as ours, None when there is none.

    Raises NoWord, or Unlisted when what it points at cannot be named.
    """
    if not raw:
        return None
    if raw == HANG_UP:
        return "hangup"
    if (misc := _OUTSIDE.fullmatch(raw)) is not None:
        number = names.outside.get(misc[1], "")
        if parse_destination(f"external/{number}") is None:
            raise NoWord(f"{raw} ({number})" if number else raw)
        return f"external/{number}"
    for kind, pattern in _PATTERNS:
        found = pattern.fullmatch(raw)
        if found is None:
            continue
        if kind not in NUMBERED:
            return f"{kind}/{found[1]}"
        try:
            return f"{kind}/{names.key(kind, found[1])}"
        except UnknownName:
            raise NoWord(raw) from None
    raise NoWord(raw)


def write(text: str | None, names: Names) -> str:
    """Return our destination as FreePBX's. Raises UnknownName or Unlisted."""
    if text is None:
        return ""
    if text == "hangup":
        return HANG_UP
    found = parse_destination(text)
    if found is not None and found.kind == "external" and not found.pbx:
        return f"ext-miscdests,{names.outside_id(found.key)},1"
    if found is None or found.pbx or found.kind not in _WRITTEN:
        raise UnknownName(f"FreePBX has no destination like {text}")
    if found.kind == "voicemail" and names.extensions and found.key not in names.boxes:
        raise UnknownName(f"extension {found.key} has no voicemail box that calls could go to")
    if found.kind in NUMBERED:
        return _WRITTEN[found.kind].format(names.id(found.kind, found.key))
    return _WRITTEN[found.kind].format(found.key)


def in_form(form: Form, index: str) -> str:
    """Return the destination that a form's pair of fields holds, "" when none is chosen."""
    category = form.get(f"goto{index}")
    return form.get(f"{category}{index}") if category else ""


def to_form(raw: str, index: str) -> dict[str, list[str] | None]:
    """Return the pair of fields that makes a form hold a destination."""
    if not raw:
        return {f"goto{index}": [""]}
    category = next((name for start, name in _CATEGORIES if raw.startswith(start)), "Custom")
    return {f"goto{index}": [category], f"{category}{index}": [raw]}
