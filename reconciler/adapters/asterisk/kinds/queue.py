"""Queue: a section of queues.conf, and a context that enters it."""

import re
from typing import Final

from reconciler.adapters.asterisk.carrier import (
    Carrier,
    Found,
    Number,
    Options,
    Place,
    Setup,
    number,
)
from reconciler.adapters.asterisk.dialplan import (
    ROUND,
    Script,
    context_of,
    enter,
    goto,
    is_extension,
    play,
    prefix_step,
    record_step,
    ring_of,
)
from reconciler.adapters.asterisk.kinds.endpoint import overlay
from reconciler.adapters.asterisk.sections import Line, Section
from reconciler.model.value import Fields, Value

KIND: Final = "queue"

_NUMBERS: Final = {
    "timeout": "timeout",
    "retry": "retry",
    "wrapuptime": "wrap_up",
    "weight": "weight",
    "announce-frequency": "announce_every",
}
_FLAGS: Final = {
    "ringinuse": "ring_in_use",
    "autopause": "auto_pause",
    "announce-position": "announce_position",
    "announce-holdtime": "announce_hold_time",
}
UNSAID: Final[Fields] = {
    "ring_in_use": True,
    "announce_position": True,
    "announce_hold_time": True,
}
"""What Asterisk does where a queue's section says nothing, and ours would do otherwise.

Seen on 22.10 (`queue show`: ringinuse enabled), the announcements read in its source. In a file of
ours each line is written, so this is for hand-written queues alone.
"""

_WORDS: Final = {
    "strategy": "strategy",
    "joinempty": "join_empty",
    "leavewhenempty": "leave_empty",
}


def render(key: str, fields: Fields, _setup: Setup) -> tuple[Section, ...]:
    """Return the queue and the context that enters it."""
    options = Options(KIND, fields)
    return _definition(key, options), _entrance(key, options)


def _definition(key: str, options: Options) -> Section:
    lines = [Line(name, str(options[path])) for name, path in (_WORDS | _NUMBERS).items()]
    lines += [Line(name, "yes" if options[path] else "no") for name, path in _FLAGS.items()]
    lines.append(Line("maxlen", str(options["max_callers"] or 0)))
    if options["music"]:
        lines.append(Line("musicclass", options["music"]))
    if options["announce_to_agent"]:
        lines.append(Line("membergosub", context_of("play", options["announce_to_agent"])))
    members = [Line("member", _member(each)) for each in options["members"] or ()]
    return Section("queues", key, (*overlay(lines, options), *members))


def member_interface(member: dict[str, Value]) -> str:
    """Return the name by which the queue knows a member: for pausing, adding and removing."""
    return ring_of(member["extension"])


def rings_outside(fields: Fields) -> bool:
    """Whether a queue has a member that the ways outside lead to."""
    return any(not is_extension(each["extension"]) for each in fields.get("members") or ())


def _member(member: dict[str, Value]) -> str:
    who, penalty = member["extension"], member.get("penalty") or 0
    state = f"PJSIP/{who}" if is_extension(who) else ""
    return f"{member_interface(member)},{penalty},{who},{state}"


def _entrance(key: str, options: Options) -> Section:
    script = Script(context_of(KIND, key))
    script.exten(key, "Answer()")
    if options["no_answer"]:
        script.same(ROUND)
    if options["caller_id_prefix"]:
        script.same(prefix_step(options["caller_id_prefix"]))
    if options["announce"]:
        script.same(play(options["announce"]))
    if options["recording"]:
        script.same(record_step(KIND, key))
    script.same(f"Queue({key},,,,{options['max_wait'] or ''})")
    script.same(goto(options["no_answer"] or "hangup"))
    return script.section()


_MEMBER = re.compile(
    r"(?:Local/ring@rec-extension-(?P<extension>\d+)|Local/(?P<number>[+\d*#]+)@rec-external"
    r"|PJSIP/(?P<plain>\d+))(?:,(?P<penalty>\d*))?(?:,.*)?"
)


def read(key: str, found: Found, base: Fields | None) -> dict[str, Value]:
    """Return what the queue tells."""
    values: dict[str, Value] = {}
    for variable, text in found.lines("queues", key):
        if variable in _NUMBERS:
            values.setdefault(_NUMBERS[variable], number(text))
        elif variable in _FLAGS:
            values.setdefault(_FLAGS[variable], text.lower() in ("yes", "true", "1", "on"))
        elif variable in _WORDS:
            values.setdefault(_WORDS[variable], text)
        elif variable in ("musicclass", "music"):
            values.setdefault("music", text)
        elif variable == "maxlen":
            values.setdefault("max_callers", number(text) or None)
        elif variable not in ("member", "membergosub"):
            values.setdefault(f"settings.{variable}", text)
    values["members"] = read_members(found.values("queues", key, "member"))
    for _, text in found.lines("ext", context_of(KIND, key)):
        if seen := re.fullmatch(r"n,Queue\([^,]*,,,,(\d*)\)", text):
            values["max_wait"] = number(seen[1])
    if base is None:
        values["name"] = key
    return values


def read_members(texts: list[str]) -> list[Value]:
    """Return static members; those in a form that is not ours are left out."""
    members: list[Value] = []
    for text in texts:
        seen = _MEMBER.fullmatch(text.replace(" ", ""))
        if seen is not None:
            who = seen["extension"] or seen["number"] or seen["plain"]
            penalty = number(seen["penalty"]) or 0
            members.append({"extension": who} | ({"penalty": penalty} if penalty else {}))
    return members


def _mains(key: str) -> tuple[Place, ...]:
    return Place("queues", key), Place("ext", context_of(KIND, key))


CARRIER: Final = Carrier(
    KIND, render, read, _mains, lambda key, _fields: (Number(key, enter(KIND, key)),)
)
