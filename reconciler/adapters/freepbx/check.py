"""What FreePBX cannot hold of a declared object: said with its place before anything is planned.

Lengths are those of FreePBX's columns (facts, section 9): what is longer it cuts without a word.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from reconciler.adapter import Problem
from reconciler.adapters.freepbx import (
    extension_api,
    members,
    year,
)
from reconciler.adapters.freepbx.destinations import NUMBERED
from reconciler.adapters.freepbx.kinds import (
    extension,
    outbound_route,
    queue,
    ring_group,
    trunk,
)
from reconciler.adapters.freepbx.supports import NEEDS_WEB
from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.days import YEAR, parse_days
from reconciler.kinds.destination import parse_destination
from reconciler.kinds.hours import MINUTES_PER_DAY, parse_hours
from reconciler.kinds.slots import parse_slots
from reconciler.model.resource import Resource
from reconciler.model.target import Target
from reconciler.model.value import Fields, Value

LENGTHS: Final[Mapping[str, Mapping[str, int]]] = {
    "extension": {
        "name": 50, "outbound_caller_id": 50, "emergency_caller_id": 100, "caller_id.number": 50,
        "voicemail.email": 255,
    },
    "ring_group": {"name": 35, "caller_id_prefix": 40},
    "inbound_route": {"name": 100, "caller_id_prefix": 40, "alert_info": 255, "music": 80},
    "trunk": {"host": 255, "outbound_caller_id": 255},
    "outbound_route": {"caller_id": 255, "music": 80},
    "queue": {"name": 254, "caller_id_prefix": 40},
    "ivr": {"name": 150},
    "paging_group": {"name": 255},
    "conference": {"name": 50, "music": 80, "language": 10},
    "blocklist": {"description": 255},
    "parking_lot": {"name": 40, "music": 100},
}  # fmt: skip
KEYS: Final = {
    "ivr": 50, "announcement": 50, "schedule": 50, "day_night": 190, "outbound_route": 40,
    "trunk": 190, "extension": 20, "ring_group": 20, "queue": 20, "conference": 50,
    "paging_group": 50, "parking_lot": 20,
}  # fmt: skip
MOST: Final[Mapping[str, Mapping[str, int]]] = {
    "extension": {"ring_time": 120, "follow_me.initial_ring": 60, "follow_me.ring_time": 60},
    "queue": {"timeout": 120, "retry": 60, "wrap_up": 60},
}
"""The highest number that a page offers."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_SETTINGS: Final = {
    "extension": extension.SETTINGS, "trunk": trunk.SETTINGS, "queue": queue.SETTINGS,
}  # fmt: skip
_ADD_WEB: Final = "add web: {username, password} to the PBX in the inventory"
_BACK: Final = "leave the field out: what is not written is not managed"
_WAIT_STEPS: Final = (
    *range(1, 30), *range(30, 60, 5), *range(60, 300, 20), *range(300, 1200, 60),
    *range(1200, 7201, 300),
)  # fmt: skip


def check(resource: Resource, target: Target) -> list[Problem]:
    """Return what FreePBX cannot hold of a resource."""
    kind, _, key = resource.address
    fields = resource.fields
    web = bool(target.settings.get("web.username"))
    found = [
        *_credentials(kind, key, fields, web=web),
        *_lengths(kind, key, fields),
        *_texts(fields),
        *_references(kind, fields, web=web or kind in NEEDS_WEB),
        *_settings(kind, fields),
    ]
    by_kind = _OF_KIND.get(kind)
    if by_kind is not None:
        found += by_kind(fields)
    return found


def _credentials(kind: str, key: str, fields: Fields, *, web: bool) -> Iterator[Problem]:
    if web or kind in NEEDS_WEB:
        return
    if kind == "extension":
        for path, value in fields.items():
            if path not in extension_api.READS and value is not None:
                yield Problem(path, f"{path} can only be held with web credentials", _ADD_WEB)
    if kind == "ring_group" and key.startswith("0"):
        yield Problem(
            "", "a number with leading zeros can only be held with web credentials", _ADD_WEB
        )


