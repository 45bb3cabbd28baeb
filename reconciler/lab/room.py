"""A lab room: phones, the files that they are given, and a PBX, all on loopback. IO."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field, replace
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from reconciler.lab.files import LabFiles
from reconciler.lab.pbx import LabPbx
from reconciler.lab.pbx.registrar import MANY
from reconciler.lab.phones import EmulatedPhone, Fleet, Spec
from reconciler.lab.phones.catalog import MIXTURE
from reconciler.lab.phones.makes import MAKES

FIRST_USER = 1001


@dataclass(frozen=True, slots=True)
class Furniture:
    """What stands in a room: phones, user -> passwords, name -> file, phone -> its lines.

    Without `files` the phones have their settings already, or fetch elsewhere.
    """

    phones: tuple[Spec, ...]
    users: Mapping[str, Collection[str]]
    files: Mapping[str, bytes] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    contacts: Mapping[str, int] = field(default_factory=dict)
    """How many phones a user may have, where that is said."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the room listens; 0 is a free port. `own` gives each phone ports of its own."""

    http: int = 0
    https: int = 0
    sip: int = 0
    own: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What is seen of a phone. `good` says whether it is as it should be."""

    name: str
    mac: str
    vendor: str
    model: str
    firmware: str
    http: str
    https: str
    sip: str
    accounts: tuple[str, ...]
    state: str
    good: bool


class Room:
    """A lab that runs. Use as an async context manager.

    `fetch_from` is another provisioning server that the phones are sent to, `mapped` names hosts
    on loopback. All hosts that files name and nobody mapped are the room's own PBX and files,
    unless `has_pbx` says that there is none here.
    """

    def __init__(
        self,
        furniture: Furniture,
        *,
        fetch_from: str | None = None,
        mapped: Mapping[str, str] | None = None,
        has_pbx: bool = True,
        ports: Ports = Ports(),
        latency_s: float = 0.0,
    ) -> None:
        self.furniture, self.fetch_from = furniture, fetch_from and as_folder(fetch_from)
        self.mapped, self.ports, self.latency_s = mapped or {}, ports, latency_s
        self.pbx = LabPbx(furniture.users, most=self._most) if has_pbx else None
        self.files = LabFiles(furniture.files)
        self.fleet = Fleet([])
        self.on_start: Callable[[Room], None] = lambda _room: None
        """Called when everything listens."""
        self._stack = AsyncExitStack()

    def _most(self, user: str) -> int:
        return self.furniture.contacts.get(user, MANY)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            elsewhere = {}
            if self.pbx is not None:
                await stack.enter_async_context(self.pbx)
                elsewhere["sip"] = f"127.0.0.1:{self.pbx.port}"
            await stack.enter_async_context(self.files)
            if self.fetch_from is None:
                elsewhere["http"] = f"127.0.0.1:{self.files.http_port}"
                elsewhere["https"] = f"127.0.0.1:{self.files.https_port}"
            given = self.files.url if self.furniture.files else None
            fleet = Fleet(
                self.furniture.phones, provisioning_url=self.fetch_from or given,
                hosts=self.mapped, elsewhere=elsewhere, http_port=self.ports.http,
                https_port=self.ports.https, sip_port=self.ports.sip, own_ports=self.ports.own,
                fetches=bool(given or self.fetch_from),
                latency_s=self.latency_s, retry_s=5.0,
            )  # fmt: skip
            self.fleet = await stack.enter_async_context(fleet)
            self.on_start(self)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    def seen(self) -> list[Seen]:
        """Return what is seen of each phone now."""
        return [self._seen(each) for each in self.fleet]

    def _seen(self, each: EmulatedPhone) -> Seen:
        phone = each.phone
        accounts = tuple(f"{a.user} {a.state}" for a in phone.accounts.values())
        wanted = self.furniture.lines.get(each.name)
        registered = phone.registered or (not accounts and wanted == 0)
        whole = wanted is None or wanted == len(accounts)
        state = each.state
        if registered and not whole:
            state = f"has {len(accounts)} of {wanted} lines"
        return Seen(
            each.name, each.mac, phone.identity.vendor, phone.identity.model,
            phone.identity.firmware, each.http_url, each.https_url,
            f"{each.sip[0]}:{each.sip[1]}", accounts, state, good=registered and whole,
        )  # fmt: skip

    async def renew(self, furniture: Furniture) -> tuple[str, ...]:
        """Hand out other files, and tell the phones that read them; return who was told.

        They are told as a PBX does it, by NOTIFY; those that are not registered just fetch. Phones
        that were not there before stay away.
        """
        before, after = self.furniture.files, furniture.files
        changed = {each for each in before.keys() | after.keys()
                   if before.get(each) != after.get(each)}  # fmt: skip
        self.files.files = after
        self.furniture = replace(furniture, phones=self.furniture.phones)
        if self.pbx is not None:
            self.pbx.registrar.users = furniture.users
        told = [each for each in self.fleet if self._reads(each, changed)]
        await asyncio.gather(*(self._tell(each) for each in told))
        return tuple(each.name for each in told)

    @staticmethod
    def _reads(each: EmulatedPhone, names: Collection[str]) -> bool:
        asked = {one.name.rpartition("/")[2] for one in each.life.seen}
        return any(name.rpartition("/")[2] in asked for name in names)

    async def _tell(self, each: EmulatedPhone) -> None:
        users = [one.user for one in each.phone.accounts.values() if one.registered]
        told = self.pbx is not None and users and await self.pbx.notify(users[0], "check-sync")
        if told != 200:
            each.phone.fetch()

    @property
    def is_settled(self) -> bool:
        """Whether every phone has come to what it will be: registered, or refused."""
        return all(self._is_settled(each) for each in self.fleet)

    @staticmethod
    def _is_settled(each: EmulatedPhone) -> bool:
        phone = each.phone
        if not phone.reachable or phone.task or not phone.happened["booted"]:
            return False
        if each.life.task is not None and not each.life.task.done():
            return False
        return all(a.state not in ("registering", "unregistered") for a in phone.accounts.values())

    def addresses(self) -> dict[str, Any]:
        """Return where everything is, for programs."""
        pbx = None if self.pbx is None else {"host": "127.0.0.1", "port": self.pbx.port}
        files = self.fetch_from or (self.files.url if self.furniture.files else None)
        phones = [asdict(each) for each in self.seen()]
        return {"pbx": pbx, "files": files, "phones": phones}


def as_folder(url: str) -> str:
    """Return the address of a folder with its slash: without one a Snom takes it for its file."""
    at = urlsplit(url)
    is_file = at.query or set(at.path.rpartition("/")[2]) & set(".{")
    return url if is_file or url.endswith("/") else f"{url}/"


def furnish(count: int, models: Sequence[str] = ()) -> Furniture:
    """Return phones of these models in turn (of all vendors when none is named), each with a user.

    Raises UnknownModelError.
    """
    chosen = list(models) or list(MIXTURE)
    users = {str(FIRST_USER + at): (f"lab-{FIRST_USER + at}",) for at in range(count)}
    phones = [
        _with_account(Spec(chosen[at % len(chosen)], name=user), at, user, passwords[0])
        for at, (user, passwords) in enumerate(users.items())
    ]
    return Furniture(tuple(phones), users, lines=dict.fromkeys(users, 1))


def _with_account(spec: Spec, index: int, user: str, password: str) -> Spec:
    identity = spec.identity(index)
    make = MAKES[identity.vendor]
    settings = make.account_settings(identity, 1, user, password, "pbx.lab:5060")
    return Spec(spec.model, mac=identity.mac, settings=settings, name=spec.name)


def counted(seen: Iterable[Seen]) -> tuple[int, int]:
    """Return how many are as they should be, and how many are not."""
    states = [each.good for each in seen]
    return states.count(True), states.count(False)
