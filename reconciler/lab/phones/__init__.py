"""Emulated phones: they answer on the web as their firmware does, fetch their files, register.

Written from recorded exchanges and documents alone; shares no code with the adapters.

    async with Fleet(["T46U", "GXP2170", "VVX 411"]) as fleet: ...
"""

from reconciler.lab.phones.faults import Faults
from reconciler.lab.phones.fleet import Fleet
from reconciler.lab.phones.phone import EmulatedPhone, Spec
from reconciler.lab.phones.thread import FleetThread

__all__ = ["EmulatedPhone", "Faults", "Fleet", "FleetThread", "Spec"]
