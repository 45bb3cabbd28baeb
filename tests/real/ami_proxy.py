"""A TCP proxy in front of AMI that strikes at one chosen request: exactly there, exactly once.

Requests pass one after the other around a write, however many the command sends at once, over
however many connections: when the Nth write is struck, the ones before it are done and answered,
and the ones after it were never seen. So every strike hits one boundary, and all of them can be
counted and tried.
"""

import asyncio
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Literal, Self

How = Literal["before", "half", "unheard", "after", "signal", "cut", "cut-unheard", "late"]
"""What happens at the chosen request.

before       strike, and the request never arrives
half         strike when half of its bytes have arrived
unheard      it is carried out and answered; strike before the answer is passed on
after        strike as soon as the answer has been passed on
signal       strike, then carry on as if nothing had happened
cut          the connection is lost before the request arrives
cut-unheard  the connection is lost when it has been carried out, before the answer is passed on
late         strike; it, and all that was sent by then over any line, arrives during the next run
"""

WRITES: Final = frozenset({"UpdateConfig", "CreateConfig", "Reload"})
_LAST_READ: Final = "CoreShowChannels"
"""With this the command ends whenever it reads everything."""

DEADLINE_S: Final = 120.0


@dataclass(frozen=True)
class Point:
    """A moment in a run: its number among the writes, or among the noted reads."""

    at: Literal["write", "read"]
    number: int
    how: How


class AmiProxy:
    """Listens on a port of its own, in a thread of its own. Use as a context manager."""

    def __init__(self, port: int) -> None:
        self._upstream = port
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ami-proxy", daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.one_by_one = asyncio.Lock()
        self._held: list[_Line] = []
        self.arrived: list[str] = []
        """The actions that arrived late."""
        self.holding = False
        """Whether what a killed command has sent is held, and not lost."""
        self.run = 0
        """The number of the command whose requests are carried."""
        self.watch()

    def watch(
        self,
        point: Point | None = None,
        strike: Callable[[], None] | None = None,
        *,
        late_at: Callable[[str], bool] | None = None,
    ) -> None:
        """Count anew, and strike at the point. What an earlier command has sent is lost.

        But for what was held ("late"): that is carried as soon as `late_at` says so, which is asked
        before each action, with its name.
        """
        self.run += 1
        self._point = point
        self._strike = strike
        self._late_at = late_at
        self.holding = False
        if late_at is None:
            self._held.clear()
        self.seen: dict[str, list[str]] = {"write": [], "read": []}
        """Names of the actions so far: writes, and where stretches of reads begin and end."""
        self.struck: str | None = None
        """The action that was struck."""

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(DEADLINE_S)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._end)
        self._thread.join(DEADLINE_S)

    # -- the thread --

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._over.set_result(None)

    async def _serve(self) -> None:
        self._over = self._loop.create_future()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=1 << 24)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._over
        server.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await _Line(self, reader, writer).carry(self._upstream)

    # -- what a line asks --

    def passes(self, action: str, former: str) -> How | None:
        """Note an action; say how it is to be struck, if it is."""
        if action in WRITES:
            at = "write"
        elif former in WRITES or action in ("Login", _LAST_READ):
            at = "read"
        else:
            return None
        self.seen[at].append(action)
        point = self._point
        if point is None or (point.at, point.number) != (at, len(self.seen[at])):
            return None
        self.struck = action
        return point.how

    def is_time(self, action: str) -> bool:
        """Say whether what was held is to arrive before an action."""
        return bool(self._held) and self._late_at is not None and self._late_at(action)

    async def let_arrive(self) -> None:
        """Carry what was held to Asterisk, and hear it answered."""
        held, self._held = self._held, []
        self.arrived = [
            each for some in await asyncio.gather(*(h.arrive() for h in held)) for each in some
        ]

    def hold(self, line: "_Line") -> None:
        """Keep what a line was sent before its command was killed."""
        self._held.append(line)

    def strike(self, *, deadly: bool) -> None:
        """Do what was asked for at the point. After a `deadly` one nothing more is carried."""
        self.run += deadly
        if self._strike is not None:
            self._strike()


