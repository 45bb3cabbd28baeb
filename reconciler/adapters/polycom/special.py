"""Settings of Poly phones that take more than a parameter each (polycom.md, B)."""

from datetime import timedelta
from typing import Final

from reconciler.adapters.polycom.settings import EMPTIES
from reconciler.model.secret import Secret
from reconciler.phonefiles.clock import Change, zone
from reconciler.phonefiles.phone import Phone, Said
from reconciler.phonefiles.rows import write_empties
from reconciler.phonefiles.sheet import NotHeld, Sheet
from reconciler.phonefiles.words import source, spread, time_of_day

_DAY_S: Final = 86400
_LOGIN_FORM: Final = r"(?!456$)[!-;=?-~][ -;=?-~]{0,31}"


def write_special(phone: Phone, sheet: Sheet) -> None:
    """Write what a table of rows cannot say."""
    write_empties(EMPTIES, phone, sheet)
    for setting, write in _WRITERS.items():
        said = phone.settings.get(setting)
        if said is not None and not (said.value is None and setting in EMPTIES):
            with sheet.about(said.source):
                write(phone, sheet, said)
    for name in ("features.admin_password", "features.user_password"):
        password = phone.value(name)
        if isinstance(password, Secret):
            sheet.require(
                password, _LOGIN_FORM, "1 to 32 ASCII characters without < and >, not 456"
            )
    if phone.firmware_url is not None:
        sheet.claim("firmware")  # stands in the master file


def _write_ntp(phone: Phone, sheet: Sheet, said: Said) -> None:
    servers = said.value or []
    if len(servers) > 1:
        raise NotHeld("it takes one server")
    sheet.put("tcpIpApp.sntp.address", servers[0] if servers else None, said.source)
    sheet.put("tcpIpApp.sntp.address.overrideDHCP", "1" if servers else "0", said.source)


def _write_dns(phone: Phone, sheet: Sheet, said: Said) -> None:
    servers = said.value or []
    if len(servers) > 2:
        raise NotHeld("it takes two servers at most")
    names = ("device.dns.serverAddress", "device.dns.altSrvAddress")
    for name, server in zip(names, [*servers, None, None], strict=False):
        sheet.put(name, server, said.source)


def _write_timezone(phone: Phone, sheet: Sheet, said: Said) -> None:
    found = zone(said.value or "UTC")
    sheet.put("tcpIpApp.sntp.gmtOffset", found.offset_s, said.source)
    sheet.put("tcpIpApp.sntp.gmtOffset.overrideDHCP", 1, said.source)
    prefix = "tcpIpApp.sntp.daylightSavings"
    sheet.put(f"{prefix}.enable", int(found.start is not None), said.source)
    if found.start is None or found.end is None:
        return
    if found.saving_s != 3600:
        raise NotHeld("its summer time is always one hour")
    sheet.put(f"{prefix}.fixedDayEnable", 0, said.source)
    _write_change(f"{prefix}.start", found.start, sheet, said)
    _write_change(f"{prefix}.stop", found.end, sheet, said)


def _write_change(prefix: str, change: Change, sheet: Sheet, said: Said) -> None:
    """A weekday (1 is Sunday), the last of its month or the first from a date on."""
    sheet.put(f"{prefix}.month", change.month, said.source)
    sheet.put(f"{prefix}.time", change.hour, said.source)
    sheet.put(f"{prefix}.dayOfWeek", change.weekday + 1, said.source)
    is_last = change.week == 5
    sheet.put(f"{prefix}.dayOfWeek.lastInMonth", int(is_last), said.source)
    if not is_last:
        sheet.put(f"{prefix}.date", 7 * (change.week - 1) + 1, said.source)


def _write_url(phone: Phone, sheet: Sheet, said: Said) -> None:
    if said.value is None:
        sheet.put("device.prov.serverName", None, said.source)
        return
    protocol = phone.settings.get("provisioning.protocol", Said(None))
    found = source(said.value, protocol.value)
    address = phone.folder(found.url.removesuffix("/"))
    sheet.put("device.prov.serverName", address, said.source)
    sheet.put("device.prov.serverType", found.scheme.upper(), said.source, protocol.source)


