"""A phone's settings with what its site and PBX say where it says nothing itself. Pure."""

from collections.abc import Mapping
from typing import Final

from reconciler.diagnostics.place import Place
from reconciler.model.resource import Resource
from reconciler.model.value import Fields, Value
from reconciler.phonefiles.fetching import Fetching
from reconciler.phonefiles.phone import Origin, Said
from reconciler.planning.phones.delivery import is_pushed

SECTIONS: Final = ("sip.", "network.", "provisioning.", "features.")

_FROM_SITE: Final = {
    "ntp": "network.ntp",
    "voice_vlan": "network.voice_vlan",
    "timezone": "features.timezone",
}
"""What a site says for its phones; it has to arrive in their files."""

_IF_UNSAID: Final = {
    "country": "features.tone_country",
    "emergency.numbers": "features.emergency_numbers",
}
"""What a site says for other reasons, and phones use when their model can."""

FROM_PBX: Final = {
    "sip.host": "server",
    "sip.port": "port",
    "sip.transport": "transport",
    "sip.outbound_proxy": "outbound_proxy",
    "sip.realm": "realm",
    "sip.srtp": "srtp",
    "sip.codecs": "codecs",
    "sip.register_expiry": "register_expiry",
    "sip.backup_host": "backup_server",
    "sip.backup_port": "backup_port",
}
"""What a PBX says for the phones that register to it, by the names of the phone's sip section."""

_SIP_PORTS: Final = {"tls": 5061}
"""RFC 3261, 19.1.2: the port of sips, where nobody names one."""


def own_settings(resource: Resource, site: Fields, fetching: Fetching) -> dict[str, Said]:
    """Return the settings by path: the phone's own, and the site's where it says nothing."""
    settings = {
        path: Said(value, path)
        for path, value in resource.fields.items()
        if path.startswith(SECTIONS)
    }
    for name, path in _FROM_SITE.items():
        if site.get(name) not in (None, []):
            settings.setdefault(path, Said(site[name], f"site.{name}"))
    locked = bool(settings.get("features.keypad_lock", Said(None)).value)
    for name, path in _IF_UNSAID.items():
        if site.get(name):
            # A phone that locks itself has to know what it may dial all the same.
            needed = locked and path == "features.emergency_numbers"
            settings.setdefault(path, Said(site[name], f"site.{name}" if needed else ""))
    if fetching.base_url is not None and not is_pushed(resource.fields):
        settings.setdefault("provisioning.url", Said(fetching.base_url))
    if settings.get("provisioning.url", Said(None)).value == fetching.base_url:
        mac = str(resource.fields["mac"]).replace(":", "")
        settings |= fetching.login_of(resource.address, mac, settings)
    return settings


def site_origins(settings: Mapping[str, Said], place: Place | None) -> dict[str, Origin]:
    """Return where the site says what this phone takes from it."""
    if place is None:
        return {}
    return {
        said.source: Origin(place.at(*said.source.split(".")[1:]), "warning")
        for said in settings.values()
        if said.source.startswith("site.")
    }


def sip_of(settings: Mapping[str, Said], extension: Fields, pbx: Fields) -> dict[str, Said]:
    """Return how an account registers and calls: phone, then extension, then PBX, then defaults."""
    sip = {
        path.removeprefix("sip."): said
        for path, said in settings.items()
        if path.startswith("sip.")
    }
    for name in ("transport", "codecs", "dtmf"):
        value = extension.get(name)
        if value not in (None, "wss"):
            # The PBX hears digits in any form then; a phone sends them in the usual one.
            sip.setdefault(name, Said("rfc4733" if value == "auto" else value))
    for path, name in FROM_PBX.items():
        if pbx.get(path) is not None:
            sip.setdefault(name, Said(pbx[path], f"pbx.{path}"))
    for path in ("domain", "address"):
        if pbx.get(path):
            sip.setdefault("server", Said(pbx[path]))
    if pbx.get("feature_codes.voicemail"):
        sip.setdefault("voicemail_number", Said(pbx["feature_codes.voicemail"]))
    _default(sip, "transport", "udp")
    _default(sip, "port", _SIP_PORTS.get(sip["transport"].value, 5060))
    _default(sip, "register_expiry", 3600)
    return sip


def _default(sip: dict[str, Said], name: str, value: Value) -> None:
    """Fill in what no account can do without, also where somebody emptied it."""
    said = sip.get(name, Said(None))
    if said.value is None:
        sip[name] = said._replace(value=value)


def pbx_origins(sip: Mapping[str, Said], place: Place | None) -> dict[str, Origin]:
    """Return where the PBX says what an account takes from it."""
    if place is None:
        return {}
    return {
        said.source: Origin(place.at(*said.source.removeprefix("pbx.").split(".")), "warning")
        for said in sip.values()
        if said.source.startswith("pbx.")
    }
