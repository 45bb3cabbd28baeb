"""Yealink's files: a first line that must be there, `key = value`, boot files with includes. Pure.

Source: facts on Yealink, section B.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from reconciler.lab.phones.device import Identity
from reconciler.lab.phones.visit import BadFileError

FIRST: Final = "#!version:1.0.0.1"
RESET: Final = "%NULL%"
_INCLUDE: Final = re.compile(r'include:config\s*[<"]?([^>"]+)[>"]?\s*$')
_FILTER: Final = re.compile(r"\[([^\]]*)\]\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Boot:
    """A boot file: the files that it names, and whether they replace everything."""

    files: tuple[str, ...]
    overwrites: bool = False
    own: dict[str, str] = field(default_factory=dict)


def _lines(raw: bytes, name: str) -> list[str]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFileError(f"{name} is not UTF-8") from error
    lines = text.splitlines()
    if not lines or lines[0].strip() != FIRST:
        raise BadFileError(f"{name} does not begin with {FIRST}")
    return [each.strip() for each in lines[1:]]


def read_config(raw: bytes, name: str, identity: Identity) -> dict[str, str]:
    """Return the settings in a file for a model; `%NULL%` stays as it is.

    Raises BadFileError.
    """
    found: dict[str, str] = {}
    for line in _lines(raw, name):
        if line.startswith("#") or "=" not in line:
            continue
        key, _, value = line.partition("=")
        if (filtered := _FILTER.match(key)) is not None:
            if identity.model not in [each.strip() for each in filtered[1].split(",")]:
                continue
            key = filtered[2]
        found[key.strip()] = value.strip()
    return found


def read_boot(raw: bytes, name: str, identity: Identity) -> Boot:
    """Return what a boot file says. Raises BadFileError."""
    files, overwrites = [], False
    for line in _lines(raw, name):
        if (include := _INCLUDE.match(line)) is not None:
            files.append(spelt(include[1].strip(), identity))
        elif line.replace(" ", "").startswith("overwrite_mode="):
            overwrites = line.replace(" ", "") == "overwrite_mode=1"
    return Boot(tuple(files), overwrites)


def spelt(text: str, identity: Identity) -> str:
    """Return a name or address with the phone's own data in it."""
    return text.replace("$MAC", identity.mac).replace("$PN", identity.model)