class _Line:
    """One connection, from the command to Asterisk and back."""

    def __init__(
        self, proxy: AmiProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.proxy = proxy
        self.run = proxy.run
        self.reader = reader
        self.writer = writer
        self.unanswered: set[bytes] = set()
        self.news = asyncio.Event()
        self.late: list[bytes] = []
        self.all_sent, self.arrived = asyncio.Event(), asyncio.Event()
        self.deaf = False
        """Answers are not passed on any more."""

    async def carry(self, port: int) -> None:
        """Carry requests and answers until somebody hangs up or it is struck."""
        answers, self.to_asterisk = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
        back = asyncio.create_task(self._carry_back(answers))
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._carry_requests()
            if self.late:
                self.all_sent.set()
                await self.arrived.wait()
        finally:
            back.cancel()
            self.to_asterisk.close()
            self.writer.close()

    def _kept(self, request: bytes) -> bool:
        """Keep what was sent by a command that is dead; False if it is to be lost."""
        if not self.proxy.holding:
            return False
        if not self.late:
            self.deaf = True
            self.proxy.hold(self)
        self.late.append(request)
        return True

    async def arrive(self) -> list[str]:
        """Carry what was kept to Asterisk."""
        await self.all_sent.wait()
        for request in self.late:
            self._send(request)
        await self._all_answered()
        self.arrived.set()
        return [_header(each, b"Action").decode() for each in self.late]

    async def _carry_requests(self) -> None:
        former = ""
        while True:
            request = await self.reader.readuntil(b"\r\n\r\n")
            action = _header(request, b"Action").decode()
            async with self.proxy.one_by_one:
                if not await self._carry_request(request, action, former):
                    return
            former = action

    async def _carry_request(self, request: bytes, action: str, former: str) -> bool:
        """Carry a request, or strike at it; return whether the connection lives on."""
        if self.run != self.proxy.run:
            return self._kept(request)
        if self.proxy.is_time(action):
            await self._all_answered()
            await self.proxy.let_arrive()
        how = self.proxy.passes(action, former)
        if how is not None or action in WRITES:
            await self._all_answered()
        if how is not None and not await self._struck(how, request):
            return False
        if how is None:
            self._send(request)
        if action in WRITES:
            await self._all_answered()
        return True

    async def _struck(self, how: How, request: bytes) -> bool:
        """Strike; return whether the connection lives on."""
        if how == "signal":
            self.proxy.strike(deadly=False)
            self._send(request)
            return True
        if how == "half":
            self.to_asterisk.write(request[: len(request) // 2])
            await self.to_asterisk.drain()
        elif how in ("unheard", "cut-unheard", "after"):
            self.deaf = how != "after"
            self._send(request)
            await self._all_answered()
        if how == "late":
            self.proxy.strike(deadly=True)
            self.proxy.holding = True
            return self._kept(request)
        if how.startswith("cut"):
            self.writer.transport.abort()
        else:
            self.proxy.strike(deadly=True)
        return False

    def _send(self, request: bytes) -> None:
        self.unanswered.add(_header(request, b"ActionID"))
        self.to_asterisk.write(request)

    async def _all_answered(self) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while self.unanswered:
                self.news.clear()
                await self.news.wait()

    async def _carry_back(self, answers: asyncio.StreamReader) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            self.writer.write(await answers.readuntil(b"\r\n"))  # the greeting
            while True:
                message = await answers.readuntil(b"\r\n\r\n")
                if not self.deaf:
                    self.writer.write(message)
                if message.startswith(b"Response:"):
                    self.unanswered.discard(_header(message, b"ActionID"))
                    self.news.set()
        if not self.deaf:
            self.writer.close()


def _header(message: bytes, name: bytes) -> bytes:
    found = re.search(rb"(?im)^" + name + rb":\s*(.*?)\r?$", message)
    return found[1] if found else b""
