"""Trunk: a connection to a carrier or another PBX."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from reconciler.kinds.entry import Entry, Part, Seconds, SecretText, fault
from reconciler.kinds.marks import NAME, Key, Scope
from reconciler.kinds.text import (
    CallerId,
    CodecName,
    Dtmf,
    Host,
    HostOrNetwork,
    Line,
    Port,
    SettingsMap,
    Srtp,
    Transport,
)


class Registration(Part):
    """How the trunk registers at the far side."""

    expiry: Annotated[Seconds, Field(ge=30, le=86400)] = 3600
    """How long a registration is asked for, in seconds."""
    retry: Annotated[Seconds, Field(ge=1, le=3600)] = 60
    """How long to wait after a failed registration, in seconds."""
    contact_user: Line | None = None
    """User part of the contact; the user name when unset."""


class Trunk(Entry):
    """A connection to a carrier or another PBX."""

    kind: ClassVar[str] = "trunk"
    section: ClassVar[str] = "trunks"
    scope: ClassVar[Scope] = "pbx"
    key: ClassVar[Key] = NAME

    host: Host
    """Name or address of the far side."""
    port: Port = 5060
    """SIP port of the far side."""
    transport: Transport = "udp"
    """SIP transport."""
    mode: Literal["register", "ip", "none"] = "register"
    """register: we log in there; ip: the far side knows our address; none: neither."""
    username: Annotated[Line, Field(min_length=1, max_length=255)] | None = None
    """User name at the far side."""
    secret: SecretText | None = None
    """Password at the far side."""
    auth_user: Line | None = None
    """User name in digests, where it differs from the user name."""
    from_user: Line | None = None
    """User part of From, where the carrier wants a fixed one."""
    from_domain: Host | None = None
    """Domain of From, where the carrier wants its own."""
    outbound_proxy: Annotated[Line, Field(max_length=255)] | None = None
    """SIP proxy through which the far side is reached (`sip:proxy.example.com:5060;lr`)."""
    registration: Registration | None = None
    """How the trunk registers (mode register)."""
    match: list[HostOrNetwork] | None = None
    """Addresses from which the far side's calls come; its host when unset."""
    codecs: list[CodecName] | None = None
    """Codecs in order of preference."""
    channels: Annotated[int, Field(ge=1, le=10000)] | None = None
    """How many calls at once; without limit when unset. Calls for help are not held back."""
    outbound_caller_id: CallerId | None = None
    """What the far side sees of calls that bring no caller id of their own."""
    dtmf: Dtmf | None = None
    """How digits are sent during a call."""
    srtp: Srtp = "off"
    """Whether the sound of calls is encrypted."""
    qualify: bool = True
    """Whether the far side is asked regularly (OPTIONS) if it is there."""
    enabled: bool = True
    """Whether the trunk is in use."""
    carrier: Annotated[Line, Field(max_length=255)] | None = None
    """Who runs the far side; trunks of one carrier fail together."""
    settings: SettingsMap = None
    """The platform's own settings by its own names, passed as they are and linted."""

    @model_validator(mode="after")
    def _can_register(self) -> "Trunk":
        if self.mode == "register":
            for name, value in (("username", self.username), ("secret", self.secret)):
                if value is None:
                    raise fault(
                        "trunk_register",
                        "a trunk that registers (mode register, the default) needs {name}; "
                        "a carrier that knows our address wants mode: ip",
                        name,
                        name=name,
                    )
        elif self.registration is not None:
            raise fault(
                "trunk_registration",
                "a trunk of mode {mode} does not register",
                "registration",
                mode=self.mode,
            )
        return self
