"""What phones hold of the vendor-neutral settings, found out by rendering each of them."""

from __future__ import annotations

from typing import Any, Final

from reconciler.adapters.renderers import RENDERERS
from reconciler.kinds.phone_settings import (
    PhoneFeatures,
    PhoneLdap,
    PhoneNetwork,
    PhoneProvisioning,
    PhoneSip,
)
from reconciler.model.secret import Secret
from tests.unit.phonefiles.make import render

COLUMNS: Final = {
    "Yealink": "T46S", "Yealink DECT": "W60B", "Grandstream": "GXP2170", "HT8xx": "HT812",
    "Poly": "VVX601", "Snom": "D785", "Fanvil": "X5U",
}  # fmt: skip
"""One model for each column."""

_SECRET: Final = Secret("store:some")
VALUES: Final[dict[str, Any]] = {
    "sip.server": "pbx.example.test", "sip.port": 5060, "sip.backup_server": "two.example.test",
    "sip.backup_port": 5060, "sip.transport": "tcp", "sip.outbound_proxy": "sbc.example.test",
    "sip.realm": "office", "sip.register_expiry": 3600, "sip.keep_alive": 30,
    "sip.stun_server": "stun.example.test", "sip.local_port": 5062, "sip.rtp_port_first": 12000,
    "sip.rtp_port_last": 12100, "sip.codecs": ["alaw", "ulaw"], "sip.dtmf": "rfc4733",
    "sip.srtp": "optional", "sip.verify_certificate": True, "sip.session_timer": True,
    "sip.prack": True, "sip.voicemail_number": "*97", "sip.subscribe_mwi": True,
    "sip.dial_plan": "x.T", "sip.accept_only_from_server": True,
    "network.dhcp": False, "network.address": "10.0.0.2", "network.netmask": "255.255.255.0",
    "network.gateway": "10.0.0.1", "network.dns": ["10.0.0.1"], "network.hostname": "desk",
    "network.voice_vlan": 20, "network.vlan_priority": 5, "network.pc_vlan": 10,
    "network.pc_port": True, "network.lldp": True, "network.cdp": False, "network.sip_dscp": 24,
    "network.rtp_dscp": 46, "network.ntp": ["ntp.example.test"], "network.dot1x": "md5",
    "network.dot1x_identity": "desk", "network.dot1x_password": _SECRET,
    "network.wifi_ssid": "Haus", "network.wifi_security": "wpa2-psk",
    "network.wifi_password": _SECRET,
    "provisioning.url": "https://prov.example.test/p", "provisioning.protocol": "https",
    "provisioning.username": "desk", "provisioning.password": _SECRET,
    "provisioning.interval": 86400, "provisioning.at": "02:00",
    "provisioning.random_delay": 3600, "provisioning.dhcp_option": 66,
    "provisioning.vendor_redirect": False, "provisioning.verify_certificate": True,
    "provisioning.config_key": _SECRET, "provisioning.local_changes": "overwrite",
    "provisioning.dialect": "numbers",
    "features.language": "de", "features.timezone": "Europe/Berlin",
    "features.time_format": "24h", "features.date_format": "YYYY-MM-DD",
    "features.tone_country": "DE", "features.ring_tone": "Ring1", "features.ring_volume": 5,
    "features.call_waiting": True, "features.do_not_disturb": False,
    "features.auto_answer": False, "features.allow_intercom": True, "features.barge": False,
    "features.hotline": "1001", "features.emergency_numbers": ["112"],
    "features.web_ui": "https", "features.admin_password": _SECRET,
    "features.user_password": _SECRET, "features.keypad_lock": True,
    "features.backlight_timeout": 600, "features.brightness": 5,
    "features.wallpaper": "https://prov.example.test/w.jpg",
    "features.screensaver_timeout": 600, "features.headset": True, "features.history": True,
    "features.missed_calls": True, "features.phonebook": "extensions",
    "features.phonebook_url": "https://prov.example.test/b.xml",
    "features.phonebook_name": "House",
    "features.multicast": [{"address": "224.0.1.75", "port": 5000}],
    "features.action_urls": None, "features.syslog_server": "10.0.0.9",
    "features.syslog_level": 5,
    "features.ldap.server": "ldap.example.test", "features.ldap.port": 389,
    "features.ldap.tls": True, "features.ldap.base": "dc=example",
    "features.ldap.username": "cn=phone", "features.ldap.password": _SECRET,
    "features.ldap.name_filter": "(cn=%)", "features.ldap.number_filter": "(tel=%)",
    "features.ldap.name_attributes": ["cn"], "features.ldap.number_attributes": ["tel"],
}  # fmt: skip
"""A value of each setting that most phones take; other forms of a date are tried, too."""

_OTHER_FORMS: Final = {"features.date_format": ("DD/MM/YYYY", "MM/DD/YYYY")}
_BESIDE: Final[dict[str, dict[str, Any]]] = {
    "provisioning.protocol": {"provisioning__url": "https://prov.example.test/p"},
    "provisioning.random_delay": {"provisioning__interval": 86400},
    "sip.rtp_port_last": {"sip__rtp_port_first": 12000},
    "sip.backup_port": {"sip__backup_server": "two.example.test"},
    "features.phonebook": {"provisioning__url": "https://prov.example.test/p"},
    "features.phonebook_name": {"features__phonebook_url": "https://prov.example.test/b.xml"},
    "provisioning.vendor_redirect": {"provisioning__url": "https://prov.example.test/p"},
}
"""What some settings make sense with."""
_EVENTS: Final = {"Yealink": "call_established", "Yealink DECT": "call_established",
                  "Grandstream": "incomingCall", "Fanvil": "IncomingCall"}  # fmt: skip


def names() -> list[str]:
    """Return every setting."""
    return [
        *(f"sip.{name}" for name in PhoneSip.model_fields),
        *(f"network.{name}" for name in PhoneNetwork.model_fields),
        *(f"provisioning.{n}" for n in PhoneProvisioning.model_fields if n != "delivery"),
        *(f"features.{name}" for name in PhoneFeatures.model_fields if name != "ldap"),
        *(f"features.ldap.{name}" for name in PhoneLdap.model_fields),
    ]


def holds(column: str, setting: str) -> bool:
    """Whether a phone's files carry a setting out."""
    values = [VALUES[setting], *_OTHER_FORMS.get(setting, ())]
    if setting == "features.action_urls":
        values = [{_EVENTS.get(column, "call"): "http://10.0.0.9/"}]
    for value in values:
        fields = {**_BESIDE.get(setting, {}), setting.replace(".", "__"): value}
        found = render(COLUMNS[column], **fields)
        path = tuple(setting.split("."))
        at = [each.at.path[2:] for each in found.diagnostics if each.at is not None]  # type: ignore[union-attr]
        if path not in at:
            return True
    return False


def support() -> str:
    """Return the table: settings by vendor."""
    heads = [f"{name} ({model})" for name, model in COLUMNS.items()]
    lines = [f"| setting | {' | '.join(heads)} |", f"|---|{'---|' * len(heads)}"]
    for setting in names():
        cells = ("yes" if holds(column, setting) else "-" for column in COLUMNS)
        lines.append(f"| `{setting}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def models() -> str:
    """Return every model by vendor; in brackets those with a figure that nobody confirms."""
    lines = ["| vendor | models |", "|---|---|"]
    for renderer in RENDERERS.values():
        if not renderer.by_name_only:
            said = (f"({m.name})" if m.weak else m.name for m in renderer.models.all)
            lines.append(f"| {renderer.title} | {', '.join(said)} |")
    return "\n".join(lines)
