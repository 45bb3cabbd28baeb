"""Settings of Fanvil phones that take more than one element each (other-phones.md, "Fanvil")."""

from typing import Final

from reconciler.adapters.fanvil.lint import known
from reconciler.adapters.fanvil.settings import EMPTIES, TONES
from reconciler.model.secret import Secret
from reconciler.phonefiles.clock import Change, zone
from reconciler.phonefiles.phone import Phone, Said
from reconciler.phonefiles.rows import write_empties
from reconciler.phonefiles.sheet import NotHeld, Sheet
from reconciler.phonefiles.words import chosen, endpoint, source, spread

_PROTOCOLS: Final = {"ftp": "1", "tftp": "2", "http": "4", "https": "5"}
_HOUR_S: Final = 3600
_MULTICAST_MOST: Final = 10


def write_special(phone: Phone, sheet: Sheet) -> None:
    """Write what a table of rows cannot say."""
    write_empties(EMPTIES, phone, sheet)
    for setting, write in _WRITERS.items():
        said = phone.settings.get(setting)
        if said is not None and not (said.value is None and setting in EMPTIES):
            with sheet.about(said.source):
                write(phone, sheet, said)
    if phone.firmware_url is not None:
        sheet.refuse("firmware", "it asks a server for a list of firmware, not for a file")
    if phone.value("network.sip_dscp") is not None or phone.value("network.rtp_dscp") is not None:
        sheet.put("qos/EnablediffServ", 1)


def _write_vlan(phone: Phone, sheet: Sheet, said: Said) -> None:
    sheet.put("qos/EnableVLAN", said.value is not None, said.source)
    if said.value is not None:
        sheet.put("qos/VLANID", said.value, said.source)


def _write_dns(phone: Phone, sheet: Sheet, said: Said) -> None:
    _write_pair(("net/PrimaryDNS", "net/SecondaryDNS"), sheet, said)


def _write_ntp(phone: Phone, sheet: Sheet, said: Said) -> None:
    sheet.put("phone/date/EnableSNTP", bool(said.value), said.source)
    _write_pair(("phone/date/SNTPServer", "phone/date/SecondSNTPServer"), sheet, said)


def _write_pair(names: tuple[str, str], sheet: Sheet, said: Said) -> None:
    servers = said.value or []
    if len(servers) > 2:
        raise NotHeld("it takes two servers at most")
    for name, server in zip(names, [*servers, None, None], strict=False):
        sheet.put(name, server, said.source)


def _write_stun(phone: Phone, sheet: Sheet, said: Said) -> None:
    server = endpoint(said.value) if said.value else None
    sheet.put("sip/STUNServer", server.host if server else None, said.source)
    if server is not None:
        sheet.put("sip/STUNPort", server.port or 3478, said.source)
    for account in phone.accounts:
        sheet.put(f"sip/line.{account.number}/NATType", 1 if server else 0, said.source)


def _write_rtp(phone: Phone, sheet: Sheet, said: Said) -> None:
    """The first port, and how many."""
    last = phone.settings.get("sip.rtp_port_last", Said(None))
    sheet.put("mm/RTPInitialPort", said.value, said.source)
    if last.value is not None and said.value is not None:
        if last.value <= said.value:
            raise NotHeld("the last port is not behind the first")
        sheet.put("mm/RTPPortQuantity", last.value - said.value + 1, last.source)


def _write_url(phone: Phone, sheet: Sheet, said: Said) -> None:
    """Its own file (`$mac.cfg`) in that folder, at every start."""
    if said.value is None:
        sheet.put("ap/FlashMode", 0, said.source)
        return
    protocol = phone.settings.get("provisioning.protocol", Said(None))
    found = source(said.value, protocol.value)
    sheet.put("ap/FlashServerIP", phone.folder(found.url.removesuffix("/")), said.source)
    sheet.put("ap/FlashFileName", "$mac.cfg", said.source)
    word = chosen(found.scheme, _PROTOCOLS)
    sheet.put("ap/FlashProtocol", word, said.source, protocol.source)
    if phone.value("provisioning.interval") is None:
        sheet.put("ap/FlashMode", 1, said.source)


