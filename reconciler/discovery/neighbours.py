"""The neighbour table: which MAC is behind which address on this segment. IO."""

import asyncio
import re
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from reconciler.discovery.evidence import Seen
from reconciler.discovery.oui import whose_mac

TABLE: Final = Path("/proc/net/arp")
_DISCARD: Final = 9


async def touch(addresses: Sequence[str], *, per_s: float) -> None:
    """Send each host an empty datagram, so that the system learns its MAC. Nothing answers it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.settimeout(0)
        for number, address in enumerate(addresses, 1):
            try:
                sender.sendto(b"", (address, _DISCARD))
            except OSError:
                continue
            if number % max(1, int(per_s / 20)) == 0:
                await asyncio.sleep(0.05)


async def read_neighbours() -> dict[str, str]:
    """Return MACs (12 lower-case digits) by address; empty where the system does not tell."""
    if TABLE.exists():
        return parse_table(await asyncio.to_thread(TABLE.read_text))
    try:
        asked = await asyncio.create_subprocess_exec(
            "arp", "-an", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        said, _ = await asyncio.wait_for(asked.communicate(), 10)
    except (OSError, TimeoutError):
        return {}
    return parse_table(said.decode("utf-8", "replace"))


def parse_table(text: str) -> dict[str, str]:
    """Return MACs by address, from /proc/net/arp or `arp -an`."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        address = re.search(r"(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?![\d.])", line)
        mac = re.search(r"\b([0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2}){5})\b", line)
        if address and mac:
            digits = "".join(each.zfill(2) for each in mac[1].lower().split(":"))
            if digits != "0" * 12:
                found[address[1]] = digits
    return found


def seen_of(mac: str) -> tuple[Seen, ...]:
    """Return what a MAC in the table says."""
    owner = whose_mac(mac)
    return (owner,) if owner is not None else (Seen("neighbour", "answers on the wire", mac=mac),)
