"""Phones' own dial plans: which numbers a phone lets out at all. Pure.

Two notations, told apart by the braces: digit maps (RFC 3435, 2.1.5, as Yealink and Poly write
them) and Grandstream's `{ x+ | *x+ }`. What is not understood is not judged.
"""

import re
from typing import Final

_PARTS: Final = re.compile(r"\[[0-9*#xX-]+\]|[0-9*#]|[xX]|\\?\+|\.|[TtSs]\d*|,")
_ALTERNATIVE: Final = re.compile(rf"(?:{_PARTS.pattern})+")


def dials(plan: str, number: str) -> bool | None:
    """Return whether a dial plan lets a number out; None where that cannot be told.

    A Grandstream's `+` repeats what stands before it, and is itself with a backslash; in a digit
    map it is itself. `.` repeats, none included; `T`, `S` and `,` are times and tones.
    """
    text = plan.strip()
    repeats = text.startswith("{")
    alternatives = [each.strip() for each in text.strip("{}() ").split("|")]
    found: list[bool | None] = [_matches(each, number, repeats=repeats) for each in alternatives]
    if True in found:
        return True
    return None if None in found else False


def _matches(alternative: str, number: str, *, repeats: bool) -> bool | None:
    bare = alternative.replace(" ", "")
    if not _ALTERNATIVE.fullmatch(bare):
        return None
    words = [_word(each, repeats=repeats) for each in _PARTS.findall(bare)]
    try:
        return re.fullmatch("".join(words), number) is not None
    except re.error:
        return None


def _word(part: str, *, repeats: bool) -> str:
    if part in ("x", "X"):
        return "[0-9]"
    if part == ".":
        return "*"
    if part == "+" and repeats:
        return "+"
    if part[0] in "TtSs,":
        return ""
    if part.startswith("["):
        return part.lower().replace("x", "0-9")
    return re.escape(part.removeprefix("\\"))
