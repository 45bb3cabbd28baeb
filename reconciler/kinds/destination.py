"""Destinations: where a call goes next, as text and read."""

import re
from functools import lru_cache
from typing import NamedTuple

DESTINATION_KINDS: tuple[str, ...] = (
    "extension", "ring_group", "queue", "ivr", "schedule", "announcement", "voicemail",
    "conference", "day_night", "parking_lot", "paging_group", "external",
)  # fmt: skip
"""What a destination may name. `voicemail` is an extension's box, `external` an outside number."""

_DESTINATION = re.compile(
    r"(?:(?P<pbx>[A-Za-z0-9][A-Za-z0-9._-]*):)?(?P<kind>[a-z_]+)/(?P<key>\S+)"
)
_EXTERNAL_NUMBER = re.compile(r"\+?[0-9*#]{2,32}")


class Destination(NamedTuple):
    """Where a call goes next. `pbx` is empty for the own one; `hangup` has no key."""

    kind: str
    key: str
    pbx: str = ""


@lru_cache(maxsize=65536)
def parse_destination(text: str) -> Destination | None:
    """Read `kind/key`, `pbx:kind/key` or `hangup`; None if it is none of them."""
    if text == "hangup":
        return Destination("hangup", "")
    found = _DESTINATION.fullmatch(text)
    if found is None or found["kind"] not in DESTINATION_KINDS:
        return None
    if found["kind"] == "external" and not _EXTERNAL_NUMBER.fullmatch(found["key"]):
        return None
    return Destination(found["kind"], found["key"], found["pbx"] or "")
