"""The lab's FreePBX with 50 ms latency: requests sent, against the least number there could be.

The least number: one for each credential and for version and pending changes, one list for each
kind, for the recordings and for misc destinations, one form for each object that FreePBX shows in
no list whole. A change adds a look whether the object is still as it was, its form, the form that
is sent, the same object read again, Apply Config with one look at its state, and the verdict. When
an apply still read everything three times, it took 121 requests at 300 people, 164 at 2,000.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from reconciler.adapters.freepbx.supports import SUPPORTS
from reconciler.lab.freepbx.estate import fill
from reconciler.lab.freepbx.server import Emulator
from tests.benchmarks.measure import run_once
from tests.benchmarks.table import Row
from tests.contract.freepbx_platform import inventory

PART = "FreePBX 17 of the lab, 50 ms latency"
LATENCY_S = 0.05
SIZES = (300, 2_000)
FORMS = ("queues_config", "ivr_details", "daynight", "paging_config", "meetme", "outbound_routes",
         "miscdests")  # fmt: skip
WRITE = 7


def measure(reconciler: Path, sizes: tuple[int, ...] = SIZES) -> Iterator[Row]:
    """Yield import, a plan without change, and one change, for each size."""
    for size in sizes:
        with (
            Emulator("17", latency_s=LATENCY_S, reload_s=0.1) as server,
            tempfile.TemporaryDirectory(prefix="bench-") as name,
        ):
            fill(server.pbx, size)
            yield from _one(reconciler, server, Path(name), size)


def _one(reconciler: Path, server: Emulator, folder: Path, size: int) -> Iterator[Row]:
    credentials = server.pbx.credentials
    environ = {"OAUTH": credentials.client_secret, "WEB": credentials.web_password}
    (folder / "inventory.yaml").write_text(inventory(server))
    floor = least(server)
    for what, arguments, least_sent in (
        ("import", ("import", "ferrybank", "--out", "tenants"), floor),
        ("plan without change", ("plan",), floor),
        ("apply of one name", ("apply", "--auto-approve"), floor + WRITE),
    ):
        if what.startswith("apply"):
            people = folder / "tenants" / "extensions.yaml"
            text = people.read_text(encoding="utf-8")
            people.write_text(text.replace("name: Ada", "name: Adah", 1), encoding="utf-8")
        server.traffic.clear()
        cost = run_once([reconciler, *arguments], folder, environ)
        sent = len(server.traffic.seen)
        ratio = f"{sent} requests, {sent / least_sent:.2f} x the least ({least_sent})"
        yield Row(PART, what, size, cost, ratio)


def least(server: Emulator) -> int:
    """Return the least number of requests that a whole read takes."""
    state = server.state()

    def rows(table: str) -> int:
        return len({path.split("/")[1] for path in state if path.startswith(f"{table}/")})

    return 3 + len(SUPPORTS) + 2 + sum(map(rows, FORMS)) + rows("timegroups_groups")
