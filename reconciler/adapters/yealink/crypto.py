"""How Yealinks want passwords: RSA and AES as their login pages' scripts do it (yealink.md, A)."""

import base64
import hashlib
import re
import secrets
from typing import Final, NamedTuple

_LARGEST: Final = 1024
"""Hex digits of the longest modulus that is believed (4096 bits)."""


class PublicKey(NamedTuple):
    """An RSA key as a page gives it."""

    modulus: int
    exponent: int

    @property
    def size(self) -> int:
        """Length of the modulus in bytes."""
        return (self.modulus.bit_length() + 7) // 8


def public_key(modulus: str, exponent: str) -> PublicKey | None:
    """Return a key of two hex texts; None if they are none, or such as nobody would use."""
    if not re.fullmatch(rf"[0-9a-fA-F]{{64,{_LARGEST}}}", modulus):
        return None
    if not re.fullmatch(r"[0-9a-fA-F]{1,8}", exponent):
        return None
    key = PublicKey(int(modulus, 16), int(exponent, 16))
    return key if key.size >= 32 and key.exponent >= 3 and key.modulus % 2 else None


def encrypt(text: str, key: PublicKey) -> str:
    """Return the PKCS #1 v1.5 cipher text in lower-case hex, leading zeros dropped, even length.

    The keys of old phones are shorter than what `cryptography` still loads, so the arithmetic is
    done here. Raises ValueError if the text does not fit.
    """
    message = text.encode()
    room = key.size - len(message) - 3
    if room < 8:
        raise ValueError("too long for the phone's key")
    padding = bytes(secrets.choice(range(1, 256)) for _ in range(room))
    block = b"\x00\x02" + padding + b"\x00" + message
    digits = f"{pow(int.from_bytes(block, 'big'), key.exponent, key.modulus):x}"
    return digits if len(digits) % 2 == 0 else f"0{digits}"


class Sealed(NamedTuple):
    """What the login form of generations B and C takes."""

    pwd: str
    rsakey: str
    rsaiv: str


def seal_password(password: str, session: str, key: PublicKey) -> Sealed:
    """Return `<random>;<session>;<password>` under fresh keys, and these under the phone's."""
    aes_key, iv = (hashlib.md5(secrets.token_bytes(16), usedforsecurity=False).hexdigest()
                   for _ in range(2))  # fmt: skip
    text = f"0.{secrets.randbelow(10**16):016d};{session};{password}"
    return Sealed(aes(text, aes_key, iv), encrypt(aes_key, key), encrypt(iv, key))


def aes(text: str, key: str, iv: str) -> str:
    """Return the text under AES-128-CBC with zero padding, in base64; key and iv are hex."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    data = text.encode()
    data += b"\x00" * (-len(data) % 16)
    cipher = Cipher(algorithms.AES(bytes.fromhex(key)), modes.CBC(bytes.fromhex(iv)))
    encryptor = cipher.encryptor()
    return base64.b64encode(encryptor.update(data) + encryptor.finalize()).decode()
