"""Who speaks SIP or fetches files, by its User-Agent. Pure.

Sources: discovery.md, 3; the vendors' files, where they tell of User-Agents.
"""

import re
from typing import Final, NamedTuple

from reconciler.device import Sure
from reconciler.discovery.evidence import How, Seen

_VERSION: Final = r"\d+(?:\.\d+){1,4}\w*"


class _Row(NamedTuple):
    vendor: str
    sure: Sure
    pattern: re.Pattern[str]


def _row(vendor: str, sure: Sure, pattern: str) -> _Row:
    return _Row(vendor, sure, re.compile(pattern))


_PATTERNS: Final = (
    _row("grandstream", "high",
         r"^Grandstream Model HW (?P<model>\w+)(?:\s+V\S+)? SW (?P<firmware>\S+)"
         r" DevId (?P<mac>\w{12})"),
    _row("grandstream", "high",
         rf"^Grandstream (?P<model>\w+) (?P<firmware>{_VERSION})(?: (?P<mac>[0-9A-Fa-f]{{12}}))?"),
    _row("yealink", "high",
         rf"^[Yy]ealink (?:SIP(?: VP)?-)?(?P<model>\S+) (?P<firmware>{_VERSION})"
         r"(?: (?P<mac>[0-9A-Fa-f:]{17}))?"),
    _row("polycom", "high",
         r"^(?:FileTransport )?(?:Polycom/[\d.]+ )?Poly(?:com)?[A-Za-z]+-(?P<model>[A-Za-z]+_\w+?)"
         rf"-UA/(?P<firmware>{_VERSION}?)(?:_(?P<mac>[0-9A-Fa-f]{{12}}))?\b"),
    _row("snom", "medium",
         rf"\bsnom(?P<model>\w+?)(?:-SIP)?[/ ](?P<firmware>{_VERSION})"
         r"(?:.*\s(?P<mac>[0-9A-F]{12})\b)?"),
    _row("fanvil", "medium",
         rf"^Fanvil (?P<model>\S+) (?P<firmware>{_VERSION})(?: (?P<mac>[0-9a-f]{{12}}))?"),
    _row("cisco", "high",
         r"^(?:Cisco|Linksys)/(?P<model>SPA-?\w+)-(?P<firmware>[\w.]+(?:\(\w\))?)"
         r"(?: \((?P<mac>[0-9A-F]{12})\))?"),
    _row("cisco", "high",
         rf"^Cisco-(?P<model>CP-\d+\w*(?:-3PCC)?)/(?P<firmware>{_VERSION})"
         r"(?: \((?P<mac>[0-9a-f]{12})\))?"),
    _row("mitel", "high",
         rf"^(?:Aastra|Mitel)[ -]?(?P<model>\w+)/?.*?(?P<firmware>{_VERSION})"),
    _row("htek", "medium",
         rf"^Htek (?P<model>\S+) (?P<firmware>{_VERSION})(?: (?P<mac>[0-9a-f:]{{17}}))?"),
    _row("gigaset", "high",
         rf"^(?P<model>N\d{{3}} IP PRO)/(?P<firmware>{_VERSION})(?:;(?P<mac>[0-9A-F]{{12}}))?"),
    _row("panasonic", "high",
         rf"^Panasonic[_-](?P<model>[\w-]+)/(?P<firmware>{_VERSION})"
         r"(?: \((?P<mac>[0-9a-f]{12})\))?"),
)  # fmt: skip


def recognise(agent: str, how: How) -> Seen | None:
    """Return who says this of itself; None for an agent that no pattern knows."""
    text = agent[:300].strip()
    for vendor, sure, pattern in _PATTERNS:
        found = pattern.search(text)
        if found is None:
            continue
        parts = found.groupdict()
        mac = re.sub(r"[^0-9a-f]", "", (parts.get("mac") or "").lower())
        shown = " ".join(text.split())[:80]
        return Seen(
            how, f"User-Agent {shown}", vendor, model_name(vendor, parts.get("model") or ""),
            (parts.get("firmware") or "").strip("."), mac if len(mac) == 12 else "", sure,
        )  # fmt: skip
    return None


def version_told(agent: str, vendor: str, model: str, mac: str) -> str:
    """Return the firmware that a registration's User-Agent names; "" if it is another device's."""
    seen = recognise(agent, "pbx")
    if seen is None or seen.vendor != vendor or seen.mac not in ("", mac):
        return ""
    told, known = (re.sub("[^0-9a-z]", "", each.lower()) for each in (seen.model, model))
    alike = told.startswith(known) or known.startswith(told)  # GRP2602, GRP2602P
    return seen.firmware if alike else ""


def model_name(vendor: str, text: str) -> str:
    """Return a model as templates and tables call it (`VVX411`, `EdgeE350`, `T46S`)."""
    name = text.strip()
    if vendor == "polycom":
        kind, _, number = name.replace(" ", "_").partition("_")
        name = f"{kind}{number}" if number else kind
    return re.sub(r"[^\w+.-]", "", name)[:63]
