"""A whole practice on loopback: a FreePBX, and phones that fetch, register and talk. IO.

Runs in threads of its own, beside a program that is not asynchronous. What people do there is done
by the methods: phones are plugged in, somebody calls somebody, an administrator uses the web page.
"""

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Final, Self

from reconciler.lab.freepbx.objects import extension
from reconciler.lab.freepbx.server import Emulator
from reconciler.lab.phones import Fleet, FleetThread, Spec
from reconciler.lab.phones.makes import MAKES

NETWORK: Final = "127.77.0.0/27"
"""Where the phones are; elsewhere than on Linux they are all at 127.0.0.1."""
RELOAD_S: Final = 0.4
_LOOK_S: Final = 0.05


class Practice:
    """The PBX is there and empty; the phones are in their boxes until they are plugged in.

    `phones` are those that `own_phones` will find their files for, at the server on `files_port`.
    """

    def __init__(self, phones: Sequence[Spec], *, files_port: int) -> None:
        self.spread = sys.platform == "linux"
        self.pbx = Emulator("17", reload_s=RELOAD_S, sip_port=0)
        self._phones, self._files_port = phones, files_port
        self._lab: FleetThread | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.pbx)
            assert self.pbx.sip is not None
            places = {"sip": self.pbx.sip.port, "http": self._files_port}
            fleet = Fleet(
                self._phones, provisioning_url=f"http://127.0.0.1:{self._files_port}/p/",
                elsewhere={name: f"127.0.0.1:{port}" for name, port in places.items()},
                own_ports=not self.spread, boots=False, reboot_s=0.3, retry_s=1.0,
            )  # fmt: skip
            self._lab = stack.enter_context(FleetThread(fleet))
            self._lab.do(lambda each: [one.power_off() for one in each])
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

    # -- phones --

    def plug_in(self, names: Iterable[str]) -> None:
        """Take phones out of their boxes: they boot, fetch their files and register."""
        wanted = list(names)
        self.lab.do(lambda fleet: [fleet[each].power_on() for each in wanted])

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

    def wait_until(self, claim: Callable[[], bool], *, timeout_s: float = 30.0) -> bool:
        """Wait until something is so; False if it is not."""
        ends = time.monotonic() + timeout_s
        while not claim():
            if time.monotonic() > ends:
                return False
            time.sleep(_LOOK_S)
        return True

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


