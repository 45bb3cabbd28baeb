"""Extension: a dialable number of a person or a place on a PBX."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reconciler.kinds.entry import Entry, Part, Seconds, SecretText
from reconciler.kinds.marks import NUMBER, Key, Reference, Scope
from reconciler.kinds.text import (
    CallerId,
    CodecName,
    Dtmf,
    Email,
    ExternalNumber,
    Line,
    SettingsMap,
)

Member = Annotated[str, Reference(("extension",), external=True)]


class Voicemail(Part):
    """The extension's voicemail box."""

    enabled: bool = True
    """Whether the extension has a box."""
    pin: SecretText | None = None
    """PIN of 4 to 10 digits. The user's to change unless it is declared."""
    email: Email | None = None
    """Where messages are announced."""
    attach: bool = True
    """Whether the message is attached to the mail."""
    delete_after_email: bool = False
    """Whether the message leaves the box once it was mailed."""


class FollowMe(Part):
    """Who else rings when the extension does not answer."""

    targets: list[Member] | None = None
    """Extensions or outside numbers, rung together after the extension itself."""
    initial_ring: Annotated[Seconds, Field(ge=0, le=60)] = 7
    """How long the extension itself rings first, in seconds."""
    ring_time: Annotated[Seconds, Field(ge=1, le=300)] = 20
    """How long the targets ring, in seconds."""
    confirm: bool = False
    """Whether a target has to press 1 to take the call."""


class Forward(Part):
    """Forwarding as set on the PBX. The user's to change unless it is declared."""

    always: Member | None = None
    """Every call goes here."""
    busy: Member | None = None
    """Calls go here while the extension is busy."""
    no_answer: Member | None = None
    """Calls go here when nobody answered."""


class Extension(Entry):
    """A dialable number of a person or a place."""

    kind: ClassVar[str] = "extension"
    section: ClassVar[str] = "extensions"
    scope: ClassVar[Scope] = "pbx"
    key: ClassVar[Key] = NUMBER

    name: Annotated[Line, Field(min_length=1, max_length=255)]
    """Name of the person or place."""
    caller_id: CallerId | None = None
    """What other extensions see; the extension's name and number when unset."""
    outbound_caller_id: CallerId | None = None
    """What the outside sees."""
    emergency_caller_id: ExternalNumber | None = None
    """Number sent on emergency calls, so that they find this person."""
    secret: SecretText | None = None
    """SIP password, 8 to 128 characters."""
    voicemail: Voicemail | None = None
    """The extension's voicemail box."""
    ring_time: Annotated[Seconds, Field(ge=1, le=300)] = 20
    """How long the extension rings before voicemail or forwarding, in seconds."""
    call_waiting: bool = True
    """Whether a second call rings while one is active."""
    follow_me: FollowMe | None = None
    """Who else rings when the extension does not answer."""
    forward: Forward | None = None
    """Forwarding as set on the PBX."""
    class_of_service: Line | None = None
    """Which outbound routes the extension may use; all that name no class when unset."""
    max_contacts: Annotated[int, Field(ge=1, le=100)] = 1
    """How many phones may register at once."""
    transport: Literal["udp", "tcp", "tls", "wss"] | None = None
    """SIP transport that the extension is bound to; any when unset."""
    codecs: list[CodecName] | None = None
    """Codecs in order of preference."""
    dtmf: Dtmf | None = None
    """How digits are sent during a call."""
    mailbox_context: Line = "default"
    """Voicemail context of the box."""
    settings: SettingsMap = None
    """The platform's own settings by its own names, passed as they are and linted."""
