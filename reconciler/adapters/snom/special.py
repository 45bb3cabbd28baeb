"""Settings of Snom phones that take more than one each (other-phones.md, "Snom")."""

from typing import Final

from reconciler.adapters.snom.settings import EMPTIES, LANGUAGES, TONES, ZONES
from reconciler.model.secret import Secret
from reconciler.phonefiles.phone import Phone, Said
from reconciler.phonefiles.rows import write_empties
from reconciler.phonefiles.sheet import NotHeld, Sheet
from reconciler.phonefiles.words import chosen, language, source, spread

_MULTICAST_MOST: Final = 10
_ADMIN: Final = "admin"
_USER: Final = "user"


def write_special(phone: Phone, sheet: Sheet) -> None:
    """Write what a table of rows cannot say."""
    write_empties(EMPTIES, phone, sheet)
    for setting, write in _WRITERS.items():
        said = phone.settings.get(setting)
        if said is not None and not (said.value is None and setting in EMPTIES):
            with sheet.about(said.source):
                write(phone, sheet, said)
    changes = phone.said("provisioning.local_changes")
    if changes is not None:
        sheet.claim(changes.source)  # stands at each setting (perm)
    if phone.book is not None:
        sheet.claim("features.phonebook")  # a file of its own
    if phone.firmware_url is not None:
        sheet.put("firmware", phone.firmware, "firmware")
        sheet.put("update_policy", "auto_update", "firmware")


def _write_ntp(phone: Phone, sheet: Sheet, said: Said) -> None:
    servers = said.value or []
    if len(servers) > 1:
        raise NotHeld("it takes one server")
    sheet.put("ntp_server", servers[0] if servers else None, said.source)


def _write_dns(phone: Phone, sheet: Sheet, said: Said) -> None:
    servers = said.value or []
    if len(servers) > 2:
        raise NotHeld("it takes two servers at most")
    for name, server in zip(("dns_server1", "dns_server2"), [*servers, None, None], strict=False):
        sheet.put(name, server, said.source)


def _write_url(phone: Phone, sheet: Sheet, said: Said) -> None:
    """The whole address of the phone's file."""
    if said.value is None:
        sheet.put("setting_server", None, said.source)
        return
    protocol = phone.settings.get("provisioning.protocol", Said(None))
    found = source(said.value, protocol.value)
    url = phone.beside(found.url, f"snom{phone.model.name}-{phone.mac.upper()}.htm")
    sheet.put("setting_server", url, said.source, protocol.source)


def _write_interval(phone: Phone, sheet: Sheet, said: Said) -> None:
    """Ask every so often; each phone a little later than the others, by its own MAC."""
    jitter = phone.settings.get("provisioning.random_delay", Said(0))
    every = said.value + spread(phone, jitter.value or 0) if said.value is not None else 0
    sheet.put("settings_refresh_timer", every, said.source, jitter.source)


def _write_timezone(phone: Phone, sheet: Sheet, said: Said) -> None:
    if said.value not in ZONES:
        raise NotHeld(f"its word for {said.value} is not known",
                      f"it is known of {', '.join(ZONES)}; else write it in raw")  # fmt: skip
    sheet.put("timezone", ZONES[said.value], said.source)


def _write_language(phone: Phone, sheet: Sheet, said: Said) -> None:
    code = language(str(said.value))
    is_new = phone.model.traits["firmware"] == "10"
    words = {each: names[is_new] for each, names in LANGUAGES.items()}
    for name in ("language", "web_language"):
        sheet.put(name, chosen(code, words), said.source)


def _write_tones(phone: Phone, sheet: Sheet, said: Said) -> None:
    if not said.source and said.value not in TONES:
        return  # the site's country, which nobody asked the phone to sound like
    sheet.put("tone_scheme", chosen(said.value, TONES), said.source)


def _write_admin(phone: Phone, sheet: Sheet, said: Said) -> None:
    """Three logins of the administrator: old pages, new pages, the phone's own menu."""
    if not isinstance(said.value, Secret):
        return
    sheet.put("http_user", _ADMIN, said.source)
    sheet.put("webserver_admin_name", _ADMIN, said.source)
    for name in ("http_pass", "webserver_admin_password", "admin_mode_password",
                 "admin_mode_password_confirm"):  # fmt: skip
        sheet.put(name, said.value, said.source)


def _write_user(phone: Phone, sheet: Sheet, said: Said) -> None:
    if isinstance(said.value, Secret):
        sheet.put("webserver_user_name", _USER, said.source)
        sheet.put("webserver_user_password", said.value, said.source)


def _write_multicast(phone: Phone, sheet: Sheet, said: Said) -> None:
    listens = said.value or []
    sheet.put("multicast_listen", "on" if listens else "off", said.source)
    taken: dict[int, str] = {}
    for each in listens:
        free = next(number for number in range(1, 100) if number not in taken)
        number = each.get("priority") or free
        if number in taken or number > _MULTICAST_MOST:
            raise NotHeld(f"it listens to {_MULTICAST_MOST} addresses, one for each priority")
        taken[number] = f"{each['address']}:{each['port']}"
    for number in range(1, _MULTICAST_MOST + 1):
        sheet.put(f"mc_address.{number}", taken.get(number), said.source)


_WRITERS: Final = {
    "network.ntp": _write_ntp,
    "network.dns": _write_dns,
    "provisioning.url": _write_url,
    "provisioning.interval": _write_interval,
    "features.timezone": _write_timezone,
    "features.language": _write_language,
    "features.tone_country": _write_tones,
    "features.admin_password": _write_admin,
    "features.user_password": _write_user,
    "features.multicast": _write_multicast,
}
