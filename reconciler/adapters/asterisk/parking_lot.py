"""Parking lot: a section of res_parking.conf, and a context with the number that parks.

The slots' numbers stand in the same context, which phones include. res_parking would write them
itself, but only beside its own number for parking, which always announces the slot.
"""

from typing import Final

from reconciler.adapters.asterisk.carrier import Carrier, Found, Options, Place, Setup, number
from reconciler.adapters.asterisk.dialplan import Script, context_of, goto
from reconciler.adapters.asterisk.sections import Line, Section
from reconciler.kinds.slots import parse_slots
from reconciler.model.value import Fields, Value

KIND: Final = "parking_lot"


def render(key: str, fields: Fields, _setup: Setup) -> tuple[Section, ...]:
    """Return the lot, the context that parks, and where calls go that nobody picked up."""
    options = Options(KIND, fields)
    context, back = context_of(KIND, key), context_of("parked", key)
    lines = [
        Line("context", context),
        Line("parkpos", options["slots"] or ""),
        Line("parkingtime", str(options["timeout"])),
        Line("findslot", options["find_slot"]),
        Line("comebacktoorigin", _yes(options["return_to_parker"])),
        Line("comebackcontext", back),
    ]
    if options["music"]:
        lines.append(Line("parkedmusicclass", options["music"]))
    script = Script(context)
    script.exten(key, f"Park({key}{'' if options['announce_slot'] else ',s'})")
    script.same("Hangup()")
    for slot in parse_slots(options["slots"] or "") or ():
        script.exten(str(slot), f"ParkedCall({key},{slot})")
        if options["hints"]:
            script.hint(str(slot), f"park:{slot}@{context}")
    lost = Script(back)
    lost.exten("s", goto(options["timeout_to"] or "hangup"))
    lost.exten("t", goto(options["timeout_to"] or "hangup"))
    return Section("parking", key, tuple(lines)), script.section(), lost.section()


def _yes(value: Value) -> str:
    return "yes" if value else "no"


def read(key: str, found: Found, _base: Fields | None) -> dict[str, Value]:
    """Return what the lot tells."""
    values: dict[str, Value] = {"music": found.value("parking", key, "parkedmusicclass")}
    for variable, path in (("parkpos", "slots"), ("findslot", "find_slot")):
        if (text := found.value("parking", key, variable)) is not None:
            values[path] = text
    if (seconds := number(found.value("parking", key, "parkingtime"))) is not None:
        values["timeout"] = seconds
    if (text := found.value("parking", key, "comebacktoorigin")) is not None:
        values["return_to_parker"] = text == "yes"
    return values


def _mains(key: str) -> tuple[Place, ...]:
    return Place("parking", key), Place("ext", context_of(KIND, key))


CARRIER: Final = Carrier(KIND, render, read, _mains)
