"""What Yealink's login pages encrypt, opened with the phone's key.

Source: facts on Yealink, A (C login, D login): RSA PKCS#1 v1.5 of the hex digits of an AES-128-CBC
key; whether the cipher text is hex or base64 is disputed, so that both are taken.
"""

import base64
import binascii
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

MARK: Final = "__WUI_ENC__:"


@cache
def web_key() -> rsa.RSAPrivateKey:
    """Return the key of the login pages, one for all phones; theirs have 1,024 bits."""
    return rsa.generate_private_key(public_exponent=0x10001, key_size=1024)  # noqa: S505


def modulus() -> str:
    """Return the public half as pages carry it, in hex."""
    return f"{web_key().public_key().public_numbers().n:0256x}"


def unlock(cipher: str) -> str | None:
    """Return what was encrypted for the phone, given in hex or in base64."""
    for raw in (_from_hex(cipher), _from_base64(cipher)):
        if len(raw) == 128:
            with suppress(ValueError):
                return web_key().decrypt(raw, padding.PKCS1v15()).decode("latin-1")
    return None


def opened(form: Mapping[str, str], cookie: str) -> str | None:
    """Return the password in a login form that was made for the page with this cookie."""
    key, iv = unlock(form.get("rsakey", "")), unlock(form.get("rsaiv", ""))
    try:
        aes = algorithms.AES(bytes.fromhex(key or ""))
        decryptor = Cipher(aes, modes.CBC(bytes.fromhex(iv or ""))).decryptor()
        sealed = base64.b64decode(form.get("pwd", ""))
        text = (decryptor.update(sealed) + decryptor.finalize()).rstrip(b"\0")
    except (ValueError, binascii.Error):
        return None
    parts = text.decode("utf-8", "replace").split(";", 2)
    return parts[2] if len(parts) == 3 and parts[1] == cookie else None


def _from_hex(digits: str) -> bytes:
    with suppress(ValueError):
        return bytes.fromhex(digits.zfill(256))
    return b""


def _from_base64(text: str) -> bytes:
    with suppress(ValueError, binascii.Error):
        return base64.b64decode(text + "=" * (-len(text) % 4))
    return b""
