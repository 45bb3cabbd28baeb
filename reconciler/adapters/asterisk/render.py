"""Which file carries out which kind, and a whole object as sections."""

from collections.abc import Mapping
from typing import Final

from reconciler.adapters.asterisk.carrier import Carrier, Setup
from reconciler.adapters.asterisk.kinds import (
    announcement,
    blocklist,
    conference,
    day_night,
    extension,
    inbound_route,
    ivr,
    music,
    outbound_route,
    paging_group,
    parking_lot,
    queue,
    ring_group,
    schedule,
    trunk,
)
from reconciler.adapters.asterisk.meta import meta_section
from reconciler.adapters.asterisk.sections import Section
from reconciler.model.value import Fields

CARRIERS: Final[Mapping[str, Carrier]] = {
    each.kind: each
    for each in (
        extension.CARRIER,
        trunk.CARRIER,
        ring_group.CARRIER,
        queue.CARRIER,
        ivr.CARRIER,
        schedule.CARRIER,
        announcement.CARRIER,
        inbound_route.CARRIER,
        outbound_route.CARRIER,
        day_night.CARRIER,
        paging_group.CARRIER,
        parking_lot.CARRIER,
        conference.CARRIER,
        music.CARRIER,
        blocklist.CARRIER,
    )
}
"""How each kind is carried out, by its name."""


def render(kind: str, key: str, fields: Fields, setup: Setup) -> tuple[Section, ...]:
    """Return all sections of an object, its meta section last."""
    return (*CARRIERS[kind].render(key, fields, setup), meta_section(kind, key, fields))
