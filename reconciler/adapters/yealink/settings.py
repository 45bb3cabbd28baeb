"""Settings of Yealink phones that are one or two parameters each (yealink.md, B).

Names with `static.` are those of firmware from v80 on; the models here all have it.
"""

from collections.abc import Mapping
from typing import Final

from reconciler.model.value import Value
from reconciler.phonefiles.phone import Phone
from reconciler.phonefiles.rows import Row, Turn, between, flipped, row
from reconciler.phonefiles.sheet import NotHeld, Written
from reconciler.phonefiles.words import chosen, endpoint, language_name

_TONES: Final = {
    "AU": "Australia", "AT": "Austria", "BR": "Brazil", "BE": "Belgium", "CL": "Chile",
    "CN": "China", "CZ": "Czech", "DK": "Denmark", "FI": "Finland", "FR": "France",
    "DE": "Germany", "GB": "Great Britain", "GR": "Greece", "HU": "Hungary", "LT": "Lithuania",
    "IN": "India", "IT": "Italy", "JP": "Japan", "MX": "Mexico", "NZ": "New Zealand",
    "NL": "Netherlands", "NO": "Norway", "PT": "Portugal", "ES": "Spain", "CH": "Switzerland",
    "SE": "Sweden", "RU": "Russia", "US": "United States",
}  # fmt: skip
"""What voice.tone.country calls the countries that it has tones of."""

_DATES: Final = {
    "WWW MMM DD": "0", "DD-MMM-YY": "1", "YYYY-MM-DD": "2", "DD/MM/YYYY": "3", "MM/DD/YY": "4",
    "DD MMM YYYY": "5", "WWW DD MMM": "6",
}  # fmt: skip

_DOT1X: Final = {"off": "0", "md5": "1", "tls": "2", "peap-mschapv2": "3"}
_WIFI: Final = {"open": "NONE", "wpa2-psk": "WPA2-PSK", "wpa2-enterprise": "WPA2-EAP"}


def word(words: Mapping[str, str]) -> Turn:
    """Return a turn into the vendor's words."""

    def turn(value: Value) -> Written:
        return chosen(value, words)

    return turn


def _language(value: Value) -> Written:
    return language_name(str(value))


def _host(value: Value) -> Written:
    return str(endpoint(str(value)))


def _listed(most: int, joined: str) -> Turn:
    def turn(value: Value) -> Written:
        if len(value) > most:
            raise NotHeld(f"it takes {most} at most")
        return joined.join(str(each) for each in value)

    return turn


def _brightness(value: Value) -> Written:
    if not 1 <= value <= 10:
        raise NotHeld("its brightness goes from 1 to 10")
    return int(value)


def _ring_volume(value: Value) -> Written:
    return int(value)


