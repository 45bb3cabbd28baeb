"""Readers of the formats, written from the facts alone: nothing here comes from the package.

Each returns what a phone would hold after reading a file: parameter -> value, in order; a
parameter that is there more than once (Yealink's user_password) has several values.
"""

import re
from pathlib import Path

from lxml import etree

Parameters = dict[str, list[str]]


def read_yealink(text: str) -> Parameters:
    """`key = value` after the line that makes it a configuration."""
    if text.startswith("<?xml"):
        return read_directory(text)
    first, *lines = text.split("\n")
    assert first == "#!version:1.0.0.1"
    found: Parameters = {}
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        include = re.fullmatch(r'include:config "([^"]+)"', line)
        if include:
            found.setdefault("include:config", []).append(include[1])
            continue
        key, equals, value = line.partition("=")
        assert equals, line
        key = re.sub(r"^\[[A-Za-z0-9_,]+\]", "", key.strip())
        assert re.fullmatch(r"[A-Za-z0-9_.]+", key), line
        found.setdefault(key, []).append(value.strip())
    return found


def read_directory(text: str) -> Parameters:
    """Phonebooks of Yealink and Grandstream phones: `name/number`."""
    root = etree.fromstring(text.encode())
    contacts = [
        f"{each.findtext('Name')}/{each.findtext('Telephone')}"
        for each in root.iter("DirectoryEntry")
    ]
    for each in root.iter("Contact"):
        number = each.findtext("Phone/phonenumber")
        contacts.append(f"{each.findtext('FirstName')}/{number}")
    return {"contact": contacts}


def read_grandstream(text: str) -> Parameters:
    """`<P1>value</P1>`, or `<item name="...">value</item>`."""
    root = etree.fromstring(text.encode())
    if root.tag == "AddressBook":
        return read_directory(text)
    assert root.tag == "gs_provision"
    assert root.get("version") == "1"
    (config,) = root.findall("config")
    found: Parameters = {}
    for element in config.iterchildren("*"):
        named = config.get("version") == "2"
        name = element.get("name") if named else element.tag
        assert name is not None
        assert named or re.fullmatch(r"P\d+", name), name
        parts = element.findall("part")
        if parts:  # `<item name="account.1"><part name="sip.userid">` says the same at length
            assert named
            for part in parts:
                found.setdefault(f"{name}.{part.get('name')}", []).append(part.text or "")
            continue
        assert len(element) == 0
        found.setdefault(name, []).append(element.text or "")
    mac = root.findtext("mac")
    return {**found, "mac": [mac]} if mac else found


def read_polycom(text: str) -> Parameters:
    """Attributes of whatever element; the directory's entries as `fn/ct/sd`."""
    root = etree.fromstring(text.encode())
    found: Parameters = {}
    for element in root.iter("*"):
        for name, value in element.attrib.items():
            found.setdefault(str(name), []).append(str(value))
    for item in root.iter("item"):
        texts = [item.findtext(name) or "" for name in ("fn", "ct", "sd")]
        found.setdefault("speed dial", []).append("/".join(texts))
    return found


def read_snom(text: str) -> Parameters:
    """`<name idx="1" perm="R">value</name>`; keys by their number from 0; files of a list."""
    root = etree.fromstring(text.encode())
    assert root.tag in ("settings", "setting-files", "tbook")
    found: Parameters = {}
    for each in root.findall("phone-settings/*"):
        index = each.get("idx")
        assert each.get("perm") in ("R", "RW", "!", "$", "", None)
        found.setdefault(f"{each.tag}.{index}" if index else str(each.tag), []).append(
            each.text or ""
        )
    for each in root.findall("functionKeys/fkey"):
        key = f"fkey.{each.get('idx')}"
        found.setdefault(key, []).append(each.text or "")
        for part in ("label", "context", "perm"):
            found.setdefault(f"{key}.{part}", []).append(each.get(part) or "")
    for each in root.iter("file"):
        found.setdefault("file", []).append(each.get("url") or "")
    for item in root.iter("item"):
        texts = [item.findtext(name) or "" for name in ("name", "number")]
        found.setdefault("contact", []).append("/".join(texts))
    return found


def read_fanvil(text: str) -> Parameters:
    """`<sysConf>`: elements as paths, an index after a dot."""
    root = etree.fromstring(text.encode())
    assert root.tag == "sysConf"
    assert root.findtext("Version") == "2.0000000000"
    found: Parameters = {}

    def walk(element: "etree._Element", path: str) -> None:
        for each in element.iterchildren("*"):
            index = each.get("index")
            here = f"{path}{each.tag}{f'.{index}' if index else ''}"
            if len(each):
                walk(each, f"{here}/")
            else:
                found.setdefault(here, []).append(each.text or "")

    walk(root, "")
    return found


def read_generic(text: str) -> Parameters:
    """`<item name="...">value</item>`, or contacts."""
    root = etree.fromstring(text.encode())
    found: Parameters = {}
    for item in root.iter("item"):
        found.setdefault(item.get("name") or "", []).append(item.text or "")
    for contact in root.iter("contact"):
        texts = f"{contact.get('name')}/{contact.get('number')}"
        found.setdefault("contact", []).append(texts)
    return found


READERS = {
    "fanvil": read_fanvil,
    "generic": read_generic,
    "yealink": read_yealink,
    "grandstream": read_grandstream,
    "polycom": read_polycom,
    "snom": read_snom,
}


def read_folder(folder: Path, vendor: str) -> dict[str, Parameters]:
    """Return the files of a folder, read."""
    reader = READERS[vendor]
    return {
        each.name: reader(each.read_text(encoding="utf-8")) for each in sorted(folder.iterdir())
    }
