"""How a Grandstream fetches: its addresses without a scheme, its four names, its firmware.

Source: facts on Grandstream, section B (request order) and C (User-Agent), firmware section 2.
"""

import re
from typing import Final

from reconciler.lab.phones.device import Phone
from reconciler.lab.phones.grandstream.file import read_file
from reconciler.lab.phones.visit import Applied, BadFileError, Provisioning, Visit

_SCHEMES: Final = {"0": "tftp", "1": "http", "2": "https", "3": "ftp", "4": "ftps"}
_ONE_PROTOCOL: Final = re.compile(r"HT|GXP14|GXP20")
"""Models whose P212 is for firmware, too."""


def _address(protocol: str, place: str) -> str:
    """Return an address; the place may carry a scheme, which wins."""
    return place if "://" in place else f"{_SCHEMES.get(protocol, 'https')}://{place}"


def provisioning(phone: Phone, offered: str | None) -> Provisioning | None:
    """Return where it fetches: DHCP's offer unless P145 forbids it, else its own (P237)."""
    settings = phone.settings
    own = settings.get("237", "")
    if offered is not None and settings.get("145", "1") != "0":
        url = offered if "://" in offered else _address(settings.get("212", "2"), offered)
    elif own:
        url = _address(settings.get("212", "2"), own)
    else:
        return None
    return Provisioning(url, settings.get("1360", ""), settings.get("1361", ""))


def agent(phone: Phone) -> str:
    """Return its User-Agent; adapters name their hardware revision."""
    identity = phone.identity
    revision = " V1.1A" if identity.model.startswith("HT") else ""
    return (
        f"Grandstream Model HW {identity.model}{revision} SW {identity.firmware} "
        f"DevId {identity.mac}"
    )


async def fetch(phone: Phone, visit: Visit) -> Applied | None:
    """Fetch the first of its names that is there, or all of them with P8467=1."""
    settings, identity = phone.settings, phone.identity
    before, after = settings.get("234", ""), settings.get("235", "")
    found: dict[str, str] = {}
    came = False
    names = (f"cfg{identity.mac}.xml", f"cfg{identity.mac}", f"cfg{identity.model.lower()}.xml",
             "cfg.xml")  # fmt: skip
    refused: BadFileError | None = None
    for name in names:
        raw = await visit.get(f"{before}{name}{after}")
        if raw is None:
            continue
        try:
            # What comes later is more general, and must not win.
            values = read_file(raw, name, identity, settings.get("1359", ""))
            found = {**values, **found}
            came = True
        except BadFileError as error:
            refused = refused or error
        if settings.get("8467") != "1":
            break
    if refused is not None and not came:
        raise refused
    return Applied(found, found.get("2")) if came else None


def image(phone: Phone) -> Provisioning | None:
    """Return where its firmware is (P192), unless it is told not to look (P238=2)."""
    settings, model = phone.settings, phone.identity.model
    place = settings.get("192", "")
    if not place or settings.get("238") == "2":
        return None
    protocol = settings.get("212" if _ONE_PROTOCOL.match(model) else "6767", "1")
    folder = _address(protocol, place).rstrip("/")
    name = f"{settings.get('232', '')}{model.lower()}fw.bin{settings.get('233', '')}"
    return Provisioning(f"{folder}/{name}", settings.get("6768", ""), settings.get("6769", ""))
