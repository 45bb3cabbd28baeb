"""Paging group: one number that speaks through the loudspeakers of several phones."""

from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from reconciler.kinds.entry import Entry, Part, Seconds, fault
from reconciler.kinds.marks import NUMBER, Key, Reference, Scope, Unordered
from reconciler.kinds.text import FileText, IpAddress, Line, Port


class Multicast(Part):
    """Phones that listen to an address on the network, without a call to each."""

    address: IpAddress
    """Multicast address (224.0.0.0 to 239.255.255.255)."""
    port: Port
    """UDP port."""


class PagingGroup(Entry):
    """One number that speaks through the loudspeakers of several phones."""

    kind: ClassVar[str] = "paging_group"
    section: ClassVar[str] = "paging_groups"
    scope: ClassVar[Scope] = "pbx"
    key: ClassVar[Key] = NUMBER

    name: Annotated[Line, Field(min_length=1, max_length=255)]
    """Name of the group."""
    members: Annotated[
        list[Annotated[str, Reference(("extension",))]], Field(max_length=500), Unordered()
    ] = []
    """Extensions whose phones answer by themselves."""
    multicast: Multicast | None = None
    """Where phones listen that are paged by multicast."""
    two_way: bool = False
    """Whether the phones' microphones are open (intercom)."""
    busy: bool = False
    """Whether phones on a call are paged as well."""
    announcement: FileText | None = None
    """Recording before the page; a beep when unset."""
    quiet: bool = False
    """Whether nothing is played before the page."""
    timeout: Annotated[Seconds, Field(ge=1, le=300)] | None = None
    """How long phones are called, in seconds."""

    @model_validator(mode="after")
    def _reaches_somebody(self) -> "PagingGroup":
        if not self.members and self.multicast is None:
            raise fault("paging_empty", "a paging group needs members or multicast", "members")
        if self.multicast is not None and not _is_multicast(self.multicast.address):
            raise fault(
                "multicast_address",
                "{address} is no multicast address (224.0.0.0 to 239.255.255.255)",
                "multicast",
                "address",
                address=self.multicast.address,
            )
        return self


def _is_multicast(address: str) -> bool:
    first = address.split(".", 1)[0]
    return address.lower().startswith("ff") or (first.isdigit() and 224 <= int(first) <= 239)