SETTINGS: Final[tuple[Row, ...]] = (
    # Network
    row("network.dhcp", "static.network.internet_port.type",
        turn=lambda dhcp: "0" if dhcp else "2"),
    row("network.address", "static.network.internet_port.ip"),
    row("network.netmask", "static.network.internet_port.mask"),
    row("network.gateway", "static.network.internet_port.gateway"),
    row("network.hostname", "static.network.dhcp_host_name"),
    row("network.vlan_priority", "static.network.vlan.internet_port_priority"),
    row("network.pc_port", "static.network.pc_port.enable"),
    row("network.lldp", "static.network.lldp.enable"),
    row("network.cdp", "static.network.cdp.enable"),
    row("network.sip_dscp", "static.network.qos.signaltos"),
    # Newer firmware says audiotos, older rtptos.
    row("network.rtp_dscp", "static.network.qos.audiotos", "static.network.qos.rtptos"),
    row("network.dot1x", "static.network.802_1x.mode", turn=word(_DOT1X)),
    row("network.dot1x_identity", "static.network.802_1x.identity"),
    row("network.dot1x_password", "static.network.802_1x.md5_password"),
    row("network.wifi_ssid", "static.wifi.1.ssid"),
    row("network.wifi_security", "static.wifi.1.security_mode", turn=word(_WIFI)),
    row("network.wifi_password", "static.wifi.1.password"),
    row("sip.rtp_port_first", "static.network.port.min_rtpport"),
    row("sip.rtp_port_last", "static.network.port.max_rtpport"),
    # Provisioning
    row("provisioning.username", "static.auto_provision.server.username"),
    row("provisioning.password", "static.auto_provision.server.password"),
    row("provisioning.vendor_redirect", "static.zero_touch.enable"),
    row("provisioning.config_key", "static.auto_provision.aes_key_16.mac"),
    row("provisioning.local_changes", "static.auto_provision.custom.protect",
        turn=word({"keep": "1", "overwrite": "0"})),
    # What it does and how it looks
    row("features.language", "lang.gui", "lang.wui", turn=_language),
    row("features.time_format", "local_time.time_format", turn=word({"12h": "0", "24h": "1"})),
    row("features.date_format", "local_time.date_format", turn=word(_DATES)),
    row("features.ring_tone", "phone_setting.ring_type"),
    row("features.ring_volume", "force.voice.ring_vol", turn=_ring_volume),
    row("features.call_waiting", "call_waiting.enable"),
    row("features.do_not_disturb", "features.dnd.enable"),
    row("features.allow_intercom", "features.intercom.allow"),
    row("features.barge", "features.intercom.barge"),
    row("features.hotline", "features.hotline_number"),
    row("features.emergency_numbers", "phone_setting.emergency.number", turn=_listed(10, ",")),
    row("features.keypad_lock", "phone_setting.phone_lock.enable"),
    row("features.brightness", "phone_setting.active_backlight_level", turn=_brightness),
    row("features.screensaver_timeout", "screensaver.wait_time",
        turn=between(15, 21600, "seconds")),
    row("features.headset", "features.headset_prior"),
    row("features.history", "features.save_call_history"),
    row("features.syslog_server", "static.syslog.server", turn=_host),
    row("features.syslog_level", "static.syslog.level", turn=between(0, 6)),
    # Directory
    row("features.ldap.server", "ldap.host"),
    row("features.ldap.port", "ldap.port"),
    row("features.ldap.tls", "ldap.tls_mode", turn=lambda tls: "2" if tls else "0"),
    row("features.ldap.base", "ldap.base"),
    row("features.ldap.username", "ldap.user"),
    row("features.ldap.password", "ldap.password"),
    row("features.ldap.name_filter", "ldap.name_filter"),
    row("features.ldap.number_filter", "ldap.number_filter"),
    row("features.ldap.name_attributes", "ldap.name_attr", turn=_listed(5, " ")),
    row("features.ldap.number_attributes", "ldap.numb_attr", turn=_listed(5, " ")),
)  # fmt: skip

_OF_HANDSETS: Final = frozenset(
    ("features.language", "features.brightness", "features.screensaver_timeout",
     "features.ring_tone", "features.ring_volume", "features.headset", "features.keypad_lock")
)  # fmt: skip
"""What DECT handsets keep themselves; some of it is `custom.handset.*`, in raw."""


def rows_of(phone: Phone) -> tuple[Row, ...]:
    """Return the rows that the phone's firmware knows."""
    if phone.model.traits["dect"] == "no":
        return SETTINGS
    return tuple(each for each in SETTINGS if each.setting not in _OF_HANDSETS)


DIRECT_CALLS: Final = row("sip.accept_only_from_server", "features.direct_ip_call_enable",
                          turn=flipped)  # fmt: skip
"""Calls by address alone come from nobody's server either."""

TONES: Final = _TONES

BACKLIGHT: Final = (15, 30, 60, 120, 300, 600, 1800)
"""Seconds that phone_setting.backlight_time takes."""

EMPTIES: Final = {
    "features.tone_country": ("voice.tone.country",),
    "features.backlight_timeout": ("phone_setting.backlight_time",),
    "features.web_ui": ("static.wui.http_enable", "static.wui.https_enable"),
}
"""Parameters of settings that are more than a row, for when they shall be empty."""
