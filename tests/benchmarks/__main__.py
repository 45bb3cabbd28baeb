"""`python -m tests.benchmarks`: what reconciler costs, beside what others cost. One table.

    --quick   1,000 phones only, no other tools
    --parts   some of: start engine rendering asterisk provisioning phones freepbx
    --json    the rows as JSON

Where a plan's time goes, stage by stage: `python tests/benchmarks/front_end.py [PHONES] [FILES]`.
Everything is written to .cache/bench/results.json too. Nothing here is asserted: seconds differ
from machine to machine and from minute to minute; ratios of one run are what to look at.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks import asterisk, engine, freepbx, phones, provisioning, rendering, startup
from tests.benchmarks.table import Row, say, text

PARTS = ("start", "engine", "rendering", "asterisk", "provisioning", "phones", "freepbx")
CACHE = Path(__file__).parents[2] / ".cache" / "bench"


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Speed.")
    parser.add_argument("--quick", action="store_true", help="1,000 phones only, no other tools")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, metavar="PART")
    parser.add_argument("--sizes", nargs="+", type=int, metavar="PHONES")
    options = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    sizes = options.sizes or ([1_000] if options.quick else [1_000, 10_000, 50_000])
    about = {
        "when": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "python": platform.python_version(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "load_before": load_average(),
    }
    rows: list[Row] = []
    results: dict[str, object] = {}
    for row in _rows(options.parts, sizes, competitors=not options.quick):
        # Kept as it goes: the large sizes take minutes, and somebody may lose patience.
        rows.append(row)
        about["load_after"] = load_average()
        results = {"about": about, "rows": [each.as_data() for each in rows]}
        (CACHE / "results.json").write_text(json.dumps(results, indent=1) + "\n")
        cpu = f"{row.cost.cpu_s:.2f} s CPU" if row.cost else ""
        say(f"  {row.what}, {row.per:,}: {cpu} {row.ratio}")
    if options.json:
        sys.stdout.write(json.dumps(results, indent=1) + "\n")
        return
    facts = (
        f"Python {about['python']}, {about['machine']}; load average "
        f"{about['load_before']} before, {about['load_after']} after.\n"
        "CPU is user + system of the whole process, minimum and median of the runs; RSS is the "
        "peak."
    )
    sys.stdout.write(f"{text(rows)}\n\n{facts}\n")


def _rows(parts: list[str], sizes: list[int], *, competitors: bool) -> Iterator[Row]:
    reconciler = Path(sys.executable).with_name("reconciler")
    say(f"load average: {load_average()} (results go to {CACHE / 'results.json'})")
    if "start" in parts:
        yield from startup.measure(reconciler)
    if "engine" in parts:
        yield from engine.measure(reconciler, sizes, CACHE, competitors=competitors)
    if "rendering" in parts:
        yield from rendering.measure(reconciler, CACHE, competitors=competitors)
    if "asterisk" in parts:
        yield from asterisk.measure(reconciler)
    if "provisioning" in parts:
        yield from provisioning.measure(min(max(sizes), provisioning.PHONES))
    if "phones" in parts:
        yield from phones.measure([each for each in sizes if each <= 10_000])
    if "freepbx" in parts:
        yield from freepbx.measure(reconciler, freepbx.SIZES if competitors else freepbx.SIZES[:1])


def load_average() -> str:
    """Return how busy the machine is, as it says itself."""
    return " ".join(f"{each:.2f}" for each in os.getloadavg())


if __name__ == "__main__":
    main()
