"""IVR: a context whose extensions are the options; `Background` listens while it plays."""

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
    EXTENSIONS,
    Script,
    context_of,
    enter,
    goto,
    play,
)
from reconciler.adapters.asterisk.sections import Section
from reconciler.model.value import Fields, Value

KIND: Final = "ivr"


def render(key: str, fields: Fields, _setup: Setup) -> tuple[Section, ...]:
    """Return the menu's context."""
    options = Options(KIND, fields)
    script = Script(context_of(KIND, key))
    if options["direct_dial"]:
        script.include(EXTENSIONS)
    script.exten("s", "Answer()")
    script.same(f"Set(TIMEOUT(digit)={options['digit_timeout']})")
    script.same(f"Set(TIMEOUT(response)={options['timeout']})")
    script.same("Set(REC_TRIES=0)")
    if options["announcement"]:
        script.same(f"Gosub({context_of('play', options['announcement'])},file,1)", "menu")
        script.same("Background(${GOSUB_RETVAL})")
        script.same("WaitExten()")
    else:
        script.same("WaitExten()", "menu")
    chosen: dict[str, str] = options["options"] or {}
    for keys in sorted(chosen):
        script.exten(keys, goto(chosen[keys]))
    _again(script, "i", options, "invalid")
    _again(script, "t", options, "timeout")
    return (script.section(),)


def _again(script: Script, exten: str, options: Options, what: str) -> None:
    """Offer the menu again, up to the retries, then go on."""
    script.exten(exten, "Set(REC_TRIES=$[${REC_TRIES}+1])")
    script.same(f"GotoIf($[${{REC_TRIES}}>{options['retries']}]?out)")
    if options[f"{what}_announcement"]:
        script.same(play(options[f"{what}_announcement"]))
    script.same("Goto(s,menu)")
    script.same(goto(options[f"on_{what}"] or "hangup"), "out")


_TIMEOUT = re.compile(r"n,Set\(TIMEOUT\((digit|response)\)=(\d+)\)")
_RETRIES = re.compile(r"n,GotoIf\(\$\[\$\{REC_TRIES\}>(\d+)\]\?out\)")
_PATHS: Final = {"digit": "digit_timeout", "response": "timeout"}


def read(key: str, found: Found, _base: Fields | None) -> dict[str, Value]:
    """Return times and retries."""
    values: dict[str, Value] = {}
    for _, text in found.lines("ext", context_of(KIND, key)):
        if seen := _TIMEOUT.fullmatch(text):
            values[_PATHS[seen[1]]] = number(seen[2])
        elif seen := _RETRIES.fullmatch(text):
            values["retries"] = number(seen[1])
    return values


def _numbers(key: str, fields: Fields) -> tuple[Number, ...]:
    return (Number(fields["number"], enter(KIND, key)),) if fields.get("number") else ()


CARRIER: Final = Carrier(
    KIND, render, read, lambda key: (Place("ext", context_of(KIND, key)),), _numbers
)
