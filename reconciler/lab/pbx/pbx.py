"""The lab's PBX: a registrar, and a proxy that forwards without state (RFC 3261, 16.11). IO.

Users who are registered call each other; there is no dial plan, no voicemail, no sound. It stays
in the way of a call (Record-Route), so that it knows who is talking.
"""

import asyncio
import hashlib
import ssl
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache, partial
from types import TracebackType
from typing import Final, Self

from reconciler.lab.pbx.calls import Calls
from reconciler.lab.pbx.forks import Forks, Sending
from reconciler.lab.pbx.notices import Notices
from reconciler.lab.pbx.registrar import MANY, REALM, Registrar
from reconciler.lab.pbx.watchers import Watcher, Watchers, body_of
from reconciler.lab.phones.certificate import device_context
from reconciler.lab.phones.hosts import Place
from reconciler.lab.phones.sip.datagrams import Datagrams
from reconciler.lab.phones.sip.exchange import via
from reconciler.lab.phones.sip.message import (
    MalformedError,
    Message,
    Uri,
    parameter,
    parse,
    respond,
    uri_in,
)
from reconciler.lab.phones.sip.streams import Streams

HOST: Final = "127.0.0.1"
_TRIES: Final = 10
"""How many ports are tried until one is free for UDP and for TCP."""


@cache
def certificate() -> ssl.SSLContext:
    """Return the PBX's TLS context; phones of the lab believe everybody."""
    return device_context("lab", "pbx", server=True)


