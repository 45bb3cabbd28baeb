"""How a Yealink fetches: boot files, common file, own file; what it keeps of its own.

Source: facts on Yealink, section B (fetch order) and C (User-Agent).
"""

from collections.abc import Mapping
from contextlib import suppress

from reconciler.lab.phones.device import Phone
from reconciler.lab.phones.visit import Applied, NotReachedError, Provisioning, Visit
from reconciler.lab.phones.yealink.file import RESET, Boot, read_boot, read_config, spelt
from reconciler.lab.phones.yealink.models import common_file, release
from reconciler.lab.phones.yealink.state import exported

ADMIN = "static.security.user_password"
BOOT_FILES_SINCE = 81
"""Release from which phones ask for boot files."""


def provisioning(phone: Phone, offered: str | None) -> Provisioning | None:
    """Return where it fetches: DHCP's offer if it listens to that, else its own address."""
    settings, prefix = phone.settings, "static.auto_provision."
    own = settings.get(f"{prefix}server.url") or settings.get("auto_provision.server.url", "")
    listens = settings.get(f"{prefix}dhcp_option.enable", "1") == "1"
    url = offered if offered is not None and listens else own
    if not url:
        return None
    username = settings.get(f"{prefix}server.username", "")
    password = settings.get(f"{prefix}server.password", "")
    return Provisioning(spelt(url, phone.identity), username, password)


def agent(phone: Phone) -> str:
    """Return its User-Agent."""
    identity = phone.identity
    prefix = "" if identity.model[:1] in "WC" else "SIP-"
    return f"Yealink {prefix}{identity.model} {identity.firmware} {identity.colons}"


async def fetch(phone: Phone, visit: Visit) -> Applied | None:
    """Fetch what the boot file names, or the common file and its own."""
    boot = await _boot(phone, visit)
    found: dict[str, str] = {}
    came = False
    for name in boot.files:
        raw = await visit.get(name)
        if raw is not None:
            came = True
            found |= read_config(raw, name, phone.identity)
    if not came:
        return None
    kept = _protected(phone, found)
    settings = {name: value for name, value in found.items() if name not in kept}
    return Applied(_meant(phone, settings), _admin(found), forgets=boot.overwrites)


async def _boot(phone: Phone, visit: Visit) -> Boot:
    identity = phone.identity
    if release(identity.firmware) >= BOOT_FILES_SINCE:
        for name in (f"{identity.mac}.boot", "y000000000000.boot"):
            raw = await visit.get(name)
            if raw is not None:
                return read_boot(raw, name, identity)
    return Boot((common_file(identity.model), f"{identity.mac}.cfg"))


def _protected(phone: Phone, found: Mapping[str, str]) -> frozenset[str]:
    """Return what people set at the phone and files do not touch (custom.protect)."""
    name = "static.auto_provision.custom.protect"
    if found.get(name, phone.settings.get(name)) != "1":
        return frozenset()
    return frozenset(each for each in phone.overrides if not each.startswith("static."))


def _meant(phone: Phone, found: Mapping[str, str]) -> dict[str, str]:
    return {k: phone.factory.get(k, "") if v == RESET else v for k, v in found.items()}


def _admin(found: Mapping[str, str]) -> str | None:
    user, _, password = found.get(ADMIN, "").partition(":")
    return password if user == "admin" and password else None


async def upload_own(phone: Phone, visit: Visit) -> None:
    """Upload what was set at the phone, if it is told to (custom.sync)."""
    if phone.settings.get("static.auto_provision.custom.sync") == "1":
        with suppress(NotReachedError):
            await visit.put(f"{phone.identity.mac}-local.cfg", exported(phone))


def image(phone: Phone) -> Provisioning | None:
    """Return where its firmware is."""
    url = phone.settings.get("static.firmware.url") or phone.settings.get("firmware.url", "")
    return Provisioning(spelt(url, phone.identity)) if url else None
