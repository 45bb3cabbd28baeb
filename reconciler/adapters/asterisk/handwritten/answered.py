"""What of ours is dialled and answered by hand-written dialplan before, as it stands now. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from reconciler.adapters.asterisk.handwritten.ahead import entry_at
from reconciler.kinds.dial_pattern import covers
from reconciler.model.live import Ahead, Way

_HOLDING: Final[Mapping[str, Way]] = {
    "rec-exts-": "number",
    "rec-numbers-": "number",
    "rec-features": "number",
    "rec-parking_lot-": "number",
    "rec-outbound_route-": "route",
    "rec-dids-": "did",
    "rec-callers-": "did",
}
"""Contexts of ours in which what is dialled stands, by how their names begin."""


class Answered(NamedTuple):
    """A hand-written line, and the numbers and patterns of ours that it answers."""

    line: Ahead
    numbers: tuple[str, ...]


def answered_first(
    ours: Iterable[tuple[str, Iterable[tuple[str, str]]]],
    boxes: Collection[str],
    ahead: Iterable[Ahead],
) -> Iterator[Answered]:
    """Yield the lines that take all calls, or messages, to something of ours.

    `ours` are contexts and lines, `boxes` the mailboxes.
    """
    held: dict[Way, dict[str, None]] = {}
    for name, lines in ours:
        way = next((way for start, way in _HOLDING.items() if name.startswith(start)), None)
        for variable, text in lines if way else ():
            if way and variable == "exten" and (entry := entry_at(text)):
                held.setdefault(way, {})[entry.takes] = None
    held["box"] = dict.fromkeys(boxes)
    for line in ahead:
        numbers = [each for way in sorted(line.hides) for each in _taken(line, held.get(way, {}))]
        if numbers and not line.partly:
            yield Answered(line, tuple(numbers))


def _taken(line: Ahead, held: Mapping[str, None]) -> Iterable[str]:
    if line.takes.isdecimal() or "box" in line.hides:
        return [line.takes] if line.takes in held else []
    return [each for each in held if covers(line.takes, each)]
