"""Outbound route: a context with the patterns, which phones include, and one that dials.

The second (`rec-dial-NAME`) is included nowhere, so nobody reaches it but through a pattern. A
trunk that cannot take the call (CHANUNAVAIL, CONGESTION) hands over to the next; busy, declined,
no answer and an answer are final (`trunk.py` tells them apart). Not so for emergency calls: there
only an answer is, since a carrier that has no line left may well say busy. What is dialled is
filtered to digits, `*`, `#` and `+` before it goes out.

A pattern for some callers alone is held against the extension that calls, not against the number
that others see of it, which Asterisk would look at: `features.py` says how.

Whose caller id the outside sees: on emergency routes the extension's emergency number; else the
extension's own, the route's, the trunk's (with `override_extension` the route's first). A name
that is declared without a number goes the same way by itself.
"""

import re
from typing import Final

from reconciler.adapters.asterisk.carrier import Carrier, Found, Options, Place, Setup, clear
from reconciler.adapters.asterisk.dialplan import (
    HANG_UP,
    Script,
    context_of,
    dial_status,
    record_step,
)
from reconciler.adapters.asterisk.features import MASK, UNASKED, UNMASK, WHO
from reconciler.adapters.asterisk.kinds.trunk import URGENT
from reconciler.adapters.asterisk.sections import Section
from reconciler.model.value import Fields, Value

KIND: Final = "outbound_route"


def render(key: str, fields: Fields, _setup: Setup) -> tuple[Section, ...]:
    """Return the route's two contexts."""
    options = Options(KIND, fields)
    return _patterns(key, options), _dialing(key, options, fields)


def _patterns(key: str, options: Options) -> Section:
    """Return what is dialled. Where it matters who calls, that is asked first, once."""
    script = Script(context_of(KIND, key))
    asked: set[str] = set()
    for pattern in options["patterns"] or ():
        match, strip = pattern["match"], pattern.get("strip") or 0
        exten = match if re.fullmatch(r"[0-9*#+]+", match) else f"_{match}"
        if pattern.get("caller_id"):
            if exten not in asked:
                script.exten(f"{exten}/{UNASKED}", WHO)
                script.exten(f"{exten}/", WHO)
                asked.add(exten)
            exten = f"{exten}/_{MASK}{pattern['caller_id']}"
        dialled = f"${{EXTEN:{strip}}}" if strip else "${EXTEN}"
        sent = f"{pattern.get('prepend') or ''}${{FILTER(+*#0-9,{dialled})}}"
        script.exten(exten, f"Set(REC_NUMBER={sent})")
        script.same(f"Goto({context_of('dial', key)},s,1)")
    return script.section()


def _dialing(key: str, options: Options, fields: Fields) -> Section:
    script = Script(context_of("dial", key))
    script.exten("s", UNMASK)
    script.same("Set(REC_SHOWN=)")
    script.same("Set(REC_NAMED=)")
    if options["schedule"]:
        script.same(f"Gosub({context_of('schedule', options['schedule'])},state,1)")
        script.same('GotoIf($["${GOSUB_RETVAL}"!="open"]?barred)')
    if fields.get("pin") is not None:
        script.same(["Authenticate(", fields["pin"], ")"])
    _show_caller(script, options)
    if options["music"]:
        script.same(f"Set(CHANNEL(musicclass)={options['music']})")
    if options["recording"]:
        script.same(record_step(KIND, key))
    limit = f"S({options['max_duration']})" if options["max_duration"] else ""
    urgent = f",{URGENT}" if options["emergency"] else ""
    trunks: list[str] = options["trunks"] or []
    is_sent_on = bool(options["emergency"]) and len(trunks) > 1
    if is_sent_on:
        script.same("Set(REC_HELP=${CALLERID(num)})")
    for trunk in trunks:
        if is_sent_on and trunk != trunks[0]:
            script.same(_SHOWN_AGAIN)
        script.same(f"Gosub({context_of('trunk', trunk)},s,1(${{REC_NUMBER}},{limit}{urgent}))")
        if trunk != trunks[-1]:
            script.same(_next_trunk(emergency=bool(options["emergency"])))
    script.same(_END, "end")
    if options["schedule"]:
        script.same("Hangup(21)", "barred")
    return script.section()


_CAUSE: Final = HANG_UP.removeprefix("Hangup(").removesuffix(")")
_END: Final = f'Hangup(${{IF($["${{REC_CODE}}${{DIALSTATUS}}"="CHANUNAVAIL"]?34:{_CAUSE})}})'
"""Where no trunk could even be asked, phones say so (503), and not that there is no such number."""


