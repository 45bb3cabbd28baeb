"""The port of a live phone: what a vendor's client must offer. It translates; it does not decide.

A client is a stateless object (`DEVICE` in `reconciler/adapters/<vendor>/__init__.py`) with pure
declarations and one function that connects a `Device`: one session with one phone, always closed.

    generations     what each generation of the vendor's phones can do, and why not what it cannot
    consequence     what an action, or a change of these parameters, does to the person at the phone
    identify        who is there, without a login and without anything that counts as a try
    connect         one login, one request at a time; leaving the session logs out

Whoever calls a client has to have decided everything before: whether the phone may be touched now
(`execution/oncall`), with which login, over which wire (`Reach`). A client raises an `AdapterError`
whose target is the phone's address, never anything else, whatever the phone answers.

A password is never read to be compared: a phone may answer it masked, empty or in clear, and none
of the three says anything. It is written, and proved by registration.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Literal, NamedTuple, Protocol, runtime_checkable

from reconciler.errors import NotPossible
from reconciler.model.secret import Clear
from reconciler.model.step import Disruption
from reconciler.model.value import EMPTY

Action = Literal[
    "status",
    "read_values",
    "push_values",
    "push_account",
    "resync",
    "reboot",
    "safe_restart",
    "factory_reset",
    "upgrade",
    "backup",
]
"""What may be asked of a phone. `resync`: fetch the settings now. `safe_restart`: restart once no
call is up, which the phone itself sees to."""

Sure = Literal["high", "medium", "low"]
"""How well a fact is known: two sources or a live capture; one good source; a guess."""


class Ability(NamedTuple):
    """Whether an action is possible; `why` says why not, or what is peculiar about the way."""

    can: bool
    why: str = ""
    sure: Sure = "high"


class Generation(NamedTuple):
    """Phones that are talked to in the same way. An action that is not named is impossible."""

    name: str
    title: str
    abilities: Mapping[Action, Ability]
    proved: tuple[str, ...] = ()

    def ability(self, action: Action) -> Ability:
        """Return what the generation can do of an action."""
        return self.abilities.get(
            action, Ability(can=False, why=f"{self.title}: no way to it is known")
        )

    def demand(self, action: Action, phone: str) -> None:
        """Raise NotPossible, before anything is sent, where the generation cannot do an action."""
        ability = self.ability(action)
        if not ability.can:
            raise NotPossible(phone, action.replace("_", " "), ability.why)


class Login(NamedTuple):
    """An administrator's login at a phone."""

    username: str
    password: Clear


Sight = Literal["pinned", "first-use", "acknowledged"]
"""How a certificate is judged: it must be the pinned one; it is pinned by this use; anything goes
because somebody acknowledged it for this phone."""


class Reach(NamedTuple):
    """Where a phone is, and what may be said to it there.

    `phone` is its address in messages (`phone/main/lobby`). `scheme` None lets the client try
    https, then http. `plain` says that a login may travel over plain HTTP (the phone is inside its
    site's subnets, or somebody acknowledged it). `pin` is the SHA-256 of the certificate, in hex.
    `mac`, where it is known, is who must be there (12 lower-case digits).
    """

    phone: str
    host: str
    port: int | None = None
    scheme: Literal["https", "http"] | None = None
    plain: bool = False
    sight: Sight = "first-use"
    pin: str | None = None
    mac: str | None = None
    generation: str | None = None
    """What was found out before, so that it need not be found out again; None if unknown."""


class Identity(NamedTuple):
    """Who is there, as far as the phone tells without a login. "" is not told.

    `how` names the request that told it. `pin` is the certificate that was seen (hex SHA-256).
    """

    vendor: str
    generation: str
    model: str = ""
    firmware: str = ""
    mac: str = ""
    serial: str = ""
    hw_revision: str = ""
    scheme: Literal["https", "http"] = "https"
    pin: str | None = None
    how: str = ""
    sure: Sure = "high"


