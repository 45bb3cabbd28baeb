"""The engine alone: plans and applies on the memory platform, beside octoDNS and Terraform."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from tests.benchmarks.competitors import Missing, Octodns, Terraform
from tests.benchmarks.estate import secrets, write_estate
from tests.benchmarks.measure import Cost, by_turns, put_back, run_once
from tests.benchmarks.table import Row, say

PART = "engine, memory platform"
TERRAFORM_AT = (1_000, 5_000)
"""Terraform core needs a minute of CPU above this; it is compared per object."""
_SMALL, _LARGE = 10_000, 20_000
"""Phones of the estates between which growth is measured."""


def measure(
    reconciler: Path, sizes: Sequence[int], cache: Path, *, competitors: bool
) -> Iterator[Row]:
    """Yield the rows of each size, then what growth there is between 10,000 and 20,000."""
    plans: dict[int, tuple[int, Cost]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        for phones in sizes:
            folder = Path(name) / str(phones)
            ours = yield from _sized(reconciler, phones, folder)
            plans[phones] = ours
            if phones != _SMALL:
                shutil.rmtree(folder)
            if competitors:
                yield from _octodns(cache, *ours)
        if competitors:
            objects, cost = plans[max(each for each in sizes if each <= _SMALL)]
            yield from _terraform(cache, cost.cpu_s / objects)
        if _SMALL in plans:
            yield from _growth(reconciler, Path(name) / str(_SMALL), Path(name) / str(_LARGE))


def _sized(reconciler: Path, phones: int, folder: Path) -> Iterator[Row]:
    """Apply an estate once, then plan it: cold and warm, with nothing and with 1 % changed.

    Warm is what people meet: what earlier commands have kept is there. With nothing changed that is
    what the files add up to; with 1 % changed only the other files are known. Cold and warm are run
    by turns, for they are compared.
    """
    say(f"engine: {phones:,} phones and as many extensions")
    environ = secrets(phones)
    objects = write_estate(folder / "estate", phones)
    apply = [reconciler, "apply", "estate", "--auto-approve"]
    yield Row(PART, "apply, all new", objects, run_once(apply, folder, environ))
    plan = [reconciler, "plan", "estate"]
    run_cold = partial(run_once, [*plan, "--no-cache"], folder, environ)
    cold, warm = by_turns(run_cold, partial(run_once, plan, folder, environ))
    yield Row(PART, "plan, cold, no change", objects, cold)
    yield Row(PART, "plan, warm, no change", objects, warm, _times(warm, cold, "cold"))
    write_estate(folder / "estate", phones, changed=0.01)
    cache, saved = folder / ".reconciler" / "cache", folder / "cache-before"
    shutil.copytree(cache, saved)

    def run_warm() -> Cost:
        put_back(saved, cache)()
        return run_once([*plan, "--detailed-exitcode"], folder, environ, expect=[2])

    changed, one = by_turns(run_cold, run_warm)
    yield Row(PART, "plan, cold, 1 % changed", objects, changed)
    yield Row(PART, "plan, warm, 1 % changed", objects, one, _times(one, changed, "cold"))
    few = run_once(apply, folder, environ)
    yield Row(PART, "apply, 1 % changed", objects, few)
    return objects, changed


def _octodns(cache: Path, objects: int, ours: Cost) -> Iterator[Row]:
    what = "octoDNS plan, 1 % changed"
    try:
        tool = Octodns(cache)
        say(f"octoDNS: {objects:,} records")
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            cost = tool.plan(Path(name), objects, runs=3 if objects < 30_000 else 1)
    except Missing as error:
        yield Row(PART, what, objects, None, f"SKIPPED: {error}")
    else:
        yield Row(PART, what, objects, cost, _times(cost, ours, "our cold plan, 1 %"))


def _terraform(cache: Path, ours_each_s: float) -> Iterator[Row]:
    what = "Terraform core plan, 1 % changed"
    for objects in TERRAFORM_AT:
        try:
            tool = Terraform(cache)
            say(f"Terraform core: {objects:,} objects")
            with tempfile.TemporaryDirectory(prefix="bench-") as name:
                cost = tool.plan(Path(name), objects, runs=3 if objects < 2000 else 1)
        except Missing as error:
            yield Row(PART, what, objects, None, f"SKIPPED: {error}")
            return
        each = cost.cpu_s / objects / ours_each_s
        yield Row(PART, what, objects, cost, f"{each:.1f} x our cold plan, 1 %, per object")


def _growth(reconciler: Path, small: Path, large: Path) -> Iterator[Row]:
    """Plan what is in `small`, and twice as much, by turns."""
    say(f"engine: growth, {_LARGE:,} phones")
    objects = write_estate(large / "estate", _LARGE)
    run_once([reconciler, "apply", "estate", "--auto-approve"], large, secrets(_LARGE))
    write_estate(large / "estate", _LARGE, changed=0.01)
    write_estate(small / "estate", _SMALL)  # as it was before its last apply: 1 % changed, too
    plan = [reconciler, "plan", "estate", "--no-cache"]
    one, two = by_turns(
        partial(run_once, plan, small, secrets(_SMALL)),
        partial(run_once, plan, large, secrets(_LARGE)),
    )
    ratio = f"growth {_LARGE:,}/{_SMALL:,}: {two.cpu_s / one.cpu_s:.2f}"
    yield Row(PART, "plan, cold, 1 % changed", objects, two, ratio)


def _times(cost: Cost, other: Cost, name: str) -> str:
    return f"{cost.cpu_s / other.cpu_s:.2f} x {name}"
