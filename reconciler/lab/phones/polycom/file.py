"""Poly's files: a master file that names others, and files of which attributes alone count. Pure.

Source: facts on Poly, section B; part numbers from the table there.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from reconciler.lab.phones.device import Identity
from reconciler.lab.phones.markup import read_xml

_PARTS: Final = {
    "VVX101": "3111-40250-001", "VVX150": "3111-48810-001", "VVX201": "3111-40450-001",
    "VVX250": "3111-48820-001", "VVX300": "3111-46135-002", "VVX301": "3111-48300-001",
    "VVX310": "3111-46161-001", "VVX311": "3111-48350-001", "VVX350": "3111-48830-001",
    "VVX400": "3111-46157-002", "VVX401": "3111-48400-001", "VVX410": "3111-46162-001",
    "VVX411": "3111-48450-001", "VVX450": "3111-48840-001", "VVX500": "3111-44500-001",
    "VVX501": "3111-48500-001", "VVX600": "3111-44600-001", "VVX601": "3111-48600-001",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Master:
    """What a master file says: the firmware's file, and the files of settings in their order."""

    image: str
    files: tuple[str, ...]
    overrides: str = ""
    contacts: str = ""
    logs: str = ""


def plain(identity: Identity) -> str:
    """Return the model as names of attributes carry it ("VVX411", "EdgeE350")."""
    return identity.model.replace(" ", "")


def _spelt(text: str, identity: Identity) -> str:
    words = {
        "PHONE_MAC_ADDRESS": identity.mac, "MACADDRESS": identity.mac,
        "PHONE_PART_NUMBER": _PARTS.get(plain(identity), ""), "PHONE_MODEL": plain(identity),
    }  # fmt: skip
    return re.sub(r"\[(\w+)\]", lambda found: words.get(found[1], found[0]), text)


def read_master(raw: bytes, name: str, identity: Identity) -> Master | dict[str, str]:
    """Return a master file, or the settings of a file that is none.

    Raises BadFileError.
    """
    root = read_xml(raw, name)
    application = root if root.tag == "APPLICATION" else root.find("APPLICATION")
    if application is None:
        return attributes(root)
    model = plain(identity).upper()
    own = application.find(f"APPLICATION_{model}")

    def said(attribute: str) -> str:
        special = None if own is None else own.get(f"{attribute}_{model}")
        text = application.get(attribute, "") if special is None else special
        return _spelt(text, identity)

    files = tuple(each.strip() for each in said("CONFIG_FILES").split(",") if each.strip())
    return Master(said("APP_FILE_PATH"), files, said("OVERRIDES_DIRECTORY"),
                  said("CONTACTS_DIRECTORY"), said("LOG_FILE_DIRECTORY"))  # fmt: skip


def read_config(raw: bytes, name: str) -> dict[str, str]:
    """Return a file's settings: attributes, whatever elements they stand in.

    Raises BadFileError.
    """
    return attributes(read_xml(raw, name))


def attributes(root: Any) -> dict[str, str]:
    """Return all attributes of a tree; the first of a name counts."""
    found: dict[str, str] = {}
    for element in root.iter():
        for name, value in element.attrib.items():
            found.setdefault(name, value)
    return found
