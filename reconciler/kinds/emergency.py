"""Emergency calling, as sites and PBXs say it."""

from typing import Annotated

from reconciler.kinds.entry import Part, Reference, ShortPart
from reconciler.kinds.text import Country, Email, EmergencyNumber, ExternalNumber, Line


class CivicAddress(ShortPart):
    """Where a place is, so that rescuers find it; as plain text it is the street alone."""

    shorthand = "street"

    street: Line | None = None
    """House number and street."""
    city: Line | None = None
    """City."""
    region: Line | None = None
    """State, province or county."""
    postal_code: Line | None = None
    """Postal code."""
    country: Country | None = None
    """Country by its two letters; the site's when unset."""
    building: Line | None = None
    """Building, where there are several."""
    floor: Line | None = None
    """Floor."""
    room: Line | None = None
    """Room, suite or wing."""


class Emergency(Part):
    """What happens when somebody dials an emergency number."""

    numbers: list[EmergencyNumber] | None = None
    """Emergency numbers that can be dialled; those of the country when unset."""
    trunk: Annotated[str, Reference(("trunk",))] | None = None
    """Trunk that emergency calls take; the emergency route's own when unset."""
    caller_id: ExternalNumber | None = None
    """Number that is sent, so that rescuers can call back."""
    location: CivicAddress | None = None
    """Where the callers are; the site's address when unset."""
    notify: list[Email] = []
    """Who on the premises is told of an emergency call."""
    test_number: EmergencyNumber | None = None
    """Number that tests emergency calling (933 in North America, where it is offered)."""
