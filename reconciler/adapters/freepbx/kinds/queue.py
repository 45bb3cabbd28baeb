"""Queues: no GraphQL; read and written by their form. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from reconciler.adapters.freepbx import destinations
from reconciler.adapters.freepbx.forms import Changes
from reconciler.adapters.freepbx.names import Names
from reconciler.adapters.freepbx.words import Words, text_of
from reconciler.model.value import Fields, Value
from reconciler.transport.html import Form

_RECORDING: Final = {
    "force": True, "yes": True, "always": True, "dontcare": False, "never": False, "no": False,
    "": False,
}  # fmt: skip
_RULES: Final = {"yes": "yes", "no": "no", "strict": "strict", "loose": "loose"}
_NUMBERS: Final = {
    "timeout": "timeout", "retry": "retry", "wrap_up": "wrapuptime", "weight": "weight",
    "announce_every": "announcefreq",
}  # fmt: skip
USUAL: Final = {"timeout": 15, "retry": 5, "wrap_up": 0, "weight": 0, "announce_every": 0}
SETTINGS: Final[Mapping[str, str]] = {
    "autofill": "", "memberdelay": "0", "min-announce": "15", "penaltymemberslimit": "0",
    "qregex": "", "reportholdtime": "no", "servicelevel": "60", "timeoutpriority": "app",
    "timeoutrestart": "no", "autopausebusy": "no", "autopauseunavail": "no",
    "autopausedelay": "0", "alertinfo": "", "answered_elsewhere": "0", "pannouncefreq": "0",
}  # fmt: skip
"""Fields of the form that stand in `settings`, with the value for a new queue."""
_PREFIX: Final = "settings."


def from_form(form: Form, words: Words) -> None:
    """Read a queue's form."""
    fields = words.fields
    fields["name"] = form.get("name")
    fields["strategy"] = form.get("strategy") or "ringall"
    fields["members"] = _members(form.get("members"))
    for path, name in _NUMBERS.items():
        text = form.get(name)
        if text.isdigit():
            fields[path] = int(text)
        else:
            words.beyond.append(f"{path}: {text}")
    fields["max_wait"] = int(form.get("maxwait")) if form.get("maxwait").isdigit() else None
    fields["max_wait"] = fields["max_wait"] or None
    longest = form.get("maxlen")
    fields["max_callers"] = int(longest) if longest.isdigit() and longest != "0" else None
    words.announcement("announce", form.get("joinannounce_id"))
    words.announcement("announce_to_agent", form.get("agentannounce_id"))
    fields["announce_position"] = form.get("announceposition") == "yes"
    words.coded("announce_hold_time", form.get("announceholdtime") or "no", {
        "yes": True, "no": False,
    })  # fmt: skip
    words.music("music", form.get("music"))
    words.coded("join_empty", form.get("joinempty") or "yes", _RULES)
    words.coded("leave_empty", form.get("leavewhenempty") or "no", _RULES)
    words.coded("ring_in_use", form.get("cwignore") or "0", {
        "0": True, "1": False, "2": False, "3": False,
    })  # fmt: skip
    words.coded("auto_pause", form.get("autopause") or "no", {"yes": True, "no": False})
    fields["caller_id_prefix"] = form.get("prefix") or None
    words.coded("recording", form.get("recording"), _RECORDING)
    words.destination("no_answer", destinations.in_form(form, "0"))
    for name, usual in SETTINGS.items():
        if form.has(name) and form.get(name) != usual:
            fields[f"{_PREFIX}{name}"] = form.get(name)
    if form.get("dynmembers"):
        words.beyond.append("who may log in by phone")


def _members(text: str) -> list[Value]:
    found: list[Value] = []
    for line in text.splitlines():
        number, _, penalty = line.strip().partition(",")
        if number:
            member: dict[str, Value] = {"extension": number.rstrip("#")}
            if penalty.strip() not in ("", "0"):
                member["penalty"] = int(penalty)
            found.append(member)
    return found


def to_form(changed: Fields, form: Form, names: Names) -> Changes:
    """Return what makes the form hold these fields. Raises UnknownName or Unlisted."""
    sent: dict[str, list[str] | None] = {}
    for path, value in changed.items():
        match path:
            case "name":
                sent["name"] = text_of(value)
            case "strategy":
                sent["strategy"] = [value or "ringall"]
            case "members":
                sent["members"] = ["\n".join(_line(each, names) for each in value or [])]
            case _ if path in _NUMBERS:
                sent[_NUMBERS[path]] = text_of(USUAL[path] if value is None else value)
            case "max_wait":
                sent["maxwait"] = text_of(value)
            case "max_callers":
                sent["maxlen"] = text_of(value or 0)
            case "announce":
                sent["joinannounce_id"] = [names.recording_of(value) if value else "None"]
            case "announce_to_agent":
                sent["agentannounce_id"] = [names.recording_of(value) if value else ""]
            case "announce_position":
                sent["announceposition"] = ["yes" if value else "no"]
            case "announce_hold_time":
                sent["announceholdtime"] = ["yes" if value else "no"]
            case "music":
                sent["music"] = [value or "inherit"]
            case "join_empty":
                sent["joinempty"] = [value or "yes"]
            case "leave_empty":
                sent["leavewhenempty"] = [value or "no"]
            case "ring_in_use":
                sent["cwignore"] = ["0" if value else "1"]
            case "auto_pause":
                sent["autopause"] = ["yes" if value else "no"]
            case "caller_id_prefix":
                sent["prefix"] = text_of(value)
            case "recording":
                sent["recording"] = ["force" if value else "dontcare"]
            case "no_answer":
                sent |= destinations.to_form(destinations.write(value, names), "0")
            case _ if path.startswith(_PREFIX):
                name = path.removeprefix(_PREFIX)
                sent[name] = [SETTINGS[name] if value is None else str(value)]
    return sent


def _line(member: Any, names: Names) -> str:
    number = str(member["extension"])
    own = number if number in names.extensions else f"{number.removeprefix('external/')}#"
    return f"{own},{member.get('penalty') or 0}"


def fresh(key: str) -> Changes:
    """Return what an empty form needs besides."""
    return {"account": [key], "cwignore": ["1"]}
