"""Inbound route: what happens to a call before it reaches its destination.

Which number leads here is written once for all routes, per trunk (`dids.py`).
"""

import re
from typing import Final

from reconciler.adapters.asterisk.carrier import Carrier, Found, Options, Place, Setup, number
from reconciler.adapters.asterisk.dialplan import (
    Script,
    context_of,
    goto,
    prefix_step,
    record_step,
)
from reconciler.adapters.asterisk.sections import Section
from reconciler.model.value import Fields, Value

KIND: Final = "inbound_route"


def render(key: str, fields: Fields, _setup: Setup) -> tuple[Section, ...]:
    """Return the route's context."""
    options = Options(KIND, fields)
    script = Script(context_of(KIND, key))
    script.exten("s", "Gosub(rec-screen,s,1)")
    if options["trunk"]:
        # Where two trunks have one address, Asterisk has counted the call for the first one.
        script.same(f"Set(GROUP()=trunk-{options['trunk']})")
    if options["language"]:
        script.same(f"Set(CHANNEL(language)={options['language']})")
    if options["music"]:
        script.same(f"Set(CHANNEL(musicclass)={options['music']})")
    if options["alert_info"]:
        script.same(f"Set(__REC_ALERT={options['alert_info']})")
    if options["caller_id_prefix"]:
        script.same(prefix_step(options["caller_id_prefix"]))
    if options["pause"]:
        script.same(f"Wait({options['pause']})")
    if options["recording"]:
        script.same(record_step(KIND, key))
    script.same(goto(options["destination"] or "hangup"))
    return (script.section(),)


_STEPS: Final = (
    (re.compile(r"n,Set\(CHANNEL\(language\)=(.*)\)"), "language"),
    (re.compile(r"n,Set\(CHANNEL\(musicclass\)=(.*)\)"), "music"),
    (re.compile(r"n,Set\(__REC_ALERT=(.*)\)"), "alert_info"),
    (re.compile(r"n,Set\(CALLERID\(name\)=(.*)\$\{CALLERID\(name\)\}\)"), "caller_id_prefix"),
    (re.compile(r"n,Wait\((\d+)\)"), "pause"),
)


def read(key: str, found: Found, _base: Fields | None) -> dict[str, Value]:
    """Return what the steps tell."""
    values: dict[str, Value] = {path: None for _, path in _STEPS}
    for _, text in found.lines("ext", context_of(KIND, key)):
        for pattern, path in _STEPS:
            if seen := pattern.fullmatch(text):
                values[path] = number(seen[1]) if path == "pause" else seen[1]
    return values


CARRIER: Final = Carrier(KIND, render, read, lambda key: (Place("ext", context_of(KIND, key)),))
