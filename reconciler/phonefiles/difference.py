"""Differences between a phone's file and another of the same name, without secrets. Pure.

What the file held before is text that nobody here wrote, so its secrets are masked by the names
of the parameters that can hold one (`Vendor.secret_names`), in each of the three notations.
"""

import difflib
import re
from typing import Final, NamedTuple

from reconciler.phonefiles.file import MASK, Escaping


class Difference(NamedTuple):
    """Changed lines as a unified diff; equal for files that change in the same way."""

    lines: tuple[str, ...]

    @property
    def counts(self) -> str:
        """How many lines come and go: `+2 -1 lines`."""
        plus = sum(each.startswith("+") for each in self.lines)
        minus = sum(each.startswith("-") for each in self.lines)
        return f"+{plus} -{minus} lines"


def compare(before: str, after: str, context: int) -> Difference | None:
    """Return what changes; None when nothing does."""
    if before == after:
        return None
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=context, lineterm="")
    return Difference(tuple(lines)[2:])


_NOTATIONS: Final[dict[Escaping, tuple[str, ...]]] = {
    "text": (r"(?m)^(\s*(?:\[[^\]\n]*\])?(?:{names})\s*=)[^\n]*$",),
    "xml": (
        r"(?s)(<(?:{names})(?:\s[^>]*)?>).*?(?=</)",
        r"(?s)(<item\s+name=\"(?:{names})\"\s*>).*?(?=</)",
        r"(?s)((?<=\s)(?:{names})\s*=\s*\").*?(?=\")",
        r"(?s)((?<=\s)(?:{names})\s*=\s*').*?(?=')",
    ),
}


def masked_by_name(text: str, names: str, escaping: Escaping) -> str:
    """Return a file's text with the value of every parameter masked whose name fits.

    `names` is a regular expression on the whole name.
    """
    for notation in _NOTATIONS[escaping]:
        text = re.sub(notation.replace("{names}", names), rf"\g<1>{MASK}", text)
    return text
