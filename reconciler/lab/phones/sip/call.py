"""A call of a phone: it rings, is answered, ends; or is made by the phone. No sound. IO."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reconciler.lab.phones.device import Account
from reconciler.lab.phones.hosts import NotInTheLabError, Place
from reconciler.lab.phones.sip import digest, sdp
from reconciler.lab.phones.sip.line import Line, domain, login, token
from reconciler.lab.phones.sip.message import Message, parameter, respond, uri_in
from reconciler.lab.phones.sip.registration import CHALLENGES

SDP = ("content-type", "application/sdp")


@dataclass(slots=True)
class Call:
    """One call. `on_end` is called once, when it is over."""

    line: Line
    account: Account
    peer: Place
    on_end: Callable[[], None]
    call_id: str = field(default_factory=token)
    tag: str = field(default_factory=token)
    invite: Message | None = None
    """The one that came in; None if the call is ours."""
    dialled: str = ""
    remote: str = ""
    """The other side as From and To have it, with its tag."""
    remote_target: str = ""
    routes: tuple[str, ...] = ()
    sequence: int = 0
    branch: str = ""
    challenge: Mapping[str, str] | None = None
    up: bool = False
    over: bool = False

    # -- a call that comes in --

    def ring(self, invite: Message) -> None:
        """Ring."""
        self.invite, self.call_id = invite, invite.get("call-id")
        self.remote = invite.get("from")
        self.remote_target = invite.get("contact") or invite.get("from")
        self.routes = invite.all("record-route")
        phone = self.line.phone
        phone.call, phone.caller = "ringing", uri_in(invite.get("from")).user
        phone.happened["rang"] += 1
        self._respond(180)

    def answer(self) -> None:
        """Answer what rings."""
        if self.invite is None or self.up or self.over:
            return
        body = sdp.answer(self.invite.body, self.line.place[0])
        if body is None:
            self._respond(488)
            self._end()
            return
        self.up, self.line.phone.call = True, "connected"
        self.line.phone.happened["answered"] += 1
        self._respond(200, SDP, body=body)

    def _respond(self, status: int, *more: tuple[str, str], body: bytes = b"") -> None:
        assert self.invite is not None
        contact = ("contact", self.line.contact(self.account))
        answer = respond(
            self.invite, status, contact, *more, tag=self.tag, peer=self.peer, body=body
        )
        self.line.exchange.answer(answer, self.line.place, self.peer)

    # -- a call of ours --

    def dial(self, number: str) -> None:
        """Call a number through the account's PBX."""
        phone = self.line.phone
        phone.call, phone.caller, self.dialled = "calling", number, number
        self.remote = f"<sip:{number}@{domain(self.account)}>"
        self._invite()

    def _invite(self) -> None:
        self.sequence += 1
        target = f"sip:{self.dialled}@{domain(self.account)}"
        headers = [*self._ends(), *self.line.common(self.call_id, f"{self.sequence} INVITE"),
                   ("contact", self.line.contact(self.account)), SDP]  # fmt: skip
        if self.challenge is not None:
            _, name = CHALLENGES[int(self.challenge["status"])]
            shown = digest.authorization(
                self.challenge, login(self.account), "INVITE", target, count=1, own=token()
            )
            headers.append((name, shown))
        self.branch = self.line.exchange.request(
            f"INVITE {target} SIP/2.0", tuple(headers), self.line.place, self.peer,
            self._progress, sdp.offer(self.line.place[0]),
        )  # fmt: skip

    def _ends(self) -> tuple[tuple[str, str], tuple[str, str]]:
        own = f"<sip:{self.account.user}@{domain(self.account)}>;tag={self.tag}"
        return ("from", own), ("to", self.remote)

    def _progress(self, answer: Message | None) -> None:
        if answer is None:
            self._end()
        elif answer.status >= 300:
            self._acknowledge(answer, self.branch)
            if answer.status in CHALLENGES and self.challenge is None and self._take(answer):
                self._invite()
            else:
                self._end()
        elif answer.status >= 200:
            self.remote = answer.get("to")
            self.remote_target = answer.get("contact") or self.remote
            self.routes = tuple(reversed(answer.all("record-route")))
            self._acknowledge(answer, f"z9hG4bK{token()}")
            if self.over:  # answered and cancelled at the same time
                self._bye()
            else:
                self.up, self.line.phone.call = True, "connected"

    def _take(self, answer: Message) -> bool:
        challenge = digest.choose(answer.all(CHALLENGES[answer.status][0]))
        if challenge is not None and not self.over:
            self.challenge = {**challenge, "status": str(answer.status)}
        return self.challenge is not None

    def _acknowledge(self, answer: Message, branch: str) -> None:
        target = f"sip:{self.dialled}@{domain(self.account)}"
        if answer.status < 300:
            target = self._target()
        to = self._next_hop() if answer.status < 300 else self.peer
        way = self.line.exchange.via(self.line.place, to, branch)
        headers = (way, *self._routed(), ("from", self._ends()[0][1]), ("to", answer.get("to")),
                   *self.line.common(self.call_id, f"{answer.sequence} ACK"))  # fmt: skip
        ack = Message(f"ACK {target} SIP/2.0", headers)
        self.line.exchange.send(ack, self.line.place, to)

    # -- both --

    def hang_up(self) -> None:
        """End the call, whoever made it and however far it is."""
        if self.over:
            return
        if self.up:
            self._bye()
        elif self.invite is not None:
            self._respond(486)
        elif self.branch:
            self._cancel()
        self._end()

    def _bye(self) -> None:
        self.sequence += 1
        headers = (*self._routed(), *self._ends(),
                   *self.line.common(self.call_id, f"{self.sequence} BYE"))  # fmt: skip
        self.line.exchange.request(
            f"BYE {self._target()} SIP/2.0", headers, self.line.place, self._next_hop(),
            lambda _answer: None,
        )  # fmt: skip

    def _cancel(self) -> None:
        way = self.line.exchange.via(self.line.place, self.peer, self.branch)
        headers = (way, *self._ends(),
                   *self.line.common(self.call_id, f"{self.sequence} CANCEL"))  # fmt: skip
        start = f"CANCEL sip:{self.dialled}@{domain(self.account)} SIP/2.0"
        self.line.exchange.send(Message(start, headers), self.line.place, self.peer)

    def _target(self) -> str:
        found = uri_in(self.remote_target)
        user = f"{found.user}@" if found.user else ""
        return f"sip:{user}{found.host}:{found.port}"

    def _routed(self) -> tuple[tuple[str, str], ...]:
        return tuple(("route", each) for each in self.routes)

    def _next_hop(self) -> Place:
        if self.account.transport != "udp":
            return self.peer  # all goes over the connection to the PBX
        found = uri_in(self.routes[0] if self.routes else self.remote_target or self.remote)
        try:
            return self.line.hosts.place(found.host, found.port)
        except NotInTheLabError:
            return self.peer  # it says an address from the other side of a translation

    def take(self, request: Message, of: Place) -> None:
        """Take a request that belongs to the call."""
        if request.method == "ACK":
            return
        self._reply(request, 200, of)
        if request.method == "CANCEL" and not self.up and self.invite is not None:
            self._respond(487)
            self._end()
        elif request.method == "BYE":
            self._end()

    def _reply(self, request: Message, status: int, of: Place) -> None:
        again = request.method == "INVITE"
        body = sdp.answer(request.body, self.line.place[0]) if again else None
        more = (("contact", self.line.contact(self.account)), SDP) if body else ()
        answer = respond(request, status, *more, tag=self.tag, peer=of, body=body or b"")
        self.line.exchange.answer(answer, self.line.place, of)

    def _end(self) -> None:
        if not self.over:
            self.over = True
            self.on_end()

    def belongs(self, request: Message) -> bool:
        """Tell whether a request is part of this call."""
        if request.get("call-id") != self.call_id:
            return False
        tag = parameter(request.get("to"), "tag")
        return not tag or tag == self.tag
