"""Settings of Grandstream phones that are one or two P-values (grandstream.md, B).

Which family takes a P-value is looked up in parameters.txt: a setting whose P-value is not in
its templates is not held.
"""

from collections.abc import Mapping
from typing import Final

from reconciler.model.value import Value
from reconciler.phonefiles.rows import Row, Turn, between, flipped, row
from reconciler.phonefiles.sheet import NotHeld, Written
from reconciler.phonefiles.words import chosen, endpoint, language, minutes

_DATES: Final = {"YYYY-MM-DD": "0", "MM-DD-YYYY": "1", "DD-MM-YYYY": "2"}
_DOT1X: Final = {"off": "0", "md5": "1", "tls": "2", "peap-mschapv2": "3"}
_LOG: Final = ("4", "4", "4", "4", "3", "2", "2", "1")
"""P208 counts the other way round: 1 is debug, 4 is errors; by neutral level."""


def word(words: Mapping[str, str]) -> Turn:
    """Return a turn into the vendor's words."""

    def turn(value: Value) -> Written:
        return chosen(value, words)

    return turn


def _listed(value: Value) -> Written:
    return ",".join(str(each) for each in value)


def _attributes(value: Value) -> Written:
    return " ".join(str(each) for each in value)


def _backlight(value: Value) -> Written:
    """Minutes; 0 keeps the light on."""
    turned = minutes(value)
    if turned > 90:
        raise NotHeld("its light goes off after 90 minutes at most")
    return turned


def _language(value: Value) -> Written:
    return language(str(value))


def _host(value: Value) -> Written:
    return str(endpoint(str(value)))


SETTINGS: Final[tuple[Row, ...]] = (
    # Network
    row("network.dhcp", "P8", turn=lambda dhcp: "0" if dhcp else "1"),
    row("network.hostname", "P146"),
    row("network.vlan_priority", "P87"),
    row("network.pc_vlan", "P229"),
    row("network.pc_port", "P1348", turn=flipped),
    row("network.lldp", "P1684"),
    row("network.cdp", "P22119"),
    row("network.dot1x", "P7901", turn=word(_DOT1X)),
    row("network.dot1x_identity", "P7902"),
    row("network.dot1x_password", "P7903"),
    row("sip.stun_server", "P76", turn=_host),
    row("sip.rtp_port_first", "P39"),
    # Provisioning
    row("provisioning.username", "P1360"),
    row("provisioning.password", "P1361"),
    row("provisioning.config_key", "P1359"),
    row("provisioning.verify_certificate", "P8463"),
    row("provisioning.local_changes", "P9996", turn=word({"keep": "1", "overwrite": "0"})),
    # What it does and how it looks
    row("features.language", "P1362", turn=_language),
    row("features.time_format", "P122", turn=word({"12h": "0", "24h": "1"})),
    row("features.date_format", "P102", turn=word(_DATES)),
    row("features.ring_volume", "P8352", turn=between(0, 7)),
    row("features.call_waiting", "P91", turn=flipped),
    row("features.hotline", "P71"),
    row("features.emergency_numbers", "P8385", turn=_listed),
    row("features.admin_password", "P2"),
    row("features.user_password", "P196"),
    row("features.keypad_lock", "P1382"),
    row("features.backlight_timeout", "P8356", turn=_backlight),
    row("features.syslog_server", "P207", turn=_host),
    row("features.syslog_level", "P208", turn=lambda level: _LOG[level]),
    # Directory
    row("features.ldap.server", "P8020"),
    row("features.ldap.port", "P8021"),
    row("features.ldap.tls", "P8037"),
    row("features.ldap.base", "P8022"),
    row("features.ldap.username", "P8023"),
    row("features.ldap.password", "P8024"),
    row("features.ldap.name_filter", "P8026"),
    row("features.ldap.number_filter", "P8025"),
    row("features.ldap.name_attributes", "P8028", turn=_attributes),
    row("features.ldap.number_attributes", "P8029", turn=_attributes),
)

QOS_PHONES: Final = (row("network.sip_dscp", "P1558"), row("network.rtp_dscp", "P1559"))
QOS_ADAPTERS: Final = (row("network.sip_dscp", "P5046"), row("network.rtp_dscp", "P5050"))

ACTIONS: Final = {
    "setupCompleted": "P8304", "registered": "P8305", "unregistered": "P8306", "offHook": "P8308",
    "onHook": "P8309", "incomingCall": "P8310", "outgoingCall": "P8311", "missedCall": "P8312",
    "establishedCall": "P8313", "terminatedCall": "P8314", "openDnd": "P8316",
    "closedDnd": "P8317", "holdCall": "P8324", "unholdCall": "P8325",
}  # fmt: skip
"""Events by the vendor's names (table of aliases, ons.actionUrl.*)."""

ZONES: Final = {
    "EST5EDT4,M3.2.0/02:00:00,M11.1.0/02:00:00": "EST5EDT",
    "CST6CDT5,M3.2.0/02:00:00,M11.1.0/02:00:00": "CST6CDT",
    "MST7MDT6,M3.2.0/02:00:00,M11.1.0/02:00:00": "MST7MDT",
    "PST8PDT7,M3.2.0/02:00:00,M11.1.0/02:00:00": "PST8PDT",
    "AKST9AKDT8,M3.2.0/02:00:00,M11.1.0/02:00:00": "AKST9AKDT",
    "AST4ADT3,M3.2.0/02:00:00,M11.1.0/02:00:00": "AST4ADT",
    "HST10": "HAW10",
    "MST7": "MST7",
    "EST5": "EST5",
    "GMT+0BST-1,M3.5.0/01:00:00,M10.5.0/02:00:00": "GMT+0BST-1,M3.5.0/01:00:00,M10.5.0/02:00:00",
    "GMT+0IST-1,M3.5.0/01:00:00,M10.5.0/02:00:00": "GMT+0IST-1,M3.5.0/01:00:00,M10.5.0/02:00:00",
    "CET-1CEST-2,M3.5.0/02:00:00,M10.5.0/03:00:00": "CET-1CEST-2,M3.5.0/02:00:00,M10.5.0/03:00:00",
    "EET-2EEST-3,M3.5.0/03:00:00,M10.5.0/04:00:00": "EET-2EEST-3,M3.5.0/03:00:00,M10.5.0/04:00:00",
}
"""Rules for which P64 has a text of its own; others go into P246, "self-defined"."""

EMPTIES: Final = {
    "provisioning.interval": ("P193",),
    "provisioning.at": ("P285",),
    "provisioning.dhcp_option": ("P145", "P8337"),
    "features.web_ui": ("P1650",),
    "features.timezone": ("P64", "P246"),
}
"""P-values of settings that are more than a row, for when they shall be empty."""
