"""Build: a softphone's resource, its extension and PBX become the view of apps. Pure."""

from collections.abc import Mapping
from typing import Final

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.diagnostics.place import Place
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Resource
from reconciler.model.secret import Secret
from reconciler.model.value import Fields
from reconciler.phonefiles.build import secret_of
from reconciler.phonefiles.phone import Origin, Said
from reconciler.phonefiles.settings import pbx_origins, sip_of
from reconciler.softphones.softphone import Softphone

_SIP: Final = {
    "server": "server",
    "port": "port",
    "outbound_proxy": "outbound_proxy",
    "transport": "transport",
    "auth_user": "auth_user",
    "srtp": "srtp",
    "codecs": "codecs",
    "voicemail": "voicemail_number",
}
"""A softphone's fields by the names of a phone's sip section."""

_NOT_FOR_APPS: Final = frozenset(("app", "extension", "name", "delivery", "tenant", "enabled"))
"""Fields that people and the engine need; `name` is on the sheet and wherever an app shows it."""

CHECK_INTERVAL: Final = 86400
"""How often an app looks for news when nobody says it, in seconds."""


def device_key_of(resource: Resource) -> Secret:
    """Return a softphone's device key: the declared one, or a generated one of its own."""
    declared = resource.fields.get("device_key")
    key = declared if isinstance(declared, Secret) else Secret("generated")
    return secret_of(key, resource.address, "device_key")


def build_softphone(
    resource: Resource,
    desired: Desired,
    title: str,
    base_url: str | None = None,
    pbx_places: Mapping[str, Place] | None = None,
) -> Checked[Softphone | None]:
    """Return the app-neutral view of a softphone, and what is missing for it to be complete.

    None when it has no server to register to or no extension: nothing could be written.
    """
    fields, address = resource.fields, resource.address
    pbx, colon, user = str(fields["extension"]).partition(":")
    if not colon:
        pbx, user = address.scope, pbx
    extension = desired.resources.get(Address("extension", pbx, user))
    if extension is None:  # resolve has said so
        return Checked(None)
    sip = _sip(fields, extension.fields, desired.pbxs.get(pbx, {}))
    findings: list[Diagnostic] = []
    secret = extension.fields.get("secret")
    if not isinstance(secret, Secret):
        findings.append(_incomplete(resource, f"extension {user} has no secret to be told"))
        secret = None
    if not sip.get("server", Said(None)).value:
        findings.append(_incomplete(resource, f"it has no SIP server, and PBX {pbx} names none"))
        return Checked(None, tuple(findings))
    declared = {
        path: Origin(resource.place_of(path))
        for path, value in fields.items()
        if path.partition(".")[0] not in _NOT_FOR_APPS and value is not None
    }
    declared |= pbx_origins(sip, (pbx_places or {}).get(pbx))
    name = str(extension.fields["name"])
    interval = fields.get("check_interval")
    softphone = Softphone(
        address, resource.origin, title, str(fields.get("name") or name), user, name,
        secret_of(secret, extension.address, "secret") if secret else None,
        device_key_of(resource), sip, _part(fields, "push."),
        Said(interval or CHECK_INTERVAL, "check_interval" if interval else ""),
        _part_text(fields, "settings."), declared, fields.get("provider"), base_url,
    )  # fmt: skip
    return Checked(softphone, tuple(findings))


def _sip(fields: Fields, extension: Fields, pbx: Fields) -> dict[str, Said]:
    """Return how it registers: softphone, then extension, then PBX, then defaults."""
    own = {
        f"sip.{name}": Said(fields[path], path)
        for path, name in _SIP.items()
        if fields.get(path) is not None
    }
    transport = fields.get("transport")
    if transport is not None and transport != (pbx.get("sip.transport") or "udp"):
        # The PBX names the port of its own transport.
        pbx = {path: value for path, value in pbx.items() if path != "sip.port"}
    return sip_of(own, extension, pbx)


def _part(fields: Fields, prefix: str) -> dict[str, Said]:
    return {
        path.removeprefix(prefix): Said(value, path)
        for path, value in fields.items()
        if path.startswith(prefix) and value is not None
    }


def _part_text(fields: Fields, prefix: str) -> dict[str, str | None]:
    return {
        path.removeprefix(prefix): None if value is None else str(value)
        for path, value in fields.items()
        if path.startswith(prefix)
    }


def _incomplete(resource: Resource, why: str) -> Diagnostic:
    return found("softphone-incomplete", f"{resource.address}: {why}.", resource.origin.key())
