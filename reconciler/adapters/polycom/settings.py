"""Settings of Poly phones that are one or two parameters each (polycom.md, B).

`device.*` parameters count only with their `.set` beside them, and with `device.set`; the
document writer adds both.
"""

from typing import Final

from reconciler.model.value import Value
from reconciler.phonefiles.rows import Row, row
from reconciler.phonefiles.sheet import NotHeld, Written
from reconciler.phonefiles.words import endpoint, language

_LANGUAGES: Final = {
    "de": "German_Germany", "en": "English_United_States", "es": "Spanish_Spain",
    "fr": "French_France", "it": "Italian_Italy", "nl": "Dutch_Netherlands",
}  # fmt: skip
_LOG: Final = ("5", "5", "5", "4", "3", "2", "2", "1")
"""device.syslog.renderLevel counts the other way round: 1 is debug, 5 critical."""


def _language(value: Value) -> Written:
    code = language(str(value))
    if code not in _LANGUAGES:
        raise NotHeld(f"its word for {value} is not known", f"one of {', '.join(_LANGUAGES)}")
    return _LANGUAGES[code]


def _host(value: Value) -> Written:
    return str(endpoint(str(value)))


SETTINGS: Final[tuple[Row, ...]] = (
    # Network
    row("network.dhcp", "device.net.dhcpEnabled"),
    row("network.address", "device.net.ipAddress"),
    row("network.netmask", "device.net.subnetMask"),
    row("network.gateway", "device.net.IPgateway"),
    row("network.pc_port", "device.net.etherModePC",
        turn=lambda is_open: "Auto" if is_open else "Disabled"),
    row("network.vlan_priority", "qos.ethernet.rtp.user_priority",
        "qos.ethernet.callControl.user_priority"),
    row("network.voice_vlan", "device.net.vlanId"),
    row("network.lldp", "device.net.lldpEnabled"),
    row("network.cdp", "device.net.cdpEnabled"),
    row("network.sip_dscp", "qos.ip.callControl.dscp"),
    row("network.rtp_dscp", "qos.ip.rtp.dscp"),
    # Provisioning
    row("provisioning.username", "device.prov.user"),
    row("provisioning.password", "device.prov.password"),
    row("provisioning.vendor_redirect", "device.prov.ztpEnabled"),
    # What it does and how it looks
    row("features.language", "lcl.ml.lang", turn=_language),
    row("features.time_format", "lcl.datetime.time.24HourClock",
        turn=lambda form: "1" if form == "24h" else "0"),
    row("features.call_waiting", "call.callWaiting.enable"),
    row("features.admin_password", "device.auth.localAdminPassword"),
    row("features.user_password", "device.auth.localUserPassword"),
    row("features.syslog_server", "device.syslog.serverName", turn=_host),
    row("features.syslog_level", "device.syslog.renderLevel", turn=lambda level: _LOG[level]),
    row("features.history", "feature.callList.enabled"),
    row("features.missed_calls", "feature.callListMissed.enabled"),
    row("features.keypad_lock", "phoneLock.enabled"),
    # Directory
    row("features.ldap.server", "dir.corp.address"),
    row("features.ldap.port", "dir.corp.port"),
    row("features.ldap.base", "dir.corp.baseDN"),
    row("features.ldap.username", "dir.corp.user"),
    row("features.ldap.password", "dir.corp.password"),
    row("features.ldap.tls", "dir.corp.transport", turn=lambda tls: "TLS" if tls else "TCP"),
    # Calls
    row("sip.keep_alive", "nat.keepalive.interval"),
    row("sip.local_port", "voIpProt.SIP.local.port"),
    row("sip.rtp_port_first", "tcpIpApp.port.rtp.mediaPortRangeStart"),
)  # fmt: skip

EMPTIES: Final = {"features.web_ui": ("httpd.enabled", "httpd.cfg.enabled")}
"""Parameters of settings that are more than a row, for when they shall be empty."""
