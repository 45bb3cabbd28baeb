"""Site: a place with phones."""

from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from reconciler.kinds.emergency import CivicAddress, Emergency
from reconciler.kinds.entry import Entry, Part
from reconciler.kinds.hours_text import HoursText
from reconciler.kinds.marks import NAME, Key, Reference, Scope
from reconciler.kinds.phone_settings import PhoneSettings
from reconciler.kinds.text import Cidr, Country, Credentials, Host, Line, Slug, TimeZone, VlanId


class SitePhones(Part):
    """How the site's phones are reached, and what they all have in common.

    What an adapter needs beside these fields (`file` of the memory adapter) stands in the same
    mapping; it is checked against the adapter's own settings.
    """

    model_config = ConfigDict(extra="allow")

    adapter: Slug | None = None
    """Adapter for all phones; each by its vendor when unset (`memory` for tests and demos)."""
    credentials: Credentials | None = None
    """Admin login of phones that have none of their own."""
    template: Annotated[str, Reference(("template",))] | None = None
    """Template of phones that name none."""
    settings: PhoneSettings | None = None
    """Settings of all phones of the site: stronger than templates, weaker than the phone."""


class Site(Entry):
    """A place with phones."""

    kind: ClassVar[str] = "site"
    section: ClassVar[str] = "sites"
    scope: ClassVar[Scope] = "workspace"
    key: ClassVar[Key] = NAME

    title: Annotated[Line, Field(max_length=255)] | None = None
    """Name as people see it; the key when unset."""
    timezone: TimeZone
    """Time zone of the site (`America/New_York`)."""
    country: Country
    """Country of the site, by its two letters."""
    address: CivicAddress | None = None
    """Where the site is."""
    pbx: Annotated[str, Reference(("pbx",))] | None = None
    """PBX of the site's phones, where they name none."""
    subnets: list[Cidr] = []
    """Networks of the phones: who is in one shows the factor `subnet` of `provisioning.require`."""
    emergency: Emergency | None = None
    """Emergency calling from here."""
    maintenance_windows: list[HoursText] = []
    """When phones may restart, in the site's own time zone (`Mon-Fri 22:00-23:30`); as the policy
    says when empty."""
    ntp: list[Host] = []
    """Time servers of the phones."""
    voice_vlan: VlanId | None = None
    """VLAN of the phones."""
    phones: SitePhones | None = None
    """How the site's phones are reached, and what they all have in common."""