class LabPbx:
    """A PBX on loopback. `users` are user -> passwords that let it in, `most` -> how many phones.

    async with LabPbx({"1001": ["s3cret"]}) as pbx:
        Fleet(..., hosts={"pbx.example.com": f"127.0.0.1:{pbx.port}"})
    """

    def __init__(
        self, users: Mapping[str, Collection[str]], *, port: int = 0,
        most: Callable[[str], int] = lambda _user: MANY,
    ) -> None:  # fmt: skip
        self.registrar = Registrar(users, time.monotonic, most)
        self._forks = Forks()
        self.watchers = Watchers(time.monotonic)
        self.calls = Calls(time.monotonic)
        self.port = port
        self._datagrams = Datagrams(self._received)
        self._streams = Streams(self._received, lambda _own, other: self.registrar.drop(other))
        self._notices = Notices(self._streams, lambda: self.place)

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def place(self) -> Place:
        """Where it listens."""
        return HOST, self.port

    def start(self) -> None:
        """Listen for UDP, TCP and TLS, all on one port. Raises OSError when that is taken."""
        chosen = self.port
        for tries_left in reversed(range(1 if chosen else _TRIES)):
            self.port = self._datagrams.listen(HOST, chosen)
            try:
                self._streams.listen(self.place, certificate)
                break
            except OSError:
                self._datagrams.close()
                self._datagrams = Datagrams(self._received)
                if not tries_left:
                    raise
        self._notices.start()

    def stop(self) -> None:
        """Close everything."""
        self._datagrams.close()
        self._notices.close()

    # -- telling phones something --

    async def notify(
        self, user: str, event: str, *, timeout_s: float = 5.0, shows_password: bool = True
    ) -> int:
        """Send a NOTIFY to all phones of a user; return the answer of the newest, 0 for none.

        `shows_password` says whether a phone that asks who we are is answered.
        """
        contacts = [each.contact for each in self.registrar.all(user)]
        passwords = self.registrar.users.get(user, ()) if shows_password else ()
        answers = await asyncio.gather(
            *(
                self._notices.tell(user, each, event, list(passwords), timeout_s)
                for each in contacts
            )
        )
        return answers[-1] if answers else 0

    # -- what comes in --

    def _received(self, data: bytes, to: Place, of: Place) -> None:
        try:
            message = parse(data)
            if message.status:
                self._back(message)
            elif message.method == "REGISTER":
                self._send(self.registrar.take(message, of), of)
            elif message.method == "SUBSCRIBE":
                user = uri_in(message.get("from")).user
                objection = self.registrar.objection(message, of, user)
                self._send(objection or self.watchers.take(message, of), of)
            else:
                self._on(message, of)
        except MalformedError:
            return
        self._tell_watchers()

    def _tell_watchers(self) -> None:
        """Tell those who watch an extension that it has begun or ended to ring or to talk."""
        for watcher, state in self.watchers.due(self.calls.talks.values()):
            headers = (
                ("from", watcher.ours), ("to", watcher.theirs), ("call-id", watcher.call_id),
                ("cseq", f"{watcher.version} NOTIFY"), ("event", "dialog"),
                ("subscription-state", "active"), ("content-type", "application/dialog-info+xml"),
            )  # fmt: skip
            heard, body = partial(self._heard, watcher), body_of(watcher, state, HOST)
            self._notices.send(watcher.contact, headers, heard, body)

    def _heard(self, watcher: Watcher, answer: Message | None) -> None:
        """Forget a watcher that is gone."""
        if answer is None or answer.status >= 300:
            self.watchers.found.pop(watcher.call_id, None)

    def _send(self, message: Message, to: Place) -> None:
        if not self._streams.send(message.raw(), self.place, to):
            self._datagrams.send(message.raw(), self.place, to)

    def _on(self, request: Message, of: Place) -> None:
        """Forward a request to where its user is; within a call, to where the other side said."""
        self.calls.note_request(request)
        routed = bool(request.all("route"))
        if not routed and self._forks.knows(request.branch) and request.method != "INVITE":
            self._on_forked(request, of)
            return
        target = uri_in(request.target)
        known = [each.contact for each in self.registrar.all(target.user)]
        contacts = [target] if routed else known
        if not contacts:
            self._nobody(request, of)
        elif request.method == "INVITE" and len(contacts) > 1:
            legs = {}
            for contact in contacts:
                branch = _branch(request, f"{contact.host}:{contact.port}")
                legs[branch] = self._forwarded(request, of, contact, branch)
            self._send_all(self._forks.begin(request.branch, legs))
        else:
            self._send(*self._forwarded(request, of, contacts[-1], _branch(request)))

    def _on_forked(self, request: Message, of: Place) -> None:
        """Take what the caller says of a call that rings at several phones."""
        if request.method == "CANCEL":
            self._send(respond(request, 200, tag="lab", peer=of), of)
            self._send_all(self._forks.cancel(request.branch))

    def _nobody(self, request: Message, of: Place) -> None:
        if request.method == "OPTIONS":
            self._send(respond(request, 200, tag="lab", peer=of), of)
        elif request.method != "ACK":
            known = uri_in(request.target).user in self.registrar.users
            self._send(respond(request, 480 if known else 404, tag="lab", peer=of), of)

    def _forwarded(self, request: Message, of: Place, contact: Uri, branch: str) -> Sending:
        """Return a request as it goes on to a contact, with our Via before the others."""
        headers = [each for each in request.headers if each != self._own_route("route")]
        first = next(at for at, (name, _) in enumerate(headers) if name == "via")
        if "rport" in headers[first][1]:
            seen = f";received={of[0]};rport={of[1]}"
            headers[first] = ("via", headers[first][1].replace(";rport", seen, 1))
        target = f"sip:{contact.user}@{contact.host}:{contact.port}"
        where = (contact.host, contact.port)
        mine = [via(self.place, branch, self._streams.kind(self.place, where))]
        if request.method == "INVITE":
            mine.append(self._own_route("record-route"))
        start = f"{request.method} {target} SIP/2.0"
        return Sending(Message(start, (*mine, *headers), request.body), where)

    def _send_all(self, messages: Iterable[Sending]) -> None:
        for each in messages:
            self._send(*each)

    def _own_route(self, name: str) -> tuple[str, str]:
        return name, f"<sip:{HOST}:{self.port};lr>"

    def _back(self, answer: Message) -> None:
        """Send an answer to whom our Via was put before."""
        vias = [at for at, (name, _) in enumerate(answer.headers) if name == "via"]
        if len(vias) < 2:
            self._notices.take_answer(answer)
            return
        outcome = self._forks.answered(answer)
        if outcome is not None:
            self._send_all(outcome.send)
            if outcome.forward is None:
                return
            answer = outcome.forward
            vias = [at for at, (name, _) in enumerate(answer.headers) if name == "via"]
        self.calls.note_answer(answer)
        headers = answer.headers[: vias[0]] + answer.headers[vias[0] + 1 :]
        below = answer.headers[vias[1]][1]
        sent_by = uri_in("sip:" + below.split(" ")[-1].split(";")[0])
        host = parameter(below, "received") or sent_by.host
        port = parameter(below, "rport") or str(sent_by.port)
        if port.isdigit():
            self._send(Message(answer.start, headers, answer.body), (host, int(port)))


def _branch(request: Message, more: str = "") -> str:
    """Return our branch of a request: the same whenever it comes."""
    digits = hashlib.sha256((request.branch + more).encode()).hexdigest()[:16]
    return f"z9hG4bK{digits}"


__all__ = ["REALM", "LabPbx"]
