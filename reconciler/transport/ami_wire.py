"""panoramisk, guarded: one AMI connection, and the only file that imports panoramisk.

We use the lower half of panoramisk 1.4: `AMIProtocol` (writes actions, keeps those in flight) and
`Action` (numbering, the future). Its `Manager` is never made,
because it cannot be told to stop: it logs in again every 2 s for ever after a wrong password, keeps
reconnecting after a refused connection, and replays pending actions on a new connection whether or
not they may be repeated. What is overridden below, and why:

- `Question.__init__`: panoramisk's dict of headers, which nobody needs beside ours, takes longer to
  fill than all the rest of a question; a read asks a thousand.
- `Question.__str__`: panoramisk sorts the headers; ours keep the order in which they were given.
- `Question.add_message`: panoramisk guesses from words in the text whether a list follows, and
  takes any event that has a `Response` header, or a name in "...Complete", for the end of it.
- `Wire.data_received`: panoramisk decodes each TCP segment by itself and drops the UTF-8 characters
  that a segment boundary cuts, searches a growing message from its start at every segment
  (quadratic in the size of a GetConfig), strips the blank that ends an empty last header
  so that the header is lost, merges repeated headers, and logs whole messages, passwords included.
- `Wire.handle_message`: panoramisk's message is a dict that takes longer to fill than all the rest;
  ours stays bytes until somebody looks. A list of the dialplan has 10,000 messages.
- `Wire.close`: panoramisk queues unanswered actions for replay and logs them, values included.
- `Wire.connection_lost`: panoramisk schedules the reconnect there.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Sequence

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol

from reconciler.transport.ami_message import BETWEEN, ListResponse, Message

_GREETING = b"Asterisk Call Manager/"
_LONGEST_GREETING_BYTES = 256
_LIST_MARK = b"\r\nEventList: "
_MOST_PATIENCE = 12
"""How many deadlines are waited for an answer while something else, or a bit of it, comes in."""

# panoramisk logs actions and messages with all their values: it gets a logger that leads nowhere.
_SILENT = logging.Logger("reconciler.silent")  # noqa: LOG001 - must not be reachable by name
_SILENT.disabled = True


class NotAmi(Exception):
    """The other side speaks, but not AMI. `args[0]` is what it said, printable and short."""


class ConnectionDied(Exception):
    """The connection ended while something was awaited from it."""


class Question(Action):  # type: ignore[misc]  # panoramisk is untyped
    """One action in flight. Its `future` gives the answer, whatever it says."""

    future: asyncio.Future[ListResponse]

    def __init__(self, action: str, fields: Sequence[tuple[str, str]], *, takes_list: bool) -> None:
        self.number = str(self.action_id_generator())
        self._store = {"actionid": ("ActionID", self.number)}
        self.future = asyncio.get_running_loop().create_future()
        self.takes_list = takes_list
        self.lines = (("Action", action), ("ActionID", self.number), *fields)
        self.response: Message | None = None
        self._events: list[bytes] = []
        self._mark = f"\r\nActionID: {self.number}\r\n".encode()

    def __str__(self) -> str:
        return "".join(f"{name}: {value}\r\n" for name, value in self.lines) + "\r\n"

    def __repr__(self) -> str:
        return f"<Question {self.number}>"

    def add_events(self, raw: bytes) -> bool:
        """Take many messages at once if all are events of our list. None of them is its end."""
        ours = raw.count(self._mark) == raw.count(BETWEEN) + 1
        if ours and not self.future.done():
            self._events.append(raw)
            return True
        return False

    def add_message(self, message: Message) -> bool:
        """Take a message with our ActionID; return whether the answer is complete."""
        if self.future.done():
            return True
        complete = None
        if self.response is None:
            self.response = message
            if self.takes_list and message.routing(b"EventList").lower() == "start":
                return False
        elif message.routing(b"EventList").lower() in {"complete", "cancelled"}:
            complete = message
        else:
            self._events.append(message.raw)
            return False
        self.future.set_result(ListResponse(self.response, BETWEEN.join(self._events), complete))
        return True


class Wire(AMIProtocol):  # type: ignore[misc]  # panoramisk is untyped
    """One connection, from the greeting to its end; never reconnects by itself."""

    responses: dict[str, Question]
    version: str | None
    transport: asyncio.Transport

    def __init__(self, on_event: Callable[[Message], None], on_end: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        self.greeting: asyncio.Future[str] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self.closed = False
        self.retired = False
        self._on_event = on_event
        self._on_end = on_end
        self._received = bytearray()
        self._searched = 0
        self._listing: Question | None = None
        self._patient: list[tuple[asyncio.Timeout, float, float]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start with panoramisk's own state, minus its manager and its logger."""
        super().connection_made(transport)
        self.encoding = "utf-8"
        self.log = _SILENT

    def data_received(self, data: bytes) -> None:
        """Cut the stream into messages, byte-wise, and hand each on."""
        if self._patient:
            self._wait_on()
        self._received += data
        if self.version is None and not self._read_greeting():
            return
        end = self._received.rfind(BETWEEN, self._searched)
        if end < 0:
            self._searched = max(0, len(self._received) - 3)
            return
        whole = bytes(self._received[:end])
        del self._received[: end + 4]
        self._searched = 0
        self._take(whole)

    @contextlib.asynccontextmanager
    async def patience(self, timeout_s: float) -> AsyncIterator[None]:
        """Raise TimeoutError inside when nothing was heard for so many seconds.

        A session's actions are done one after another, so what is heard is an answer, or the one
        before it: a large PBX that is busy takes longer for its dialplan than for any line of it.
        Events can come without end, so there is an end to this, too.
        """
        async with asyncio.timeout(timeout_s) as limit:
            last = asyncio.get_running_loop().time() + _MOST_PATIENCE * timeout_s
            self._patient.append((limit, timeout_s, last))
            try:
                yield
            finally:
                self._patient.remove((limit, timeout_s, last))

    def _wait_on(self) -> None:
        now = asyncio.get_running_loop().time()
        for limit, timeout_s, last in self._patient:
            if not limit.expired():
                limit.reschedule(min(now + timeout_s, last))

    def _take(self, whole: bytes) -> None:
        """Hand messages on, those of one list many at once: up to that which says how it ends."""
        at, mixed_until, size = 0, 0, len(whole)
        while at < size and not self.closed:
            if self._listing is not None and at >= mixed_until:
                mark = whole.find(_LIST_MARK, at)
                end = size if mark < 0 else whole.rfind(BETWEEN, at, mark)
                if end > at and self._listing.add_events(whole[at:end]):
                    at = end + len(BETWEEN)
                    continue
                mixed_until = end  # others stand among them
            end = whole.find(BETWEEN, at)
            end = size if end < 0 else end
            if message := whole[at:end].lstrip(b"\r\n"):
                self.handle_message(Message(raw=message))
            at = end + len(BETWEEN)

    def _read_greeting(self) -> bool:
        end = self._received.find(b"\n")
        start = bytes(self._received[: len(_GREETING)])
        if not _GREETING.startswith(start) or (
            end < 0 and len(self._received) > _LONGEST_GREETING_BYTES
        ):
            said = self._received[:60].decode("ascii", "replace")
            if not self.greeting.done():
                self.greeting.set_exception(NotAmi(ascii(said.strip())))
            self.close()
            return False
        if end < 0:
            return False
        version = self._received[len(_GREETING) : end].decode("ascii", "replace").strip()
        del self._received[: end + 1]
        self.version = version
        if not self.greeting.done():
            self.greeting.set_result(version)
        return True

    def handle_message(self, message: Message) -> None:
        """Pair a message with its action; an event that overtakes its own response is an event."""
        question = self.responses.get(message.routing(b"ActionID"))
        if question is not None and (question.response or not message.is_event):
            complete = question.add_message(message)
            self._listing = None if complete else question
            if complete:
                self.responses.pop(question.number, None)
        elif message.is_event:
            if message.event.lower() == "shutdown":
                self.connection_lost(None)
            self._on_event(message)
        if self.retired and not self.responses:
            self.close()

    async def ask(
        self, action: str, fields: Sequence[tuple[str, str]], *, takes_list: bool = False
    ) -> ListResponse:
        """Send one action, return its answer. Raises ConnectionDied; has no deadline."""
        if self.closed:
            raise ConnectionDied
        question = Question(action, fields, takes_list=takes_list)
        self.send(question)
        try:
            return await question.future
        finally:
            # After a deadline or a cancellation the late answer has nobody to go to.
            self.responses.pop(question.number, None)

    async def ask_each(
        self, action: str, each: Sequence[Sequence[tuple[str, str]]]
    ) -> list[Message]:
        """Send an action many times over in one write; return the responses in the same order.

        Raises ConnectionDied; has no deadline. As tasks, 900 questions for a file of a few lines
        would take longer to ask than to answer.
        """
        if self.closed:
            raise ConnectionDied
        questions = [Question(action, fields, takes_list=False) for fields in each]
        self.responses |= {question.number: question for question in questions}
        self.transport.write("".join(map(str, questions)).encode())
        try:
            return [(await question.future).response for question in questions]
        finally:
            for question in questions:
                self.responses.pop(question.number, None)
                if question.future.done() and not question.future.cancelled():
                    question.future.exception()  # marks it as seen: one speaks for all

    def retire(self) -> None:
        """Close as soon as the last action in flight has its answer."""
        self.retired = True
        if not self.responses:
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """End for good (called by asyncio, and by panoramisk at a Shutdown event)."""
        self.close()
        if not self.ended.done():
            self.ended.set_result(None)

    def close(self) -> None:
        """Close, and fail whatever is awaited instead of keeping it for a replay."""
        if self.closed:
            return
        self.closed = True
        self.transport.close()
        if not self.greeting.done():
            self.greeting.set_exception(ConnectionDied())
            self.greeting.exception()  # marks it as seen: nobody may be waiting any more
        for question in list(self.responses.values()):
            if not question.future.done():
                question.future.set_exception(ConnectionDied())
        self._on_end()

    async def aclose(self) -> None:
        """Close and wait until the socket is gone; a peer that does not finish TLS gets 1 s."""
        self.close()
        try:
            await asyncio.wait_for(asyncio.shield(self.ended), 1.0)
        except TimeoutError:
            self.transport.abort()


async def open_wire(
    host: str,
    port: int,
    context: ssl.SSLContext | None,
    on_event: Callable[[Message], None],
    on_end: Callable[[], None],
) -> Wire:
    """Connect and read the greeting. Raises OSError, NotAmi or ConnectionDied; has no deadline."""
    loop = asyncio.get_running_loop()
    _, wire = await loop.create_connection(lambda: Wire(on_event, on_end), host, port, ssl=context)
    try:
        await wire.greeting
    except BaseException:
        wire.close()
        raise
    return wire
