"""Acting on many phones: each opened once, spaced, spared while it is in a call."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final, Literal

from reconciler.device import Device, DeviceVendor, Login, Reach
from reconciler.errors import (
    AdapterError,
    AuthenticationFailed,
    NotTrusted,
    ReconcilerError,
    UnexpectedReply,
    Unreachable,
)
from reconciler.model.address import Address
from reconciler.model.secret import Clear
from reconciler.phones.logins import Logins
from reconciler.phones.meant import Placed
from reconciler.phones.pbx import Pbxs
from reconciler.phones.reaching import Whereabouts, ways_to

State = Literal["done", "failed", "deferred", "skipped"]
OnCall = Literal["wait", "defer", "skip"]
POLL_S: Final = 5.0
UNTOLD: Final = "neither the phone nor its PBX tells whether it is in a call"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one phone. `data` is for machines; it never holds a secret."""

    phone: Placed
    state: State
    detail: str
    data: Mapping[str, Any] = field(default_factory=dict)
    hint: str | None = None
    code: str = ""


Act = Callable[[Device, Placed], Awaitable[tuple[str, Mapping[str, Any]]]]
"""Does one thing with an open phone and says what came of it."""
Show = Callable[[Result], None]


class Opening:
    """Opens phones: finds out where they are, and takes their saved logins."""

    def __init__(
        self,
        devices: Mapping[str, DeviceVendor],
        logins: Logins,
        known: Whereabouts,
        pbxs: Pbxs,
        *,
        timeout_s: float,
        declared: Callable[[Placed], Clear | None] = lambda _phone: None,
    ) -> None:
        """`declared` gives the administrator's password that a phone's files set."""
        self._pbxs = pbxs
        self._declared = declared
        self.devices = devices
        self.logins = logins
        self.known = known
        self._timeout_s = timeout_s
        self._met: dict[Address, str] = {}

    def by_pbx(self, phone: Placed) -> bool:
        """Whether the phone is reached through its PBX only, which needs no login."""
        return "sip" in self.devices[phone.vendor].generations

    def host(self, phone: Placed) -> str:
        """Return where a phone was met; empty when it was not."""
        return self._met.get(phone.address, "")

    @asynccontextmanager
    async def device(self, phone: Placed) -> AsyncIterator[Device]:
        """Open a phone; one that has no client of its own through its PBX. Raises AdapterError."""
        if self.by_pbx(phone):
            device = await self._pbxs.device(phone, self.devices[phone.vendor])
            await _prove_who(phone, device)
            yield device
            return
        login = self.logins.of(phone.address)
        if login is None:
            raise AuthenticationFailed(
                str(phone.address), "logging in", "there are no saved credentials",
                hint=f"reconciler phones test-connection --save {phone.name}",
            )  # fmt: skip
        ways = ways_to(phone, self.logins.wire(phone.address), self.known)
        if not ways:
            raise Unreachable(
                str(phone.address), "connecting", "nobody knows where it is",
                hint="write its `address`, or let it register from its site's subnets",
            )  # fmt: skip
        async with AsyncExitStack() as session:
            try:
                device = await self._find(phone, ways, login, session)
            except AuthenticationFailed:
                newer = self._newer(phone, login)
                if newer is None:
                    raise
                device = await self._find(phone, ways, newer, session)
                self.logins.save(phone.address, newer)
            yield device

    def _newer(self, phone: Placed, login: Login) -> Login | None:
        """Return the login that a phone has once it uses its files, where that is another one."""
        password = self._declared(phone)
        if password is None or password == login.password:
            return None
        return login._replace(password=password)

    async def _find(
        self, phone: Placed, ways: Sequence[Reach], login: Login, session: AsyncExitStack
    ) -> Device:
        """Return the phone, opened where it is. Raises AdapterError."""
        missed: list[AdapterError] = []
        for way in ways:
            connecting = self.devices[phone.vendor].connect(way, login, timeout_s=self._timeout_s)
            try:
                device = await session.enter_async_context(connecting)
                await _prove_who(phone, device)
            except (NotTrusted, UnexpectedReply, Unreachable) as error:
                missed.append(error)
                with suppress(AdapterError):
                    await session.aclose()
                continue
            self.logins.learn(phone.address, device.identity)
            self._met[phone.address] = way.host
            return device
        # Where others answer it is not; where nobody does it may be.
        raise next((each for each in missed if isinstance(each, Unreachable)), missed[-1])


