"""What a secret has to be: length, characters, and not the first thing somebody would try.

No function here ever says the value. Pure.
"""

from itertools import pairwise
from secrets import choice

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
"""Letters and digits that nobody mistakes for others, and that no format needs to escape."""

SECRET_LENGTH = 32
PIN_LENGTH = 6
DEVICE_KEY_LENGTH = 20
"""Characters that a device key has at least: it is all that stands between strangers and an
account, and they may try as often as they like."""
_COMMON = frozenset({"password", "secret", "changeme", "asterisk", "letmein", "administrator"})


def is_pin(path: str) -> bool:
    """Whether the field holds a PIN, by its name."""
    return path.rpartition(".")[2].lower().endswith("pin")


def unfit(path: str, value: str) -> str | None:
    """Return why the value cannot stand in the field, in words that follow "the value"; or None.

    Limits: a PIN has 4 to 10 digits, a SIP password (`secret`) 8 to 128 characters, a device key
    20 or more letters and digits (it stands in an address).
    """
    if not value.isprintable() and any(char in value for char in "\r\n\0"):
        return "contains a line break or a NUL, which no configuration can hold"
    if not value:
        return "is empty"
    name = path.rpartition(".")[2]
    if name == "secret" and not 8 <= len(value) <= 128:
        return f"has {len(value)} characters instead of 8 to 128"
    if is_pin(name) and not (value.isascii() and value.isdigit() and 4 <= len(value) <= 10):
        return "is not 4 to 10 digits"
    if name == "device_key":
        return _unfit_key(value)
    return None


def _unfit_key(value: str) -> str | None:
    if len(value) < DEVICE_KEY_LENGTH:
        return f"has {len(value)} characters instead of {DEVICE_KEY_LENGTH} or more"
    if not value.isascii() or not value.replace("-", "").replace("_", "").isalnum():
        return "has characters other than letters, digits, - and _"
    return "is a number" if value.isdigit() else None


def weakness(value: str, key: str) -> str | None:
    """Return why the value would be guessed, in words that follow "the value"; or None.

    `key` is the object's own key: an extension's number is the first password that is tried.
    """
    low = value.lower()
    if low == key.lower() or low == key.lower() * (len(low) // max(1, len(key))):
        return "is the object's own number or name"
    if len(set(value)) <= 2:
        return "repeats one or two characters"
    if value.isdigit():
        gaps = {(int(b) - int(a)) % 10 for a, b in pairwise(value)}
        if gaps in ({1}, {9}):
            return "is a sequence"
        half = value[: len(value) // 2]
        if len(value) % 2 == 0 and value == half * 2:
            return "repeats itself"
    if low in _COMMON or low.rstrip("0123456789!") in _COMMON:
        return "is one of the first that are tried"
    return None


def generate(path: str, key: str) -> str:
    """Return a new value for the field: 6 digits for a PIN, else 32 letters and digits."""
    if not is_pin(path):
        return "".join(choice(ALPHABET) for _ in range(SECRET_LENGTH))
    while True:
        pin = "".join(choice("0123456789") for _ in range(PIN_LENGTH))
        if weakness(pin, key) is None and not (key and (key in pin or pin in key)):
            return pin
