"""Patterns of dialled numbers, in Asterisk's letters: what they take."""

import re
from functools import cache


def shortest(pattern: str) -> int:
    """Return the length of the shortest number that a dial pattern takes."""
    bare = re.sub(r"\[[^\]]*\]", "0", pattern)
    return len(bare) - bare.endswith("!")


@cache
def taken_by(pattern: str) -> re.Pattern[str]:
    """Return what a dial pattern takes, as a regular expression for the whole number."""
    bare = pattern.removeprefix("_")
    open_end = {".": ".+", "!": ".*"}.get(bare[-1:], "")
    body = bare[:-1] if open_end else bare
    sets = re.findall(r"\[[^\]]*\]|.", body)
    return re.compile(
        "".join(_LETTERS.get(each.upper()) or _as_set(each) for each in sets) + open_end
    )


_LETTERS = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]"}


def _as_set(text: str) -> str:
    return text if text.startswith("[") else re.escape(text)
