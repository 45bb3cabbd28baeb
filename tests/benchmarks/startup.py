"""What a command costs before it does anything: `--help`, and `validate` of a small estate."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.estate import write_estate
from tests.benchmarks.measure import Cost, run
from tests.benchmarks.table import Row, say

PART = "start"
RUNS = 5


def measure(reconciler: Path) -> Iterator[Row]:
    """Yield a bare interpreter, `--help`, and `validate` of about 1,000 objects."""
    say("start: --help and validate")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        run([reconciler, "validate", "--help"], folder, runs=1)  # compiles what is not compiled yet
        bare = run([sys.executable, "-c", "pass"], folder, runs=RUNS)
        yield Row(PART, "python -c pass", 0, bare)
        imports = "import click, pydantic, yaml"
        parts = run([sys.executable, "-c", imports], folder, runs=RUNS)
        yield Row(PART, f"python -c '{imports}'", 0, parts, _over(parts, bare))
        shown = run([reconciler, "--help"], folder, runs=RUNS)
        yield Row(PART, "reconciler --help", 0, shown, _over(shown, bare))
        objects = write_estate(folder / "estate", 476)
        validate = [reconciler, "validate", "estate"]
        cold = run([*validate, "--no-cache"], folder, runs=RUNS)
        yield Row(PART, "reconciler validate, cold", objects, cold, _over(cold, bare))
        run(validate, folder, runs=1)
        warm = run(validate, folder, runs=RUNS)
        yield Row(PART, "reconciler validate, warm", objects, warm, _over(warm, bare))


def _over(cost: Cost, bare: Cost) -> str:
    return f"{cost.cpu_s / bare.cpu_s:.1f} x python -c pass"
