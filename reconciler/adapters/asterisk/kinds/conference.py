"""Conference: profiles of confbridge.conf, and a context that asks for PINs and enters the room.

With a leader's PIN both PINs are asked once, in the dialplan, because a profile knows only one;
without it, the participants' PIN stands in their profile.
"""

import re
from typing import Final

from reconciler.adapters.asterisk.carrier import (
    Carrier,
    Found,
    Number,
    Options,
    Place,
    Setup,
    clear,
    number,
)
from reconciler.adapters.asterisk.dialplan import Script, context_of, enter, play
from reconciler.adapters.asterisk.sections import Line, Section, Text
from reconciler.model.value import Fields, Value

KIND: Final = "conference"

_FLAGS: Final = {
    "wait_marked": "wait_for_leader",
    "end_marked": "end_with_leader",
    "announce_user_count": "announce_count",
    "announce_join_leave": "announce_join_leave",
    "startmuted": "mute_on_join",
    "quiet": "quiet",
}


def render(key: str, fields: Fields, _setup: Setup) -> tuple[Section, ...]:
    """Return the profiles and the context."""
    options = Options(KIND, fields)
    leaders = fields.get("admin_pin") is not None
    bridge = [
        Line("type", "bridge"),
        Line("max_members", str(options["max_members"] or 0)),
        Line("record_conference", _yes(options["recording"])),
    ]
    sections = [Section("confbridge", f"{key}-bridge", tuple(bridge))]
    pin = None if leaders else fields.get("pin")
    sections.append(_profile(key, "user", options, pin))
    if leaders:
        sections.append(_profile(key, "admin", options, None))
    sections.append(_entrance(key, options, fields))
    return tuple(sections)


def _profile(key: str, who: str, options: Options, pin: Value) -> Section:
    lines: list[Line] = [Line("type", "user")]
    leader = who == "admin"
    if leader:
        lines += [Line("admin", "yes"), Line("marked", "yes")]
    for variable, path in _FLAGS.items():
        muted = leader and path in ("mute_on_join", "wait_for_leader")
        lines.append(Line(variable, _yes(options[path] and not muted)))
    lines.append(Line("music_on_hold_when_empty", "yes"))
    if options["music"]:
        lines.append(Line("music_on_hold_class", options["music"]))
    if pin is not None:
        lines.append(Line("pin", pin))
    return Section("confbridge", f"{key}-{who}", tuple(lines))


def _entrance(key: str, options: Options, fields: Fields) -> Section:
    script = Script(context_of(KIND, key))
    script.exten(key, "Answer()")
    if options["language"]:
        script.same(f"Set(CHANNEL(language)={options['language']})")
    leader, user = fields.get("admin_pin"), fields.get("pin")
    if leader is not None:
        script.same("Set(REC_TRIES=0)")
        script.same("Read(REC_PIN,conf-getpin,10,,1,8)", "ask")
        script.same(_compare(leader, "leader"))
        script.same(_compare("" if user is None else user, "user"))
        script.same("Set(REC_TRIES=$[${REC_TRIES}+1])")
        script.same("Playback(conf-invalidpin)")
        script.same("GotoIf($[${REC_TRIES}<3]?ask)")
        script.same("Hangup()")
    _enter(script, key, "user", options, "user" if leader is not None else "")
    if leader is not None:
        _enter(script, key, "admin", options, "leader")
    return script.section()


def _compare(pin: Value, label: str) -> Text:
    return ['GotoIf($["${REC_PIN}"="', pin, f'"]?{label})']


def _enter(script: Script, key: str, who: str, options: Options, label: str) -> None:
    if options["announcement"]:
        script.same(play(options["announcement"]), label)
        label = ""
    script.same(f"ConfBridge({key},{key}-bridge,{key}-{who})", label)
    script.same("Hangup()")


def _yes(value: Value) -> str:
    return "yes" if value else "no"


_PIN = re.compile(r'n,GotoIf\(\$\["\$\{REC_PIN\}"="(?P<pin>[^"]*)"\]\?(?P<who>leader|user)\)')


def read(key: str, found: Found, _base: Fields | None) -> dict[str, Value]:
    """Return what the profiles and the context tell."""
    values: dict[str, Value] = {
        "pin": clear(found.value("confbridge", f"{key}-user", "pin")),
        "admin_pin": None,
        "music": found.value("confbridge", f"{key}-user", "music_on_hold_class"),
        "max_members": number(found.value("confbridge", f"{key}-bridge", "max_members")) or None,
        "recording": found.value("confbridge", f"{key}-bridge", "record_conference") == "yes",
    }
    for variable, path in _FLAGS.items():
        if (text := found.value("confbridge", f"{key}-user", variable)) is not None:
            values[path] = text == "yes"
    for _, text in found.lines("ext", context_of(KIND, key)):
        if seen := _PIN.fullmatch(text):
            values["admin_pin" if seen["who"] == "leader" else "pin"] = clear(seen["pin"])
    return values


def _mains(key: str) -> tuple[Place, ...]:
    return Place("ext", context_of(KIND, key)), Place("confbridge", f"{key}-bridge")


CARRIER: Final = Carrier(
    KIND, render, read, _mains, lambda key, _fields: (Number(key, enter(KIND, key)),)
)
