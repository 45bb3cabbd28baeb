"""A look around: hosts asked at a safe rate; it can be stopped and gone on with. IO."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from reconciler.device import DeviceVendor
from reconciler.discovery.evidence import Host, Seen
from reconciler.discovery.http_probe import look_at
from reconciler.discovery.neighbours import read_neighbours, seen_of, touch
from reconciler.discovery.sip_probe import PORT, Prober, prober
from reconciler.errors import Unreachable
from reconciler.language.filing import write_whole

Type = Literal["full", "arp", "sip", "http"]
SETTLE_S: Final = 1.0
"""How long the system may take to learn its neighbours."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How gently hosts are asked: so many at once, so many begun in a second."""

    at_once: int = 50
    per_s: float = 100.0
    timeout_s: float = 2.0
    settle_s: float = SETTLE_S


@dataclass(slots=True)
class Progress:
    """How far a scan is. `hosts` are those that showed anything."""

    total: int
    done: set[str] = field(default_factory=set)
    hosts: dict[str, Host] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scan:
    """What is looked for where. `sip_port` and `ports` of web pages are as on phones."""

    kind: Type
    addresses: tuple[str, ...]
    devices: Mapping[str, DeviceVendor]
    pace: Pace = Pace()
    sip_port: int = PORT
    ports: Mapping[str, int] = field(default_factory=dict)


async def run(
    scan: Scan,
    progress: Progress,
    *,
    show: Callable[[Progress], None] = lambda _progress: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Progress:
    """Look at every address that is not done yet. Stopping leaves what was found so far."""
    todo = [each for each in scan.addresses if each not in progress.done]
    macs: dict[str, str] = {}
    if scan.kind in ("full", "arp"):
        await touch(todo, per_s=scan.pace.per_s)
        await asyncio.sleep(scan.pace.settle_s)
        macs = await read_neighbours()
    turns = asyncio.Semaphore(scan.pace.at_once)

    async with _sip(scan) as sip:

        async def one(address: str) -> None:
            async with turns:
                if stopped():
                    return
                host = await _look(address, scan, macs.get(address), sip)
            if host.seen:
                progress.hosts[address] = host
            progress.done.add(address)
            show(progress)

        tasks: list[asyncio.Task[None]] = []
        for address in todo:
            if stopped():
                break
            tasks.append(asyncio.create_task(one(address)))
            await asyncio.sleep(1 / scan.pace.per_s)
        await asyncio.gather(*tasks)
    return progress


async def _look(address: str, scan: Scan, mac: str | None, sip: Prober | None) -> Host:
    host = Host(address)
    if mac is not None:
        host = host.plus(*seen_of(mac))
    if sip is not None:
        answered = await sip.ask(address, scan.sip_port, timeout_s=scan.pace.timeout_s)
        host = host.plus(*([answered] if answered else ()))
    if scan.kind in ("full", "http"):
        pages = await look_at(
            address, host.hints(), scan.devices, ports=scan.ports, timeout_s=scan.pace.timeout_s
        )
        host = host.plus(*pages)
    return host


@asynccontextmanager
async def _sip(scan: Scan) -> AsyncIterator[Prober | None]:
    if scan.kind not in ("full", "sip"):
        yield None
        return
    async with AsyncExitStack() as stack:
        try:
            opened = await stack.enter_async_context(prober())
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise Unreachable("this machine", "opening a socket for SIP", why) from None
        yield opened


def save(progress: Progress, file: Path, what: Mapping[str, Any]) -> None:
    """Keep how far a scan is, so that it can be gone on with."""
    rows = [
        {"address": each.address, "seen": [seen._asdict() for seen in each.seen]}
        for each in progress.hosts.values()
    ]
    content = {"version": 1, "what": dict(what), "done": sorted(progress.done), "hosts": rows}
    write_whole(file, json.dumps(content).encode())


def load(file: Path, what: Mapping[str, Any], total: int) -> Progress | None:
    """Return how far a scan of the same things came; None if there is none."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if content["what"] != dict(what):
            return None
        hosts = {
            row["address"]: Host(row["address"], tuple(Seen(**seen) for seen in row["seen"]))
            for row in content["hosts"]
        }
        return Progress(total, set(content["done"]), hosts)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def registered(
    contacts: Sequence[tuple[str, str, str, str]], hosts: Mapping[str, Host]
) -> dict[str, Host]:
    """Return hosts with what PBXs know: rows of (address, PBX, extension, User-Agent).

    The best source of all: no phone is asked for it (discovery.md, 4).
    """
    from dataclasses import replace

    from reconciler.discovery.agents import recognise

    found = dict(hosts)
    for address, pbx, extension, agent in contacts:
        seen = recognise(agent, "pbx") or Seen("pbx", f"registered as {agent[:60]!r}", sure="low")
        host = found.get(address, Host(address)).plus(seen)
        found[address] = replace(host, extension=(pbx, extension))
    return found


def row_of(candidate: Any) -> dict[str, Any]:
    """Return a candidate as JSON."""
    return asdict(candidate)
