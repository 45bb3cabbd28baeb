"""A fleet of emulated phones in one process, on loopback."""

import time
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address
from types import TracebackType
from typing import Final, Self

from reconciler.lab.phones.device import Phone
from reconciler.lab.phones.phone import EmulatedPhone, Spec
from reconciler.lab.phones.web_server import EVERYWHERE, WebServer

FIRST_ADDRESS: Final = IPv4Address("127.77.0.1")
OWN: Final = "127.0.0.1"


class Fleet:
    """Phones that answer on the web and over SIP, fetch their files and register.

        async with Fleet(["T46U", Spec("GXP2170", mac="000b82123456")]) as fleet:
            print(fleet["000b82123456"].http_url)

    Each phone has an address of its own in 127.0.0.0/8, and all share the ports; with `own_ports`
    all are on 127.0.0.1 with ports of their own (where the system answers on that address alone).
    `latency_s` is how long each web answer takes, `reboot_s` a reboot, `lockout_s` a lockout.
    """

    def __init__(
        self,
        phones: Sequence[str | Spec],
        *,
        http_port: int = 0,
        https_port: int = 0,
        own_ports: bool = False,
        latency_s: float = 0.0,
        reboot_s: float = 0.5,
        lockout_s: float = 300.0,
    ) -> None:
        self.http_port, self.https_port, self.own_ports = http_port, https_port, own_ports
        specs = [Spec(each) if isinstance(each, str) else each for each in phones]
        self.phones: list[EmulatedPhone] = []
        for index, spec in enumerate(specs):
            address = OWN if own_ports else spec.address or str(FIRST_ADDRESS + index)
            phone = EmulatedPhone.of(
                spec, index, address, now=time.monotonic, reboot_s=reboot_s, lockout_s=lockout_s
            )
            phone.phone.tell = self._told
            phone.faults.delay_s = latency_s
            self.phones.append(phone)
        self._by_name = {each.name: each for each in self.phones}
        self._by_mac = {each.mac: each for each in self.phones}
        self._by_place: dict[tuple[str, int], EmulatedPhone] = {}
        self._web = WebServer(self._at)

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
        """Listen. Raises OSError when a port is taken."""
        if self.own_ports:
            for each in self.phones:
                self._listen(each)
            return
        self.http_port = self._web.listen(EVERYWHERE, self.http_port, "http")
        self.https_port = self._web.listen(EVERYWHERE, self.https_port, "https")
        for each in self.phones:
            each.http_port, each.https_port = self.http_port, self.https_port
            self._place(each)

    async def stop(self) -> None:
        """Close everything."""
        await self._web.stop()

    def _listen(self, each: EmulatedPhone) -> None:
        each.http_port = self._web.listen(OWN, 0, "http")
        each.https_port = self._web.listen(OWN, 0, "https")
        self._place(each)

    def _at(self, place: tuple[str, int]) -> EmulatedPhone | None:
        return self._by_place.get(place)

    def _place(self, each: EmulatedPhone) -> None:
        for port in (each.http_port, each.https_port):
            self._by_place[each.phone.address, port] = each

    def _told(self, phone: Phone, what: str) -> None:
        """Do what a phone has to do."""
        emulated = self._by_mac[phone.identity.mac]
        if what == "off":
            self._web.hang_up_on(phone)
        elif what == "accounts":
            phone.accounts = emulated.make.accounts(phone)
        elif what == "hang_up":
            phone.call_ended()
