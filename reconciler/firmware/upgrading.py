"""Upgrading a phone: triggered once, then watched until it says the new version. IO.

A phone that does not come back is reported and never triggered again by itself: power that is lost
while it writes, or a second image on top of the first, leaves a brick (firmware.md, 4).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

from reconciler.device import Device, Image
from reconciler.errors import AdapterError, LockedOut, ReconcilerError, UnexpectedReply, Unreachable
from reconciler.firmware.tracks import Release
from reconciler.firmware.versions import compare
from reconciler.phones.acting import Opening
from reconciler.phones.meant import Placed

POLL_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Watch:
    """How a phone is watched while it is away."""

    poll_s: float = POLL_S
    limit_s: float | None = None
    """When it counts as lost; the vendor's figure when None."""


async def trigger(device: Device, release: Release) -> str:
    """Let the phone install a version. Returns what it said."""
    image = Image(release.version, str(release.url), release.sha256, release.size)
    return (await device.upgrade(image)).detail


async def wait_for(
    phone: Placed,
    release: Release,
    opening: Opening,
    watch: Watch,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> str:
    """Wait until the phone says the version. Returns it in words.

    Raises UnexpectedReply (it is back with the old one), Unreachable (it did not come back), and
    LockedOut: waiting does not go on with logins that are refused.
    """
    vendor = opening.devices[phone.vendor]
    limit_s = watch.limit_s if watch.limit_s is not None else float(vendor.upgrade_s)
    ends = monotonic() + limit_s
    doing = f"waiting for firmware {release.version}"
    seen = ""
    while monotonic() < ends:
        await sleep(watch.poll_s)
        try:
            async with opening.device(phone) as device:
                seen = (await device.status()).identity.firmware
        except LockedOut:
            raise
        except (AdapterError, ReconcilerError):
            continue
        if seen and compare(phone.vendor, seen, release.version) == "equal":
            return f"it runs {seen}"
    if not seen:
        raise Unreachable(
            str(phone.address), doing, "it did not come back; it is not tried again",
            hint="look at it: power off and on only if its display stands still",
        )  # fmt: skip
    raise UnexpectedReply(str(phone.address), doing, f"it still runs {seen}")
