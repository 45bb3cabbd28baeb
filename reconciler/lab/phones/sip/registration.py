"""An account's registration: asked for, refreshed before it expires, asked for again when refused.

RFC 3261, 10, with the challenges of RFC 8760. IO.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from reconciler.lab.phones.device import Account
from reconciler.lab.phones.hosts import NotInTheLabError, Place
from reconciler.lab.phones.sip import digest
from reconciler.lab.phones.sip.line import Line, domain, login, token
from reconciler.lab.phones.sip.message import Message, parameter, uri_in

CHALLENGES: Final = {401: ("www-authenticate", "authorization"),
                     407: ("proxy-authenticate", "proxy-authorization")}  # fmt: skip


@dataclass(slots=True)
class Registration:
    """Keeps one account registered. `retry_s` is how long it waits after a refusal."""

    line: Line
    account: Account
    retry_s: float
    on_registered: Callable[[], None] = lambda: None
    call_id: str = field(default_factory=token)
    tag: str = field(default_factory=token)
    sequence: int = 0
    uses: int = 0
    """How often the challenge has been answered."""
    challenge: Mapping[str, str] | None = None
    answered_with: str = ""
    expires_s: int = 0
    timer: asyncio.TimerHandle | None = None
    connecting: asyncio.Task[None] | None = None
    ended: bool = False
    server: Place = ("", 0)

    def start(self) -> None:
        """Register, unless the account says not to."""
        account = self.account
        if not account.register:
            account.state = "disabled"
            return
        try:
            self.server = self.line.server(account)
        except NotInTheLabError as error:
            self._failed(str(error), again=False)
            return
        account.state, account.why = "registering", ""
        self.expires_s = account.expires_s
        self._ask()

    def end(self, *, politely: bool) -> None:
        """Stop; tell the PBX if there is time for that."""
        self.forget()
        if politely and self.account.registered and self.server[1]:
            self.expires_s = 0
            self._ask()
        self.account.state = "unregistered"

    def forget(self) -> None:
        """Stop at once."""
        self.ended = True
        if self.timer is not None:
            self.timer.cancel()
        if self.connecting is not None:
            self.connecting.cancel()

    def lost(self) -> None:
        """Its connection has ended: register over a new one, a little later."""
        if not self.ended and self.account.registered:
            self._failed("its connection has ended")

    def _ask(self) -> None:
        """Register, over a connection if the account wants one."""
        streams, place = self.line.exchange.streams, self.line.place
        if self.account.transport == "udp" or streams.local(place, self.server) is not None:
            self._send()
        else:
            self.connecting = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        account = self.account
        try:
            await self.line.connect(account)
        except OSError as error:
            where = f"{self.server[0]}:{self.server[1]}"
            if not self.ended:
                self._failed(f"no connection to {where} over {account.transport}: {error}")
            return
        if not self.ended:
            self._send()

    def _send(self) -> None:
        self.sequence += 1
        account, target = self.account, f"sip:{domain(self.account)}"
        headers = [
            ("from", f"<sip:{account.user}@{domain(account)}>;tag={self.tag}"),
            ("to", f"<sip:{account.user}@{domain(account)}>"),
            *self.line.common(self.call_id, f"{self.sequence} REGISTER"),
            ("contact", self.line.contact(account)), ("expires", str(self.expires_s)),
        ]  # fmt: skip
        if self.challenge is not None:
            self.uses += 1
            shown = digest.authorization(
                self.challenge, login(account), "REGISTER", target, count=self.uses, own=token()
            )
            headers.append((self.answered_with, shown))
        self.line.exchange.request(
            f"REGISTER {target} SIP/2.0", tuple(headers), self.line.place, self.server,
            self._answered,
        )  # fmt: skip

    def _answered(self, answer: Message | None) -> None:
        if answer is not None and answer.status < 200:
            return
        if answer is not None and answer.status in CHALLENGES and self._take(answer):
            self._ask()
        elif self.ended:
            return
        elif answer is None:
            self._failed("no answer")
        elif answer.status == 423 and answer.get("min-expires").isdigit():
            self.expires_s = max(self.expires_s + 1, int(answer.get("min-expires")))
            self._ask()
        elif answer.status == 200:
            self._accepted(answer)
        else:
            self._failed(answer.start.removeprefix("SIP/2.0 "))

    def _take(self, answer: Message) -> bool:
        """Take a challenge. False when the same password was refused just now."""
        offered, self.answered_with = CHALLENGES[answer.status]
        challenge = digest.choose(answer.all(offered))
        refused = self.challenge is not None and (
            challenge is None or challenge.get("stale", "").lower() != "true"
        )
        if challenge is None or (refused and self.uses <= 1):
            self.challenge = None
            return False
        self.challenge, self.uses = challenge, 0
        return True

    def _accepted(self, answer: Message) -> None:
        own = uri_in(self.line.contact(self.account))
        mine = next((each for header in answer.all("contact") for each in header.split(",")
                     if f"{own.host}:{own.port}" in each), "")  # fmt: skip
        granted = parameter(mine, "expires") or answer.get("expires") or str(self.expires_s)
        self.account.state, self.account.why = "registered", ""
        self.line.phone.happened["registered"] += 1
        self._later(max(0.5, int(granted) / 2))
        self.on_registered()

    def _failed(self, why: str, *, again: bool = True) -> None:
        self.account.state, self.account.why = "failed", why
        if again:
            self._later(self.retry_s)

    def _later(self, seconds: float) -> None:
        self.timer = asyncio.get_running_loop().call_later(seconds, self._once_more)

    def _once_more(self) -> None:
        if not self.ended:
            self.expires_s = self.account.expires_s
            self._ask()
