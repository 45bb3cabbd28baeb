"""Announcements: listed whole by their grid, written by their form. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from reconciler.adapters.freepbx import destinations
from reconciler.adapters.freepbx.forms import Changes
from reconciler.adapters.freepbx.names import Names
from reconciler.adapters.freepbx.words import Unspeakable, Words, text_of
from reconciler.model.value import Fields
from reconciler.transport.html import Form

FOLDER: Final = "custom/"
"""Where FreePBX keeps the system recordings that were uploaded."""


def from_row(row: Mapping[str, Any], words: Words) -> None:
    """Read a row of the grid. Raises Unspeakable."""
    recording = str(row.get("recording_id") or "")
    file = words.names.recordings.get(recording) if recording else None
    if file is None:
        raise Unspeakable("it plays no recording" if not recording else "its recording is unknown")
    words.fields["file"] = file if "/" in file else f"{FOLDER}{file}"
    words.destination("then", str(row.get("post_dest") or ""))
    words.fields["skip"] = str(row.get("allow_skip") or "0") == "1"
    words.fields["repeat_key"] = str(row.get("repeat_msg") or "") or None
    words.fields["answer"] = str(row.get("noanswer") or "0") != "1"
    if str(row.get("return_ivr") or "0") == "1":
        words.beyond.append("returns to the menu before")


def to_form(changed: Fields, form: Form, names: Names) -> Changes:
    """Return what makes the form hold these fields. Raises UnknownName or Unlisted."""
    sent: dict[str, list[str] | None] = {}
    for path, value in changed.items():
        match path:
            case "file":
                sent["recording_id"] = [names.file_id(value)]
            case "then":
                raw = destinations.write(value, names) or destinations.HANG_UP
                sent |= destinations.to_form(raw, "0")
            case "skip":
                sent["allow_skip"] = ["1" if value else ""]
            case "repeat_key":
                sent["repeat_msg"] = text_of(value)
            case "answer":
                sent["noanswer"] = ["1" if value is False else ""]
    return sent


def fresh(key: str) -> Changes:
    """Return what an empty form needs besides."""
    return {"description": [key], **destinations.to_form(destinations.HANG_UP, "0")}
