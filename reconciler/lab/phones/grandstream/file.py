"""Grandstream's files: XML in two dialects, encrypted XML, and the binary form of old phones. Pure.

Source: facts on Grandstream, section B.
"""

import hashlib
import re
import struct
from typing import Final
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from reconciler.lab.phones.device import Identity
from reconciler.lab.phones.grandstream.values import bare, number_of
from reconciler.lab.phones.markup import read_xml
from reconciler.lab.phones.visit import BadFileError

_ALIAS_MODELS: Final = re.compile(r"GRP|WP|GXP21")
"""Models that read names instead of P-values (`config version="2"`)."""
_SALTED: Final = b"Salted__"
_HEADER: Final = struct.Struct(">IH6s4s")


def read_file(raw: bytes, name: str, identity: Identity, key: str) -> dict[str, str]:
    """Return P-values from a file of any form. `key` opens encrypted ones (P1359).

    Raises BadFileError for what the phone does not take.
    """
    if raw.startswith(_SALTED):
        raw = _decrypt(raw, key, name)
    if raw.lstrip()[:1] == b"<":
        return _read_xml(raw, name, identity)
    return read_binary(raw, name, identity.mac)


def _decrypt(raw: bytes, key: str, name: str) -> bytes:
    """Open what `openssl enc -aes-256-cbc -salt -md md5` made."""
    salt, sealed = raw[8:16], raw[16:]
    material, block = b"", b""
    while len(material) < 48:
        seed = block + key.encode() + salt
        block = hashlib.md5(seed, usedforsecurity=False).digest()
        material += block
    decryptor = Cipher(algorithms.AES(material[:32]), modes.CBC(material[32:48])).decryptor()
    try:
        padded = decryptor.update(sealed) + decryptor.finalize()
        unpadder = padding.PKCS7(128).unpadder()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError as error:
        raise BadFileError(f"{name}: the key does not open it") from error


def _read_xml(raw: bytes, name: str, identity: Identity) -> dict[str, str]:
    root = read_xml(raw, name)
    if root.tag != "gs_provision":
        raise BadFileError(f"{name}: its root is {root.tag}, not gs_provision")
    mac = (root.findtext("mac") or "").strip().lower().replace(":", "")
    if mac and mac != identity.mac:
        raise BadFileError(f"{name} is for {mac}, not for {identity.mac}")
    config = root.find("config")
    if config is None:
        raise BadFileError(f"{name} has no config")
    if config.get("version") == "2":
        return _read_aliases(config, name, identity)
    return {
        bare(each.tag): (each.text or "").strip()
        for each in config
        if isinstance(each.tag, str) and re.fullmatch(r"P\d+", each.tag)
    }


def _read_aliases(config: object, name: str, identity: Identity) -> dict[str, str]:
    """Read the dialect of names: an item of its own, or parts of one."""
    if not _ALIAS_MODELS.match(identity.model):
        raise BadFileError(f"{name} is in the dialect of names, which a {identity.model} has not")
    found: dict[str, str] = {}
    for item in config.iter("item"):  # type: ignore[attr-defined]
        parts = item.findall("part")
        pairs = [(f"{item.get('name')}.{each.get('name')}", each.text) for each in parts]
        for alias, value in pairs or [(item.get("name") or "", item.text)]:
            number, meant = number_of(alias, (value or "").strip())
            found[number] = meant
    return found


def read_binary(raw: bytes, name: str, mac: str) -> dict[str, str]:
    """Read the binary form: length in words, a checksum to zero, the MAC, then a query string."""
    if len(raw) < _HEADER.size or len(raw) % 2:
        raise BadFileError(f"{name} is neither XML nor the binary form")
    words, _checksum, whose, gap = _HEADER.unpack(raw[: _HEADER.size])
    if gap != b"\r\n\r\n" or words * 2 != len(raw):
        raise BadFileError(f"{name}: its header does not fit")
    if sum(struct.unpack(f">{len(raw) // 2}H", raw)) & 0xFFFF:
        raise BadFileError(f"{name}: its checksum does not fit")
    if whose.hex() != mac:
        raise BadFileError(f"{name} is for {whose.hex()}, not for {mac}")
    text = raw[_HEADER.size :].rstrip(b"\0").decode("latin-1")
    pairs = parse_qsl(text, keep_blank_values=True)
    return {bare(key): value for key, value in pairs if re.fullmatch(r"P\d+", key)}
