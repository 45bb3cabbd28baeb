"""Sentences by kind and field: what people notice of one field's change.

A writer gets the situation, the value before (None when it is not known or empty) and the value
after, and returns a sentence without its subject, or None to say nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from reconciler.model.address import Address
from reconciler.model.value import Fields, Value
from reconciler.planning.impact.names import destination, listed, member, number


class Situation(NamedTuple):
    """The object that changes, with everything there was and will be around it."""

    address: Address
    after: Fields
    old: Mapping[Address, Fields]
    new: Mapping[Address, Fields]

    def was(self, text: Value) -> str:
        """Return where a destination led before."""
        return destination(text, self.address.scope, self.old)

    def will(self, text: Value) -> str:
        """Return where a destination will lead."""
        return destination(text, self.address.scope, self.new)


Writer = Callable[[Situation, Value, Value], str | None]


def seconds(value: Value) -> str:
    """Return a time span as people say it: `20 s`, `5 min`."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 120:
        return f"{value} s"
    minutes, rest = divmod(value, 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def _instead(now: str, before: str | None) -> str:
    return now if before is None else f"{now} instead of {before}"


def _time(what: str) -> Writer:
    """Write `what 20 s instead of 30 s`."""

    def write(_: Situation, old: Value, new: Value) -> str | None:
        if new is None:
            return None
        return f"{what} {_instead(seconds(new), None if old is None else seconds(old))}"

    return write


def _given(text: str, gone: str) -> Writer:
    """Write one text for whatever is new, and another where nothing is declared any more."""
    return lambda _at, _old, new: gone if new is None else text


def _switch(on: str, off: str) -> Writer:
    return lambda _at, _old, new: (on if new else off) if isinstance(new, bool) else None


def _fixed(text: str) -> Writer:
    return lambda _at, _old, _new: text


def _quoted(what: str, gone: str) -> Writer:
    """Write `what "new" instead of "old"`."""

    def write(_: Situation, old: Value, new: Value) -> str:
        if not new:
            return gone
        return f"{what} {_instead(_quote(new), _quote(old) if old else None)}"

    return write


def _quote(value: Value) -> str:
    text = str(value)
    return number(text) if text.startswith("+") else f'"{text}"'


def _leads(what: str, gone: str = "hang-up") -> Writer:
    """Write `what X instead of Y` for a field that holds a destination."""

    def write(at: Situation, old: Value, new: Value) -> str:
        return f"{what} {_leading(at, old, new) if new else _instead(gone, _was(at, old))}"

    return write


def _was(at: Situation, old: Value) -> str | None:
    return at.was(old) if old else None


def _leading(at: Situation, old: Value, new: Value) -> str:
    """Return where calls go instead of where they went; of one who has moved, both numbers."""
    now, before = at.will(new), _was(at, old)
    if now == before:
        now, before = (f"{now} ({_key(each)})" for each in (new, old))
    return _instead(now, before)


def _key(destination: Value) -> str:
    return str(destination).rpartition("/")[2]


def _route(at: Situation, old: Value, new: Value) -> str:
    now, before = ends(new, at), _was(at, old)
    if before is not None and before == at.will(new):
        now, before = f"{now} ({_key(new)})", f"{before} ({_key(old)})"
    return f"now {now}" + (f"; before: {before}" if before else "")


def ends(text: Value, at: Situation) -> str:
    """Return `ends at Reception`, or `goes to` for what only passes calls on."""
    if text == "hangup":
        return "is hung up"
    passes = str(text).rpartition(":")[2].startswith(("ivr/", "schedule/", "day_night/"))
    return f"{'goes to' if passes else 'ends at'} {at.will(text)}"


def _members(at: Situation, old: Value, new: Value) -> str | None:
    if not isinstance(new, Sequence):
        return None
    scope = at.address.scope
    now = [member(each, scope, at.new) for each in new]
    if not isinstance(old, Sequence):
        return f"rings {listed(now)}"
    was = [member(each, scope, at.old) for each in old]
    gone = [each for each in was if each not in now]
    come = [each for each in now if each not in was]
    if not gone and not come:
        if sorted(now) != sorted(was):
            return None
        if now != was:
            return "rings the same phones in another order"
        before, after = _numbered(was, old), _numbered(now, new)
        gone = [each for each in before if each not in after]
        come = [each for each in after if each not in before]
        return f"rings {listed(come)} instead of {listed(gone)}" if come and gone else None
    parts = [f"no longer {listed(gone)}"] if gone else []
    parts += [f"now also {listed(come)}"] if come else []
    if not now:
        unless = "only who logs in takes calls now" if at.address.kind == "queue" else ""
        return f"rings nobody any more ({'; '.join(filter(None, (*parts, unless)))})"
    count = f"rings {len(now)} phone{'' if len(now) == 1 else 's'}"
    return (
        f"{_instead(count, str(len(was)) if len(was) != len(now) else None)} ({'; '.join(parts)})"
    )


def _numbered(names: Sequence[str], members: Sequence[Value]) -> list[str]:
    """Return members with their numbers: of two people who are called the same."""
    keys = (each.get("extension") if isinstance(each, Mapping) else each for each in members)
    return [f"{name} ({key})" for name, key in zip(names, keys, strict=True)]


def _group_time(at: Situation, old: Value, new: Value) -> str | None:
    if new is None:
        return None
    span = _instead(seconds(new), None if old is None else seconds(old))
    if at.after.get("strategy") not in ("ringall", "ringall-prim"):
        return f"rings each time {span}" if at.after.get("strategy") else f"ring time {span}"
    then = at.after.get("no_answer")
    return f"callers wait {span}" + (f" before {at.will(then)}" if then else "")


def _keys(at: Situation, old: Value, new: Value) -> str | None:
    before = old if isinstance(old, Mapping) else {}
    after = new if isinstance(new, Mapping) else {}
    said = []
    for key in sorted({*before, *after}):
        if key not in after:
            said.append(f"{key} is no longer offered")
        elif before.get(key) != after[key]:
            said.append(f"{key} leads to {_leading(at, before.get(key), after[key])}")
    return "pressing " + listed(said) if said else None


def _hours(_: Situation, old: Value, new: Value) -> str | None:
    if not isinstance(new, Sequence):
        return None
    was = ", ".join(map(str, old)) if isinstance(old, Sequence) else None
    return f"open {_instead(', '.join(map(str, new)), was)}"


def _closed(_: Situation, old: Value, new: Value) -> str | None:
    if not isinstance(old, Sequence) or not isinstance(new, Sequence):
        return None
    gone = [str(each) for each in old if each not in new]
    come = [str(each) for each in new if each not in old]
    said = [f"no longer closed on {listed(gone)}"] if gone else []
    said += [f"also closed on {listed(come)}"] if come else []
    return ", ".join(said) or None


def _patterns(_: Situation, old: Value, new: Value) -> str | None:
    if not isinstance(old, Sequence) or not isinstance(new, Sequence):
        return None
    was, now = ([str(each["match"]) for each in patterns] for patterns in (old, new))
    gone = [each for each in was if each not in now]
    come = [each for each in now if each not in was]
    said = [f"no longer takes {listed(gone)}"] if gone else []
    said += [f"also takes {listed(come)}"] if come else []
    return ", ".join(said) or "sends on other digits than were dialled"


def _override(_: Situation, _old: Value, new: Value) -> str:
    return "follows its hours again" if new in (None, "none") else f"is set to {new} by hand"


def _trunks(_: Situation, old: Value, new: Value) -> str | None:
    if not isinstance(new, Sequence):
        return None
    was = ", then ".join(map(str, old)) if isinstance(old, Sequence) else None
    return f"outbound calls leave over {_instead(', then '.join(map(str, new)), was)}"


WRITERS: Final[Mapping[str, Mapping[str, Writer]]] = {
    "extension": {
        "name": _quoted("is now called", "has no name any more"),
        "caller_id.name": _quoted("others see", "others see the extension's name"),
        "caller_id.number": _quoted("others see the number", "others see the extension's number"),
        "outbound_caller_id.name": _quoted("the outside sees", "sends no name outside"),
        "outbound_caller_id.number": _quoted(
            "the outside sees", "sends no number of its own outside"
        ),
        "emergency_caller_id": _quoted(
            "emergency calls show", "emergency calls show no number of its own"
        ),
        "secret": _given(
            "gets a new SIP password, which its phones need", "has no SIP password of ours any more"
        ),
        "voicemail.enabled": _switch("gets voicemail", "loses voicemail"),
        "voicemail.pin": _given(
            "gets a new voicemail PIN", "has no voicemail PIN of ours any more"
        ),
        "voicemail.email": _quoted("voicemail is mailed to", "voicemail is no longer mailed"),
        "ring_time": _time("rings for"),
        "class_of_service": _quoted("dials with the class", "dials without a class of service"),
        "settings.context": _quoted("dials in the context", "dials what is declared, no more"),
        "call_waiting": _switch("second calls ring", "second calls no longer ring"),
        "forward.always": _quoted("all calls go on to", "calls are no longer forwarded"),
        "forward.busy": _quoted("when busy, calls go on to", "busy calls are not forwarded"),
        "forward.no_answer": _quoted(
            "unanswered calls go on to", "unanswered calls are not forwarded"
        ),
    },
    "ring_group": {
        "name": _quoted("is now called", "has no name any more"),
        "members": _members,
        "ring_time": _group_time,
        "no_answer": _leads("unanswered calls end at"),
        "caller_id_prefix": _quoted("members see callers as", "callers come without a prefix"),
        "recording": _switch("calls are recorded", "calls are no longer recorded"),
    },
    "queue": {
        "name": _quoted("is now called", "has no name any more"),
        "members": _members,
        "timeout": _time("each agent rings for"),
        "max_wait": _time("callers wait at most"),
        "wrap_up": _time("agents rest after a call for"),
        "no_answer": _leads("callers nobody took end at"),
        "recording": _switch("calls are recorded", "calls are no longer recorded"),
    },
    "ivr": {
        "name": _quoted("is now called", "has no name any more"),
        "options": _keys,
        "timeout": _time("callers may think for"),
        "on_timeout": _leads("who presses nothing ends at"),
        "on_invalid": _leads("who presses something else ends at"),
        "announcement": _fixed("callers hear another announcement"),
        "direct_dial": _switch("callers may dial extensions", "callers cannot dial extensions"),
    },
    "schedule": {
        "open": _hours,
        "open_to": _leads("while open, calls go to"),
        "closed_to": _leads("while closed, calls go to"),
        "holiday_to": _leads("on holidays, calls go to", "where they go while closed"),
        "closed_on": _fixed("other holidays"),
        "closed_days": _closed,
        "timezone": _quoted("its hours are those of", "its hours are those of the PBX"),
        "override": _override,
    },
    "inbound_route": {
        "destination": _route,
        "caller_id_prefix": _quoted("people see callers as", "callers come without a prefix"),
        "recording": _switch("calls are recorded", "calls are no longer recorded"),
    },
    "trunk": {
        "enabled": _switch("is switched on", "is switched off"),
        "host": _quoted("connects to", "connects nowhere"),
        "secret": _fixed("logs in with another password"),
        "settings.context": _quoted("come in at the context", "reach what is declared, no more"),
        "channels": lambda _at, old, new: (
            f"{_instead(str(new), str(old) if old else None)} calls at once" if new else None
        ),
    },
    "outbound_route": {
        "trunks": _trunks,
        "patterns": _patterns,
        "enabled": _switch("is switched on", "is switched off"),
        "emergency": _switch("is for emergency calls", "is no longer for emergency calls"),
        "order": _fixed("is tried in another order"),
    },
}
"""Writers by kind and field."""
