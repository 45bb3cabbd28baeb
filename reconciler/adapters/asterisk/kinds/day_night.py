"""Day/night switch: a memory in AstDB that people flip with a feature code, and a lamp.

The memory's key names the declared state, so that declaring the other one takes effect at once,
and users' flips are kept while the declaration stays as it is.
"""

from typing import Final

from reconciler.adapters.asterisk.carrier import (
    Carrier,
    Found,
    Number,
    Options,
    Place,
    Setup,
    clear,
)
from reconciler.adapters.asterisk.dialplan import Script, context_of, goto
from reconciler.adapters.asterisk.sections import Section
from reconciler.model.value import Fields, Value

KIND: Final = "day_night"


def render(key: str, fields: Fields, _setup: Setup) -> tuple[Section, ...]:
    """Return the switch's context."""
    options = Options(KIND, fields)
    state = options["state"]
    memory = f"DB(rec-{KIND}/{key}-{state})"
    lamp = f"DEVICE_STATE({lamp_of(key)})"
    test = f'"${{{memory}}}"="night"' if state == "day" else f'"${{{memory}}}"!="day"'
    script = Script(context_of(KIND, key))
    script.exten("s", f"GotoIf($[{test}]?night)")
    script.same(goto(options["day"] or "hangup"))
    script.same(goto(options["night"] or "hangup"), "night")
    if options["number"]:
        script.exten("flip", "Answer()")
        if fields.get("pin") is not None:
            script.same(["Authenticate(", fields["pin"], ")"])
        script.same(f"GotoIf($[{test}]?day)")
        script.same(f"Set({memory}=night)")
        script.same(f"Set({lamp}=INUSE)")
        script.same("Playback(activated)")
        script.same("Hangup()")
        script.same(f"Set({memory}=day)", "day")
        script.same(f"Set({lamp}=NOT_INUSE)")
        script.same("Playback(de-activated)")
        script.same("Hangup()")
    return (script.section(),)


def lamp_of(key: str) -> str:
    """Return the device whose state the switch's number shows: in use means night."""
    return f"Custom:rec-{KIND}-{key}"


def read(key: str, found: Found, _base: Fields | None) -> dict[str, Value]:
    """Return the PIN."""
    for _, text in found.lines("ext", context_of(KIND, key)):
        if text.startswith("n,Authenticate(") and text.endswith(")"):
            return {"pin": clear(text[len("n,Authenticate(") : -1])}
    return {"pin": None}


def _numbers(key: str, fields: Fields) -> tuple[Number, ...]:
    if not fields.get("number"):
        return ()
    return (Number(fields["number"], f"Goto({context_of(KIND, key)},flip,1)", lamp_of(key)),)


CARRIER: Final = Carrier(
    KIND, render, read, lambda key: (Place("ext", context_of(KIND, key)),), _numbers
)
