"""Paging groups: read and written by their form. Pure."""

from typing import Final

from reconciler.adapters.freepbx.forms import Changes
from reconciler.adapters.freepbx.names import Names
from reconciler.adapters.freepbx.words import Words, text_of
from reconciler.model.value import Fields
from reconciler.transport.html import Form

_LIST: Final = "pagelist[]"


def from_form(form: Form, words: Words) -> None:
    """Read a group's form."""
    fields = words.fields
    fields["name"] = form.get("description")
    fields["members"] = form.all(_LIST)
    fields["two_way"] = form.get("duplex") == "1"
    words.coded("busy", form.get("force_page") or "0", {"0": False, "1": True})
    sound = form.get("announcement") or "default"
    fields["quiet"] = sound == "none"
    if sound not in ("none", "default", "beep"):
        words.beyond.append(f"announcement: recording {sound}")


def to_form(changed: Fields, form: Form, names: Names) -> Changes:
    """Return what makes the form hold these fields."""
    sent: dict[str, list[str] | None] = {}
    for path, value in changed.items():
        match path:
            case "name":
                sent["description"] = text_of(value)
            case "members":
                sent[_LIST] = list(value or [])
            case "two_way":
                sent["duplex"] = ["1" if value else "0"]
            case "busy":
                sent["force_page"] = ["1" if value else "0"]
            case "quiet":
                sent["announcement"] = ["none" if value else "default"]
    return sent


def fresh(key: str) -> Changes:
    """Return what an empty form needs besides; the default group stays whatever it is."""
    return {"pagenbr": [key], "default_group": ["0"]}
