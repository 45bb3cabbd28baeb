"""Call flow control, FreePBX's day/night switch: read and written by its form. Pure."""

from typing import Final

from reconciler.adapters.freepbx import destinations
from reconciler.adapters.freepbx.forms import Changes
from reconciler.adapters.freepbx.names import Names
from reconciler.adapters.freepbx.words import Words
from reconciler.model.secret import Clear
from reconciler.model.value import Fields
from reconciler.transport.html import Form

MOST: Final = 100
"""Switches are numbered from 0 to 99, and *28 with the number flips one."""


def from_form(form: Form, words: Words) -> None:
    """Read a switch's form. Raises Unspeakable."""
    words.destination("day", destinations.in_form(form, "0"), required=True)
    words.destination("night", destinations.in_form(form, "1"), required=True)
    words.coded("state", form.get("state") or "DAY", {"DAY": "day", "NIGHT": "night"})
    words.fields["pin"] = Clear(form.get("password")) if form.get("password") else None


def to_form(changed: Fields, form: Form, names: Names) -> Changes:
    """Return what makes the form hold these fields. Raises UnknownName or Unlisted."""
    sent: dict[str, list[str] | None] = {}
    for path, value in changed.items():
        match path:
            case "day":
                sent |= destinations.to_form(destinations.write(value, names), "0")
            case "night":
                sent |= destinations.to_form(destinations.write(value, names), "1")
            case "state":
                sent["state"] = ["NIGHT" if value == "night" else "DAY"]
            case "pin":
                sent["password"] = [value.reveal() if isinstance(value, Clear) else ""]
    return sent


def fresh(key: str) -> Changes:
    """Return what an empty form needs besides, but for its number."""
    return {"fc_description": [key], "state": ["DAY"]}


def free_number(form: Form, taken: set[str]) -> str:
    """Return the lowest number that no switch has; "" when all are taken."""
    offered = form.choices.get("itemid") or tuple(str(each) for each in range(MOST))
    return next((each for each in offered if each not in taken), "")
