"""PBX: a phone system, how to reach it and what its phones register to."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from reconciler.kinds.emergency import Emergency
from reconciler.kinds.entry import Entry, Part, Seconds, fault
from reconciler.kinds.marks import NAME, Key, Reference, Scope
from reconciler.kinds.not_in_effect import ForAdapter, NotInEffect
from reconciler.kinds.text import (
    Code,
    CodecName,
    Country,
    Credentials,
    DialPrefix,
    Host,
    Line,
    LocalPath,
    Port,
    Slug,
    Srtp,
    TimeZone,
    Transport,
)


class PbxSip(Part):
    """What phones and softphones register to."""

    host: Host | None = None
    """SIP server by name or address; the PBX's address when unset."""
    port: Port = 5060
    """SIP port."""
    transport: Transport = "udp"
    """SIP transport."""
    outbound_proxy: Line | None = None
    """SIP proxy through which phones reach the server."""
    realm: Line | None = None
    """Realm of digests, where phones have to be told."""
    srtp: Srtp = "off"
    """Whether the sound of calls is encrypted."""
    codecs: list[CodecName] | None = None
    """Codecs that the PBX offers, in order of preference."""
    register_expiry: Annotated[Seconds, Field(ge=30, le=86400)] | None = None
    """How long phones register for, in seconds."""
    backup_host: Host | None = None
    """Second SIP server, for when the first does not answer."""
    backup_port: Port | None = None
    """SIP port of the second server."""


class FeatureCodes(Part):
    """What people dial to use the PBX's features; the platform's own codes when unset."""

    voicemail: Code | None = None
    """Own voicemail box (`*97`)."""
    voicemail_other: Code | None = None
    """Any voicemail box (`*98`)."""
    voicemail_direct: Code | None = None
    """Leaves a message without ringing; the extension follows (`*`)."""
    pickup: Code | None = None
    """Takes a call that rings in one's group (`*8`)."""
    pickup_extension: Code | None = None
    """Takes a call that rings at an extension, which follows (`**`)."""
    intercom: Code | None = None
    """Speaks through an extension's loudspeaker, which follows (`*80`)."""
    park: Code | None = None
    """Parks the call (`70`)."""
    do_not_disturb: Code | None = None
    """Switches do-not-disturb (`*76`)."""
    forward_always_on: Code | None = None
    """Forwards every call; the target follows (`*72`)."""
    forward_always_off: Code | None = None
    """Ends forwarding (`*73`)."""
    queue_login: Code | None = None
    """Logs an agent in and out of a queue (`*45`)."""
    echo_test: Code | None = None
    """Echo test (`*43`)."""
    record: Code | None = None
    """Records a call that is up (`*1`)."""


class Tls(Part):
    """How the PBX's certificate is checked."""

    verify: bool = True
    """Whether the certificate is checked. Skipping it must be acknowledged (see
    `tls_verify_disabled_acknowledged`)."""
    ca_file: LocalPath | None = None
    """File of the authority that signed the certificate; the system's authorities when unset."""
    server_name: Annotated[Host | None, NotInEffect("the certificate has to name the address")] = (
        None
    )
    """Name in the certificate, where it is not the address. No effect yet."""
    client_certificate: Annotated[
        LocalPath | None, NotInEffect("we show no certificate of our own")
    ] = None
    """File of our own certificate, where the PBX asks for one. No effect yet."""
    client_key: Annotated[LocalPath | None, NotInEffect("we show no certificate of our own")] = None
    """File of our own certificate's key. No effect yet."""


def _number_range(text: str) -> str:
    first, dash, last = (each.strip() for each in text.partition("-"))
    ends = last if dash else first
    if not (first.isdecimal() and first.isascii() and ends.isdecimal() and ends.isascii()):
        raise PydanticCustomError("number_range", "a range of numbers is written 1000-1999")
    if len(first) != len(ends) or int(ends) < int(first) or len(first) > 20:
        raise PydanticCustomError(
            "number_range", "a range goes upwards between two numbers of the same length"
        )
    return f"{first}-{ends}"


NumberRange = Annotated[
    str,
    AfterValidator(_number_range),
    WithJsonSchema({"type": "string", "pattern": r"^\s*[0-9]{1,20}(\s*-\s*[0-9]{1,20})?\s*$"}),
]
"""A range of internal numbers, `1000-1999`."""


class Pbx(Entry):
    """A phone system: how to reach it and what phones register to.

    What the adapter needs beside these fields (`ami`, `ari`, `url`, `oauth`, `file`, ...) stands
    in the same entry; it is checked against the adapter's own settings.
    """

    model_config = ConfigDict(extra="allow")

    kind: ClassVar[str] = "pbx"
    section: ClassVar[str] = "pbxs"
    scope: ClassVar[Scope] = "workspace"
    key: ClassVar[Key] = NAME

    adapter: Slug
    """Which adapter talks to it: asterisk, freepbx, memory or an installed one."""
    title: Annotated[Line, Field(max_length=255)] | None = None
    """Name as people see it; the key when unset."""
    address: Host | None = None
    """Host name or IP address."""
    tenant: Annotated[
        Line | None, NotInEffect("no platform that holds several tenants has an adapter")
    ] = None
    """Tenant of a shared platform that is meant. No effect yet."""
    domain: Host | None = None
    """SIP domain, to which phones register where `sip` names no host."""
    site: Annotated[str, Reference(("site",))] | None = None
    """Site where it stands."""
    timezone: TimeZone | None = None
    """Time zone of schedules and windows; its site's when unset."""
    country: Country | None = None
    """Country by its two letters, for numbers and emergency calls; its site's when unset."""
    sip: PbxSip | None = None
    """What phones and softphones register to."""
    feature_codes: FeatureCodes | None = None
    """What people dial to use the PBX's features."""
    internal_context: Annotated[Annotated[Line, Field(max_length=79)] | None, ForAdapter] = None
    """Dialplan context of the extensions; the platform's usual one when unset."""
    inbound_context: Annotated[
        Annotated[Line, Field(max_length=79)] | None,
        NotInEffect("calls from trunks come in by the platform's usual context"),
    ] = None
    """Dialplan context of calls from trunks; the platform's usual one when unset. No effect yet."""
    extension_ranges: Annotated[list[NumberRange], NotInEffect("extensions may lie anywhere")] = []
    """Ranges in which extensions lie (`1000-1999`); anywhere when empty. No effect yet."""
    outside_prefix: Annotated[
        Annotated[DialPrefix, Field(max_length=3)] | None,
        NotInEffect("outbound routes are given what was dialled as a whole"),
    ] = None
    """What is dialled for an outside line, where something is. No effect yet."""
    credentials: Annotated[Credentials | None, ForAdapter] = None
    """Login, for adapters that have a single one."""
    tls: Annotated[Tls | None, ForAdapter] = None
    """How the PBX's certificate is checked."""
    tls_verify_disabled_acknowledged: bool = False
    """Says that somebody knows what it means not to check the certificate."""
    emergency: Emergency | None = None
    """Emergency calling, where a site says nothing else."""

    @model_validator(mode="after")
    def _verifies(self) -> "Pbx":
        if self.tls is None or self.tls.verify or self.tls_verify_disabled_acknowledged:
            return self
        raise fault(
            "tls_unverified",
            "without checking the certificate anybody between can read the passwords; "
            "who wants that nevertheless adds tls_verify_disabled_acknowledged: true",
            "tls",
            "verify",
        )
