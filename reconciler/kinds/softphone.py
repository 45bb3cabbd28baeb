"""Softphone: an app on somebody's computer or mobile."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reconciler.kinds.entry import (
    NAME,
    Entry,
    Key,
    Part,
    Reference,
    Scope,
    Seconds,
    SecretText,
)
from reconciler.kinds.text import CodecName, Email, Host, Line, Port, SettingsMap, Srtp, Transport

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
    """Unguessable key in its provisioning address; `{secret: generated}` when unset."""
    delivery: list[Literal["qr", "url", "email", "sheet"]] = ["qr"]
    """How the user gets the settings: QR code, link, mail or a printed sheet."""
    email: Email | None = None
    """Where the mail goes; the voicemail's address when unset."""
    link_expires: Annotated[Seconds, Field(ge=60, le=2592000)] = 86400
    """How long a QR code or link can be used, in seconds."""
    one_time: bool = True
    """Whether a QR code or link works only once."""
    server: Host | None = None
    """SIP server that it registers to; the PBX's when unset."""
    port: Port | None = None
    """SIP port; the PBX's when unset."""
    outbound_proxy: Line | None = None
    """SIP proxy through which the server is reached; the PBX's when unset."""
    transport: Transport = "tls"
    """SIP transport."""
    srtp: Srtp = "optional"
    """Whether the sound of calls is encrypted."""
    codecs: list[CodecName] | None = None
    """Codecs in order of preference."""
    push: Push | None = None
    """Waking a mobile that sleeps."""
    check_interval: Annotated[Seconds, Field(ge=60, le=2592000)] = 86400
    """How often the app asks for new settings, in seconds."""
    tenant: Annotated[str, Reference(("tenant",))] | None = None
    """Tenant that it belongs to, on platforms that hold several."""
    enabled: bool = True
    """Whether it may register and fetch its settings."""
    settings: SettingsMap = None
    """The app's own settings by its own names, passed as they are and linted."""
