"""A real Asterisk: first apply, a plan without change, one change; beside the bare AMI calls."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.benchmarks.estate import secrets, write_asterisk_estate
from tests.benchmarks.measure import Cost, run, run_once, together
from tests.benchmarks.table import Row, say
from tests.real.asterisk.fetch import FetchError, Prefix, fetch_prefix
from tests.real.asterisk.instance import Asterisk

PART = "a real Asterisk"
EXTENSIONS = 1_000
RUNS = 3
FILES_ALONE = "plan, files alone"
"""What a tool would need that believes that all that is written is in effect; for comparison."""


def measure(reconciler: Path) -> Iterator[Row]:
    """Yield our rows and those of the bare calls, on fresh servers of the same kind."""
    try:
        prefix = fetch_prefix()
    except FetchError as error:
        say(f"!! no Asterisk to measure with: {error}")
        yield Row(PART, "apply, plan, change", EXTENSIONS, None, "SKIPPED: no Asterisk")
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        files = folder / "files"
        # By turns, so that both meet the same neighbours.
        runs = [
            (_ours(prefix, reconciler, folder / str(at), files), _bare(prefix, files))
            for at in range(RUNS)
        ]
    bare = _together([other for _, other in runs])
    for what, cost in _together([own for own, _ in runs]).items():
        other = bare[what]
        ratio = f"{cost.wall_s / other.wall_s:.2f} x bare AMI (wall)"
        yield Row(PART, what, EXTENSIONS, cost, ratio)
        yield Row(PART, f"  bare AMI: {what}", EXTENSIONS, other)
    yield Row(PART, f"  bare AMI: {FILES_ALONE}", EXTENSIONS, bare[FILES_ALONE])


def _together(costs: Sequence[dict[str, Cost]]) -> dict[str, Cost]:
    return {what: together([each[what] for each in costs]) for what in costs[0]}


def _ours(prefix: Prefix, reconciler: Path, folder: Path, files: Path) -> dict[str, Cost]:
    """Return our costs on a fresh server; leave what was written in `files`."""
    say("Asterisk: reconciler")
    with Asterisk(prefix) as server:
        environ = {**secrets(EXTENSIONS), "AMI_PASSWORD": server.ami.password}
        apply = [reconciler, "apply", "estate", "--auto-approve"]
        write_asterisk_estate(folder / "estate", EXTENSIONS, server.ami.port)
        first = run_once(apply, folder, environ)
        shutil.rmtree(files, ignore_errors=True)
        files.mkdir(parents=True)
        for each in server.etc.glob("rec_*.conf"):
            shutil.copy(each, files)
        planning = [reconciler, "plan", "estate", "--detailed-exitcode"]
        # What the PBX holds was written anew: this one makes it out, those after it know it again.
        after = run_once(planning, folder, environ)
        plan = run(planning, folder, environ, runs=2)
        write_asterisk_estate(folder / "estate", EXTENSIONS, server.ami.port, ring_time=30)
        one = run_once(apply, folder, environ)
    return {
        "first apply": first,
        "plan after it": after,
        "plan, no change": plan,
        "apply one change": one,
    }


def _bare(prefix: Prefix, files: Path) -> dict[str, Cost]:
    """Return what the calls alone cost on a fresh server; `bare_ami` says which those are."""
    say("Asterisk: bare AMI calls")
    with Asterisk(prefix) as server:
        command = [
            sys.executable, "-m", "tests.benchmarks.bare_ami", server.ami.port, server.ami.password,
            files,
        ]  # fmt: skip
        here = Path(__file__).parents[2]

        def call(*verbs: str) -> Cost:
            return run_once([*map(str, command), *verbs], here)

        plans = ("read", "loaded")
        first = call(*plans, "write", *plans)
        after, plan, files_alone = call(*plans), call(*plans), call("read")
        one = call(*plans, "change")
        shown = server.cli("pjsip show endpoints")
        if f"{10000 + EXTENSIONS - 1}" not in shown:
            raise RuntimeError(f"the bare calls did not make the extensions:\n{shown[-500:]}")
    return {
        "first apply": first,
        "plan after it": after,
        "plan, no change": plan,
        FILES_ALONE: files_alone,
        "apply one change": one,
    }
