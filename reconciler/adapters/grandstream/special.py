"""Settings of Grandstream phones that take more than a P-value each (grandstream.md, B)."""

from collections.abc import Callable
from typing import Final

from reconciler.adapters.grandstream.phonebook import folder_of
from reconciler.adapters.grandstream.settings import ACTIONS, EMPTIES, ZONES
from reconciler.adapters.grandstream.table import takes
from reconciler.model.secret import Secret
from reconciler.phonefiles.clock import posix
from reconciler.phonefiles.phone import Phone, Said
from reconciler.phonefiles.rows import write_empties
from reconciler.phonefiles.sheet import NotHeld, Sheet, Written
from reconciler.phonefiles.words import chosen, minutes, source, spread, time_of_day

PROTOCOLS: Final = {"tftp": "0", "http": "1", "https": "2", "ftp": "3"}


def write_special(phone: Phone, sheet: Sheet) -> None:
    """Write what a table of rows cannot say."""
    held = {
        setting: tuple(name for name in names if takes(phone, name))
        for setting, names in EMPTIES.items()
    }
    write_empties(held, phone, sheet)
    for setting, write in _WRITERS.items():
        said = phone.settings.get(setting)
        if said is not None and not (said.value is None and setting in EMPTIES):
            with sheet.about(said.source):
                write(phone, sheet, said)
    if phone.firmware_url is not None:
        with sheet.about("firmware"):
            _write_firmware(phone, sheet, phone.firmware_url)
    password = phone.settings.get("features.admin_password")
    is_v2 = phone.model.name.endswith("V2")
    if is_v2 and password is not None and isinstance(password.value, Secret):
        sheet.require(password.value, ".{4,30}", "4 to 30 characters")


def _put(phone: Phone, sheet: Sheet, name: str, value: Written | None, *sources: str) -> None:
    """Write a P-value that the phone's family has."""
    if not takes(phone, name):
        if all(phone.declared[each].is_empty for each in sources if each in phone.declared):
            return  # there is nothing to empty
        raise NotHeld(f"its family has no {name}")
    sheet.put(name, value, *sources)


def _write_octets(first: int) -> Callable[[Phone, Sheet, Said], None]:
    def write(phone: Phone, sheet: Sheet, said: Said) -> None:
        """IP addresses stand in four P-values (rows "IP P8 ... P9-12")."""
        octets = str(said.value or "0.0.0.0").split(".")  # noqa: S104
        if len(octets) != 4 or not all(each.isdecimal() for each in octets):
            raise NotHeld("it takes an IPv4 address")
        for index, octet in enumerate(octets):
            _put(phone, sheet, f"P{first + index}", octet, said.source)

    return write


def _write_dns(phone: Phone, sheet: Sheet, said: Said) -> None:
    servers = said.value or []
    if len(servers) > 2:
        raise NotHeld("it takes two servers at most")
    for first, server in zip((21, 25), servers, strict=False):
        _write_octets(first)(phone, sheet, Said(server, said.source))
    sheet.claim(said.source)


def _write_ntp(phone: Phone, sheet: Sheet, said: Said) -> None:
    servers = list(said.value or [])
    if len(servers) > 2 or (len(servers) == 2 and not takes(phone, "P8333")):
        raise NotHeld(f"it takes {2 if takes(phone, 'P8333') else 1} at most")
    _put(phone, sheet, "P30", servers[0] if servers else None, said.source)
    if len(servers) == 2:
        _put(phone, sheet, "P8333", servers[1], said.source)


def _write_vlan(phone: Phone, sheet: Sheet, said: Said) -> None:
    _put(phone, sheet, "P51", said.value or 0, said.source)
    if takes(phone, "P22174"):
        _put(phone, sheet, "P22174", 1 if said.value else 0, said.source)


def _write_url(phone: Phone, sheet: Sheet, said: Said) -> None:
    """Server and path without scheme and slash; the scheme stands beside it (P212)."""
    if said.value is None:
        sheet.put("P237", None, said.source)
        return
    protocol = phone.settings.get("provisioning.protocol", Said(None))
    found = source(said.value, protocol.value)
    sheet.put("P212", chosen(found.scheme, PROTOCOLS), said.source, protocol.source)
    sheet.put("P237", phone.folder(found.bare), said.source)


def _write_redirect(phone: Phone, sheet: Sheet, said: Said) -> None:
    """The vendor's server is the factory's P237; what remains is TR-069."""
    if takes(phone, "P1409"):
        sheet.put("P1409", 1 if said.value else 0, said.source)
    elif said.value or (said.value is False and phone.value("provisioning.url") is None):
        raise NotHeld("only another address (provisioning.url) keeps it from the vendor's server")
    sheet.claim(said.source)


