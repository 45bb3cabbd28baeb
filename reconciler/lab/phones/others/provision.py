"""How Snom, Fanvil and Cisco fetch, and what their files say.

Source: facts on other phones; recorded requests and files of a D785, an X4U and an SPA504G. Of
Fanvil's model files too little is known: they are not asked for.
"""

from typing import Any

from reconciler.lab.phones.device import Identity, Phone
from reconciler.lab.phones.markup import read_xml
from reconciler.lab.phones.visit import Applied, BadFileError, Provisioning, Visit


def snom_agent(identity: Identity) -> str:
    """Return a Snom's User-Agent."""
    name = f"snom{identity.model}-SIP {identity.firmware} 2010.12-00004"
    return f"Mozilla/4.0 (compatible; {name} {identity.mac.upper()})"


async def fetch_snom(phone: Phone, visit: Visit) -> Applied | None:
    """Fetch the file that is named, or those of the model and of the phone below a folder."""
    identity, at = phone.identity, visit.at.url
    mac, model = identity.mac.upper(), f"snom{identity.model}"
    if not at.endswith("/"):
        raw = await visit.get(at.replace("{mac}", mac).replace("{model}", model))
        return Applied(await _snom(visit, raw, at)) if raw is not None else None
    found: dict[str, str] = {}
    came = False
    for name in (f"{model}.htm", f"{model}-{mac}.htm"):
        raw = await visit.get(name)
        if raw is not None:
            came = True
            found |= await _snom(visit, raw, name)
    return Applied(found, found.get("http_pass")) if came else None


async def _snom(visit: Visit, raw: bytes, name: str) -> dict[str, str]:
    root = read_xml(raw, name)
    found: dict[str, str] = {}
    for each in root.iter("file"):
        listed = await visit.get(each.get("url", ""))
        if listed is not None:
            found |= await _snom(visit, listed, each.get("url", ""))
    for block in root.iter("phone-settings"):
        for setting in block:
            at = f".{setting.get('idx')}" if setting.get("idx") else ""
            found[f"{setting.tag}{at}"] = (setting.text or "").strip()
    return found


def fanvil_agent(identity: Identity) -> str:
    """Return a Fanvil's User-Agent."""
    return f"Fanvil {identity.model} {identity.firmware} {identity.mac}"


async def fetch_fanvil(phone: Phone, visit: Visit) -> Applied | None:
    """Fetch its own file."""
    name = f"{phone.identity.mac}.cfg"
    raw = await visit.get(name)
    if raw is None:
        return None
    root = read_xml(raw, name)
    if root.tag != "sysConf":
        raise BadFileError(f"{name}: its root is {root.tag}, not sysConf")
    found = dict(_flat(root, ""))
    return Applied(found, found.get("web.account.1.Password"))


def _flat(element: Any, above: str) -> list[tuple[str, str]]:
    found = []
    for each in element:
        at = f".{each.get('index')}" if each.get("index") else ""
        path = f"{above}{each.tag}{at}"
        if len(each):
            found += _flat(each, f"{path}.")
        else:
            found.append((path, (each.text or "").strip()))
    return found


def cisco_agent(identity: Identity) -> str:
    """Return a Cisco's User-Agent."""
    if identity.generation == "mpp":
        return f"Cisco-CP-{identity.model}-3PCC/{identity.firmware} ({identity.mac})"
    name = f"Cisco/{_psn(identity)}-{identity.firmware}"
    return f"{name} ({identity.mac.upper()})(CCQ0000FAKE)"


def _psn(identity: Identity) -> str:
    return "SPA" + identity.model.upper().removeprefix("SPA")


async def fetch_cisco(phone: Phone, visit: Visit) -> Applied | None:
    """Fetch the model's first file, then what Profile_Rule names."""
    identity = phone.identity
    first = f"spa{_psn(identity)[3:]}.cfg" if identity.generation == "spa" else "$PSN.xml"
    found: dict[str, str] = {}
    raw = await visit.get(first.replace("$PSN", identity.model))
    if raw is not None:
        found |= _flat_profile(raw, first)
    rule = found.get("Profile_Rule") or phone.settings.get("Profile_Rule") or "$MA.xml"
    name = rule.replace("$MAU", identity.mac.upper()).replace("$MA", identity.mac)
    own = await visit.get(name)
    if own is not None:
        found |= _flat_profile(own, name)
    if raw is None and own is None:
        return None
    return Applied(found, found.get("Admin_Passwd") or None)


def _flat_profile(raw: bytes, name: str) -> dict[str, str]:
    root = read_xml(raw, name)
    profile = root if root.tag == "flat-profile" else root.find("flat-profile")
    if profile is None:
        raise BadFileError(f"{name} has no flat-profile")
    return {each.tag: (each.text or "").strip() for each in profile if isinstance(each.tag, str)}


def provisioning(phone: Phone, offered: str | None, name: str) -> Provisioning | None:
    """Return where it fetches: its own address (`name` holds it), else DHCP's offer."""
    url = phone.settings.get(name, "")
    if phone.identity.vendor == "cisco":  # a rule names a file; what else it asks for lies beside
        url = url.rpartition("/")[0] + "/" if "://" in url else ""
    url = url or offered or ""
    return Provisioning(url) if url else None
