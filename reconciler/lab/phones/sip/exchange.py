"""Transactions: over UDP what is sent is sent again until it is answered (RFC 3261, 17).

Over a connection, where there is one between two ends, it is sent once.

One for a whole fleet. Requests that come again get the answer that they got. IO.
"""

import asyncio
import random
import secrets
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from reconciler.lab.phones.sip.datagrams import Datagrams, Place
from reconciler.lab.phones.sip.message import MalformedError, Message, parse
from reconciler.lab.phones.sip.streams import Streams

T1_S: Final = 0.5
T2_S: Final = 4.0
GIVE_UP: Final = 64
"""A request that has had no answer for 64 T1 is given up."""
REMEMBERED: Final = 20_000
"""How many answers are kept for requests that come again."""

OnAnswer: TypeAlias = Callable[[Message | None], None]
"""Called with each answer, and with None when there was none."""


@dataclass(slots=True)
class _Sent:
    """A request that waits for its final answer."""

    raw: bytes
    of: Place
    to: Place
    on_answer: OnAnswer
    is_invite: bool
    began: float
    wait_s: float
    timer: asyncio.TimerHandle | None = None
    answered: bool = False


@dataclass
class Exchange:
    """Sends requests and finds their answers; takes requests and remembers theirs."""

    on_request: Callable[[Message, Place, Place], None]
    t1_s: float = T1_S
    on_lost: Callable[[Place, Place], None] = lambda _own, _other: None
    """A connection between these ends has ended."""
    datagrams: Datagrams = field(init=False)
    streams: Streams = field(init=False)
    _sent: dict[str, _Sent] = field(default_factory=dict)
    _by_place: dict[Place, set[str]] = field(default_factory=dict)
    """What each phone waits for."""
    _given: OrderedDict[str, bytes] = field(default_factory=OrderedDict)
    _repeated: dict[str, asyncio.TimerHandle] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.datagrams = Datagrams(self._received)
        self.streams = Streams(self._received, self._lost)

    def close(self) -> None:
        """Stop all timers and close the sockets."""
        for sent in self._sent.values():
            if sent.timer is not None:
                sent.timer.cancel()
        for timer in self._repeated.values():
            timer.cancel()
        self._sent.clear()
        self._repeated.clear()
        self.datagrams.close()
        self.streams.close()

    def put(self, raw: bytes, of: Place, to: Place) -> None:
        """Send over the connection between these ends, without one in a datagram."""
        if not self.streams.send(raw, of, to):
            self.datagrams.send(raw, of, to)

    def _lost(self, own: Place, other: Place) -> None:
        """A connection has ended: nothing that was asked over it will be answered."""
        for key in [each for each in self._by_place.get(own, ()) if self._sent[each].to == other]:
            sent = self._done(key)
            if sent.timer is not None:
                sent.timer.cancel()
            sent.on_answer(None)
        self.on_lost(own, other)

    def forget(self, of: Place) -> None:
        """Give up what a phone that has lost power had sent."""
        self.streams.close_of(of)
        for key in list(self._by_place.get(of, ())):
            timer = self._done(key).timer
            if timer is not None:
                timer.cancel()

    def _done(self, key: str) -> _Sent:
        sent = self._sent.pop(key)
        waiting = self._by_place[sent.of]
        waiting.discard(key)
        if not waiting:
            del self._by_place[sent.of]
        return sent

    # -- requests of ours --

    def request(
        self, start: str, headers: tuple[tuple[str, str], ...], of: Place, to: Place,
        on_answer: OnAnswer, body: bytes = b"",
    ) -> str:  # fmt: skip
        """Send a request with a Via of its own; return its branch."""
        branch = f"z9hG4bK{secrets.token_hex(8)}"
        raw = Message(start, (self.via(of, to, branch), *headers), body).raw()
        now, is_invite = asyncio.get_running_loop().time(), start.startswith("INVITE ")
        sent = _Sent(raw, of, to, on_answer, is_invite, now, self.t1_s)
        key = branch + start.split(" ", 1)[0]
        self._sent[key] = sent
        self._by_place.setdefault(of, set()).add(key)
        self._send_again(key)
        return branch

    def send(self, message: Message, of: Place, to: Place) -> None:
        """Send something that has no answer (ACK)."""
        self.put(message.raw(), of, to)

    def via(self, of: Place, to: Place, branch: str) -> tuple[str, str]:
        """Return a Via for the way from one end to the other."""
        return via(of, branch, self.streams.kind(of, to))

    def _send_again(self, key: str) -> None:
        sent = self._sent.get(key)
        if sent is None or (sent.is_invite and sent.answered):
            return
        loop = asyncio.get_running_loop()
        if loop.time() - sent.began > GIVE_UP * self.t1_s:
            self._done(key).on_answer(None)
            return
        self.put(sent.raw, sent.of, sent.to)
        if self.streams.kind(sent.of, sent.to) != "UDP":
            sent.timer = loop.call_later(GIVE_UP * self.t1_s, self._give_up, key)
            return
        # Many phones in step would overflow the same buffer again and again.
        wait_s = sent.wait_s * random.uniform(0.8, 1.2)  # noqa: S311
        sent.timer = loop.call_later(wait_s, self._send_again, key)
        longest = GIVE_UP * self.t1_s if sent.is_invite else T2_S
        sent.wait_s = min(2 * sent.wait_s, longest)

    def _give_up(self, key: str) -> None:
        if key in self._sent:
            self._done(key).on_answer(None)

    # -- what comes in --

    def _received(self, data: bytes, to: Place, of: Place) -> None:
        if len(data) < 20:
            return  # a keep-alive
        with suppress(MalformedError):
            message = parse(data)
            if message.status:
                self.take_answer(message)
            else:
                self._asked(message, to, of)

    def take_answer(self, message: Message) -> None:
        """Take an answer to one of our requests."""
        key = message.branch + message.method
        sent = self._sent.get(key)
        if sent is None:
            return
        sent.answered = True
        if message.status >= 200:
            self._done(key)
            if sent.timer is not None:
                sent.timer.cancel()
        sent.on_answer(message)

    def _asked(self, message: Message, to: Place, of: Place) -> None:
        if message.method == "ACK":
            timer = self._repeated.pop(message.get("call-id"), None)
            if timer is not None:
                timer.cancel()
        elif (given := self._given.get(message.branch + message.method)) is not None:
            self.put(given, to, of)
            return
        self.on_request(message, to, of)

    # -- answers of ours --

    def answer(self, message: Message, of: Place, to: Place) -> None:
        """Send an answer and remember it; a final one to an INVITE again until the ACK comes."""
        raw = message.raw()
        self._given[message.branch + message.method] = raw
        if len(self._given) > REMEMBERED:
            self._given.popitem(last=False)
        self.put(raw, of, to)
        is_final = message.method == "INVITE" and message.status >= 200
        if is_final and self.streams.kind(of, to) == "UDP":
            self._repeat(message.get("call-id"), raw, (of, to), self.t1_s, GIVE_UP * self.t1_s)

    def _repeat(
        self, call: str, raw: bytes, ends: tuple[Place, Place], wait_s: float, left_s: float
    ) -> None:
        def again() -> None:
            self._repeated.pop(call, None)
            if left_s > wait_s:
                self.datagrams.send(raw, *ends)
                self._repeat(call, raw, ends, min(2 * wait_s, T2_S), left_s - wait_s)

        if (earlier := self._repeated.get(call)) is not None:
            earlier.cancel()
        self._repeated[call] = asyncio.get_running_loop().call_later(wait_s, again)


def via(of: Place, branch: str, kind: str = "UDP") -> tuple[str, str]:
    """Return a Via that asks for the port that we are seen with."""
    return "via", f"SIP/2.0/{kind} {of[0]}:{of[1]};branch={branch};rport"
