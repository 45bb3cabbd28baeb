"""Writes of a killed run that Asterisk carries out only while the next run is already at work.

The killed run has requests on their way over both logins; the next one is begun at once. What was
on its way arrives at a chosen moment of that: nothing may be done twice, nothing overwritten
unseen, and the run after it at the latest has everything as if nothing had happened.
"""

import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from tests.real.ami_proxy import AmiProxy, Point
from tests.real.asterisk.fetch import Prefix
from tests.real.asterisk.instance import Asterisk
from tests.real.test_kill import APPLY, RUNS, Bench, Office, State, converges

PLACES: dict[str, tuple[str, int] | None] = {
    "when the plan has read our files": ("ListCategories", 1),
    "when the plan has read one main file": ("ListCategories", 2),
    "after the plan has read": None,
    "before the first write": ("UpdateConfig", 1),
    "between two writes": ("UpdateConfig", 3),
    "before the reload": ("Reload", 1),
}
"""The Nth action of a name since the lock was taken over (what is read before is read again then);
None for the first one after a run was begun in the journal."""

META, FILES, GONE = 2, 5, 8
"""Writes of the killed run: of what is known, of an object's files, of what goes last."""


@pytest.fixture(scope="module")
def bench(asterisk_prefix: Prefix, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """An Asterisk behind a proxy."""
    with Asterisk(asterisk_prefix) as pbx, AmiProxy(pbx.ami.port) as proxy:
        yield Bench(pbx, proxy, tmp_path_factory.mktemp("late"))
    RUNS.close()


@pytest.fixture(scope="module")
def undisturbed(asterisk_prefix: Prefix, tmp_path_factory: pytest.TempPathFactory) -> State:
    """What an Asterisk of its own holds when nobody was killed."""
    with Asterisk(asterisk_prefix) as pbx, AmiProxy(pbx.ami.port) as proxy:
        calm = Bench(pbx, proxy, tmp_path_factory.mktemp("undisturbed"))
        calm.office("changes").run(*APPLY)
        return calm.state()


def find(office: Office, query: str) -> object:
    """Return the first thing that a query finds in the journal."""
    with closing(sqlite3.connect(office.folder / ".reconciler" / "journal.db")) as journal:
        return journal.execute(query).fetchone()[0]


def moment(office: Office, place: str) -> Callable[[str], bool]:
    """Return what tells before each action of the next run whether the moment has come."""
    killed = int(office.pid_file.read_text())
    met: Counter[str] = Counter()

    def has_come(action: str) -> bool:
        if PLACES[place] is None:
            return bool(find(office, "SELECT count(*) > 2 FROM runs"))
        if not met and find(office, "SELECT pid FROM locks") == killed:
            return False
        if action == "Reload" and not met["UpdateConfig"]:
            return False  # a plan asks by one whether another goes on
        met[action] += 1
        return (action, met[action]) == PLACES[place]

    return has_come


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("number", [META, FILES, GONE])
def test_what_a_killed_run_sent_arrives_during_the_next(
    bench: Bench, undisturbed: State, number: int, place: str
) -> None:
    office, proxy = bench.office("changes"), bench.proxy
    proxy.watch(Point("write", number, "late"), lambda: office.strike(signal.SIGKILL))
    office.run(*APPLY, expect=-signal.SIGKILL)
    proxy.watch(late_at=moment(office, place))
    second = office.run(*APPLY, expect=None)
    assert "UpdateConfig" in proxy.arrived
    if second.code != 0:
        assert place == "after the plan has read"
        second.says("A run that was killed had asked for it")
    converges(bench, office, second, undisturbed)