def _write_interval(phone: Phone, sheet: Sheet, said: Said) -> None:
    """Ask every so many hours; each phone a little later than the others, by its own MAC."""
    if said.value is None:
        return
    if said.value % _HOUR_S:
        raise NotHeld("it counts in full hours", f"write {said.value // _HOUR_S + 1}h")
    jitter = phone.settings.get("provisioning.random_delay", Said(0))
    if jitter.value and jitter.value < _HOUR_S:
        raise NotHeld("it counts in full hours, so it spreads by hours", "random_delay: 1h")
    more = spread(phone, (jitter.value or 0) // _HOUR_S)
    sheet.put("ap/FlashMode", 2, said.source)
    sheet.put("ap/FlashInterval", said.value // _HOUR_S + more, said.source, jitter.source)


def _write_timezone(phone: Phone, sheet: Sheet, said: Said) -> None:
    """Quarters of an hour east of Greenwich; the rule of summer time beside it."""
    found = zone(said.value or "UTC")
    quarters, rest = divmod(found.offset_s, 900)
    if rest:
        raise NotHeld("it counts in quarters of an hour")
    hours, minutes = divmod(abs(found.offset_s) // 60, 60)
    name = f"UTC{'-' if found.offset_s < 0 else '+'}{hours}" + (f":{minutes:02}" if minutes else "")
    sheet.put("phone/date/TimeZone", quarters, said.source)
    sheet.put("phone/date/TimeZoneName", name, said.source)
    if found.start is None or found.end is None:
        sheet.put("phone/date/EnableDST", 0, said.source)
        return
    sheet.put("phone/date/EnableDST", 2, said.source)
    sheet.put("phone/date/DSTFixedType", 2, said.source)
    sheet.put("phone/date/DSTMinOffset", found.saving_s // 60, said.source)
    _write_change("Start", found.start, sheet, said)
    _write_change("End", found.end, sheet, said)


def _write_change(which: str, change: Change, sheet: Sheet, said: Said) -> None:
    """Month, week (5 is the last), weekday (0 is Sunday), hour."""
    prefix = f"phone/date/DST{which}"
    sheet.put(f"{prefix}Mon", change.month, said.source)
    sheet.put(f"{prefix}Week", change.week, said.source)
    sheet.put(f"{prefix}Wday", change.weekday, said.source)
    sheet.put(f"{prefix}Hour", change.hour, said.source)


def _write_tones(phone: Phone, sheet: Sheet, said: Said) -> None:
    if not said.source and said.value not in TONES:
        return  # the site's country, which nobody asked the phone to sound like
    sheet.put("mm/SelectYourTone", chosen(said.value, TONES), said.source)


def _write_emergency(phone: Phone, sheet: Sheet, said: Said) -> None:
    numbers = said.value or []
    if len(numbers) > 1 and not said.source:
        return  # the site's numbers: one of them alone would be a choice that nobody made
    if len(numbers) > 1:
        raise NotHeld("it takes one number")
    sheet.put("phone/EmergencyCall", numbers[0] if numbers else None, said.source)


def _write_admin(phone: Phone, sheet: Sheet, said: Said) -> None:
    _write_login(1, "admin", 10, sheet, said)


def _write_user(phone: Phone, sheet: Sheet, said: Said) -> None:
    _write_login(2, "guest", 5, sheet, said)


def _write_login(number: int, name: str, level: int, sheet: Sheet, said: Said) -> None:
    if isinstance(said.value, Secret):
        sheet.put(f"web/account.{number}/Name", name, said.source)
        sheet.put(f"web/account.{number}/Password", said.value, said.source)
        sheet.put(f"web/account.{number}/Level", level, said.source)


def _write_phonebook(phone: Phone, sheet: Sheet, said: Said) -> None:
    if phone.book is not None:
        raise NotHeld("what its phonebooks look like is not known", "phonebook_url: ...")
    sheet.put("phone/xmlContact.1/Addr", said.value, said.source)


def _write_multicast(phone: Phone, sheet: Sheet, said: Said) -> None:
    """The number of a listening address is its priority."""
    taken: dict[int, tuple[str, str, int]] = {}
    for each in said.value or []:
        free = next(number for number in range(1, 100) if number not in taken)
        number = each.get("priority") or free
        if number in taken or number > _MULTICAST_MOST:
            raise NotHeld(f"it listens to {_MULTICAST_MOST} addresses, one for each priority")
        taken[number] = (each.get("label") or "", each["address"], each["port"])
    for number in range(1, _MULTICAST_MOST + 1):
        label, host, port = taken.get(number, ("", "", 0))
        for element, value in (("Name", label), ("Host", host), ("Port", port)):
            sheet.put(f"mcast/addr.{number}/{element}", value, said.source)


def _write_actions(phone: Phone, sheet: Sheet, said: Said) -> None:
    for event, url in (said.value or {}).items():
        name = f"cti/{event}Url"
        if name not in known():
            raise NotHeld(f"it knows no event {event}", "events are written like IncomingCall")
        sheet.put(name, url, said.source)


_WRITERS: Final = {
    "network.voice_vlan": _write_vlan,
    "network.dns": _write_dns,
    "network.ntp": _write_ntp,
    "sip.stun_server": _write_stun,
    "sip.rtp_port_first": _write_rtp,
    "provisioning.url": _write_url,
    "provisioning.interval": _write_interval,
    "features.timezone": _write_timezone,
    "features.tone_country": _write_tones,
    "features.emergency_numbers": _write_emergency,
    "features.admin_password": _write_admin,
    "features.user_password": _write_user,
    "features.phonebook_url": _write_phonebook,
    "features.multicast": _write_multicast,
    "features.action_urls": _write_actions,
}