def _write_interval(phone: Phone, sheet: Sheet, said: Said) -> None:
    """Ask every so often; each phone a little later than the others, by its own MAC."""
    if phone.value("provisioning.at") is not None:
        raise NotHeld("it asks every so often or at a time of day, not both")
    jitter = phone.settings.get("provisioning.random_delay", Said(0))
    every = minutes(said.value) + spread(phone, (jitter.value or 0) // 60)
    if every < 60:
        raise NotHeld("it asks every 60 minutes at most")
    sheet.put("P194", 3 if _is_adapter(phone) else 1, said.source)
    sheet.put("P193", every, said.source, jitter.source)


def _write_at(phone: Phone, sheet: Sheet, said: Said) -> None:
    hour, minute = time_of_day(said.value)
    if minute:
        raise NotHeld("it asks at full hours", f"write {hour:02}:00")
    jitter = phone.settings.get("provisioning.random_delay", Said(0))
    sheet.put("P194", 1 if _is_adapter(phone) else 2, said.source)
    sheet.put("P285", hour, said.source)
    if jitter.value:
        _put(phone, sheet, "P8458", 1, jitter.source)
        end = hour + -(-jitter.value // 3600)
        if end > 23:
            raise NotHeld("it cannot ask over midnight", "begin earlier, or spread it less")
        _put(phone, sheet, "P8459", end, jitter.source)


def _is_adapter(phone: Phone) -> bool:
    return "ports" in phone.model.traits


def _write_dhcp_option(phone: Phone, sheet: Sheet, said: Said) -> None:
    if said.value in (43, 66):
        _put(phone, sheet, "P145", 1, said.source)
    elif said.value in (150, 160):
        _put(phone, sheet, "P8337", 1 if said.value == 150 else 2, said.source)
    else:
        raise NotHeld("it looks into options 43, 66, 150 and 160")


def _write_timezone(phone: Phone, sheet: Sheet, said: Said) -> None:
    rule = posix(said.value or "UTC")
    if rule in ZONES:
        _put(phone, sheet, "P64", ZONES[rule], said.source)
    else:
        _put(phone, sheet, "P246", rule, said.source)
        _put(phone, sheet, "P64", "customize", said.source)


def _write_web(phone: Phone, sheet: Sheet, said: Said) -> None:
    modes = {"https": "0", "http": "1", "off": "2"}
    if phone.model.traits["columns"] == "16":
        modes.pop("off")
    sheet.put("P1650", chosen(said.value, modes), said.source)


def _write_screensaver(phone: Phone, sheet: Sheet, said: Said) -> None:
    _put(phone, sheet, "P2918", 1 if said.value else 0, said.source)
    if said.value:
        after = minutes(said.value)
        if not 3 <= after <= 60:
            raise NotHeld("its screensaver begins after 3 to 60 minutes")
        _put(phone, sheet, "P2919", after, said.source)


def _write_wallpaper(phone: Phone, sheet: Sheet, said: Said) -> None:
    _put(phone, sheet, "P2916", 1 if said.value else 0, said.source)
    _put(phone, sheet, "P2917", said.value, said.source)


def _write_phonebook(phone: Phone, sheet: Sheet, said: Said) -> None:
    modes = {"http": "1", "tftp": "2", "https": "3"}
    if said.value is None:
        _put(phone, sheet, "P330", 0, said.source)
        return
    found = source(phone.book.base if phone.book else said.value, None)
    _put(phone, sheet, "P330", chosen(found.scheme, modes), said.source)
    where = folder_of(phone, found.bare) if phone.book else found.bare
    _put(phone, sheet, "P331", where, said.source)


def _write_multicast(phone: Phone, sheet: Sheet, said: Said) -> None:
    """The number of a listening address is its priority."""
    taken: set[int] = set()
    for each in said.value or []:
        free = next(number for number in range(1, 100) if number not in taken)
        number = each.get("priority") or free
        if number in taken or number > 10:
            raise NotHeld("it listens to 10 addresses, one for each priority")
        taken.add(number)
        address = f"{each['address']}:{each['port']}"
        _put(phone, sheet, f"P{1569 + 2 * (number - 1)}", address, said.source)
        _put(phone, sheet, f"P{1570 + 2 * (number - 1)}", each.get("label"), said.source)
    for number in range(1, 11):
        if number not in taken:
            _put(phone, sheet, f"P{1569 + 2 * (number - 1)}", None, said.source)


def _write_actions(phone: Phone, sheet: Sheet, said: Said) -> None:
    for event, url in (said.value or {}).items():
        _put(phone, sheet, chosen(event, ACTIONS), url, said.source)


def _write_firmware(phone: Phone, sheet: Sheet, url: str) -> None:
    """The folder of the file: each model knows its file's name."""
    folder, _, _ = url.rpartition("/")
    found = source(folder, None)
    if takes(phone, "P6767"):
        sheet.put("P6767", chosen(found.scheme, PROTOCOLS), "firmware")
    elif not str(phone.value("provisioning.url") or "").startswith(f"{found.scheme}:"):
        raise NotHeld("it fetches firmware by the protocol of its settings")
    bare = phone.folder(found.bare) if phone.has_our_firmware else found.bare
    sheet.put("P192", bare, "firmware")


def _write_keep_alive(phone: Phone, sheet: Sheet, said: Said) -> None:
    """0 is said by the accounts (P52 and its kin)."""
    if said.value and not 10 <= said.value <= 160:
        raise NotHeld("it takes 10 to 160 seconds")
    if said.value:
        _put(phone, sheet, "P84", said.value, said.source)


_WRITERS: Final = {
    "sip.keep_alive": _write_keep_alive,
    "network.address": _write_octets(9),
    "network.netmask": _write_octets(13),
    "network.gateway": _write_octets(17),
    "network.dns": _write_dns,
    "network.ntp": _write_ntp,
    "network.voice_vlan": _write_vlan,
    "provisioning.url": _write_url,
    "provisioning.vendor_redirect": _write_redirect,
    "provisioning.interval": _write_interval,
    "provisioning.at": _write_at,
    "provisioning.dhcp_option": _write_dhcp_option,
    "features.timezone": _write_timezone,
    "features.web_ui": _write_web,
    "features.screensaver_timeout": _write_screensaver,
    "features.wallpaper": _write_wallpaper,
    "features.phonebook_url": _write_phonebook,
    "features.multicast": _write_multicast,
    "features.action_urls": _write_actions,
}