def _write_interval(phone: Phone, sheet: Sheet, said: Said) -> None:
    """Ask every so often; each phone a little later than the others, by its own MAC."""
    if phone.value("provisioning.at") is not None:
        sheet.put("prov.polling.period", said.value or _DAY_S, said.source)
        return
    sheet.put("prov.polling.enabled", int(said.value is not None), said.source)
    if said.value is not None:
        jitter = phone.settings.get("provisioning.random_delay", Said(0))
        every = said.value + spread(phone, jitter.value or 0)
        sheet.put("prov.polling.mode", "rel", said.source)
        sheet.put("prov.polling.period", every, said.source, jitter.source)


def _write_at(phone: Phone, sheet: Sheet, said: Said) -> None:
    """Ask at a time of day; between two times the phone picks the moment by itself."""
    if said.value is None:
        return
    hour, minute = time_of_day(said.value)
    jitter = phone.settings.get("provisioning.random_delay", Said(0))
    begin = timedelta(hours=hour, minutes=minute)
    end = begin + timedelta(seconds=jitter.value or 0)
    if end >= timedelta(days=1):
        raise NotHeld("it cannot ask over midnight", "begin earlier, or spread it less")
    sheet.put("prov.polling.enabled", 1, said.source)
    sheet.put("prov.polling.mode", "random" if jitter.value else "abs", said.source)
    sheet.put("prov.polling.time", _clock(begin), said.source)
    if jitter.value:
        sheet.put("prov.polling.timeRandomEnd", _clock(end), said.source, jitter.source)
    if phone.said("provisioning.interval") is None:
        sheet.put("prov.polling.period", _DAY_S, said.source)


def _clock(after: timedelta) -> str:
    whole = int(after.total_seconds()) // 60
    return f"{whole // 60:02}:{whole % 60:02}"


def _write_dhcp_option(phone: Phone, sheet: Sheet, said: Said) -> None:
    if said.value == 66:
        sheet.put("device.dhcp.bootSrvUseOpt", "Default", said.source)
        return
    sheet.put("device.dhcp.bootSrvUseOpt", "Custom", said.source)
    sheet.put("device.dhcp.bootSrvOpt", said.value, said.source)


def _write_web(phone: Phone, sheet: Sheet, said: Said) -> None:
    is_on = int(said.value in ("http", "https"))
    sheet.put("httpd.enabled", is_on, said.source)
    sheet.put("httpd.cfg.enabled", is_on, said.source)
    if is_on:
        only_https = int(said.value == "https")
        sheet.put("httpd.cfg.secureTunnelRequired", only_https, said.source)


def _write_from_server(phone: Phone, sheet: Sheet, said: Said) -> None:
    prefix = "voIpProt.SIP.requestValidation.1"
    sheet.put(f"{prefix}.request", "INVITE" if said.value else "", said.source)
    sheet.put(f"{prefix}.method", "source" if said.value else "", said.source)


def _write_hotline(phone: Phone, sheet: Sheet, said: Said) -> None:
    sheet.put("call.autoOffHook.1.enabled", int(bool(said.value)), said.source)
    sheet.put("call.autoOffHook.1.contact", said.value, said.source)


def _write_emergency(phone: Phone, sheet: Sheet, said: Said) -> None:
    if said.source.startswith("site."):  # asked for because the phone locks itself
        raise NotHeld(
            "while it is locked it dials only those numbers that it was told to, and that is not "
            "written here",
            "write them in raw (phoneLock.authorized.1.value and on), or leave it unlocked",
        )


def _write_ldap(phone: Phone, sheet: Sheet, said: Said) -> None:
    sheet.put("feature.corporateDirectory.enabled", int(said.value is not None), said.source)


_WRITERS: Final = {
    "network.ntp": _write_ntp,
    "network.dns": _write_dns,
    "sip.accept_only_from_server": _write_from_server,
    "provisioning.url": _write_url,
    "provisioning.interval": _write_interval,
    "provisioning.at": _write_at,
    "provisioning.dhcp_option": _write_dhcp_option,
    "features.timezone": _write_timezone,
    "features.web_ui": _write_web,
    "features.hotline": _write_hotline,
    "features.emergency_numbers": _write_emergency,
    "features.ldap.server": _write_ldap,
}
