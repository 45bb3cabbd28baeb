"""An emulated phone as tests and people hold it: where it is reached, and what can befall it."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.lab.phones import catalog
from reconciler.lab.phones.certificate import device_context
from reconciler.lab.phones.device import Identity, Phone
from reconciler.lab.phones.faults import Faults
from reconciler.lab.phones.life import Life
from reconciler.lab.phones.make import Make, Web
from reconciler.lab.phones.makes import MAKES
from reconciler.lab.phones.sip.agent import Agent
from reconciler.lab.phones.wire import Answer, Asked


@dataclass(frozen=True, slots=True)
class Spec:
    """Which phone to emulate. What is not said is as the model's catalogue row has it.

    `password` is the admin's, the factory's when unset. `web_control` says whether what has to be
    switched on for control over the network (Poly's REST) is on. `address` is one of 127.0.0.0/8.
    """

    model: str
    mac: str | None = None
    vendor: str | None = None
    firmware: str | None = None
    generation: str | None = None
    serial: str | None = None
    password: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    web_control: bool = True
    address: str | None = None
    name: str = ""

    def identity(self, index: int) -> Identity:
        """Return what the phone is; the MAC is made of the index when none is given.

        Raises UnknownModelError for models that nothing is known of.
        """
        first = catalog.identify(self.model, "0" * 12, vendor=self.vendor)
        mac = self.mac or f"{catalog.PREFIXES[first.vendor]}{index + 1:06x}"
        return catalog.identify(
            self.model, mac, vendor=first.vendor, firmware=self.firmware,
            generation=self.generation, serial=self.serial,
        )  # fmt: skip


class EmulatedPhone:
    """A phone in a fleet. Its state is in `phone`; the rest is where it is and what befalls it.

    All hooks work at once and from the fleet's own event loop.
    """

    __slots__ = ("_busy", "_context", "_web", "agent", "http_port", "https_port", "life", "make",
                 "name", "phone", "sip_port")  # fmt: skip
    agent: Agent
    life: Life

    def __init__(self, phone: Phone, make: Make, name: str = "") -> None:
        self.phone, self.make, self.name = phone, make, name
        self._web: Web | None = None
        self._context: ssl.SSLContext | None = None
        self._busy: asyncio.Lock | None = None
        self.http_port = self.https_port = self.sip_port = 0

    @classmethod
    def of(cls, spec: Spec, index: int, address: str, **more: Any) -> "EmulatedPhone":
        """Return a phone as specified. `more` goes to `Phone`."""
        identity = spec.identity(index)
        make = MAKES[identity.vendor]
        first = catalog.FACTORY_PASSWORDS.get(identity.vendor, "admin")
        control = make.web_control(identity) if spec.web_control else {}
        phone = Phone(
            identity,
            password=spec.password or first,
            factory_password=first,
            factory=make.factory(identity),
            settings={**control, **spec.settings},
            address=address,
            **more,
        )
        phone.accounts = make.accounts(phone)
        return cls(phone, make, spec.name or identity.mac)

    # -- what the web server asks --

    @property
    def at_once(self) -> str:
        """What parallel requests get: `wait` or `refuse`."""
        return "refuse" if self.make.refuses_parallel(self.phone.identity) else "wait"

    @property
    def busy(self) -> asyncio.Lock:
        """Held while a request is answered."""
        self._busy = self._busy or asyncio.Lock()
        return self._busy

    def serves(self, scheme: str) -> bool:
        """Tell whether it listens for `http` or `https`."""
        return self.make.serves(self.phone, scheme)

    def certificate(self) -> ssl.SSLContext:
        """Return its TLS context, made when first needed."""
        if self._context is None:
            identity = self.phone.identity
            self._context = device_context(identity.vendor, identity.mac, server=True)
        return self._context

    def answer(self, asked: Asked) -> Answer:
        """Answer a request to its web server."""
        self._web = self._web or self.make.web(self.phone)
        return self._web.answer(asked)

    # -- where it is --

    @property
    def mac(self) -> str:
        """Twelve lower-case digits."""
        return self.phone.identity.mac

    @property
    def http_url(self) -> str:
        """Where its pages are (`http://127.77.0.1:8080`)."""
        return f"http://{self.phone.address}:{self.http_port}"

    @property
    def https_url(self) -> str:
        """Where its pages are over TLS."""
        return f"https://{self.phone.address}:{self.https_port}"

    @property
    def sip(self) -> tuple[str, int]:
        """Where its SIP is: address and UDP port."""
        return self.phone.address, self.sip_port

    @property
    def state(self) -> str:
        """What it is doing, in a word or two."""
        phone = self.phone
        if not phone.power:
            return "off"
        if not phone.reachable:
            return "booting"
        if phone.task or phone.call != "idle":
            return phone.task or phone.call
        if not phone.accounts:
            return phone.note or "no account"
        wrong = next((each for each in phone.accounts.values() if each.state == "failed"), None)
        if wrong is not None:
            return f"{wrong.user}: {wrong.why}"
        return "registered" if phone.registered else "registering"

    # -- what people do with it --

    def dial(self, number: str, account: int = 1) -> None:
        """Call a number. Raises KeyError without such an account, NotInTheLabError."""
        self.agent.dial(number, account)

    def pick_up(self) -> None:
        """Answer the call that rings."""
        if self.agent.call is not None:
            self.agent.call.answer()

    def answer_by_itself(self, after_s: float | None = 0.0) -> None:
        """Answer calls after so many seconds; None rings until somebody answers."""
        self.agent.answer_after_s = after_s

    # -- what can befall it --

    @property
    def faults(self) -> Faults:
        """What is wrong with it; set what is to go wrong."""
        return self.phone.faults

    def power_off(self) -> None:
        """Pull the plug: connections break, a call is cut, nobody is told."""
        self.phone.power_off()

    def power_on(self) -> None:
        """Plug it in; it boots."""
        self.phone.power_on()

    def put_in_call(self, other: str = "1002") -> None:
        """Make it say that it is in a call, without one on the wire."""
        self.phone.call, self.phone.caller = "connected", other

    def ring(self, other: str = "1002") -> None:
        """Make it say that it rings, without a call on the wire."""
        self.phone.call, self.phone.caller = "ringing", other

    def hang_up(self) -> None:
        """End its call; what waited for that happens now."""
        if self.phone.call != "idle":
            self.phone.tell(self.phone, "hang_up")

    def lock_out(self, seconds: float | None = None) -> None:
        """Refuse all logins for a while, as after five wrong passwords."""
        phone = self.phone
        phone.locked_until = phone.now() + (phone.lockout_s if seconds is None else seconds)

    def unlock(self) -> None:
        """Take logins again."""
        self.phone.locked_until, self.phone.wrong_tries = 0.0, 0

    def ignore_writes(self, *names: str) -> None:
        """Accept these settings and keep the old ones; all settings when none is named."""
        if names:
            self.faults.deaf = frozenset(names)
        else:
            self.faults.ignores_writes = True

    def unplug_after(self, values: int) -> None:
        """Lose power when so many more settings have been written: in the middle of a push."""
        self.faults.unplug_after_values = values
