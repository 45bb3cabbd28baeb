"""Emergency calling, as sites and PBXs say it."""

from typing import Annotated

from reconciler.kinds.entry import Part, ShortPart
from reconciler.kinds.marks import Reference
from reconciler.kinds.not_in_effect import NotInEffect
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
    """Emergency numbers: phones can always dial them, and welcome sheets name them."""
    trunk: Annotated[
        Annotated[str, Reference(("trunk",))] | None,
        NotInEffect("calls for help take the trunks of the outbound route with `emergency: true`"),
    ] = None
    """Trunk that emergency calls take; the emergency route's own when unset. No effect yet."""
    caller_id: Annotated[
        ExternalNumber | None,
        NotInEffect(
            "the number that is sent is the extension's `emergency_caller_id`",
            "leave it out; for all extensions of a document: "
            "defaults: {extensions: {emergency_caller_id: ...}}",
        ),
    ] = None
    """Number that is sent, so that rescuers can call back. No effect yet."""
    location: Annotated[
        CivicAddress | None, NotInEffect("no platform and no carrier is told; tell yours")
    ] = None
    """Where the callers are; the site's address when unset. No effect yet."""
    notify: Annotated[list[Email], NotInEffect("nobody is told of a call for help")] = []
    """Who on the premises is told of an emergency call. No effect yet."""
    test_number: Annotated[
        EmergencyNumber | None,
        NotInEffect("it can be dialled where an outbound route has a pattern for it"),
    ] = None
    """Number that tests emergency calling (933 in North America, where there is one). No effect
    yet."""
