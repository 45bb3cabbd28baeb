"""Softphone: an app on somebody's computer or mobile."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reconciler.kinds.entry import Entry, Part, Seconds, SecretText
from reconciler.kinds.marks import NAME, Key, Reference, Scope
from reconciler.kinds.not_in_effect import NotInEffect
from reconciler.kinds.text import Code, CodecName, Host, Line, Port, SettingsMap, Srtp, Transport

App = Literal[
    "linphone", "acrobits", "groundwire", "zoiper", "sessiontalk", "sipnetic", "grandstream-wave",
    "generic",
]  # fmt: skip


class Push(Part):
    """Waking a mobile that sleeps, by Apple's or Google's push service."""

    enabled: bool = True
    """Whether incoming calls wake the app."""
    gateway: Host | None = None
    """Push gateway; the app maker's own when unset."""


class Softphone(Entry):
    """An app on somebody's computer or mobile that registers to an extension."""

    kind: ClassVar[str] = "softphone"
    section: ClassVar[str] = "softphones"
    scope: ClassVar[Scope] = "pbx"
    key: ClassVar[Key] = NAME

    app: App
    """Which app it is; `generic` for any that reads plain SIP settings."""
    extension: Annotated[str, Reference(("extension",))]
    """Extension that it registers to."""
    name: Annotated[Line, Field(min_length=1, max_length=255)] | None = None
    """Name as people see it ("Ada's mobile")."""
    device_key: SecretText | None = None
    """Unguessable key in its provisioning address, at least 20 characters that no other softphone
    has; `{secret: generated}` when unset."""
    delivery: list[Literal["qr", "url", "sheet"]] = ["qr"]
    """How the user is to get the settings: QR code, link or a printed sheet. Written down for
    people; an app that fetches nothing takes no `url`."""
    link_expires: Annotated[Seconds, Field(ge=60, le=2592000)] = 86400
    """How long a QR code or link can be used, in seconds."""
    one_time: bool = True
    """Whether a QR code or link works only once."""
    provider: Annotated[Line, Field(min_length=1, max_length=63)] | None = None
    """The app maker's code for the provider: Acrobits' cloud id, the provider id of SessionTalk
    and Zoiper."""
    server: Host | None = None
    """SIP server that it registers to; the PBX's when unset."""
    port: Port | None = None
    """SIP port; the PBX's when unset, or the usual one of another transport."""
    outbound_proxy: Line | None = None
    """SIP proxy through which the server is reached; the PBX's when unset."""
    transport: Transport | None = None
    """SIP transport; the PBX's when unset."""
    auth_user: Line | None = None
    """User name that logs in, where it is not the extension's number."""
    srtp: Srtp | None = None
    """Whether the sound of calls is encrypted; the PBX's when unset."""
    voicemail: Code | None = None
    """What is dialled for one's voicemail; the PBX's code when unset."""
    codecs: list[CodecName] | None = None
    """Codecs in order of preference; the PBX's when unset."""
    push: Push | None = None
    """Waking a mobile that sleeps."""
    check_interval: Annotated[Seconds, Field(ge=60, le=2592000)] = 86400
    """How often the app asks for new settings, in seconds; less than 15 minutes is a warning."""
    tenant: Annotated[
        Annotated[str, Reference(("tenant",))] | None,
        NotInEffect("no platform that holds several tenants has an adapter"),
    ] = None
    """Tenant that it belongs to, on platforms that hold several. No effect yet."""
    enabled: bool = True
    """Whether it may register and fetch its settings."""
    settings: SettingsMap = None
    """The app's own settings by its own names, passed as they are and linted."""
