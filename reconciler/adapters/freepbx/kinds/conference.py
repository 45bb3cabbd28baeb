"""Conferences: read and written by their form. Pure.

The options stand in one text (`options`), which the page's script puts together from its radios;
`opt_x` is the radio of option x.
"""

from typing import Final

from reconciler.adapters.freepbx.forms import Changes
from reconciler.adapters.freepbx.names import Names
from reconciler.adapters.freepbx.words import Words, text_of
from reconciler.model.secret import Clear
from reconciler.model.value import Fields
from reconciler.transport.html import Form

OPTIONS: Final = {
    "wait_for_leader": "w", "end_with_leader": "x", "announce_count": "c",
    "announce_join_leave": "I", "mute_on_join": "m", "quiet": "q", "recording": "r",
}  # fmt: skip
"""Field -> letter. The others (o, T, M, s) stay as they are."""
_RADIOS: Final = ("w", "x", "o", "T", "q", "c", "I", "MH", "s", "r", "m")
_OFF: Final = "NO"


def from_form(form: Form, words: Words) -> None:
    """Read a conference's form."""
    fields = words.fields
    fields["name"] = form.get("name")
    fields["pin"] = Clear(form.get("userpin")) if form.get("userpin") else None
    fields["admin_pin"] = Clear(form.get("adminpin")) if form.get("adminpin") else None
    fields["max_members"] = int(form.get("users") or 0) or None
    for path, letter in OPTIONS.items():
        fields[path] = form.get(f"opt_{letter}") not in ("", _OFF)
    words.announcement("announcement", form.get("joinmsg_id"))
    words.music("music", form.get("music"))
    fields["language"] = form.get("language") or None


def to_form(changed: Fields, form: Form, names: Names) -> Changes:
    """Return what makes the form hold these fields. Raises UnknownName."""
    sent: dict[str, list[str] | None] = {}
    for path, value in changed.items():
        match path:
            case "name":
                sent["name"] = text_of(value)
            case "pin":
                sent["userpin"] = [value.reveal() if isinstance(value, Clear) else ""]
            case "admin_pin":
                sent["adminpin"] = [value.reveal() if isinstance(value, Clear) else ""]
            case "max_members":
                sent["users"] = text_of(value or 0)
            case "announcement":
                sent["joinmsg_id"] = [names.recording_of(value) if value else ""]
            case "music":
                sent["music"] = [value or "inherit"]
            case "language":
                sent["language"] = text_of(value)
            case _ if path in OPTIONS:
                sent[f"opt_{OPTIONS[path]}"] = [OPTIONS[path] if value else _OFF]
    sent["options"] = [_letters(form, sent)]
    return sent


def _letters(form: Form, sent: Changes) -> str:
    """Return the options as the page's script puts them together."""
    found = []
    for each in _RADIOS:
        values = sent.get(f"opt_{each}") or [form.get(f"opt_{each}", _OFF)]
        if values[0] not in ("", _OFF):
            found.append(values[0])
    return "".join(found)


def fresh(key: str) -> Changes:
    """Return what an empty form needs besides."""
    return {"account": [key]}
