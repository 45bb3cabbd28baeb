"""A phone's SIP: accounts kept registered, OPTIONS and NOTIFY answered, one call at a time. IO."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from reconciler.lab.phones.device import Account, Order
from reconciler.lab.phones.hosts import Place
from reconciler.lab.phones.sip import digest
from reconciler.lab.phones.sip.call import Call
from reconciler.lab.phones.sip.line import ALLOW, Line, login, token
from reconciler.lab.phones.sip.message import Message, respond, uri_in
from reconciler.lab.phones.sip.registration import Registration
from reconciler.lab.phones.sip.watch import Watch

_HARMLESS: Final = ("message-summary", "keep-alive", "dialog", "presence", "ua-profile")


@dataclass(slots=True)
class Agent:
    """A phone's SIP user agent. `answer_after_s` None rings until somebody answers."""

    line: Line
    retry_s: float = 30.0
    answer_after_s: float | None = None
    registrations: dict[int, Registration] = field(default_factory=dict)
    watches: dict[str, Watch] = field(default_factory=dict)
    call: Call | None = None
    nonces: set[str] = field(default_factory=set)
    timer: asyncio.TimerHandle | None = None

    # -- accounts --

    def keep_registered(self) -> None:
        """Register what the phone's accounts say; end what is no longer there."""
        accounts = self.line.phone.accounts
        for number, registration in list(self.registrations.items()):
            if accounts.get(number) is not registration.account:
                # Who registers again from here must not be ended a moment later by the old one.
                old = registration.account
                again = any((each.user, each.server, each.port) == (old.user, old.server, old.port)
                            for each in accounts.values())  # fmt: skip
                registration.end(politely=not again)
                del self.registrations[number]
        for number, account in accounts.items():
            if number not in self.registrations:
                registration = Registration(self.line, account, self.retry_s, self.keep_watched)
                self.registrations[number] = registration
                registration.start()
        self.keep_watched()

    def keep_watched(self) -> None:
        """Watch what the BLF keys say, through accounts that are registered; end the others."""
        phone = self.line.phone
        wanted = self.line.make.watched(phone)
        for number, watch in list(self.watches.items()):
            if phone.accounts.get(wanted.get(number, 0)) is not watch.account:
                watch.end()
                del self.watches[number]
        for number, at in wanted.items():
            account = phone.accounts.get(at)
            if number not in self.watches and account is not None and account.registered:
                self.watches[number] = Watch(self.line, account, number, self.retry_s)
                self.watches[number].start()

    def forget(self) -> None:
        """Lose power: nobody is told."""
        for registration in self.registrations.values():
            registration.forget()
        self.registrations.clear()
        for watch in self.watches.values():
            watch.end()
        self.watches.clear()
        self._no_timer()
        self.call = None
        self.line.exchange.forget(self.line.place)

    def lost(self, server: Place) -> None:
        """A connection to a server has ended."""
        for registration in self.registrations.values():
            if registration.server == server and registration.account.transport != "udp":
                registration.lost()
                self._stop_watching(registration.account)

    def _stop_watching(self, account: Account) -> None:
        for number in [each for each, one in self.watches.items() if one.account is account]:
            self.watches.pop(number).end()

    def _no_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    # -- requests --

    def take(self, request: Message, of: Place) -> None:
        """Take a request."""
        if self.call is not None and self.call.belongs(request):
            self.call.take(request, of)
        elif request.method == "INVITE":
            self._called(request, of)
        elif request.method == "OPTIONS":
            self._answer(request, 200, of, ("allow", ALLOW), ("accept", "application/sdp"))
        elif request.method == "NOTIFY":
            self._notified(request, of)
        elif request.method in ("BYE", "CANCEL", "INFO", "UPDATE"):
            self._answer(request, 481, of)
        elif request.method != "ACK":
            self._answer(request, 405, of, ("allow", ALLOW))

    def _answer(self, request: Message, status: int, of: Place, *more: tuple[str, str]) -> None:
        agent = ("user-agent", self.line.make.sip_agent(self.line.phone.identity))
        answer = respond(request, status, *more, agent, tag=token(), peer=of)
        self.line.exchange.answer(answer, self.line.place, of)

    # -- calls --

    def _called(self, request: Message, of: Place) -> None:
        account = self._account_of(request)
        if account is None:
            self._answer(request, 404, of)
        elif self.line.phone.call != "idle":
            self._answer(request, 486, of)
        else:
            self.call = Call(self.line, account, of, self._ended)
            self.call.ring(request)
            if self.answer_after_s is not None:
                loop = asyncio.get_running_loop()
                self.timer = loop.call_later(self.answer_after_s, self.call.answer)

    def _account_of(self, request: Message) -> Account | None:
        user = uri_in(request.target).user
        found = (each for each in self.line.phone.accounts.values() if each.user == user)
        return next(found, None)

    def _ended(self) -> None:
        self._no_timer()
        self.call = None
        self.line.phone.call_ended()

    def dial(self, number: str, account: int = 1) -> None:
        """Call a number. Raises KeyError without such an account, NotInTheLabError."""
        chosen = self.line.phone.accounts[account]
        self.call = Call(self.line, chosen, self.line.server(chosen), self._ended)
        self.call.dial(number)

    def hang_up(self) -> None:
        """End the call; one that was only pretended, too."""
        if self.call is not None:
            self.call.hang_up()
        elif self.line.phone.call != "idle":
            self.line.phone.call_ended()

    # -- NOTIFY --

    def _notified(self, request: Message, of: Place) -> None:
        phone, make = self.line.phone, self.line.make
        event = request.get("event").split(";")[0].strip().lower()
        for watch in self.watches.values():
            if event == "dialog" and watch.call_id == request.get("call-id"):
                watch.told(request)
        order: Order = "nothing"
        if event not in _HARMLESS:
            order = make.ordered(phone, request.get("event"), request.body)
        if order == "unknown":
            self._answer(request, 489, of)
        elif order != "nothing" and make.challenges(phone) and not self._knows(request):
            nonce = token()
            self.nonces.add(nonce)
            phone.happened["notify challenged"] += 1
            challenge = f'Digest realm="{make.realm(phone)}", nonce="{nonce}", algorithm=MD5'
            self._answer(request, 401, of, ("www-authenticate", challenge))
        else:
            self._answer(request, 200, of)
            phone.happened[f"notify {event}"] += 1
            self._obey(order)

    def _knows(self, request: Message) -> bool:
        """Tell whether a NOTIFY shows the password of the account that it is for."""
        account, shown = self._account_of(request), request.get("authorization")
        fields = digest.parse_digest(shown) or {}
        nonce = fields.get("nonce", "")
        if account is None or nonce not in self.nonces:
            return False
        self.nonces.discard(nonce)
        return digest.fits(shown, login(account), "NOTIFY", nonce)

    def _obey(self, order: Order) -> None:
        phone = self.line.phone
        orders: dict[Order, Callable[[], None]] = {
            "reboot": lambda: phone.when_idle("reboot"),
            "fetch": lambda: phone.when_idle("fetch"),
            "reset": phone.reset,
            "hang_up": self.hang_up,
        }
        if order in orders:
            orders[order]()
