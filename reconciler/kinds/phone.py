"""Phone: a device on a desk or wall, known by its MAC address."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reconciler.kinds.entry import Entry, ShortPart
from reconciler.kinds.marks import NAME, Key, Reference, Scope
from reconciler.kinds.phone_key import PhoneKey
from reconciler.kinds.phone_settings import (
    PhoneFeatures,
    PhoneNetwork,
    PhoneProvisioning,
    PhoneSip,
)
from reconciler.kinds.text import Credentials, Host, Line, Mac, SettingsMap, Slug

Lifecycle = Literal["discovered", "managed", "maintenance", "decommissioned"]
"""The states that can be declared; the others are stages on the way."""


class PhoneLine(ShortPart):
    """A line of the phone; as plain text it is the extension alone."""

    shorthand: ClassVar[str | None] = "extension"

    extension: Annotated[str, Reference(("extension",))]
    """Extension that the line registers to; `pbx:1001` on another PBX than the site's."""
    label: str | None = None
    """Text beside the line key; the extension's name when unset."""
    shared: bool = False
    """Whether other phones register to the extension, too, and show the line's state."""
    ring_tone: str | None = None
    """Ring tone of the line by the vendor's name."""
    auto_answer: bool | None = None
    """Whether calls on the line are answered by themselves."""
    position: Annotated[int, Field(ge=1, le=100)] | None = None
    """Which account of the phone; the one after the previous line when unset."""


class ExpansionModule(ShortPart):
    """A module with more keys; as plain text it is the model alone."""

    shorthand: ClassVar[str | None] = "model"

    model: Line
    """Model of the module (`EXP43`)."""
    serial: Line | None = None
    """Serial number."""


class Phone(Entry):
    """A device on a desk or wall, known by its MAC address."""

    kind: ClassVar[str] = "phone"
    section: ClassVar[str] = "phones"
    scope: ClassVar[Scope] = "site"
    key: ClassVar[Key] = NAME

    mac: Mac
    """MAC address, in any notation."""
    vendor: Slug | None = None
    """Vendor (yealink, grandstream, polycom, ...); recognised by model or MAC when unset."""
    model: Annotated[Line, Field(min_length=1, max_length=63)]
    """Model (`T43U`)."""
    site: Annotated[str, Reference(("site",))] | None = None
    """Site where it stands; the document's when unset."""
    pbx: Annotated[str, Reference(("pbx",))] | None = None
    """PBX of its lines; the site's when unset."""
    template: Annotated[str, Reference(("template",))] | None = None
    """Template of its settings."""
    lines: Annotated[list[PhoneLine], Field(max_length=100)]
    """Lines in order; an empty list for a phone that only waits."""
    keys: Annotated[list[PhoneKey], Field(max_length=500)] | None = None
    """Keys in order, laid over those of the template."""
    expansion_modules: Annotated[list[ExpansionModule], Field(max_length=10)] = []
    """Modules with more keys, from the phone outwards."""
    sip: PhoneSip | None = None
    """How the phone registers and calls."""
    network: PhoneNetwork | None = None
    """How the phone sits in the network."""
    provisioning: PhoneProvisioning | None = None
    """How the phone fetches its settings."""
    features: PhoneFeatures | None = None
    """What the phone can do and how it looks."""
    raw: SettingsMap = None
    """The vendor's own parameters by its own names, passed as they are and linted."""
    firmware: Line | None = None
    """Firmware version that it shall have; the firmware section's target when unset."""
    address: Host | None = None
    """IP address or name under which it is reached; found by its MAC when unset."""
    credentials: Credentials | None = None
    """Admin login; the site's when unset."""
    lifecycle: Lifecycle = "managed"
    """discovered: found and given nothing yet; managed: in use; maintenance: left alone;
    decommissioned: taken out of service."""
    location: Line | None = None
    """Where it stands (`2nd floor, room 214`), also for emergency calls."""
    tags: list[Slug] = []
    """Labels by which phones are chosen."""
    owner: Line | None = None
    """Who uses it."""
    serial: Line | None = None
    """Serial number."""
    hw_revision: Line | None = None
    """Hardware revision, where firmware depends on it."""
