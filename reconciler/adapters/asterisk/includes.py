"""The lines by which Asterisk's own files let ours in, ready to copy. Pure."""

from collections.abc import Mapping
from typing import Final

from reconciler.adapters.asterisk.sections import Family

PATTERNS: Final[Mapping[str, str]] = {
    "pjsip": "rec_pjsip_*.conf",
    "ext": "rec_ext_*.conf",
    "queues": "rec_queues_*.conf",
    "vm": "rec_vm_*.conf",
    "confbridge": "rec_confbridge_*.conf",
    "parking": "rec_parking_*.conf",
    "moh": "rec_moh_*.conf",
}
"""Which of our files each main file has to include; `pjsip` lets the family `aor` in, too."""

FAMILIES_OF: Final[Mapping[str, tuple[Family, ...]]] = {
    "pjsip": ("pjsip", "aor"),
    "ext": ("ext",),
    "queues": ("queues",),
    "vm": ("vm",),
    "confbridge": ("confbridge",),
    "parking": ("parking",),
    "moh": ("moh",),
}


def include_line(main: str) -> str:
    """Return the line that lets our files in.

    `#tryinclude`, for a plain `#include` whose pattern matches no file makes Asterisk refuse the
    whole including file (seen).
    """
    return f'#tryinclude "{PATTERNS[main]}"'


def fix_of(main: str, file: str) -> str:
    """Return what to append to a main file, with a comment that says where."""
    return f"; at the very end of {file}\n{include_line(main)}"


def main_of(family: Family) -> str:
    """Return which main file lets a family in."""
    return next(main for main, families in FAMILIES_OF.items() if family in families)


def missing_include(family: Family, files: Mapping[str, str]) -> str:
    """Return the message for a family whose files Asterisk does not load."""
    return f"{files[main_of(family)]} does not include our files: Asterisk would never load them"
