"""Settings of Yealink phones that take more than a parameter each (yealink.md, B)."""

from datetime import timedelta
from typing import Final

from reconciler.adapters.yealink.settings import BACKLIGHT, EMPTIES, TONES
from reconciler.model.secret import Secret
from reconciler.phonefiles.clock import Change, zone
from reconciler.phonefiles.phone import Phone, Said
from reconciler.phonefiles.rows import write_empties
from reconciler.phonefiles.sheet import NotHeld, Sheet
from reconciler.phonefiles.words import chosen, endpoint, minutes, source, spread, time_of_day

_MULTICAST_MOST: Final = 10
_OF_DISPLAYS: Final = frozenset(("features.backlight_timeout", "features.wallpaper"))
_LOGIN_FORM: Final = r"[!-9;-~]{1,32}"


def write_special(phone: Phone, sheet: Sheet) -> None:
    """Write what a table of rows cannot say."""
    write_empties(EMPTIES, phone, sheet)
    is_dect = phone.model.traits["dect"] == "yes"
    for setting, write in _WRITERS.items():
        said = phone.settings.get(setting)
        if said is None or (said.value is None and setting in EMPTIES):
            continue
        if not (is_dect and setting in _OF_DISPLAYS):
            with sheet.about(said.source):
                write(phone, sheet, said)
    _write_trust(phone, sheet)
    _write_passwords(phone, sheet)
    if phone.firmware_url is not None:
        sheet.put("static.firmware.url", phone.firmware, "firmware")


def _write_vlan(phone: Phone, sheet: Sheet, said: Said) -> None:
    sheet.put("static.network.vlan.internet_port_enable", said.value is not None, said.source)
    sheet.put("static.network.vlan.internet_port_vid", said.value, said.source)


def _write_pc_vlan(phone: Phone, sheet: Sheet, said: Said) -> None:
    sheet.put("static.network.vlan.pc_port_enable", said.value is not None, said.source)
    sheet.put("static.network.vlan.pc_port_vid", said.value, said.source)


def _write_dns(phone: Phone, sheet: Sheet, said: Said) -> None:
    sheet.put("static.network.static_dns_enable", bool(said.value), said.source)
    _write_pair("static.network.primary_dns", "static.network.secondary_dns", sheet, said)


def _write_ntp(phone: Phone, sheet: Sheet, said: Said) -> None:
    _write_pair("local_time.ntp_server1", "local_time.ntp_server2", sheet, said)
    # Else a server that DHCP names wins.
    sheet.put("local_time.manual_ntp_srv_prior", 1, said.source)


def _write_pair(first: str, second: str, sheet: Sheet, said: Said) -> None:
    servers = said.value or []
    if len(servers) > 2:
        raise NotHeld("it takes two servers at most")
    for name, server in zip((first, second), [*servers, None, None], strict=False):
        sheet.put(name, server, said.source)


def _write_stun(phone: Phone, sheet: Sheet, said: Said) -> None:
    server = endpoint(said.value) if said.value else None
    sheet.put("sip.nat_stun.enable", server is not None, said.source)
    sheet.put("sip.nat_stun.server", server.host if server else None, said.source)
    if server is not None:
        sheet.put("sip.nat_stun.port", server.port or 3478, said.source)
    for account in phone.accounts:
        name = f"account.{account.number}.nat.nat_traversal"
        sheet.put(name, server is not None, said.source)


def _write_dial_plan(phone: Phone, sheet: Sheet, said: Said) -> None:
    if phone.model.traits["digitmap"] != "yes":
        raise NotHeld(
            "its firmware has no digit map",
            "write dialplan.replace.* and dialplan.dialnow.* in raw",
        )
    sheet.put("dialplan.digitmap.enable", bool(said.value), said.source)
    sheet.put("dialplan.digitmap.string", said.value, said.source)


def _write_url(phone: Phone, sheet: Sheet, said: Said) -> None:
    if said.value is None:
        sheet.put("static.auto_provision.server.url", None, said.source)
        return
    protocol = phone.value("provisioning.protocol")
    url = phone.folder(source(said.value, protocol).url)
    sheet.put("static.auto_provision.server.url", url, said.source, "provisioning.protocol")