@dataclass(frozen=True, slots=True)
class Manners:
    """How phones are treated. `starts_s` says after how long each begins, by its place.

    `on_call` None: the action disturbs nobody, or the phone itself waits for the end of a call.
    """

    at_once: int = 20
    starts_s: Sequence[float] = ()
    on_call: OnCall | None = None
    wait_up_to_s: float = 900.0
    assume_idle: bool = False
    poll_s: float = POLL_S


async def act_on(
    phones: Sequence[Placed],
    act: Act,
    opening: Opening,
    pbxs: Pbxs,
    manners: Manners,
    show: Show = lambda _result: None,
) -> list[Result]:
    """Do one thing to each phone. A phone that fails stops no other. Returns results in order."""
    turns = asyncio.Semaphore(manners.at_once)

    async def one(index: int, phone: Placed) -> Result:
        if index < len(manners.starts_s):
            await asyncio.sleep(manners.starts_s[index])
        async with turns:
            result = await _act_on_one(phone, act, opening, pbxs, manners)
        show(result)
        return result

    return list(await asyncio.gather(*(one(index, each) for index, each in enumerate(phones))))


async def _act_on_one(
    phone: Placed, act: Act, opening: Opening, pbxs: Pbxs, manners: Manners
) -> Result:
    ends = monotonic() + manners.wait_up_to_s
    try:
        while True:
            async with opening.device(phone) as device:
                held = await _held_up(phone, device, pbxs, manners)
                if held is None:
                    detail, data = await act(device, phone)
                    return Result(phone, "done", detail, data)
            # The session is not kept while we wait: many phones take only one.
            left_s = ends - monotonic()
            if manners.on_call != "wait" or held.code != "in-call" or left_s <= 0:
                return held
            await asyncio.sleep(min(manners.poll_s, left_s))
    except AdapterError as error:
        return Result(phone, "failed", error.reply, hint=error.hint, code=error.code)
    except ReconcilerError as error:
        return Result(phone, "failed", str(error), hint=error.hint, code=error.code)


async def _prove_who(phone: Placed, device: Device) -> None:
    """Raise UnexpectedReply if another phone is there: some tell their MAC after the login only."""
    if not device.identity.mac:
        await device.status()
    mac = device.identity.mac
    if mac and phone.mac and mac != phone.mac:
        raise UnexpectedReply(
            str(phone.address), "asking who is there",
            f"another phone answers there: {mac} instead of {phone.mac}",
            hint="its address has changed: correct `address`, or leave it out",
        )  # fmt: skip


async def _held_up(phone: Placed, device: Device, pbxs: Pbxs, manners: Manners) -> Result | None:
    """Return why the phone is left alone; None if it may be touched."""
    if manners.on_call is None:
        return None
    busy = await in_call(phone, device, pbxs)
    if busy is None and not manners.assume_idle:
        hint = "--assume-idle goes on nevertheless"
        return Result(phone, "deferred", UNTOLD, hint=hint, code="call-unknown")
    if not busy:
        return None
    if manners.on_call == "skip":
        return Result(phone, "skipped", "it is in a call", code="in-call")
    hint = "run it again later, or wait for the end of the call: --on-call wait"
    return Result(phone, "deferred", "it is in a call", hint=hint, code="in-call")


async def in_call(phone: Placed, device: Device, pbxs: Pbxs) -> bool | None:
    """Return whether the phone is in a call: by its PBX or by itself; None where neither tells."""
    own = (await device.status()).in_call
    if own:
        return True
    known = await pbxs.in_call(phone)
    return known if known is not None else own
