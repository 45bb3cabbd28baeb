"""Keys of inbound routes: a dialled number, and who calls it."""

from typing import NamedTuple

from reconciler.kinds.marks import Key

_DID = r"\+[0-9]{2,15}|[0-9]{1,20}|any"
_CALLER = r"\+?[0-9]{1,20}|anonymous"

DID = Key(
    rf"(?:{_DID})(?:@(?:{_CALLER}))?",
    "the dialled number as +16035550100, as plain digits where the trunk delivers it so, or any; "
    "calls from one caller only as +16035550100@+16035550155 (or @anonymous)",
)


class Dialled(NamedTuple):
    """A route's key, read: the dialled number (None is any) and the caller (None is any)."""

    did: str | None
    caller: str | None


def parse_did(key: str) -> Dialled:
    """Read an inbound route's key. `anonymous` stays as it is as the caller."""
    did, _, caller = key.partition("@")
    return Dialled(None if did == "any" else did, caller or None)
