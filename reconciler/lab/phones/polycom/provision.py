"""How a Poly fetches: the master file, its parts, its own overrides and directory, its logs.

Source: facts on Poly, section B and C (User-Agent).
"""

from contextlib import suppress

from reconciler.lab.phones.device import Phone
from reconciler.lab.phones.polycom.file import Master, read_config, read_master
from reconciler.lab.phones.visit import Applied, NotReachedError, Provisioning, Visit

ADMIN = "device.auth.localAdminPassword"


def provisioning(phone: Phone, offered: str | None) -> Provisioning | None:
    """Return where it fetches: its own server if it is told to be static, else DHCP's offer."""
    settings = phone.settings
    own = settings.get("device.prov.serverName", "")
    static = settings.get("device.dhcp.bootSrvUseOpt") == "Static"
    url = own if offered is None or (static and own) else offered
    if not url:
        return None
    if "://" not in url:
        url = f"{settings.get('device.prov.serverType', 'HTTP').lower()}://{url}"
    user, password = settings.get("device.prov.user", ""), settings.get("device.prov.password", "")
    return Provisioning(url, user, password)


def agent(phone: Phone, *, booting: bool) -> str:
    """Return its User-Agent: of the updater while it boots, then of the application."""
    identity = phone.identity
    name = identity.model.replace(" ", "_")
    family = {"E": "PolyEdge", "C": "PolyCCX"}.get(name[0], "PolycomVVX")
    kind = "Updater" if booting else "Application"
    return f"FileTransport {family}-{name}-UA/{identity.firmware} Type/{kind}"


async def fetch(phone: Phone, visit: Visit) -> Applied | None:
    """Fetch the master file and what it names; the first of several settings counts."""
    mac = phone.identity.mac
    for name in (f"{mac}.cfg", "000000000000.cfg"):
        raw = await visit.get(name)
        if raw is not None:
            break
    else:
        return None
    master = read_master(raw, name, phone.identity)
    if isinstance(master, dict):
        return _applied(phone, master, "")
    found: dict[str, str] = {}
    for each in master.files:
        part = await visit.get(each)
        if part is not None:
            found = {**read_config(part, each), **found}
    await _extras(visit, master, mac)
    return _applied(phone, found, master.image)


async def _extras(visit: Visit, master: Master, mac: str) -> None:
    """Ask for what else a phone asks for, and leave its log."""

    def inside(folder: str, name: str) -> str:
        return f"{folder.strip('/')}/{name}" if folder else name

    for name in ("phone.cfg", "web.cfg"):
        await visit.get(inside(master.overrides, f"{mac}-{name}"))
    await visit.get(f"{mac}-license.cfg")
    if await visit.get(inside(master.contacts, f"{mac}-directory.xml")) is None:
        await visit.get("000000000000-directory.xml")
    with suppress(NotReachedError):
        await visit.put(inside(master.logs, f"{mac}-app.log"), b"0101 cfg Provisioned\n")


def _applied(phone: Phone, found: dict[str, str], image: str) -> Applied:
    """Keep `device.` settings apart: they are taken when they are said to be set, and stay."""
    taken = {
        name: value
        for name, value in found.items()
        if not name.startswith("device.")
        or (found.get("device.set") == "1" == found.get(f"{name}.set"))
    }
    kept = {name: value for name, value in phone.settings.items() if name.startswith("device.")}
    return Applied({**kept, **taken}, taken.get(ADMIN), forgets=True, image=image or None)


def image(at: Provisioning, name: str) -> Provisioning:
    """Return where the image is that the master file names."""
    folder = at.url if at.url.endswith("/") else at.url + "/"
    url = name if "://" in name else folder + name.lstrip("/")
    return Provisioning(url, at.username, at.password)
