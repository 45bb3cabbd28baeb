"""Signatures: an address that holds HMAC-SHA256 over the device's MAC. Pure.

The message is the MAC in lower case with colons, the key the text of the signing key in UTF-8, the
result lower-case hex (freesdn.md 3: the same addresses work there). A signature does not expire:
phones keep their address for years. A new key makes new ones.
"""

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

SHORTEST: Final = 32
"""Characters that a signing key needs."""


def sign(key: str, mac: str) -> str:
    """Return the signature of a device. `mac` is 12 lower-case hex digits."""
    colons = ":".join(mac[each : each + 2] for each in range(0, 12, 2))
    return hmac.digest(key.encode(), colons.encode(), "sha256").hex()


def key_id(key: str) -> str:
    """Return the name of a key, which does not tell it: 12 hex digits."""
    return sha256(b"reconciler provisioning key\0" + key.encode()).hexdigest()[:12]


def signed_with(shown: Sequence[str], mac: str, keys: Sequence[str]) -> int | None:
    """Return which key made one of the signatures; None when none did.

    Takes the same time whichever it is, or none: every key, every signature.
    """
    found: int | None = None
    for number, key in enumerate(keys):
        right = sign(key, mac)
        for each in shown or ("",):
            if hmac.compare_digest(right.encode(), each.encode("utf-8", "replace")):
                found = number if found is None else found
    return found