def _lengths(kind: str, key: str, fields: Fields) -> Iterator[Problem]:
    if len(key) > KEYS.get(kind, 255):
        yield Problem("", f"FreePBX cuts this name at {KEYS[kind]} characters")
    for path, most in LENGTHS.get(kind, {}).items():
        for where, text in _joined(path, fields):
            if len(text) > most:
                yield Problem(
                    where,
                    f"{where} has {len(text)} characters, and FreePBX cuts it at {most}",
                    "make it shorter",
                )
    for path, most in MOST.get(kind, {}).items():
        value = fields.get(path)
        if isinstance(value, int) and value > most:
            yield Problem(path, f"{path} is {value}, and FreePBX offers at most {most}")


def _joined(path: str, fields: Fields) -> Iterator[tuple[str, str]]:
    """Yield a text with its path; of a caller id, as long as it is written in one."""
    name, number = fields.get(f"{path}.name"), fields.get(f"{path}.number")
    if name is not None:
        yield f"{path}.name", f'"{name}" <{number or ""}>'
    elif number is not None:
        yield f"{path}.number", str(number)
    value = fields.get(path)
    if isinstance(value, str):
        yield path, value


def _texts(fields: Fields) -> Iterator[Problem]:
    for path, value in fields.items():
        if not isinstance(value, str):
            continue
        if _CONTROL.search(value):
            yield Problem(path, f"{path} holds a line break or another control character")
        elif value != value.strip():
            yield Problem(path, f"{path} begins or ends with blanks, which FreePBX drops")
        elif "caller_id.name" in path and re.search(r'["<>]', value):
            yield Problem(path, f'{path} holds ", < or >, which end a caller id')
        elif any(ord(each) > 0xFFFF for each in value) and path in ("name", "description"):
            yield Problem(
                path, f"{path} holds characters (emoji) that FreePBX's tables cannot keep"
            )


def _references(kind: str, fields: Fields, *, web: bool) -> Iterator[Problem]:
    for reference in TRAITS[kind].references:
        for text, _ in reference.texts(fields):
            to = parse_destination(text)
            if to is None:
                if ":" in text:
                    yield Problem(reference.path, f"{text} is on another PBX")
                continue
            if to.pbx:
                yield Problem(
                    reference.path,
                    f"{text} is on another PBX, and FreePBX has no way there by name",
                    "name its number: external/NUMBER",
                )
            elif to.kind == "parking_lot":
                yield Problem(reference.path, "FreePBX cannot send calls into a parking lot")
            elif to.kind == "external" and not web:
                yield Problem(
                    reference.path,
                    f"{text} is a misc destination, which can only be held with web credentials",
                    _ADD_WEB,
                )


def _settings(kind: str, fields: Fields) -> Iterator[Problem]:
    known = _SETTINGS.get(kind, {})
    for path, value in fields.items():
        if not path.startswith("settings."):
            continue
        name = path.removeprefix("settings.")
        if name not in known:
            yield Problem(
                path, f"{name} is no setting of FreePBX's page that can be set here",
                f"those are {', '.join(sorted(known)[:8])}, ...",
            )  # fmt: skip
        elif value is not None and str(value) == known[name]:
            yield Problem(path, f"{known[name]!r} is FreePBX's own value of {name}", _BACK)
        elif isinstance(value, str) and len(value) > 8000:
            yield Problem(path, f"{name} is too long for FreePBX")


