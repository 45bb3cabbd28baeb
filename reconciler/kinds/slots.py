"""Slots of a parking lot: a range of numbers."""

import re


def parse_slots(text: str) -> range | None:
    """Read `701-720`; None if it is no such range."""
    found = re.fullmatch(r"([0-9]{1,10})\s*-\s*([0-9]{1,10})", text)
    if found is None or not 0 <= int(found[2]) - int(found[1]) < 1000:
        return None
    return range(int(found[1]), int(found[2]) + 1)
