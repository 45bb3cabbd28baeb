"""Settings of Fanvil phones that are one element each (other-phones.md, "Fanvil").

Elements as in a rendered file of FusionPBX for the X6U; what numbers mean, from Wazo's plug-in.
"""

from collections.abc import Mapping
from typing import Final

from reconciler.model.value import Value
from reconciler.phonefiles.rows import Row, Turn, between, row
from reconciler.phonefiles.sheet import NotHeld, Written
from reconciler.phonefiles.words import chosen, endpoint, language

_LANGUAGES: Final = {
    "en": "en", "de": "de", "fr": "fr", "es": "es", "it": "it", "nl": "nl", "pt": "pt",
    "pl": "pl", "ru": "ru", "tr": "tr", "cs": "cz", "he": "he", "ko": "ko",
}  # fmt: skip

TONES: Final = {
    "US": "11", "GB": "13", "DE": "2", "NL": "5", "CA": "18", "IT": "21", "FR": "25", "ES": "33",
}  # fmt: skip
"""What mm/SelectYourTone calls countries (Wazo's plug-in)."""


def word(words: Mapping[str, str]) -> Turn:
    """Return a turn into the vendor's words."""

    def turn(value: Value) -> Written:
        return chosen(value, words)

    return turn


def _language(value: Value) -> Written:
    return chosen(language(str(value)), _LANGUAGES)


def _host(value: Value) -> Written:
    return str(endpoint(str(value)))


def _joined(value: Value) -> Written:
    return " ".join(str(each) for each in value)


def _web(value: Value) -> Written:
    if value == "off":
        raise NotHeld("how its pages are switched off is not known", "it has http and https")
    return chosen(value, {"http": "0", "https": "1"})


SETTINGS: Final[tuple[Row, ...]] = (
    # Network
    row("network.dhcp", "net/EnableDHCP"),
    row("network.address", "net/WANIP"),
    row("network.netmask", "net/WANSubnetMask"),
    row("network.gateway", "net/WANGateway"),
    row("network.hostname", "phone/display/HostName"),
    row("network.vlan_priority", "qos/SignallingPriority", "qos/VoicePriority"),
    row("network.lldp", "qos/LLDPTransmit"),
    row("network.cdp", "qos/CDPEnable"),
    # The vendor spells it so.
    row("network.sip_dscp", "qos/SingallingDSCP"),
    row("network.rtp_dscp", "qos/VoiceDSCP"),
    # Calls
    row("sip.local_port", "sip/SIPPort"),
    # Provisioning
    row("provisioning.username", "ap/DefaultUsername"),
    row("provisioning.password", "ap/DefaultPassword"),
    row("provisioning.vendor_redirect", "ota/FDPSEnable"),
    row("provisioning.config_key", "ap/DeviceCfgFileKey"),
    row("provisioning.dhcp_option", "ap/opt/DHCPOption"),
    # What it does and how it looks
    row("features.language", "phone/display/DefaultLanguage", turn=_language),
    row("features.ring_tone", "phone/volume/RingType"),
    row("features.call_waiting", "call/port.1/CallWaiting"),
    row("features.allow_intercom", "call/port.1/EnableIntercom"),
    row("features.barge", "call/port.1/IntercomBarge"),
    row("features.keypad_lock", "phone/EnableKeyLock"),
    row("features.backlight_timeout", "phone/display/BacklightOffTime"),
    row("features.history", "phone/EnableCallHistory"),
    row("features.syslog_server", "log/SyslogServer", turn=_host),
    row("features.web_ui", "web/WebServerType", turn=_web),
    # Directory
    row("features.ldap.server", "phone/ldap.1/Server"),
    row("features.ldap.port", "phone/ldap.1/port", turn=between(1, 65535)),
    row("features.ldap.tls", "phone/ldap.1/UseSSL"),
    row("features.ldap.base", "phone/ldap.1/Base"),
    row("features.ldap.username", "phone/ldap.1/Username"),
    row("features.ldap.password", "phone/ldap.1/Password"),
    row("features.ldap.name_filter", "phone/ldap.1/NameFilter"),
    row("features.ldap.number_filter", "phone/ldap.1/NumberFilter"),
    row("features.ldap.name_attributes", "phone/ldap.1/NameAttr", turn=_joined),
    row("features.phonebook_name", "phone/xmlContact.1/Name"),
)

EMPTIES: Final = {
    "features.tone_country": ("mm/SelectYourTone",),
    "provisioning.interval": ("ap/FlashInterval",),
}
"""Elements of settings that are more than a row, for when they shall be empty."""
