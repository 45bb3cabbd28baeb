"""A whole practice on loopback: a FreePBX, and phones that fetch, register and talk. IO.

Runs in threads of its own, beside a program that is not asynchronous. What people do there is done
by the methods: phones are plugged in, somebody calls somebody, an administrator uses the web page.
"""

import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Final, NamedTuple, Self

from reconciler.lab.freepbx.objects import extension
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.server import Emulator
from reconciler.lab.phones import Fleet, FleetThread, Spec
from reconciler.lab.phones.makes import MAKES

NETWORK: Final = "127.77.0.0/28"
"""Where the phones are; elsewhere than on Linux they are all at 127.0.0.1."""
RELOAD_S: Final = 0.4


class Ports(NamedTuple):
    """Where the phones' files are served by others, and where the PBX listens (0: anywhere)."""

    files: int
    web: int = 0
    ami: int = 0


class Practice:
    """The PBX runs; the phones are in their boxes until they are plugged in.

    `pbx` is one that is there already; a new FreePBX 17 if there is none. `spread` says whether
    each phone has an address of its own.
    """

    def __init__(self, phones: Sequence[Spec], ports: Ports, *, pbx: Pbx | None = None) -> None:
        self.spread = sys.platform == "linux"
        self.pbx = Emulator(
            "17", reload_s=RELOAD_S, pbx=pbx, port=ports.web, ami_port=ports.ami, sip_port=0
        )
        self._phones, self._ports = phones, ports
        self._lab: FleetThread | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.pbx)
            assert self.pbx.sip is not None
            files = self._ports.files
            places = {"sip": self.pbx.sip.port, "http": files}
            fleet = Fleet(
                self._phones, provisioning_url=f"http://127.0.0.1:{files}/p/",
                elsewhere={name: f"127.0.0.1:{port}" for name, port in places.items()},
                own_ports=not self.spread, boots=False, reboot_s=0.3, retry_s=1.0,
            )  # fmt: skip
            self._lab = stack.enter_context(FleetThread(fleet))
            self._lab.do(_power_off)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def lab(self) -> FleetThread:
        """The phones, while the practice is open."""
        assert self._lab is not None
        return self._lab

    @property
    def fleet(self) -> Fleet:
        """The phones."""
        return self.lab.fleet

    @property
    def ports(self) -> Ports:
        """Where everything is."""
        return Ports(self._ports.files, self.pbx.port, self.pbx.ami_port)

    # -- phones --

    def plug_in(self, names: Iterable[str]) -> None:
        """Take phones out of their boxes: they boot, fetch their files and register."""
        for name in names:
            self.lab.do(lambda fleet, name=name: fleet[name].power_on())  # type: ignore[misc]

    def set_up_by_hand(self, name: str, number: str) -> None:
        """Plug a phone in and type an extension and its password into it."""
        phone = self.fleet[name]
        make = MAKES[phone.phone.identity.vendor]
        password = self.pbx.pbx.live.loaded.passwords[number]
        typed = make.account_settings(
            phone.phone.identity, 1, number, password, "pbx.ferrybank.example:5060"
        )

        def act(fleet: Fleet) -> None:
            fleet[name].phone.settings = {**fleet[name].phone.settings, **typed}
            fleet[name].phone.accounts = make.accounts(fleet[name].phone)
            fleet[name].power_on()

        self.lab.do(act)

    def registered(self) -> int:
        """Return how many phones have registered."""
        return sum(each.phone.registered and each.phone.power for each in self.fleet)

    def call(self, caller: str, callee: str) -> None:
        """Let one phone call another, which answers; both talk until somebody hangs up."""
        number = next(iter(self.fleet[callee].phone.accounts.values())).user
        self.lab.do(lambda fleet: fleet[callee].answer_by_itself())
        self.lab.do(lambda fleet: fleet[caller].dial(number))
        self.lab.wait(lambda fleet: fleet[caller].phone.call == "connected")

    def hang_up(self, name: str) -> None:
        """End a phone's call."""
        self.lab.do(lambda fleet: fleet[name].hang_up())
        self.lab.wait(lambda fleet: fleet[name].phone.call == "idle")

    # -- the administrator's page --

    def add_extension(self, number: str, name: str) -> None:
        """Add an extension on the web page, and press Apply Config."""
        wanted = extension.Wanted(number=number, name=name)
        extension.create(self.pbx.pbx.tables, wanted, asterisk_is_up=True)
        self.pbx.pbx.load()

    def change(self, table: str, where: dict[str, str], **values: str | int) -> None:
        """Change a stored value as the web page does, and press Apply Config."""
        tables = self.pbx.pbx.tables
        row = tables.row(table, **where)
        assert row is not None, f"{table} has no {where}"
        tables.change(row, table, **values)
        self.pbx.pbx.load()


def _power_off(fleet: Fleet) -> None:
    for each in fleet:
        each.power_off()
