"""Two threads, one loop: what is begun goes on by itself, and is taken over as it is."""

import asyncio
import threading

import pytest

from reconciler.execution.meanwhile import Meanwhile

DEADLINE_S = 30


class Begun:
    """Something that goes on: it says that it has come so far, and waits for the word to end."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.word = asyncio.Event()
        self.threads: list[str] = []
        self.cancelled = False
        self.task: asyncio.Task[str] | None = None

    def start(self) -> None:
        self.task = asyncio.ensure_future(self.go_on())

    async def go_on(self) -> str:
        self.threads.append(threading.current_thread().name)
        await asyncio.sleep(0)
        self.reached.set()
        try:
            await self.word.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        self.threads.append(threading.current_thread().name)
        return "done"


def test_what_is_begun_goes_on_beside_this_thread_and_ends_in_it() -> None:
    begun = Begun()

    async def rest() -> str:
        begun.word.set()
        assert begun.task is not None
        return await begun.task

    with Meanwhile() as meanwhile:
        meanwhile.begin(begun.start)
        assert begun.reached.wait(DEADLINE_S), "it goes on while we wait here"
        assert meanwhile.run(rest()) == "done"
    assert begun.threads == ["reconciler-meanwhile", threading.main_thread().name]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_nobody_asks_for_ends_with_the_block(error: type[BaseException]) -> None:
    begun = Begun()

    def fail() -> None:
        with Meanwhile() as meanwhile:
            meanwhile.begin(begun.start)
            assert begun.reached.wait(DEADLINE_S)
            raise error

    with pytest.raises(error):
        fail()
    assert begun.cancelled
    assert "reconciler-meanwhile" not in {each.name for each in threading.enumerate()}


def test_without_anything_begun_it_is_a_loop_as_any() -> None:
    async def rest() -> int:
        return 7

    with Meanwhile() as meanwhile:
        assert meanwhile.run(rest()) == 7
