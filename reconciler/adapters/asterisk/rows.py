"""Rows of the index: which line in which context leads to which object.

Rows are spread over contexts by a hash, so that a change rewrites few lines. Asterisk visits at
most 128 contexts for one number (AST_PBX_MAX_STACK), so there are few of each family.
"""

import zlib
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from reconciler.adapters.asterisk.carrier import Setup
from reconciler.adapters.asterisk.dialplan import LONG_NUMBER, context_of, enter
from reconciler.adapters.asterisk.dids import caller_spellings, prefix_patterns, spellings
from reconciler.adapters.asterisk.render import CARRIERS
from reconciler.kinds.did import parse_did
from reconciler.model.address import Address
from reconciler.model.value import Fields

BUCKETS: Final[Mapping[str, int]] = {
    "exts": 32,
    "numbers": 8,
    "long": 8,
    "dids": 16,
    "callers": 8,
    "blocked": 8,
}
"""Over how many contexts a family's rows are spread."""


class Row(NamedTuple):
    """A number in a context, and what it does. Exact rows win over mere spellings of others."""

    context: str
    number: str
    application: str
    hint: str | None
    owner: Address
    exact: bool = True


def bucket(family: str, number: str) -> str:
    """Return the context in which a number stands."""
    name, _, _ = family.partition("-")
    return f"rec-{family}-{zlib.crc32(number.encode()) % BUCKETS[name]:02d}"


def rows_of(address: Address, fields: Fields, setup: Setup) -> Iterator[Row]:
    """Yield an object's rows."""
    if address.kind == "inbound_route":
        yield from _dids(address, fields, setup)
    elif address.kind == "blocklist":
        yield from _blocked(address, setup)
    elif address.kind in CARRIERS:
        family = "exts" if address.kind == "extension" else "numbers"
        for number, application, hint in CARRIERS[address.kind].numbers(address.key, fields):
            yield Row(bucket(family, number), number, application, hint, address)
        if address.kind == "extension" and len(address.key) >= LONG_NUMBER:
            ring = f"Goto({context_of('extension', address.key)},ring,1)"
            yield Row(bucket("long", address.key), address.key, ring, None, address)


def _dids(address: Address, fields: Fields, setup: Setup) -> Iterator[Row]:
    did, caller = parse_did(address.key)
    if did is None:
        return
    family = "dids" if caller is None else "callers"
    if fields.get("trunk"):
        family = f"{family}-{fields['trunk']}"
    application = enter("inbound_route", address.key)
    for number in spellings(did, setup):
        context = bucket(family, number)
        if caller is None:
            yield Row(context, number, application, None, address, number == did)
            continue
        for shown in caller_spellings(caller, setup):
            exact = (number, shown) == (did, caller)
            yield Row(context, f"{number}/{shown}", application, None, address, exact)


def _blocked(address: Address, setup: Setup) -> Iterator[Row]:
    key = address.key
    if key.endswith("*"):
        forms = prefix_patterns(key[:-1])
    else:
        forms = ("anonymous",) if key == "anonymous" else spellings(key, setup)
    application = enter("blocklist", key)
    for number in forms:
        yield Row(bucket("blocked", number), number, application, None, address, number == key)


def contexts(rows: Iterator[Row]) -> dict[str, list[Row]]:
    """Return rows by context. Of two that claim a number, the exact one, then the first, wins."""
    found: dict[str, dict[str, Row]] = {}
    for row in rows:
        place = found.setdefault(row.context, {})
        taken = place.get(row.number)
        if taken is None or (row.exact and not taken.exact):
            place[row.number] = row
    return {name: list(place.values()) for name, place in sorted(found.items())}
