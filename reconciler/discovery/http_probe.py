"""HTTP fingerprints: read-only, without credentials, one request at a time. IO.

Source: discovery.md, 2.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from reconciler.device import DeviceVendor, Identity, Reach
from reconciler.discovery.agents import model_name
from reconciler.discovery.evidence import Seen
from reconciler.errors import AdapterError
from reconciler.transport.phone_http import PhoneAnswer, PhoneHttp

_WORDS: Final[tuple[tuple[str, str], ...]] = (
    ("grandstream", r"grandstream|Loading Web Application|__gwt_historyFrame"),
    ("yealink", r"yealink|g_phonetype|mod_listener|p=login"),
    ("polycom", r"\bpoly(?:com)?\b.{0,40}(?:telephone|httpd|configuration utility)|poly edge"),
    ("snom", r"\bsnom"),
    ("fanvil", r"\bfanvil"),
    ("cisco", r"\b(?:SPA\d{3}\w*|CP-\d{4})\b|cisco spa|cisco ip phone"),
)
_MODELS: Final[Mapping[str, str]] = {
    "snom": r"\bsnom\s*([DM]?\d{3}\w*)|\brealm=\"([dm]?\d{3})\"",
    "fanvil": r"\bFanvil\s+([XVHWi]\d+\w*)",
    "cisco": r"\b(SPA\d{3}\w*|CP-\d{4}\w*(?:-3PCC)?)\b",
}


async def look_at(
    address: str,
    hints: Sequence[str],
    devices: Mapping[str, DeviceVendor],
    *,
    ports: Mapping[str, int],
    timeout_s: float,
) -> tuple[Seen, ...]:
    """Return what a host's web pages tell. `hints` are likely vendors; () if nobody serves any."""
    answer, scheme, page = None, "https", None
    for scheme in ("http", "https"):
        reach = Reach(address, address, ports.get(scheme), scheme, sight="acknowledged")  # type: ignore[arg-type]
        try:
            async with PhoneHttp.open(reach, timeout_s=timeout_s) as http:
                answer = await http.get("/", anonymous=True, limit=65_536, doing="looking")
                page = recognise_page(answer)
                break
        except AdapterError:
            continue
    if answer is None:
        return ()
    found = [page] if page is not None else []
    likely = list(dict.fromkeys([*([page.vendor] if page else []), *hints]))
    own = [each for each in (likely or list(devices)) if each in list(devices)]
    for vendor in own:
        identity = await _identify(address, vendor, devices, ports, scheme, timeout_s)
        if identity is not None:
            found.append(_told(identity))
            break
    return tuple(found) or (Seen("http", "serves web pages", sure="low"),)


async def _identify(
    address: str,
    vendor: str,
    devices: Mapping[str, DeviceVendor],
    ports: Mapping[str, int],
    first: str,
    timeout_s: float,
) -> Identity | None:
    """Ask a vendor's way, over https first where the page came so: certificates tell more."""
    for scheme in dict.fromkeys((first, "https", "http")):
        reach = Reach(address, address, ports.get(scheme), scheme, sight="acknowledged")  # type: ignore[arg-type]
        try:
            identity = await devices[vendor].identify(reach, timeout_s=timeout_s)
        except AdapterError:
            continue
        if identity is not None:
            return identity
    return None


def _told(identity: Identity) -> Seen:
    return Seen(
        "http",
        f"{identity.how} says {identity.vendor} {identity.model} {identity.firmware}".rstrip(),
        identity.vendor,
        model_name(identity.vendor, identity.model),
        identity.firmware,
        identity.mac,
        identity.sure,
    )


def recognise_page(answer: PhoneAnswer) -> Seen | None:
    """Return whose page it is, by Server, realm, redirect, title and first words."""
    head = " ".join(
        (answer.headers.get("server", ""), *answer.challenges, answer.headers.get("location", ""))
    )
    text = f"{head} {answer.text[:20_000]}"
    for vendor, pattern in _WORDS:
        if re.search(pattern, text, re.IGNORECASE | re.DOTALL):
            model = _model(vendor, text)
            where = "Server header" if re.search(pattern, head, re.IGNORECASE) else "page"
            return Seen("http", f"its {where} names {vendor}", vendor, model, sure="medium")
    return None


def _model(vendor: str, text: str) -> str:
    pattern = _MODELS.get(vendor)
    found = re.search(pattern, text, re.IGNORECASE) if pattern else None
    name = next((each for each in found.groups() if each), "") if found else ""
    return model_name(vendor, name.upper() if vendor == "snom" else name)
