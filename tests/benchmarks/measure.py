"""Run commands and say what they cost: CPU seconds of the whole process, wall time, peak memory.

CPU time is what counts: on a shared machine the wall time says more about the neighbours.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter


class CommandFailed(RuntimeError):
    """A measured command ended with another code than it should; the message has its output."""


@dataclass(frozen=True)
class Cost:
    """What one or several runs of the same command cost; times are minima but for `median_s`."""

    cpu_s: float
    median_s: float
    wall_s: float
    rss_mb: float
    runs: int = 1


def run_once(
    command: Sequence[str | Path],
    cwd: Path,
    environ: Mapping[str, str] | None = None,
    expect: Sequence[int] = (0,),
) -> Cost:
    """Run a command to its end. Raises CommandFailed."""
    with tempfile.TemporaryFile() as output:
        started = perf_counter()
        process = subprocess.Popen(
            [str(each) for each in command],
            cwd=cwd,
            env={**_environ(), **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in expect:
            output.seek(0)
            said = output.read().decode(errors="replace")[-3000:]
            raise CommandFailed(f"{command} ended with {process.returncode}:\n{said}")
    cpu = used.ru_utime + used.ru_stime
    return Cost(cpu, cpu, wall, used.ru_maxrss / 1024)


def _environ() -> dict[str, str]:
    """Return our environment, but that modules are compiled once, as they are where installed."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def run(
    command: Sequence[str | Path],
    cwd: Path,
    environ: Mapping[str, str] | None = None,
    *,
    runs: int = 3,
    expect: Sequence[int] = (0,),
    before: Callable[[], None] | None = None,
) -> Cost:
    """Run a command several times, `before` each time putting things back to where they were."""
    costs = []
    for _ in range(runs):
        if before is not None:
            before()
        costs.append(run_once(command, cwd, environ, expect))
    return together(costs)


def by_turns(*commands: Callable[[], Cost], runs: int = 3) -> list[Cost]:
    """Run commands several times, one after the other each time; return what each of them cost.

    On a shared machine a minute costs more than the next: what is compared is run in the same ones.
    """
    costs: list[list[Cost]] = [[] for _ in commands]
    for _ in range(runs):
        for own, command in zip(costs, commands, strict=True):
            own.append(command())
    return [together(each) for each in costs]


def together(costs: Sequence[Cost]) -> Cost:
    """Return the minima and the median of several runs."""
    return Cost(
        min(each.cpu_s for each in costs),
        statistics.median(each.cpu_s for each in costs),
        min(each.wall_s for each in costs),
        max(each.rss_mb for each in costs),
        len(costs),
    )


def put_back(saved: Path, folder: Path) -> Callable[[], None]:
    """Return what makes `folder` again what `saved` is."""

    def restore() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(saved, folder)

    return restore