def _next_trunk(*, emergency: bool) -> str:
    if emergency:
        return f"GotoIf({dial_status('ANSWER')}?end)"
    return f"GotoIf({dial_status('CHANUNAVAIL', 'CONGESTION')}?:end)"


_SHOWN_AGAIN: Final = 'ExecIf($["${REC_SHOWN}"="1"]?Set(CALLERID(num)=${REC_HELP}))'
"""Who is transferred while a call for help still rings brings their own number along (seen)."""


def _show_caller(script: Script, options: Options) -> None:
    number, name = options["caller_id.number"], options["caller_id.name"]
    if options["emergency"]:
        script.same('GotoIf($["${REC_EMERGENCY}"=""]?usual)')
        script.same("Set(CALLERID(num)=${REC_EMERGENCY})")
        script.same("Set(REC_SHOWN=1)")
        script.same("Goto(shown)")
    route: list[str] = []
    if number:
        route.append(f"Set(CALLERID(num)={number})")
    if name:
        route.append(f"Set(CALLERID(name)={name})")
    first = "usual" if options["emergency"] else ""
    if not (options["override_extension"] and number):
        if options["emergency"]:
            # Somebody called this phone, which has no number of its own: it has the caller's.
            script.same('GotoIf($["${REC_CALLED}"="1"]?route)', first)
            first = ""
        script.same('GotoIf($["${REC_CID_NUMBER}"=""]?route)', first)
        script.same("Set(CALLERID(num)=${REC_CID_NUMBER})")
        script.same("Set(CALLERID(name)=${REC_CID_NAME})")
        script.same("Set(REC_SHOWN=1)")
        script.same("Goto(shown)")
        first = "route"
    for step in route or ["NoOp()"]:
        script.same(step, first)
        first = ""
    if number:
        script.same("Set(REC_SHOWN=1)")
    if name:
        script.same("Set(REC_NAMED=1)")
    if not options["emergency"] and not (options["override_extension"] and name):
        script.same("GotoIf($[${LEN(${REC_CID_NAME})}=0]?shown)")
        script.same("Set(CALLERID(name)=${REC_CID_NAME})")
        script.same("Set(REC_NAMED=1)")
    script.same("NoOp()", "shown")


_TRUNK = re.compile(
    r"n,Gosub\(rec-trunk-(?P<name>[^,]+),s,1\(\$\{REC_NUMBER\},(?:S\((?P<s>\d+)\))?(?:,\w+)?\)\)"
)
_SHOWN = re.compile(r"n(?:\((?:route|usual)\))?,Set\(CALLERID\((num|name)\)=([^$]*)\)")


def read(key: str, found: Found, base: Fields | None) -> dict[str, Value]:
    """Return the PIN, the trunks in order and what is shown."""
    values: dict[str, Value] = {
        "pin": None,
        "trunks": [],
        "caller_id.number": None,
        "caller_id.name": None,
    }
    for _, text in found.lines("ext", context_of("dial", key)):
        if text.startswith("n,Authenticate(") and text.endswith(")"):
            values["pin"] = clear(text[len("n,Authenticate(") : -1])
        elif seen := _TRUNK.fullmatch(text):
            values["trunks"].append(seen["name"])
            values["max_duration"] = int(seen["s"]) if seen["s"] else None
        elif seen := _SHOWN.fullmatch(text):
            values["caller_id.number" if seen[1] == "num" else "caller_id.name"] = seen[2]
    if base is None:
        values |= {"patterns": _read_patterns(key, found), "order": 9999}
    return values


_PATTERN = re.compile(
    r"_?(?P<match>[^,/]+)(?:/_~?(?P<caller>[^,]+))?,1,"
    r"Set\(REC_NUMBER=(?P<prepend>[^$]*)\$\{FILTER\(\+\*#0-9,\$\{EXTEN(?::(?P<strip>\d+))?\}\)\}\)"
)


def _read_patterns(key: str, found: Found) -> list[Value]:
    patterns: list[Value] = []
    for _, text in found.lines("ext", context_of(KIND, key)):
        if seen := _PATTERN.fullmatch(text):
            pattern: dict[str, Value] = {"match": seen["match"]}
            if seen["strip"]:
                pattern["strip"] = int(seen["strip"])
            if seen["prepend"]:
                pattern["prepend"] = seen["prepend"]
            if seen["caller"]:
                pattern["caller_id"] = seen["caller"]
            patterns.append(pattern)
    return patterns


def _mains(key: str) -> tuple[Place, ...]:
    return Place("ext", context_of("dial", key)), Place("ext", context_of(KIND, key))


CARRIER: Final = Carrier(KIND, render, read, _mains)