def _extension(fields: Fields) -> Iterator[Problem]:
    if fields.get("secret", "") is None:
        yield Problem("secret", "a PJSIP extension of FreePBX has to have a secret")
    if fields.get("follow_me.targets") == []:
        yield Problem("follow_me.targets", "an empty list", "write null to switch Follow Me off")
    targets = fields.get("follow_me.targets")
    if isinstance(targets, list):
        yield from _listed("follow_me.targets", targets)
    if fields.get("voicemail.enabled") is False:
        for path, value in fields.items():
            if path.startswith("voicemail.") and path != "voicemail.enabled" and value is not None:
                yield Problem(path, f"a box that is switched off has no {path.partition('.')[2]}")
    elif fields.get("voicemail.pin", "") is None:
        yield Problem("voicemail.pin", "a box has to have a PIN", "leave it out, or declare one")
    context = fields.get("mailbox_context")
    if context is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,50}", str(context)):
        yield Problem("mailbox_context", "a voicemail context is letters, digits, - and _")
    box = any(p.startswith("voicemail.") and v is not None for p, v in fields.items())
    if context not in (None, "default") and not box:
        yield Problem("mailbox_context", "there is no box", "declare voicemail as well")
    if re.search(r"[,|]", str(fields.get("voicemail.email") or "")):
        yield Problem("voicemail.email", "voicemail.conf cannot hold commas here")
    codecs = fields.get("codecs")
    if codecs == []:
        yield Problem("codecs", "an empty list", "write null for the system's own codecs")


def _listed(path: str, found: Sequence[Any]) -> Iterator[Problem]:
    if len(set(found)) != len(found):
        yield Problem(path, "FreePBX drops who is named twice")
    if ring_group.too_long(found) > members.LIST_LENGTH:
        yield Problem(
            path, f"FreePBX keeps {members.LIST_LENGTH} characters of this list, and cuts it there"
        )
    for each in found:
        if re.search(r"[^0-9+*]", str(each).removeprefix("external/")):
            yield Problem(path, f"FreePBX cannot ring {each}: digits, * and + only")
        elif str(each).startswith("external/"):
            yield Problem(path, f"write {each} as the bare number here")


def _ring_group(fields: Fields) -> Iterator[Problem]:
    strategy = fields.get("strategy")
    if strategy is not None and strategy not in ring_group.WRITTEN:
        known = ", ".join(sorted(ring_group.WRITTEN))
        yield Problem("strategy", f"FreePBX has no {strategy}", f"it has {known}")
    yield from _listed("members", fields.get("members") or ())
    if fields.get("no_answer", "") is None:
        yield Problem("no_answer", "a ring group has to lead somewhere", "write hangup")
    if (fields.get("ring_time") or 0) > 300:
        yield Problem("ring_time", "FreePBX rings for at most 300 seconds")


def _announcement(fields: Fields) -> Iterator[Problem]:
    if fields.get("then", "") is None:
        yield Problem("then", "an announcement has to lead somewhere", "write hangup")


def _inbound_route(fields: Fields) -> Iterator[Problem]:
    destination = parse_destination(str(fields.get("destination") or ""))
    if destination is not None and destination.kind in NUMBERED and len(destination.key) > 60:
        yield Problem("destination", "its name is too long")


def _trunk(fields: Fields) -> Iterator[Problem]:
    if fields.get("srtp") == "optional":
        yield Problem("srtp", "FreePBX encrypts all calls of a trunk or none", "required or off")
    for path in ("registration.expiry", "registration.retry"):
        if fields.get(path, "") is None:
            yield Problem(path, "FreePBX always has a value here", "leave it out")
    for path in ("codecs", "match"):
        if fields.get(path) == []:
            yield Problem(path, "an empty list", "write null")
    if fields.get("settings.continue") not in (None, "on", "off"):
        yield Problem("settings.continue", "Continue if Busy is on, or left out", '"on"')
    if fields.get("codecs") == trunk.USUAL_CODECS:
        yield Problem("codecs", "these are FreePBX's own codecs", _BACK)
    if fields.get("mode") == "none" and fields.get("match"):
        yield Problem("mode", "a trunk that is matched by address is one of mode ip")


