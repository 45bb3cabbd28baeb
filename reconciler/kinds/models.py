"""The list of all kinds."""

from collections.abc import Mapping

from reconciler.kinds.announcement import Announcement
from reconciler.kinds.blocklist import Blocklist
from reconciler.kinds.calendar import Calendar
from reconciler.kinds.conference import Conference
from reconciler.kinds.day_night import DayNight
from reconciler.kinds.entry import Entry
from reconciler.kinds.extension import Extension
from reconciler.kinds.firmware import Firmware
from reconciler.kinds.inbound_route import InboundRoute
from reconciler.kinds.ivr import Ivr
from reconciler.kinds.music import Music
from reconciler.kinds.outbound_route import OutboundRoute
from reconciler.kinds.paging_group import PagingGroup
from reconciler.kinds.parking_lot import ParkingLot
from reconciler.kinds.pbx import Pbx
from reconciler.kinds.phone import Phone
from reconciler.kinds.policy import Policy
from reconciler.kinds.provisioning import Provisioning
from reconciler.kinds.queue import Queue
from reconciler.kinds.ring_group import RingGroup
from reconciler.kinds.schedule import Schedule
from reconciler.kinds.site import Site
from reconciler.kinds.softphone import Softphone
from reconciler.kinds.template import Template
from reconciler.kinds.tenant import Tenant
from reconciler.kinds.trunk import Trunk
from reconciler.kinds.workspace import Workspace

KINDS: Mapping[str, type[Entry]] = {
    kind.kind: kind
    for kind in (
        # inventory
        Site,
        Pbx,
        Provisioning,
        Policy,
        Workspace,
        # on a PBX
        Tenant,
        Extension,
        Trunk,
        RingGroup,
        Queue,
        Ivr,
        Schedule,
        InboundRoute,
        OutboundRoute,
        Announcement,
        Music,
        PagingGroup,
        ParkingLot,
        Conference,
        DayNight,
        Blocklist,
        Softphone,
        # at a site
        Phone,
        # inputs of other stages
        Calendar,
        Template,
        Firmware,
    )
}
"""Every kind by its name."""

SECTIONS: Mapping[str, type[Entry]] = {kind.section: kind for kind in KINDS.values()}
"""Every kind by the name of its section in the YAML."""
