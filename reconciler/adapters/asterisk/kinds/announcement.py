"""Announcement: `rec-announcement-KEY` plays it and goes on, `rec-play-KEY` plays it for others.

The second context is a subroutine: `s` plays and returns, `file` returns the recording's name, for
menus that listen for keys while it plays.
"""

from typing import Final

from reconciler.adapters.asterisk.carrier import (
    Carrier,
    Found,
    Number,
    Options,
    Place,
    Setup,
)
from reconciler.adapters.asterisk.dialplan import ROUND, Script, context_of, enter, goto, play
from reconciler.adapters.asterisk.sections import Section
from reconciler.model.value import Fields, Value

KIND: Final = "announcement"
ANY_KEY: Final = "0123456789*#"


def render(key: str, fields: Fields, _setup: Setup) -> tuple[Section, ...]:
    """Return the two contexts of an announcement."""
    options = Options(KIND, fields)
    way = Script(context_of(KIND, key))
    way.exten("s", "Answer()" if options["answer"] else "Progress()")
    if options["then"]:
        way.same(ROUND)
    way.same(play(key))
    way.same(goto(options["then"] or "hangup"))
    return way.section(), _playing(key, options)


def _playing(key: str, options: Options) -> Section:
    script = Script(context_of("play", key))
    script.exten("s", "NoOp()")
    if options["language"]:
        script.same(f"Set(CHANNEL(language)={options['language']})")
    repeat, file = options["repeat_key"], options["file"]
    if options["skip"] or repeat:
        stop = ANY_KEY.replace(repeat or "", "") if options["skip"] else ""
        script.same(f"ControlPlayback({file},,,,{stop},,{repeat or ''})", "again")
    else:
        script.same(f"Playback({file}{'' if options['answer'] else ',noanswer'})", "again")
    if repeat:
        script.same('GotoIf($["${CPLAYBACKSTATUS}"="USERSTOPPED"]?end)')
        script.same("Read(REC_KEY,,1,,1,3)")
        script.same(f'GotoIf($["${{REC_KEY}}"="{repeat}"]?again)')
    script.same("Return()", "end")
    script.exten("file", f"Return({file})")
    return script.section()


def read(key: str, found: Found, _base: Fields | None) -> dict[str, Value]:
    """Return the recording."""
    for variable, text in found.lines("ext", context_of("play", key)):
        if variable == "exten" and text.startswith("file,1,Return(") and text.endswith(")"):
            return {"file": text[len("file,1,Return(") : -1]}
    return {}


def _numbers(key: str, fields: Fields) -> tuple[Number, ...]:
    return (Number(fields["number"], enter(KIND, key)),) if fields.get("number") else ()


CARRIER: Final = Carrier(
    KIND, render, read, lambda key: (Place("ext", context_of(KIND, key)),), _numbers
)