class Lockout(NamedTuple):
    """Whether logins are refused for now; None where the phone does not tell."""

    locked: bool | None
    seconds: int | None = None
    tries_left: int | None = None


class DeviceAccount(NamedTuple):
    """An account on the phone. `registered` is the phone's own word; None when it does not tell."""

    number: int
    user: str
    server: str = ""
    label: str = ""
    registered: bool | None = None


LineState = Literal["idle", "ringing", "calling", "connected", "held", "other"]


class DeviceCall(NamedTuple):
    """A line that is in use."""

    line: int
    state: LineState
    number: str = ""
    name: str = ""
    duration_s: int | None = None


class Status(NamedTuple):
    """What the phone says of itself now. None is "it does not tell", never "no"."""

    identity: Identity
    uptime_s: int | None = None
    accounts: tuple[DeviceAccount, ...] | None = None
    calls: tuple[DeviceCall, ...] | None = None
    in_call: bool | None = None
    do_not_disturb: bool | None = None
    lockout: Lockout = Lockout(None)
    notes: tuple[str, ...] = ()
    """What else people should know (the cloud owns it; the default password stands)."""

    @property
    def word(self) -> Literal["online", "ringing", "in_call", "dnd"]:
        """The state in one word."""
        calls = self.calls or ()
        if any(each.state == "ringing" for each in calls):
            return "ringing"
        if self.in_call or any(each.state != "idle" for each in calls):
            return "in_call"
        return "dnd" if self.do_not_disturb else "online"


class ReadValues(NamedTuple):
    """Configuration values by the vendor's own names.

    `unknown` are names that the phone does not have (or answers like those). `hidden` are those
    that it has and does not give back, passwords above all.
    """

    values: Mapping[str, str]
    unknown: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()


class Pushed(NamedTuple):
    """What became of pushed values, each read back.

    `held` are there now. `kept` maps a name to the reason why it is not as wanted although the
    phone may have said success. `unproved` cannot be read back (passwords): a registration proves
    them. Values in `kept` make the push a failure.
    """

    held: frozenset[str]
    kept: Mapping[str, str] = EMPTY
    unproved: frozenset[str] = frozenset()
    then: Disruption = Disruption()
    """What the phone does by itself because of them. `reboot`: it went away before anything could
    be read back, and all of it is `unproved`."""
    absent: frozenset[str] = frozenset()
    """Those in `kept` that the phone does not have at all."""


class SipAccount(NamedTuple):
    """An account as it shall be on the phone. `port` 0 or None: the phone's default."""

    number: int
    user: str
    server: str
    password: Clear | None = None
    port: int | None = None
    transport: Literal["udp", "tcp", "tls"] = "udp"
    auth_user: str = ""
    label: str = ""
    name: str = ""
    expiry_s: int | None = None
    outbound_proxy: str = ""


class Image(NamedTuple):
    """A firmware file where the phone fetches it. `sha256` was checked by whoever offers it."""

    version: str
    url: str
    sha256: str | None = None
    size: int | None = None


class Accepted(NamedTuple):
    """What the phone said to an action, in words. `in_doubt`: it went silent before it answered.

    A phone that drops the line at a reboot or reset has accepted; `in_doubt` is for all others,
    which are looked at again and never simply repeated.
    """

    detail: str
    in_doubt: bool = False


RESTARTS: Final = Accepted("the phone dropped the line, as it does when it restarts")


class Backup(NamedTuple):
    """The phone's configuration as it gives it. It may hold secrets: it is stored sealed."""

    name: str
    media_type: str
    content: bytes

    def __repr__(self) -> str:
        return f"Backup({self.name!r}, {self.media_type!r}, {len(self.content)} bytes)"


