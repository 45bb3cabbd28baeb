"""Tokens: a part of a device's address that nobody can guess, kept as its hash. Pure.

A device may have several at once:

    first      given to people or a redirection service, for the first access; expires
    link       in a softphone's QR code; expires, and can be made to work once
    steady     in the address that its own files name (a softphone's device key is one)
    previous   the steady one before, after a rotation

The first request with the steady token ends first and previous ones: the device has its new
address. So a first-access token cannot be used again by whoever finds the note that it was written
on.
"""

import hmac
from collections.abc import Iterable, Sequence
from hashlib import sha256
from secrets import choice
from typing import Final, Literal, NamedTuple, TypeAlias

from reconciler.model.address import Address

ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
LENGTH: Final = 32
"""Letters and digits that nobody mistakes for others: 186 bits."""

Kind: TypeAlias = Literal["first", "link", "steady"]
State: TypeAlias = Literal[
    "current", "previous", "first access", "link", "expired", "used", "revoked"
]
Ended: TypeAlias = Literal["", "used", "revoked"]


class Token(NamedTuple):
    """A token without its text. Times are ISO 8601 in UTC; empty for never.

    `digest` is its SHA-256 in hex; `once` says that it ends with its first use, `ended` why it
    counts no more.
    """

    digest: str
    owner: Address
    kind: Kind
    issued_at: str
    expires_at: str = ""
    first_used: str = ""
    last_used: str = ""
    ended: Ended = ""
    ended_at: str = ""
    once: bool = False

    @property
    def mark(self) -> str:
        """What a token is called where it must not be shown."""
        return f"{self.digest[:8]}..."


def new_token() -> str:
    """Return a new token."""
    return "".join(choice(ALPHABET) for _ in range(LENGTH))


def digest_of(token: str) -> str:
    """Return what is kept of a token."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def counts(token: Token, now: str) -> bool:
    """Whether a token opens anything. `now` is ISO 8601 in UTC, to the second."""
    return not token.ended and not (token.expires_at and token.expires_at <= now)


def state_of(token: Token, current: str, now: str) -> State:
    """Return how a token stands; `current` is the digest of the device's published one."""
    if token.ended == "revoked":
        return "revoked"
    if token.ended == "used":
        return "used"
    if not counts(token, now):
        return "expired"
    if token.kind != "steady":
        return "first access" if token.kind == "first" else "link"
    return "current" if token.digest == current else "previous"


def shown_among(shown: Sequence[str], tokens: Iterable[Token], now: str) -> Token | None:
    """Return which of a device's tokens was shown and counts; every one is compared."""
    digests = [digest_of(each) for each in shown or ("",)]
    found: Token | None = None
    for token in tokens:
        for digest in digests:
            if hmac.compare_digest(token.digest, digest) and counts(token, now):
                found = token
    return found


def ended_by(used: Token, current: str, tokens: Iterable[Token]) -> list[Token]:
    """Return the tokens that end with the use of one: itself, or those that led to it."""
    if used.once:
        return [used]
    if used.digest != current:
        return []
    return [
        each
        for each in tokens
        if each.digest != used.digest and each.kind != "link" and not each.ended
    ]
