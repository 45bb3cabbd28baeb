"""Settings of Snom phones that are one or two each (other-phones.md, "Snom")."""

from collections.abc import Mapping
from typing import Final

from reconciler.model.value import Value
from reconciler.phonefiles.rows import Row, Turn, between, row
from reconciler.phonefiles.sheet import NotHeld, Written
from reconciler.phonefiles.words import chosen, endpoint


def on_off(value: Value) -> Written:
    """Write truth as on and off."""
    return "on" if value else "off"


def word(words: Mapping[Value, str]) -> Turn:
    """Return a turn into the vendor's words."""

    def turn(value: Value) -> Written:
        return chosen(value, words)

    return turn


def _tos(value: Value) -> Written:
    """Write a DSCP as the whole byte (184 for 46)."""
    return int(value) * 4


def _joined(value: Value) -> Written:
    return " ".join(str(each) for each in value)


def _host(value: Value) -> Written:
    return str(endpoint(str(value)))


def _brightness(value: Value) -> Written:
    """Write 1 to 10 as 1 to 15."""
    if not 1 <= value <= 10:
        raise NotHeld("its brightness goes from 1 to 10")
    return round(int(value) * 1.5)


SETTINGS: Final[tuple[Row, ...]] = (
    # Network
    row("network.dhcp", "dhcp", turn=on_off),
    row("network.address", "ip_adr"),
    row("network.netmask", "netmask"),
    row("network.gateway", "gateway"),
    row("network.hostname", "phone_name"),
    row("network.voice_vlan", "vlan_id"),
    row("network.vlan_priority", "vlan_qos"),
    row("network.pc_vlan", "vlan_pc_id"),
    row("network.pc_port", "eth_pc", turn=lambda is_open: "auto" if is_open else "off"),
    row("network.sip_dscp", "signaling_tos", turn=_tos),
    row("network.rtp_dscp", "codec_tos", turn=_tos),
    # Calls
    row("sip.local_port", "network_id_port"),
    row("sip.accept_only_from_server", "filter_registrar", turn=on_off),
    # Provisioning
    row("provisioning.username", "http_client_user"),
    row("provisioning.password", "http_client_pass"),
    row("provisioning.vendor_redirect", "provisioning_order",
        turn=lambda asks: "redirection:proceed dhcp:stop" if asks else "dhcp:stop"),
    # What it does and how it looks
    row("features.time_format", "time_24_format", turn=word({"12h": "off", "24h": "on"})),
    row("features.date_format", "date_us_format",
        turn=word({"DD/MM/YYYY": "off", "MM/DD/YYYY": "on"})),
    row("features.ring_tone", "ring_sound"),
    row("features.call_waiting", "call_waiting", turn=on_off),
    row("features.emergency_numbers", "keyboard_lock_emergency", turn=_joined),
    row("features.keypad_lock", "enable_keyboard_lock", turn=on_off),
    row("features.backlight_timeout", "dim_timer"),
    row("features.brightness", "backlight", turn=_brightness),
    row("features.wallpaper", "custom_bg_image_url"),
    row("features.syslog_server", "syslog_server", turn=_host),
    row("features.web_ui", "webserver_type",
        turn=word({"off": "off", "http": "http", "https": "https"})),
    # Directory
    row("features.ldap.server", "ldap_server"),
    row("features.ldap.port", "ldap_port", turn=between(1, 65535)),
    row("features.ldap.tls", "ldap_over_tls", turn=on_off),
    row("features.ldap.base", "ldap_base"),
    row("features.ldap.username", "ldap_username"),
    row("features.ldap.password", "ldap_password"),
    row("features.ldap.name_filter", "ldap_search_filter"),
    row("features.ldap.number_filter", "ldap_number_filter"),
    row("features.ldap.name_attributes", "ldap_name_attributes", turn=_joined),
    row("features.ldap.number_attributes", "ldap_number_attributes", turn=_joined),
)  # fmt: skip

LANGUAGES: Final = {
    "en": ("English", "English"), "de": ("Deutsch", "Deutsch"), "it": ("Italiano", "Italiano"),
    "es": ("Espanol", "Espanol"), "fr": ("Francais", "Français"), "nl": ("Dutch", "Nederlands"),
}  # fmt: skip
"""Before firmware 10.1.226, and from then on (Wazo's plug-ins for both)."""

TONES: Final = {
    "AT": "AUT", "DE": "GER", "US": "USA", "FR": "FRA", "ES": "ESP", "IT": "ITA", "NL": "NLD",
}  # fmt: skip

ZONES: Final = {
    "Europe/Berlin": "GER+1", "Europe/Vienna": "AUT+1", "Europe/Paris": "FRA+1",
    "Europe/Madrid": "ESP+1", "Europe/Rome": "ITA+1", "Europe/Amsterdam": "NLD+1",
    "Europe/London": "GBR-0", "Europe/Dublin": "IRL-0", "Europe/Lisbon": "PRT-0",
    "Europe/Brussels": "BEL+1", "Europe/Luxembourg": "LUX+1", "Europe/Zurich": "CHE+1",
    "Europe/Copenhagen": "DNK+1", "Europe/Oslo": "NOR+1", "Europe/Stockholm": "SWE+1",
    "Europe/Prague": "CZE+1", "Europe/Bratislava": "SVK+1", "Europe/Budapest": "HUN+1",
    "Europe/Warsaw": "POL+1", "Europe/Zagreb": "HRV+1", "Europe/Helsinki": "FIN+2",
    "Europe/Tallinn": "EST+2", "Europe/Riga": "LVA+2", "Europe/Athens": "GRC+2",
    "Europe/Sofia": "BGR+2", "Europe/Bucharest": "ROU+2",
    "America/New_York": "USA-5", "America/Chicago": "USA-6", "America/Denver": "USA-7",
    "America/Los_Angeles": "USA-8",
}  # fmt: skip
"""Zones are words of the vendor's own: a country and an offset (samples; Wazo; Snom's wiki; the
choices of a public set-up form, which agrees with those)."""

EMPTIES: Final = {
    "features.language": ("language", "web_language"),
    "features.timezone": ("timezone",),
    "features.tone_country": ("tone_scheme",),
}
"""Parameters of settings that are more than a row, for when they shall be empty."""
