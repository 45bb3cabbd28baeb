"""Acting on many phones: each opened once, spaced, spared while it is in a call."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final, Literal

from reconciler.device import Device, DeviceVendor
from reconciler.errors import (
    AdapterError,
    AuthenticationFailed,
    ReconcilerError,
    UnexpectedReply,
    Unreachable,
)
from reconciler.phones.logins import Logins
from reconciler.phones.meant import Placed
from reconciler.phones.pbx import Pbxs
from reconciler.phones.reaching import Contacts, reach_of

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
        contacts: Contacts,
        pbxs: Pbxs,
        *,
        timeout_s: float,
    ) -> None:
        self._pbxs = pbxs
        self.devices = devices
        self.logins = logins
        self.contacts = contacts
        self._timeout_s = timeout_s

    def by_pbx(self, phone: Placed) -> bool:
        """Whether the phone is reached through its PBX only, which needs no login."""
        return "sip" in self.devices[phone.vendor].generations

    def host(self, phone: Placed) -> str:
        """Return where a phone is; empty when nobody knows."""
        reach = reach_of(phone, self.logins.wire(phone.address), self.contacts)
        return reach.host if reach is not None else ""

    @asynccontextmanager
    async def device(self, phone: Placed) -> AsyncIterator[Device]:
        """Open a phone; one that has no client of its own through its PBX. Raises AdapterError."""
        if self.by_pbx(phone):
            yield await self._pbxs.device(phone, self.devices[phone.vendor])
            return
        login = self.logins.of(phone.address)
        if login is None:
            raise AuthenticationFailed(
                str(phone.address), "logging in", "there are no saved credentials",
                hint=f"reconciler phones test-connection --save {phone.name}",
            )  # fmt: skip
        reach = reach_of(phone, self.logins.wire(phone.address), self.contacts)
        if reach is None:
            raise Unreachable(
                str(phone.address), "connecting", "nobody knows where it is",
                hint="write its `address`, or let it register from its site's subnets",
            )  # fmt: skip
        vendor = self.devices[phone.vendor]
        async with vendor.connect(reach, login, timeout_s=self._timeout_s) as device:
            self.logins.learn(phone.address, device.identity)
            yield device


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
                    await prove_who(phone, device)
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


async def prove_who(phone: Placed, device: Device) -> None:
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
