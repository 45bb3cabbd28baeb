"""Patterns of dialled numbers, in Asterisk's letters: what they take."""

import re
from functools import cache
from itertools import zip_longest
from typing import NamedTuple


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
    if not text.endswith("]"):
        return re.escape(text)
    return f"[{''.join(map(re.escape, sorted(found)))}]" if (found := set_of(text)) else "(?!)"


def set_of(text: str) -> frozenset[str]:
    """Return what a set (`[15-9]`) takes: of a range that goes down, nothing.

    A dash that is between no two ends is for the eye, and `^` is itself. Seen on 22.10.
    """
    ranges = re.findall(r"(.)-(.)|([^-])", text[1:-1])
    every = (range(ord(a or one), ord(z or one) + 1) for a, z, one in ranges)
    return frozenset(chr(code) for each in every for code in each)


class _Shape(NamedTuple):
    """What a pattern takes: at each place one of these, and at an open end anything more."""

    places: tuple[frozenset[str], ...]
    open_end: bool
    least: int


@cache
def _shape(pattern: str) -> _Shape:
    bare = pattern.removeprefix("_")
    end = bare[-1:] if bare[-1:] in (".", "!") else ""
    sets = re.findall(r"\[[^\]]*\]|.", bare.removesuffix(end))
    places = tuple(_taken_at(each) for each in sets)
    return _Shape(places, bool(end), len(places) + (end == "."))


def _taken_at(text: str) -> frozenset[str]:
    one = re.compile(_LETTERS.get(text.upper()) or _as_set(text))
    return frozenset(each for each in _DIALLED if one.fullmatch(each))


_DIALLED = [chr(code) for code in range(33, 127)]


def breadth(pattern: str) -> tuple[int, ...]:
    """Return how wide a pattern is at each place: Asterisk takes the narrowest, from the left on.

    Source: pbx.c (the tree of patterns); `.` comes after all that is one place, `!` after `.`.
    """
    shape = _shape(pattern)
    end = {".": (len(_DIALLED) + 1,), "!": (len(_DIALLED) + 2,)}.get(pattern[-1:], ())
    return (*(len(each) for each in shape.places), *end)


def covers(pattern: str, other: str) -> bool:
    """Whether a pattern takes every number that another pattern, or number, takes."""
    wide, narrow = _shape(pattern), _shape(other)
    if narrow.least < wide.least or (
        not wide.open_end and (narrow.open_end or narrow.least != wide.least)
    ):
        return False
    inner = zip_longest(narrow.places[: len(wide.places)], wide.places)
    return all(this is not None and this <= that for this, that in inner)


def overlap(pattern: str, other: str) -> bool:
    """Whether there is a number that both patterns take."""
    one, two = _shape(pattern), _shape(other)
    if (one.least > two.least and not two.open_end) or (two.least > one.least and not one.open_end):
        return False
    return all(this & that for this, that in zip(one.places, two.places, strict=False))
