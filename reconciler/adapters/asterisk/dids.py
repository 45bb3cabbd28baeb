"""Numbers as carriers deliver them: `+16035550100` also comes as 16035550100, 6035550100, 00..."""

from typing import Final

from reconciler.adapters.asterisk.carrier import Setup
from reconciler.kinds.did import spellings_of

NOBODY: Final = ("_[a-zA-Z]!", "")
"""How a caller without a number is shown, as patterns: as any word (carriers write anonymous,
Anonymous, Restricted, unavailable), or as nothing at all."""


def spellings(number: str, setup: Setup) -> tuple[str, ...]:
    """Return how a number may be delivered to this PBX."""
    return spellings_of(number, setup.country)


def caller_spellings(caller: str, setup: Setup) -> tuple[str, ...]:
    """Return how a caller's number may be shown: as a number, or as `NOBODY`."""
    return NOBODY if caller == "anonymous" else spellings(caller, setup)


def prefix_patterns(prefix: str) -> tuple[str, ...]:
    """Return patterns for all numbers that begin so (`+1900`)."""
    bare = prefix.removeprefix("+")
    forms = (prefix, bare, f"00{bare}") if prefix.startswith("+") else (prefix,)
    return tuple(f"_{form}!" for form in forms)