def _outbound_route(fields: Fields) -> Iterator[Problem]:
    seen: set[tuple[str, ...]] = set()
    for each in fields.get("patterns") or ():
        if "!" in each.get("match", ""):
            yield Problem("patterns", "FreePBX has no ! in patterns", "write . or the exact length")
        prefix, rest = outbound_route.split(each["match"], int(each.get("strip") or 0))
        if not rest:
            yield Problem("patterns", "something has to be left of a number after the strip")
        if max(len(prefix), len(rest)) > outbound_route.TOO_LONG:
            yield Problem("patterns", "FreePBX cuts patterns at 60 characters")
        if "w" in (each.get("prepend") or "") or ("+" in each["match"][:1] and prefix == "+"):
            yield Problem("patterns", "FreePBX prepends digits, * and + only")
        told = (prefix, rest, each.get("caller_id") or "", each.get("prepend") or "")
        if told in seen:
            yield Problem("patterns", f"{each['match']} stands there twice")
        seen.add(told)


def _schedule(fields: Fields) -> Iterator[Problem]:
    yearly = []
    for text in fields.get("closed_days") or () if "closed_on" not in fields else ():
        days = parse_days(text)
        if days.first.year is not None:
            yearly_text = re.sub("[0-9]{4}-", "", text)
            yield Problem(
                "closed_days", f"{text}: FreePBX's time groups know no years",
                f"write {yearly_text}: closed so every year, until it is taken out",
            )  # fmt: skip
        elif (days.start, days.end) != (0, MINUTES_PER_DAY):
            yield Problem("closed_days", f"{text}: FreePBX can only be closed on whole days")
        else:
            yearly.append(text)
    if len(year.closed_of(yearly)) > len(YEAR) // 2:
        yield Problem("closed_days", "more than half of the year is closed")
    for text in fields.get("open") or ():
        for opening in parse_hours(text):
            if opening.end == MINUTES_PER_DAY - 1:
                yield Problem("open", "FreePBX knows no 23:59 beside the end of the day", "24:00")


def _parking_lot(fields: Fields) -> Iterator[Problem]:
    slots = parse_slots(str(fields.get("slots")))
    if slots is not None and str(slots[0]) != str(fields["slots"]).partition("-")[0]:
        yield Problem("slots", "FreePBX counts slots as numbers: no leading zeros")
    if fields.get("music") == "none":
        yield Problem("music", "FreePBX does not park without music")


def _queue(fields: Fields) -> Iterator[Problem]:
    wait = fields.get("max_wait")
    if isinstance(wait, int) and wait not in _WAIT_STEPS:
        near = min(_WAIT_STEPS, key=lambda each: abs(each - wait))
        yield Problem("max_wait", f"FreePBX offers no {wait} seconds", f"the next is {near}")
    every = fields.get("announce_every")
    if isinstance(every, int) and (every % 15 or every > 1200):
        yield Problem("announce_every", "FreePBX offers multiples of 15 seconds, at most 1200")
    found = [str(each.get("extension")) for each in fields.get("members") or ()]
    if len(set(found)) != len(found):
        yield Problem("members", "FreePBX drops who is named twice")
    for each in found:
        if re.search(r"[^0-9*]", each):
            yield Problem("members", f"FreePBX cannot ring {each} from a queue: digits and * only")


def _ivr(fields: Fields) -> Iterator[Problem]:
    options: Mapping[str, Value] = fields.get("options") or {}
    for pressed in options:
        if len(pressed) > 10:
            yield Problem("options", f"{pressed} is too long")


_OF_KIND: Final = {
    "extension": _extension, "ring_group": _ring_group, "announcement": _announcement,
    "inbound_route": _inbound_route, "trunk": _trunk, "outbound_route": _outbound_route,
    "schedule": _schedule, "queue": _queue, "ivr": _ivr, "parking_lot": _parking_lot,
}  # fmt: skip
