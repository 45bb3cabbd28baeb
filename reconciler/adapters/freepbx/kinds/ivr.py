"""IVRs: read and written by their form, finished as the page's script does it. Pure.

The page holds each option's destination in a pair of selects and leaves the hidden fields that are
stored (`entries[goto][]`, `invalid_destination`, ...) empty: its script fills them (facts, 7).
"""

import re
from typing import Final

from reconciler.adapters.freepbx import destinations
from reconciler.adapters.freepbx.destinations import NoWord
from reconciler.adapters.freepbx.forms import Changes
from reconciler.adapters.freepbx.names import Names, Unlisted
from reconciler.adapters.freepbx.words import Unspeakable, Words, text_of
from reconciler.model.value import Fields
from reconciler.transport.html import Form

_GOTO: Final = re.compile(r"goto([0-9]+|DESTID)")
_ENTRY: Final = ("entries[ext][]", "entries[goto][]")
_PRESSED: Final = re.compile(r"[0-9*#]{1,10}")
_RETURN: Final = re.compile(r"entries\[ivr_ret\]\[.*\]")


def from_form(form: Form, words: Words) -> None:
    """Read an IVR's form. Raises Unspeakable."""
    fields = words.fields
    fields["name"] = form.get("description") or None
    words.announcement("announcement", form.get("announcement"))
    fields["timeout"] = int(form.get("timeout_time") or 10)
    loops = form.get("invalid_loops"), form.get("timeout_loops")
    if loops[0].isdigit() and loops[0] == loops[1]:
        fields["retries"] = int(loops[0])
    else:
        words.beyond.append(f"retries: {loops[0]} for wrong keys, {loops[1]} for none")
    words.coded("direct_dial", form.get("directdial"), {"ext-local": True, "": False})
    options = {}
    for pressed, raw in entries_of(form):
        if not _PRESSED.fullmatch(pressed):  # old menus have t and i among their options
            words.beyond.append(f"option {pressed}: {raw}")
            continue
        try:
            options[pressed] = destinations.show(raw, words.names)
        except (NoWord, Unlisted) as error:
            raise Unspeakable(f"its option {pressed} leads to {error}") from None
    if not options:
        raise Unspeakable("it has no options")
    fields["options"] = options
    words.destination("on_timeout", _final(form, "timeout"))
    words.destination("on_invalid", _final(form, "invalid"))
    words.announcement("timeout_announcement", form.get("timeout_retry_recording"))
    words.announcement("invalid_announcement", form.get("invalid_retry_recording"))
    if any(_RETURN.fullmatch(name) and value == "1" for name, value in form.pairs):
        words.beyond.append("options that return to the menu before")


def _final(form: Form, which: str) -> str:
    return destinations.in_form(form, which) or form.get(f"{which}_destination")


def entries_of(form: Form) -> list[tuple[str, str]]:
    """Return what is pressed and where it leads, in the page's order."""
    pressed = form.all(_ENTRY[0])
    indexes = [found[1] for name, _ in form.pairs if (found := _GOTO.fullmatch(name))]
    hidden = form.all(_ENTRY[1])
    found_entries = []
    for number, each in enumerate(pressed):
        raw = hidden[number] if number < len(hidden) else ""
        if not raw and number < len(indexes):
            raw = destinations.in_form(form, indexes[number])
        if each and raw:
            found_entries.append((each, raw))
    return found_entries


def to_form(changed: Fields, form: Form, names: Names) -> Changes:
    """Return what makes the form hold these fields. Raises UnknownName or Unlisted."""
    sent: dict[str, list[str] | None] = {}
    entries = entries_of(form)
    for path, value in changed.items():
        match path:
            case "name":
                sent["description"] = text_of(value)
            case "announcement":
                sent["announcement"] = [names.recording_of(value) if value else "None"]
            case "timeout":
                sent["timeout_time"] = text_of(10 if value is None else value)
            case "retries":
                loops = text_of(3 if value is None else value)
                sent |= {"invalid_loops": loops, "timeout_loops": loops}
            case "direct_dial":
                sent["directdial"] = ["ext-local" if value else ""]
            case "options":
                others = [each for each in entries if not _PRESSED.fullmatch(each[0])]
                entries = [(k, destinations.write(v, names)) for k, v in (value or {}).items()]
                entries += others
            case "on_timeout" | "on_invalid":
                which = path.removeprefix("on_")
                raw = destinations.write(value, names)
                sent |= destinations.to_form(raw, which) | {f"{which}_destination": [raw]}
            case "timeout_announcement" | "invalid_announcement":
                which = path.partition("_")[0]
                recording = names.recording_of(value) if value else "default"
                sent[f"{which}_retry_recording"] = [recording]
    for which in ("timeout", "invalid"):
        sent.setdefault(f"{which}_destination", [_final(form, which)])
    return {**sent, **_entries(entries, form)}


def _entries(entries: list[tuple[str, str]], form: Form) -> Changes:
    """Return the rows as the script sends them: the pairs of selects are left out."""
    returns = [value for name, value in form.pairs if _RETURN.fullmatch(name)]
    kept = dict(zip(form.all(_ENTRY[0]), returns, strict=False))
    sent: dict[str, list[str] | None] = {
        name: None for name in form.names() if _GOTO.fullmatch(name) or _RETURN.fullmatch(name)
    }
    sent[_ENTRY[0]] = [pressed for pressed, _ in entries]
    sent[_ENTRY[1]] = [raw for _, raw in entries]
    for number, (pressed, _) in enumerate(entries, 1):
        sent[f"entries[ivr_ret][DESTID{number}]"] = [kept.get(pressed) or ""]
    return sent


def fresh(key: str) -> Changes:
    """Return what an empty form needs besides."""
    return {"name": [key]}
