"""Agents: what a device says of itself in User-Agent: vendor, model, firmware, MAC. Pure.

It is a claim, not a proof: it fills in what is known of a phone, and finds the phone behind a file
that is the same for many; nothing is let in because of it. Forms: grandstream.md C, yealink.md C,
polycom.md C, other-phones.md, discovery.md.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

LONGEST: Final = 512
"""Characters that are looked at; no device sends more."""


@dataclass(frozen=True, slots=True)
class Agent:
    """What a device says of itself. `mac` is 12 lower-case hex digits; empty texts are unsaid."""

    vendor: str = ""
    model: str = ""
    firmware: str = ""
    mac: str = ""


UNKNOWN: Final = Agent()

_MAC: Final = r"(?P<mac>[0-9A-Fa-f]{12}|[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5})"
_FORMS: Final = tuple(
    (vendor, re.compile(form, re.ASCII))
    for vendor, form in (
        ("grandstream",
         rf"Grandstream Model HW (?P<model>\w+)(?:\s+V\S+)? SW (?P<firmware>\S+) DevId {_MAC}"),
        ("grandstream",
         rf"Grandstream (?P<model>\w+) \(\S*?:(?P<firmware>[\d.]+)\S*\) DevId {_MAC}"),
        ("yealink",
         rf"[yY]ealink\s+(?:SIP(?: VP)?-)?(?P<model>\S+)\s+(?P<firmware>[\d.]+)\s+{_MAC}"),
        ("yealink", r"[yY]ealink[- ](?:SIP-)?(?P<model>\w+)\s+(?P<firmware>[\d.]+)"),
        ("polycom",
         (r"FileTransport Poly(?:com)?\w+-(?P<model>\w+?)-UA/(?P<firmware>[\d.]+)"
         r"(?:.*?Type/(?P<part>\w+))?")),
        ("snom",
         (r"Mozilla/4\.0 \(compatible; snom(?P<model>\w+)-SIP (?P<firmware>[\d.]+)(?:\s\S+)*? "
         rf"{_MAC}\)?")),
        ("fanvil", rf"Fanvil (?P<model>[\w-]+(?: [A-Z]\w*)?) (?P<firmware>[\d.]+) {_MAC}"),
        ("cisco",
         (r"(?:Cisco|Linksys)/(?P<model>SPA-?\w+?)-(?P<firmware>\d[\w.]*(?:\(\w+\))?) ?"
         rf"\({_MAC}\)")),
        ("cisco", rf"Cisco-(?P<model>CP-[\w-]+)/(?P<firmware>[\w.]+) \({_MAC}\)"),
        ("htek", rf"Htek (?P<model>\w+) (?P<firmware>[\d.]+) {_MAC}"),
        ("gigaset", rf"(?P<model>N\d+ IP PRO)/(?P<firmware>[\d.]+);{_MAC}"),
        ("panasonic", rf"Panasonic[_-](?P<model>[\w-]+)/(?P<firmware>[\d.]+) \({_MAC}\)"),
        ("mitel", rf"(?:Aastra|Mitel)(?P<model>\w+) MAC:{_MAC} V:(?P<firmware>[\d.]+)"),
    )
)  # fmt: skip
"""Vendor and form, the most telling first."""

_PREFIXES: Final = re.compile(r"^(?:VVX|SPIP|SSIP|Edge|CCX|TRIO)_", re.IGNORECASE)
"""Poly puts the family before the model: `VVX_411`, `Edge_E350`, `SPIP_335`."""


@lru_cache(maxsize=4096)
def read_agent(text: str) -> Agent:
    """Return what a User-Agent says; `UNKNOWN` when it is nothing that a phone would send."""
    text = printable(text)
    for vendor, form in _FORMS:
        found = form.match(text)
        if found is not None:
            parts = found.groupdict()
            # During boot, Poly phones give the updater's version: not the firmware's.
            firmware = "" if parts.get("part") == "Updater" else parts["firmware"]
            mac = re.sub(r"[:-]", "", parts.get("mac") or "").lower()
            return Agent(vendor, _model(vendor, parts["model"]), firmware[:64], mac)
    return UNKNOWN


def printable(text: str) -> str:
    """Return what is looked at of a text, in characters that a terminal just shows."""
    return re.sub(r"[^ -~]", "?", text[:LONGEST])


def _model(vendor: str, text: str) -> str:
    if vendor == "polycom":
        family = _PREFIXES.match(text)
        if family is not None and family[0].upper() in ("EDGE_", "SPIP_", "SSIP_"):
            return _PREFIXES.sub("", text)[:63]
        return text.replace("_", "")[:63]
    return text[:63]