class Device(Protocol):
    """An open session with one phone. Every wait has a deadline; failures are `AdapterError`s.

    What the generation cannot do raises `NotPossible` before anything is sent.
    """

    identity: Identity

    async def status(self) -> Status:
        """Return what the phone says of itself."""
        ...

    async def read_values(self, names: Sequence[str]) -> ReadValues:
        """Return configuration values by the vendor's own names."""
        ...

    async def push_values(self, values: Mapping[str, str | Clear]) -> Pushed:
        """Write values and read every one back. Leaves alone what is not named."""
        ...

    async def push_account(self, account: SipAccount) -> Pushed:
        """Write a SIP account."""
        ...

    async def resync(self) -> Accepted:
        """Let the phone fetch its settings now."""
        ...

    async def reboot(self) -> Accepted:
        """Restart now, whatever the phone is doing."""
        ...

    async def safe_restart(self) -> Accepted:
        """Restart as soon as no call is up; the phone sees to it."""
        ...

    async def factory_reset(self) -> Accepted:
        """Erase everything that was ever set on the phone."""
        ...

    async def upgrade(self, image: Image) -> Accepted:
        """Let the phone fetch and install another firmware. Completion is seen by its version."""
        ...

    async def backup(self) -> Backup:
        """Return the phone's configuration."""
        ...


class Consequence(NamedTuple):
    """What a person at the phone notices. `waits_for_idle`: the phone itself spares a live call."""

    disruption: Disruption
    waits_for_idle: bool = False
    sure: Sure = "high"


class DeviceVendor(Protocol):
    """What a vendor's client must offer. All but `identify` and `open` is pure."""

    name: str
    """As written at phones (`yealink`)."""
    title: str
    """As people call it."""
    generations: Mapping[str, Generation]
    """By name, in the order in which they are probed."""
    deciding: tuple[str, ...]
    """The phone's own parameters on which a consequence depends; read before one is asked for."""
    upgrade_s: int
    """How long a phone may be away while it installs firmware."""

    def consequence(
        self, action: Action, model: str, told: Mapping[str, str], generation: str | None = None
    ) -> Consequence:
        """Return what an action does. `told` are the `deciding` parameters as far as known.

        A parameter that is not told counts as the vendor's default; where that is not known, the
        worse one counts.
        """
        ...

    def change_consequence(
        self,
        parameters: Collection[str],
        model: str,
        told: Mapping[str, str],
        *,
        pushed: bool = False,
    ) -> Consequence:
        """Return what it does when these parameters reach the phone: by a resync, or `pushed`.

        Of a secret it is only known that it changes (`A_SECRET`).
        """
        ...

    def notify_event(self, *, reboot: bool, told: Mapping[str, str]) -> str | None:
        """Return the SIP NOTIFY event for a resync or restart; None when there is no safe one."""
        ...

    async def identify(self, reach: Reach, *, timeout_s: float) -> Identity | None:
        """Return who is there, None if it is no phone of this vendor. Sends no login.

        Raises Unreachable, NotTrusted, UnexpectedReply.
        """
        ...

    def connect(
        self, reach: Reach, login: Login | None, *, timeout_s: float
    ) -> AbstractAsyncContextManager[Device]:
        """Log in and return the session; leaving it logs out. One try, never another variant.

        Without a login only what needs none works; the rest raises AuthenticationFailed before
        anything is sent.

        Raises Unreachable, NotTrusted, AuthenticationFailed, LockedOut, SessionTaken,
        UnexpectedReply.
        """
        ...


@runtime_checkable
class Notifier(Protocol):
    """A connection of a PBX that can send SIP NOTIFY to its phones (`adapter.Connection`)."""

    async def notify(self, extension: str, event: str) -> str:
        """Send NOTIFY to all contacts of an extension. "Sent" is not "arrived".

        Raises Refused if there is no such extension, or nobody is registered there.
        """
        ...


@runtime_checkable
class Expeller(Protocol):
    """A connection of a PBX that can end registrations (`adapter.Connection`)."""

    async def expel(self, extension: str, contacts: Collection[str]) -> int:
        """End those registrations of an extension, by their contacts; return how many.

        Calls that are up go on. Raises AdapterError.
        """
        ...
