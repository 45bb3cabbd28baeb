"""Parking lot: a section of res_parking.conf, and a context with the number that parks.

The slots' numbers stand in the same context, which phones include. res_parking would write them
itself, but only beside its own number for parking, which always announces the slot.
"""

from typing import Final

from reconciler.adapters.asterisk.carrier import Carrier, Found, Options, Place, Setup, number
from reconciler.adapters.asterisk.dialplan import LEG, Script, context_of, goto
from reconciler.adapters.asterisk.sections import Line, Section
from reconciler.kinds.slots import parse_slots
from reconciler.model.value import Fields, Value

KIND: Final = "parking_lot"
RINGS_BACK_S: Final = 30
"""How long whoever parked a call rings when it comes back."""


def render(key: str, fields: Fields, _setup: Setup) -> tuple[Section, ...]:
    """Return the lot, the context that parks, and where calls go that nobody picked up."""
    options = Options(KIND, fields)
    context, back = context_of(KIND, key), context_of("parked", key)
    lines = [
        Line("context", context),
        Line("parkpos", options["slots"] or ""),
        Line("parkingtime", str(options["timeout"])),
        Line("findslot", options["find_slot"]),
        # Asterisk's own way back rings who parked the call, and then drops it.
        Line("comebacktoorigin", "no"),
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
    lost.exten("s", "NoOp()")
    if options["return_to_parker"]:
        lost.same(_BACK)
    lost.same(goto(options["timeout_to"] or "hangup"))
    return Section("parking", key, tuple(lines)), script.section(), lost.section()


_SELF: Final = '"${CHANNEL:0:$[${LEN(${PARKER})}+1]}"="${PARKER}-"'
_PHONE: Final = '"${PARKER}":"PJSIP/" & "${PARKER:0:12}"!="PJSIP/trunk-"'
_BACK: Final = f"ExecIf($[{_PHONE} & !({_SELF})]?Dial(${{PARKER}},{RINGS_BACK_S},{LEG}))"
"""Rings the phone that parked the call, if one did.

A call that a menu or a number from outside sends here "parks itself": ringing back would be a call
to the carrier, for no number.
"""


def read(key: str, found: Found, _base: Fields | None) -> dict[str, Value]:
    """Return what the lot tells."""
    values: dict[str, Value] = {"music": found.value("parking", key, "parkedmusicclass")}
    for variable, path in (("parkpos", "slots"), ("findslot", "find_slot")):
        if (text := found.value("parking", key, variable)) is not None:
            values[path] = text
    if (seconds := number(found.value("parking", key, "parkingtime"))) is not None:
        values["timeout"] = seconds
    if back := found.lines("ext", context_of("parked", key)):
        values["return_to_parker"] = any(text == f"n,{_BACK}" for _, text in back)
    return values


def _mains(key: str) -> tuple[Place, ...]:
    return Place("parking", key), Place("ext", context_of(KIND, key))


CARRIER: Final = Carrier(KIND, render, read, _mains)
