"""Versions as vendors write and order them (firmware.md, 1). Pure.

What cannot be compared is said to be unknown, never older: nothing is decided on a guess.
"""

import re
from typing import Final, Literal, NamedTuple

Order = Literal["older", "equal", "newer", "unknown"]
_YEALINK_CUSTOM: Final = 200
"""From this patch number on it is a customer's build, which is neither older nor newer."""


class Parsed(NamedTuple):
    """What orders a version: only versions of one family are ordered."""

    family: str
    numbers: tuple[int, ...]
    suffix: tuple[int, ...] = ()


def compare(vendor: str, one: str, other: str) -> Order:
    """Return how `one` stands to `other`, both of the same model."""
    if _plain(vendor, one) == _plain(vendor, other):
        return "equal"
    first, second = parse(vendor, one), parse(vendor, other)
    if first is None or second is None or first.family != second.family:
        return "unknown"
    length = max(len(first.numbers), len(second.numbers))
    left = (_padded(first.numbers, length), first.suffix)
    right = (_padded(second.numbers, length), second.suffix)
    if left == right:
        return "equal"
    return "older" if left < right else "newer"


def parse(vendor: str, text: str) -> Parsed | None:
    """Return what orders a version; None where nobody knows."""
    plain = _plain(vendor, text)
    match vendor:
        case "yealink":
            return _yealink(plain)
        case "polycom":
            found = re.match(r"(\d+(?:\.\d+){1,3})", plain)
            return Parsed("", _numbers(found[1])) if found else None
        case "grandstream" | "snom":
            return Parsed("", _numbers(plain)) if re.fullmatch(r"\d+(\.\d+){3}", plain) else None
        case "fanvil":
            return Parsed("", _numbers(plain)) if re.fullmatch(r"\d+(\.\d+){1,3}", plain) else None
        case "cisco":
            return _cisco(plain)
    return None


def _yealink(text: str) -> Parsed | None:
    """F.M.P.B: the first number is the hardware's family."""
    if not re.fullmatch(r"\d+(\.\d+){3}", text):
        return None
    family, release, patch, build = _numbers(text)
    custom = patch >= _YEALINK_CUSTOM
    return Parsed(f"{family}/{text}" if custom else str(family), (release, patch, build))


def _cisco(text: str) -> Parsed | None:
    """Numbers, then a letter (7.5.2b), SRn or MSRn after (1.4.1SR1); MPP has dashes too."""
    found = re.fullmatch(
        r"(?:sip\w+\.)?(\d+(?:[.-]\d+){1,3})([a-z])?(?:MPP-\d+)?(?:\.?M?SR-?(\d+))?", text
    )
    if found is None:
        return None
    letter = ord(found[2]) - ord("a") + 1 if found[2] else 0
    return Parsed("", _numbers(found[1]), (letter, int(found[3] or 0)))


def _plain(vendor: str, text: str) -> str:
    """Return a version without what vendors put around it (dates, `(20211130)`)."""
    word = text.strip().split(" ")[0]
    return re.sub(r"\(\d+\)$", "", word) if vendor == "yealink" else word


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(each) for each in re.split(r"[.-]", text))


def _padded(numbers: tuple[int, ...], length: int) -> tuple[int, ...]:
    return (*numbers, *(0 for _ in range(length - len(numbers))))
