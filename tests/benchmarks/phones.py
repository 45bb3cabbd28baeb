"""Live reads of many phones: emulated ones in a process of their own, each answer 200 ms late.

What a read has to wait for is its answers: the ratio is wall time against (answers x latency /
concurrency), so 1.0 would be a reader that costs nothing at all.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
from collections.abc import Iterator, Sequence
from time import monotonic
from types import SimpleNamespace
from typing import Any

import httpx

from tests.benchmarks.measure import Cost
from tests.benchmarks.table import Row, say

PART = "live phones"
LATENCY_S = 0.2
AT_ONCE = 50
MODEL = "Edge E350"
PASSWORD = "Adm1n-example"


def measure(sizes: Sequence[int]) -> Iterator[Row]:
    """Yield a row per size."""
    for count in sizes:
        say(f"live phones: {count:,} at {LATENCY_S * 1000:.0f} ms an answer, {AT_ONCE} at once")
        told = asyncio.run(_one_size(count))
        if told["failed"]:
            yield Row(PART, "live status", count, None, f"FAILED: {told['failed']} phones")
            continue
        ideal_s = told["answers"] * LATENCY_S / AT_ONCE
        ratio = (
            f"{told['wall_s'] / ideal_s:.2f} x (answers x latency / concurrency); "
            f"{told['answers'] / count:.1f} answers and {told['cpu_s'] / count * 1000:.2f} ms CPU "
            "a phone"
        )
        cost = Cost(told["cpu_s"], told["cpu_s"], told["wall_s"], told["rss_mb"])
        yield Row(PART, "live status", count, cost, ratio)


async def _one_size(count: int) -> dict[str, Any]:
    """Start phones and a reader, each in a process of its own."""
    module = "tests.benchmarks.phones"
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, "serve", str(count), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        port = (await asyncio.wait_for(server.stdout.readline(), 600)).decode().strip()
        reader = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, "read", str(count), port, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await reader.communicate()
        return dict(json.loads(said))
    finally:
        server.kill()
        await server.wait()


async def _serve(count: int) -> None:
    from reconciler.lab.phones import Fleet, Spec

    specs = [Spec(MODEL, password=PASSWORD, settings={"httpd.cfg.secureTunnelRequired": "0"})
             for _ in range(count)]  # fmt: skip
    async with Fleet(specs, boots=False, latency_s=LATENCY_S) as fleet:
        sys.stdout.write(f"{fleet.http_port}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


async def _read(count: int, port: int) -> None:
    from reconciler.adapters.devices import DEVICES
    from reconciler.device import Device, Login
    from reconciler.model.address import Address
    from reconciler.model.secret import Clear
    from reconciler.phones.acting import Manners, Opening, act_on
    from reconciler.phones.logins import Wire
    from reconciler.phones.meant import Placed
    from reconciler.phones.reaching import Whereabouts

    answers = 0
    handle = httpx.AsyncHTTPTransport.handle_async_request

    async def counted(self: Any, request: httpx.Request) -> httpx.Response:
        nonlocal answers
        answers += 1
        return await handle(self, request)

    httpx.AsyncHTTPTransport.handle_async_request = counted  # type: ignore[method-assign]
    first = int.from_bytes(bytes((127, 77, 0, 1)), "big")
    hosts = _hosts(first, count)
    wire = Wire(scheme="http", port=port, plain=True)
    login = Login("", Clear(PASSWORD))
    logins: Any = SimpleNamespace(
        of=lambda _phone: login, wire=lambda _phone: wire, learn=lambda *_: None
    )
    phones = [
        Placed(Address("phone", "main", str(number)), "polycom", "EdgeE350", "", "", (), host)
        for number, host in enumerate(hosts)
    ]

    async def act(device: Device, _phone: Placed) -> tuple[str, dict[str, Any]]:
        return (await device.status()).word, {}

    pbxs: Any = None
    opening = Opening(DEVICES, logins, Whereabouts(), pbxs, timeout_s=30)
    started, before = monotonic(), resource.getrusage(resource.RUSAGE_SELF)
    results = await act_on(phones, act, opening, pbxs, Manners(AT_ONCE))
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "wall_s": monotonic() - started,
        "cpu_s": used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime,
        "rss_mb": used.ru_maxrss / 1024,
        "answers": answers,
        "failed": sum(each.state != "done" for each in results),
    }
    sys.stdout.write(json.dumps(told) + "\n")


def _hosts(first: int, count: int) -> list[str]:
    """Return the addresses that the lab gives out."""
    from reconciler.lab.phones.fleet import _address

    return [_address(index) for index in range(count)]


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        asyncio.run(_serve(int(sys.argv[2])))
    else:
        asyncio.run(_read(int(sys.argv[2]), int(sys.argv[3])))
    os._exit(0)
