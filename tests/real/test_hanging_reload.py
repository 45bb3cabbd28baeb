"""A reload that does not end: Asterisk answers, carries calls, and takes nothing new.

It hangs as real ones do: a file of a module has an `#exec` of a program that waits.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.real.asterisk.instance import Asterisk
from tests.real.estate import GROUP, PEOPLE, Office, office

Factory = Callable[..., Asterisk]

SINCE = "Asterisk has been in a reload since 20"
WAY_OUT = "restart Asterisk, which cuts off calls"

QUEUE = """\
queues:
  "700": {name: Support, members: ["1001"]}
"""


@pytest.fixture
def here(asterisk_factory: Factory, tmp_path: Path) -> Iterator[Office]:
    """An office, applied, on an Asterisk that lets files name programs."""
    pbx = asterisk_factory(extra={"asterisk.conf": "execincludes = yes\n"})
    with office(pbx, tmp_path / "office") as made:
        made.declare(PEOPLE + GROUP)
        made.apply()
        yield made


@contextmanager
def waiting(pbx: Asterisk, name: str, pipe: Path) -> Iterator[None]:
    """Let whoever reads this file of a module wait, until the block ends."""
    before = (pbx.etc / name).read_text()
    os.mkfifo(pipe)
    (pbx.etc / name).write_text(f'#exec "/bin/cat {pipe}"\n')
    yield
    (pbx.etc / name).write_text(before)
    pipe.unlink()


def test_a_reload_of_others_that_hangs(here: Office, tmp_path: Path) -> None:
    mine, pbx, pipe = here.mine, here.pbx, tmp_path / "pipe"
    mine.edit("office.yaml", "Cleo Marsh", "Cleo Lee")
    reload = threading.Thread(target=pbx.cli, args=("module reload features",))
    with waiting(pbx, "features.conf", pipe):
        reload.start()
        with pipe.open("w"):  # opens when it hangs, and ends that
            told = mine.run("doctor", "--timeout", "5", expect=1)
            told.says(SINCE, WAY_OUT, "systemctl restart asterisk")
            told.says_not("no answer within")
            here.apply("--timeout", "2", expect=3).says("A reload is in progress", SINCE, WAY_OUT)
            mine.run("plan").says("warning[pending-reload]: office: ", SINCE, WAY_OUT)
            mine.run("drift").says("owes a reload", SINCE, WAY_OUT)
            mine.run("status").says(SINCE)
    reload.join()
    # What was written could not take effect. It is ours, and owed.
    mine.run("plan").says("1 reload").says_not(SINCE)
    here.apply("--resume", "2")
    here.is_as_declared()
    assert "Cleo Lee" in pbx.cli("pjsip show endpoint 1003")
    mine.run("doctor").says_not(SINCE)


def test_our_own_reload_hangs(here: Office, tmp_path: Path) -> None:
    mine, pbx, pipe = here.mine, here.pbx, tmp_path / "pipe"
    here.declare(mine.read("office.yaml") + QUEUE)
    with waiting(pbx, "queuerules.conf", pipe), pipe.open("r+b", buffering=0):
        here.apply("--timeout", "2", expect=3).says("reloading app_queue.so", SINCE, WAY_OUT)
    here.apply("--resume", "2")
    here.is_as_declared()
    assert "700" in pbx.cli("queue show 700")