def _write_interval(phone: Phone, sheet: Sheet, said: Said) -> None:
    """Ask every so often; each phone a little later than the others, by its own MAC."""
    sheet.put("static.auto_provision.repeat.enable", said.value is not None, said.source)
    if said.value is None:
        return
    jitter = phone.settings.get("provisioning.random_delay", Said(0))
    more = (
        0
        if phone.value("provisioning.at") is not None
        else spread(phone, (jitter.value or 0) // 60)
    )
    name = "static.auto_provision.repeat.minutes"
    sheet.put(name, minutes(said.value) + more, said.source, jitter.source)


def _write_at(phone: Phone, sheet: Sheet, said: Said) -> None:
    """Ask every night; the phone picks a moment between begin and end by itself."""
    sheet.put("static.auto_provision.weekly.enable", said.value is not None, said.source)
    if said.value is None:
        return
    hour, minute = time_of_day(said.value)
    jitter = phone.settings.get("provisioning.random_delay", Said(0))
    begin = timedelta(hours=hour, minutes=minute)
    end = begin + timedelta(seconds=jitter.value or 0)
    if end >= timedelta(days=1):
        raise NotHeld("it cannot ask over midnight", "begin earlier, or spread it less")
    sheet.put("static.auto_provision.weekly.dayofweek", "0123456", said.source)
    sheet.put("static.auto_provision.weekly.begin_time", _clock(begin), said.source)
    sheet.put("static.auto_provision.weekly.end_time", _clock(end), said.source, jitter.source)


def _clock(after: timedelta) -> str:
    whole = int(after.total_seconds()) // 60
    return f"{whole // 60:02}:{whole % 60:02}"


def _write_dhcp_option(phone: Phone, sheet: Sheet, said: Said) -> None:
    sheet.put("static.auto_provision.dhcp_option.enable", said.value is not None, said.source)
    sheet.put("static.auto_provision.dhcp_option.list_user_options", said.value, said.source)


def _write_timezone(phone: Phone, sheet: Sheet, said: Said) -> None:
    """An offset and the rule of summer time; a name would be looked up in a list of theirs."""
    found = zone(said.value or "UTC")
    hours, rest = divmod(abs(found.offset_s), 3600)
    text = f"{'-' if found.offset_s < 0 else '+'}{hours}" + (f":{rest // 60:02}" if rest else "")
    sheet.put("local_time.time_zone", text, said.source)
    summer = found.start is not None and found.end is not None
    sheet.put("local_time.summer_time", summer, said.source)
    if found.start is not None and found.end is not None:
        sheet.put("local_time.dst_time_type", 1, said.source)
        sheet.put("local_time.start_time", _week(found.start), said.source)
        sheet.put("local_time.end_time", _week(found.end), said.source)
        sheet.put("local_time.offset_time", found.saving_s // 60, said.source)


def _week(change: Change) -> str:
    """Month, week, weekday (1 is Monday), hour."""
    return f"{change.month}/{change.week}/{change.weekday or 7}/{change.hour}"


def _write_tones(phone: Phone, sheet: Sheet, said: Said) -> None:
    if not said.source and said.value not in TONES:
        return  # the site's country, which nobody asked the phone to sound like
    sheet.put("voice.tone.country", chosen(said.value, TONES), said.source)


def _write_web(phone: Phone, sheet: Sheet, said: Said) -> None:
    sheet.put("static.wui.http_enable", said.value == "http", said.source)
    sheet.put("static.wui.https_enable", said.value == "https", said.source)


def _write_backlight(phone: Phone, sheet: Sheet, said: Said) -> None:
    always = phone.model.traits["always_on"]
    if said.value == 0 and always:
        sheet.put("phone_setting.backlight_time", always, said.source)
    elif said.value in BACKLIGHT:
        sheet.put("phone_setting.backlight_time", said.value, said.source)
    else:
        known = ", ".join(str(each) for each in ((0, *BACKLIGHT) if always else BACKLIGHT))
        raise NotHeld(f"its light goes off after {known} seconds")


def _write_wallpaper(phone: Phone, sheet: Sheet, said: Said) -> None:
    sheet.put("wallpaper_upload.url", said.value, said.source)
    name = str(said.value or "").rpartition("/")[2]
    sheet.put("phone_setting.backgrounds", f"Config:{name}" if name else None, said.source)


def _write_multicast(phone: Phone, sheet: Sheet, said: Said) -> None:
    """The number of a listening address is its priority."""
    taken: set[int] = set()
    for each in said.value or []:
        free = next(number for number in range(1, 100) if number not in taken)
        number = each.get("priority") or free
        if number in taken or number > _MULTICAST_MOST:
            raise NotHeld(f"it listens to {_MULTICAST_MOST} addresses, one for each priority")
        taken.add(number)
        prefix = f"multicast.listen_address.{number}"
        sheet.put(f"{prefix}.ip_address", f"{each['address']}:{each['port']}", said.source)
        sheet.put(f"{prefix}.label", each.get("label"), said.source)
    for number in range(1, _MULTICAST_MOST + 1):
        if number not in taken:
            sheet.put(f"multicast.listen_address.{number}.ip_address", None, said.source)


def _write_actions(phone: Phone, sheet: Sheet, said: Said) -> None:
    for event, url in (said.value or {}).items():
        if not event.replace("_", "").isalpha() or not event.islower():
            raise NotHeld(f"it knows no event {event}", "events are written like call_established")
        sheet.put(f"action_url.{event}", url, said.source)


def _write_phonebook(phone: Phone, sheet: Sheet, said: Said) -> None:
    book = phone.book
    url = said.value if book is None else phone.beside(book.base, book.file)
    sheet.put("remote_phonebook.data.1.url", url, said.source)
    named = phone.settings.get("features.phonebook_name", Said(book.title if book else None))
    if named.value is not None or named.source:
        sheet.put("remote_phonebook.data.1.name", named.value, named.source)


def _write_ldap(phone: Phone, sheet: Sheet, said: Said) -> None:
    sheet.put("ldap.enable", said.value is not None, said.source)


def _write_syslog(phone: Phone, sheet: Sheet, said: Said) -> None:
    sheet.put("static.syslog.enable", said.value is not None, said.source)


def _write_wifi(phone: Phone, sheet: Sheet, said: Said) -> None:
    sheet.put("static.wifi.enable", said.value is not None, said.source)


def _write_trust(phone: Phone, sheet: Sheet) -> None:
    """One switch for every certificate that the phone sees."""
    said = [
        each
        for name in ("sip.verify_certificate", "provisioning.verify_certificate")
        if (each := phone.settings.get(name)) is not None
    ]
    if not said:
        return
    if len({each.value for each in said}) > 1:
        sheet.refuse(said[1].source, "it checks every server's certificate or none",
                     "say the same in sip.verify_certificate")  # fmt: skip
    sheet.put("static.security.trust_certificates", said[0].value, *(each.source for each in said))


def _write_passwords(phone: Phone, sheet: Sheet) -> None:
    """`name:password`, one line for each login (yealink.md, B, row "passwords")."""
    for login in ("admin", "user"):
        said = phone.settings.get(f"features.{login}_password")
        if said is not None and isinstance(said.value, Secret):
            sheet.put("static.security.user_password", (f"{login}:", said.value), said.source)
            sheet.require(said.value, _LOGIN_FORM, "1 to 32 printable ASCII characters, no colon")


_WRITERS: Final = {
    "network.voice_vlan": _write_vlan,
    "network.pc_vlan": _write_pc_vlan,
    "network.dns": _write_dns,
    "network.ntp": _write_ntp,
    "network.wifi_ssid": _write_wifi,
    "sip.stun_server": _write_stun,
    "sip.dial_plan": _write_dial_plan,
    "provisioning.url": _write_url,
    "provisioning.interval": _write_interval,
    "provisioning.at": _write_at,
    "provisioning.dhcp_option": _write_dhcp_option,
    "features.timezone": _write_timezone,
    "features.tone_country": _write_tones,
    "features.web_ui": _write_web,
    "features.backlight_timeout": _write_backlight,
    "features.wallpaper": _write_wallpaper,
    "features.multicast": _write_multicast,
    "features.action_urls": _write_actions,
    "features.phonebook_url": _write_phonebook,
    "features.ldap.server": _write_ldap,
    "features.syslog_server": _write_syslog,
}
