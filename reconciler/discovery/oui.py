"""Whose MAC it is: our reviewed rows, then the IEEE's list as packaged in netaddr. Pure."""

from functools import cache
from importlib.resources import files
from typing import Final

from reconciler.discovery.evidence import Seen

_NAMES: Final = (
    ("grandstream", "grandstream"), ("yealink", "yealink"), ("polycom", "polycom"),
    ("snom technology", "snom"), ("fanvil", "fanvil"), ("gigaset", "gigaset"),
)  # fmt: skip
"""Words in the IEEE's names of companies that make little else than phones."""


@cache
def _rows() -> dict[str, tuple[str, str]]:
    text = files(__package__).joinpath("oui.txt").read_text(encoding="utf-8")
    lines = (line.split() for line in text.splitlines() if line and line[0] != "#")
    return {prefix: (vendor, sure) for prefix, vendor, sure in lines}


def whose_mac(mac: str) -> Seen | None:
    """Return the likely vendor of a MAC (12 lower-case digits), never a model; None if unknown."""
    prefix = mac[:6].upper()
    known = _rows().get(prefix)
    if known is not None:
        vendor, sure = known
        what = f"MAC {prefix} is {vendor}'s"
        return Seen("mac", what, vendor, mac=mac, sure="medium" if sure == "medium" else "low")
    name = _registered(mac)
    if name is None:
        return None
    vendor = next((vendor for word, vendor in _NAMES if word in name.lower()), "")
    return Seen("mac", f"MAC {prefix} is registered to {name[:60]}", vendor, mac=mac, sure="low")


def _registered(mac: str) -> str | None:
    """Return the company in the IEEE's list; loaded when first needed, some 150 ms."""
    from netaddr import EUI
    from netaddr.core import AddrFormatError, NotRegisteredError

    try:
        return str(EUI(mac).oui.registration().org)
    except (NotRegisteredError, AddrFormatError, ValueError):
        return None
