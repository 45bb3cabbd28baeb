"""A phone: what it is, what is set on it, what it is doing."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

from reconciler.lab.phones.faults import Faults

Vendor: TypeAlias = Literal["grandstream", "yealink", "polycom", "snom", "fanvil", "cisco"]
CallState: TypeAlias = Literal["idle", "ringing", "calling", "connected"]
Order: TypeAlias = Literal["reboot", "fetch", "reset", "hang_up", "nothing", "unknown"]
"""What a SIP NOTIFY makes a phone do; an unknown event is refused."""
TRIES: Final = 5
"""Wrong passwords until a phone locks its door (Grandstream's default, used for all)."""
LONGEST: Final = 512
"""Longer settings are accepted and dropped, as phones do."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a phone is. `mac` is twelve lower-case digits, `generation` that of its web server."""

    vendor: Vendor
    model: str
    mac: str
    firmware: str
    generation: str
    accounts: int = 2
    hardware: str = ""
    serial: str = ""

    @property
    def colons(self) -> str:
        """The MAC with colons, in lower case."""
        return ":".join(self.mac[at : at + 2] for at in range(0, 12, 2))


@dataclass(slots=True)
class Account:
    """One account as the phone's settings have it, and whether it is registered.

    `state` says what came of registering: `unregistered`, `registering`, `registered`, `failed`
    with the reason in `why`, or `disabled` when it is not to register.
    """

    number: int
    user: str
    server: str
    port: int = 5060
    auth: str = ""
    password: str = ""
    name: str = ""
    expires_s: int = 3600
    transport: str = "udp"
    proxy: str = ""
    register: bool = True
    state: Literal["disabled", "unregistered", "registering", "registered", "failed"] = (
        "unregistered"
    )
    why: str = ""

    @property
    def registered(self) -> bool:
        """Whether the PBX has said yes and that has not expired."""
        return self.state == "registered"

    def same_as(self, other: "Account") -> bool:
        """Whether both register the same user in the same way."""
        return replace(self, state="unregistered", why="") == replace(
            other, state="unregistered", why=""
        )


@dataclass(slots=True)
class Phone:
    """A phone. `settings` are the vendor's own by the vendor's names; `now` gives seconds.

    `overrides` are those that were set by hand or over the network and beat the files (Poly's).
    `happened` counts what was done to it (`reboot`, `reset`, `fetch`, `login`, `wrong`, `cut` for
    a call that was cut off): tests ask.
    """

    identity: Identity
    now: Callable[[], float]
    password: str = "admin"  # noqa: S105 - as phones leave the factory
    settings: dict[str, str] = field(default_factory=dict)
    factory: Mapping[str, str] = field(default_factory=dict)
    factory_password: str = "admin"  # noqa: S105
    overrides: dict[str, str] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    address: str = "127.0.0.1"
    power: bool = True
    call: CallState = "idle"
    caller: str = ""
    lights: dict[str, str] = field(default_factory=dict)
    """BLF keys by extension: `idle`, `ringing`, `busy`, `unknown` until the PBX has told."""
    accounts: dict[int, Account] = field(default_factory=dict)
    started_at: float = 0.0
    down_until: float = 0.0
    reboot_s: float = 2.0
    lockout_s: float = 300.0
    locked_until: float = 0.0
    wrong_tries: int = 0
    note: str = ""
    """What went wrong last, in words."""
    task: str = ""
    """What it is busy with: `fetching`, `upgrading`."""
    waits_for_idle: str = ""
    """What it does as soon as its call has ended: `reboot` or `fetch`."""
    happened: Counter[str] = field(default_factory=Counter)
    tell: Callable[["Phone", str], None] = lambda _phone, _what: None
    """Told what it has to do now: `boot`, `fetch`, `off`, `accounts`, `hang_up`."""

    def __post_init__(self) -> None:
        self.settings = {**self.factory, **self.settings}
        self.started_at = self.now()

    @property
    def reachable(self) -> bool:
        """Whether it is on and has booted."""
        return self.power and self.now() >= self.down_until

    def is_locked(self) -> bool:
        """Whether it refuses all logins for now."""
        return self.now() < self.locked_until

    @property
    def uptime_s(self) -> int:
        """Seconds since it started."""
        return max(0, int(self.now() - self.started_at))

    @property
    def registered(self) -> bool:
        """Whether all its accounts are registered, and there is one."""
        wanted = [each for each in self.accounts.values() if each.state != "disabled"]
        return bool(wanted) and all(each.registered for each in wanted)

    def account_registered(self, number: int) -> bool:
        """Whether an account is registered."""
        account = self.accounts.get(number)
        return account is not None and account.registered

    def check(self, *, right: bool) -> bool:
        """Count a login. Returns whether it was right; the fifth wrong one in a row locks."""
        if right:
            self.wrong_tries = 0
            self.happened["login"] += 1
            return True
        self.happened["wrong"] += 1
        self.wrong_tries += 1
        if self.wrong_tries >= TRIES:
            self.wrong_tries = 0
            self.locked_until = self.now() + self.lockout_s
        return False

    def keep(self, name: str, value: str, *, override: bool = False) -> bool:
        """Store a setting; False when it is a phone, or a value, that is dropped silently."""
        faults = self.faults
        if faults.ignores_writes or name in faults.deaf or len(value) > LONGEST or not self.power:
            return False
        if faults.unplug_after_values is not None:
            if faults.unplug_after_values <= 0:
                faults.unplug_after_values = None
                self.power_off()
                return False
            faults.unplug_after_values -= 1
        self.settings[name] = value
        if override:
            self.overrides[name] = value
        return True

    def power_off(self) -> None:
        """Lose power: nobody is told, a call is cut."""
        self.power = False
        self._stop()
        self.tell(self, "off")

    def power_on(self) -> None:
        """Start."""
        self.power = True
        self._start()

    def reboot(self) -> None:
        """Restart: calls are cut, nothing answers for a while, then it boots."""
        self.happened["reboot"] += 1
        self._stop()
        self.tell(self, "off")
        if self.faults.stays_off_after_reboot:
            self.power = False
        else:
            self._start()

    def _stop(self) -> None:
        if self.call != "idle":
            self.happened["cut"] += 1
        self.call, self.caller, self.waits_for_idle = "idle", "", ""
        for account in self.accounts.values():
            account.state = "unregistered"

    def _start(self) -> None:
        self.down_until = self.now() + self.reboot_s
        self.started_at = self.down_until
        self.tell(self, "boot")

    def reset(self) -> None:
        """Forget everything and restart."""
        self.happened["reset"] += 1
        self.settings = dict(self.factory)
        self.overrides = {}
        self.password = self.factory_password
        self.accounts = {}
        self.wrong_tries, self.locked_until = 0, 0.0
        self.reboot()

    def when_idle(self, what: Literal["reboot", "fetch"]) -> None:
        """Do something now, or as soon as the call has ended."""
        if self.call != "idle":
            self.waits_for_idle = what
        elif what == "reboot":
            self.reboot()
        else:
            self.fetch()

    def fetch(self) -> None:
        """Fetch the files now."""
        self.tell(self, "fetch")

    def call_ended(self) -> None:
        """End the call, and do what waited for that."""
        self.call, self.caller = "idle", ""
        waiting, self.waits_for_idle = self.waits_for_idle, ""
        if waiting == "reboot":
            self.reboot()
        elif waiting:
            self.fetch()
