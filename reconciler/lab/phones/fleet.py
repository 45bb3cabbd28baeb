"""A fleet of emulated phones in one process, on loopback."""

import asyncio
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from ipaddress import IPv4Address
from types import TracebackType
from typing import Final, Self

from reconciler.lab.phones.certificate import device_context
from reconciler.lab.phones.device import Phone
from reconciler.lab.phones.hosts import Hosts, Place
from reconciler.lab.phones.life import Life, refresh_accounts
from reconciler.lab.phones.phone import EmulatedPhone, Spec
from reconciler.lab.phones.sip.agent import Agent
from reconciler.lab.phones.sip.exchange import Exchange
from reconciler.lab.phones.sip.line import Line
from reconciler.lab.phones.sip.message import Message
from reconciler.lab.phones.web_server import EVERYWHERE, WebServer

FIRST_ADDRESS: Final = IPv4Address("127.77.0.1")
OWN: Final = "127.0.0.1"
_LOOK_S: Final = 0.02


class Fleet:
    """Phones that answer on the web and over SIP, fetch their files and register.

        async with Fleet(["T46U", Spec("GXP2170", mac="000b82123456")]) as fleet:
            print(fleet["000b82123456"].http_url)

    Each phone has an address of its own in 127.0.0.0/8, and all share the ports; with `own_ports`
    all are on 127.0.0.1 with ports of their own (where the system answers on that address alone).

    `provisioning_url` is what DHCP would offer them. `hosts` maps names in their files to places on
    loopback (`{"pbx.example.com": "127.0.0.1:5060"}`), `elsewhere` all other names by scheme
    (`{"sip": "127.0.0.1:5060"}`); they never go to anything else. With
    `client_certificates` they show their maker's certificate where they fetch. `latency_s` is how
    long each web answer takes, `reboot_s` a reboot, `lockout_s` a lockout, `retry_s` how long they
    wait after a server did not answer or refused; `boots` says whether they start up at first or
    merely are on, `fetches` whether they ask for files. One after the other boots, `boots_per_s`,
    and `visits_at_once` fetch at the same time.

    Raises UnknownModelError, and ValueError for phones of one MAC and hosts outside of loopback.
    """

    def __init__(
        self,
        phones: Sequence[str | Spec],
        *,
        provisioning_url: str | None = None,
        hosts: Mapping[str, str] | None = None,
        elsewhere: Mapping[str, str] | None = None,
        http_port: int = 0,
        https_port: int = 0,
        sip_port: int = 0,
        own_ports: bool = False,
        client_certificates: bool = False,
        boots: bool = True,
        fetches: bool = True,
        boots_per_s: float = 500.0,
        visits_at_once: int = 100,
        latency_s: float = 0.0,
        reboot_s: float = 0.5,
        lockout_s: float = 300.0,
        retry_s: float = 30.0,
    ) -> None:
        self.http_port, self.https_port, self.sip_port = http_port, https_port, sip_port
        self.own_ports, self.boots, self.retry_s = own_ports, boots, retry_s
        self.provisioning_url, self.hosts = provisioning_url, Hosts(hosts, elsewhere)
        self.client_certificates, self.fetches = client_certificates, fetches
        self.boots_per_s, self._gate = boots_per_s, asyncio.Semaphore(visits_at_once)
        specs = [Spec(each) if isinstance(each, str) else each for each in phones]
        self.phones: list[EmulatedPhone] = []
        for index, spec in enumerate(specs):
            address = OWN if own_ports else spec.address or _address(index)
            phone = EmulatedPhone.of(
                spec, index, address, now=time.monotonic, reboot_s=reboot_s, lockout_s=lockout_s
            )
            phone.faults.delay_s = latency_s
            self.phones.append(phone)
        self._by_name = {each.name: each for each in self.phones}
        self._by_mac = {each.mac: each for each in self.phones}
        if len(self._by_mac) < len(self.phones) or len(self._by_name) < len(self.phones):
            raise ValueError("two phones of the fleet have the same MAC or the same name")
        self._by_place: dict[Place, EmulatedPhone] = {}
        self._by_sip: dict[Place, EmulatedPhone] = {}
        self._changed: set[str] = set()
        self._web = WebServer(self._at)
        self._exchange = Exchange(self._asked, on_lost=self._lost)

    def __len__(self) -> int:
        return len(self.phones)

    def __iter__(self) -> Iterator[EmulatedPhone]:
        return iter(self.phones)

    def __getitem__(self, which: int | str) -> EmulatedPhone:
        """Return a phone by its place, name or MAC."""
        if isinstance(which, int):
            return self.phones[which]
        return self._by_name.get(which) or self._by_mac[which.lower().replace(":", "")]

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, and start the phones. Raises OSError when a port is taken."""
        try:
            self._listen()
        except OSError:
            await self.stop()
            raise
        for at, each in enumerate(self.phones):
            each.phone.tell = self._told
            if self.boots:
                each.life.boot(at / self.boots_per_s)

    async def stop(self) -> None:
        """Stop the phones and close everything."""
        under_way = [each.life.task for each in self.phones if hasattr(each, "life")]
        for each in self.phones:
            each.phone.tell = _deaf
            if hasattr(each, "life"):
                each.life.stop()
        await asyncio.gather(*(task for task in under_way if task), return_exceptions=True)
        await self._web.stop()
        self._exchange.close()

    async def wait(self, condition: Callable[["Fleet"], bool], *, timeout_s: float = 60.0) -> None:
        """Return when something is so; TimeoutError, with what the phones say, if it is not."""
        end = time.monotonic() + timeout_s
        while not condition(self):
            if time.monotonic() > end:
                last = sorted(self.phones, key=lambda each: each.phone.registered)[:10]
                states = "; ".join(f"{each.name}: {each.state}" for each in last)
                raise TimeoutError(f"not so after {timeout_s:g} s; {states}")
            await asyncio.sleep(_LOOK_S)

    async def wait_registered(self, *, timeout_s: float = 60.0) -> None:
        """Return when every phone has all its accounts registered."""
        await self.wait(lambda fleet: all(each.phone.registered for each in fleet),
                        timeout_s=timeout_s)  # fmt: skip

    # -- where they are --

    def _listen(self) -> None:
        if not self.own_ports:
            self.http_port = self._web.listen(EVERYWHERE, self.http_port, "http")
            self.https_port = self._web.listen(EVERYWHERE, self.https_port, "https")
            self.sip_port = self._exchange.datagrams.listen_everywhere(self.sip_port)
        for each in self.phones:
            if self.own_ports:
                each.http_port = self._web.listen(OWN, 0, "http")
                each.https_port = self._web.listen(OWN, 0, "https")
                each.sip_port = self._exchange.datagrams.listen(OWN)
            else:
                each.http_port, each.https_port = self.http_port, self.https_port
                each.sip_port = self.sip_port
            self._wire(each)

    def _wire(self, each: EmulatedPhone) -> None:
        for port in (each.http_port, each.https_port):
            self._by_place[each.phone.address, port] = each
        self._by_sip[each.sip] = each
        line = Line(each.phone, each.make, self._exchange, each.sip, self.hosts)
        each.agent = Agent(line, self.retry_s)
        shown: Callable[[], ssl.SSLContext] | None = None
        if self.client_certificates:
            identity = each.phone.identity
            shown = partial(device_context, identity.vendor, identity.mac, server=False)
        each.life = Life(each.phone, each.make, each.agent, self.hosts, self.provisioning_url,
                         self.retry_s, self._gate, self.fetches, shown)  # fmt: skip

    def _at(self, place: Place) -> EmulatedPhone | None:
        return self._by_place.get(place)

    def _asked(self, message: Message, to: Place, of: Place) -> None:
        each = self._by_sip.get(to)
        if each is None or not each.phone.reachable or each.faults.never_answers_sip:
            return
        each.agent.take(message, of)

    def _lost(self, own: Place, other: Place) -> None:
        if (each := self._by_sip.get(own)) is not None:
            each.agent.lost(other)

    # -- what they do --

    def _told(self, phone: Phone, what: str) -> None:
        """Do what a phone has to do."""
        each = self._by_mac[phone.identity.mac]
        if what == "off":
            self._web.hang_up_on(phone)
            each.life.stop()
        elif what == "boot":
            each.life.boot()
        elif what == "fetch":
            each.life.fetch()
        elif what == "hang_up":
            each.agent.hang_up()
        elif what == "accounts" and each.mac not in self._changed:
            # One request changes many settings; the accounts are looked at when it is done.
            self._changed.add(each.mac)
            asyncio.get_running_loop().call_soon(self._settle, each)

    def _settle(self, each: EmulatedPhone) -> None:
        self._changed.discard(each.mac)
        refresh_accounts(each.phone, each.make)
        if each.phone.reachable:
            each.agent.keep_registered()


def _deaf(_phone: Phone, _what: str) -> None:
    """What a phone whose fleet has ended tells nobody."""


def _address(index: int) -> str:
    """Return the address of a phone: 127.77.0.1 and on, without .0 and .255."""
    high, low = divmod(index, 254)
    return str(FIRST_ADDRESS + high * 256 + low)
