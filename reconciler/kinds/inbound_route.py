"""Inbound route: where calls to a number from outside go."""

from typing import Annotated, ClassVar

from pydantic import Field

from reconciler.kinds.did import DID
from reconciler.kinds.entry import DestinationText, Entry, Seconds
from reconciler.kinds.marks import Key, Reference, Scope
from reconciler.kinds.text import Line


class InboundRoute(Entry):
    """Where calls to a number from outside go.

    The key is the dialled number (DID): `+16035550100`, plain digits where the trunk delivers no
    plus, or `any` for whatever no other route takes. `+16035550100@+16035550155` takes only the
    calls of one caller, `any@anonymous` those without a number. The more exact key wins: a number
    with a caller, then a number, then `any` with a caller, then `any`.
    """

    kind: ClassVar[str] = "inbound_route"
    section: ClassVar[str] = "inbound_routes"
    scope: ClassVar[Scope] = "pbx"
    key: ClassVar[Key] = DID

    name: Annotated[Line, Field(min_length=1, max_length=255)] | None = None
    """What the number is for."""
    destination: DestinationText
    """Where the calls go."""
    trunk: Annotated[str, Reference(("trunk",))] | None = None
    """Trunk on which the calls come in; any when unset."""
    caller_id_prefix: Annotated[Line, Field(max_length=40)] | None = None
    """Put before the caller's name, so that people see which number was called."""
    alert_info: Annotated[Line, Field(max_length=255)] | None = None
    """Ring tone that phones are asked for (Alert-Info)."""
    music: Annotated[str, Reference(("music",))] | None = None
    """Music that callers hear on hold; the platform's default when unset."""
    language: Annotated[Line, Field(max_length=20)] | None = None
    """Language of prompts that callers hear."""
    pause: Annotated[Seconds, Field(ge=0, le=60)] = 0
    """How long to wait before the call goes on, in seconds (for fax and caller-id lookups)."""
    recording: bool = False
    """Whether the calls are recorded."""
