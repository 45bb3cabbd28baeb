"""What a phone does by itself: boots, fetches and applies its files, upgrades, registers. IO."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from reconciler.lab.phones.device import Phone
from reconciler.lab.phones.firmware import BadImageError, read_image
from reconciler.lab.phones.hosts import Hosts
from reconciler.lab.phones.make import Make
from reconciler.lab.phones.sip.agent import Agent
from reconciler.lab.phones.visit import (
    LARGEST_IMAGE,
    Applied,
    BadFileError,
    Fetched,
    NotReachedError,
    Provisioning,
    Visit,
)

SHOWN: Final = 40
"""How many requests of the last visits are remembered."""


@dataclass(slots=True)
class Life:
    """A phone's own doing. `offered` is what DHCP says of where to fetch.

    `retry_s` is how long it waits when its server could not be asked.
    """

    phone: Phone
    make: Make
    agent: Agent
    hosts: Hosts
    offered: str | None
    retry_s: float
    gate: asyncio.Semaphore
    """Lets so many phones of a fleet fetch at once."""
    fetches: bool = True
    certificate: Callable[[], ssl.SSLContext] | None = None
    """Its TLS context as a client, when it shows a certificate."""
    seen: tuple[Fetched, ...] = ()
    task: asyncio.Task[None] | None = None
    again: asyncio.TimerHandle | None = None

    def boot(self, after_s: float = 0.0) -> None:
        """Start up: wait until it has booted, fetch, register."""
        self.stop()
        self.task = asyncio.get_running_loop().create_task(self._boot(after_s))

    def fetch(self) -> None:
        """Fetch now, unless it is at it."""
        if self.task is None or self.task.done():
            self._no_timer()
            self.task = asyncio.get_running_loop().create_task(self._visit(booting=False))

    def stop(self) -> None:
        """Lose power."""
        self._no_timer()
        if self.task is not None and self.task is not _current_task():
            self.task.cancel()
        self.task = None
        self.phone.task = ""
        self.agent.forget()

    def _no_timer(self) -> None:
        if self.again is not None:
            self.again.cancel()
            self.again = None

    async def _boot(self, after_s: float) -> None:
        phone = self.phone
        await asyncio.sleep(max(after_s, phone.down_until - phone.now()))
        phone.happened["booted"] += 1
        await self._visit(booting=True)

    async def _visit(self, *, booting: bool) -> None:
        """Fetch, apply, upgrade; then keep what the settings say registered."""
        phone = self.phone
        at = self.make.provisioning(phone, self.offered) if self.fetches else None
        changed: frozenset[str] = frozenset()
        if at is not None:
            phone.task, phone.note = "fetching", ""
            try:
                async with self.gate:
                    changed = await self._fetched(at, booting=booting)
            except (NotReachedError, BadFileError) as error:
                self._failed(error)
            except _Restarted:
                return
            finally:
                phone.task = ""
        if not booting and self.make.restarts(changed):
            phone.when_idle("reboot")
            return
        self.agent.keep_registered()

    def _failed(self, error: Exception) -> None:
        self.phone.note = str(error)
        if isinstance(error, NotReachedError):
            loop = asyncio.get_running_loop()
            self.again = loop.call_later(self.retry_s, self.fetch)

    async def _fetched(self, at: Provisioning, *, booting: bool) -> frozenset[str]:
        phone = self.phone
        context = self.certificate() if self.certificate is not None else None
        agent = self.make.fetch_agent(phone, booting=booting)
        visit = Visit(at, agent, phone.address, self.hosts, context)
        try:
            async with visit:
                applied = await self.make.fetch(phone, visit)
        finally:
            self.seen = (*self.seen, *visit.seen)[-SHOWN:]
            phone.happened["fetch"] += any(each.status for each in visit.seen)
        if applied is None:
            phone.note = "no file for it on its server"
        changed = self._apply(applied) if applied is not None else frozenset()
        image = self.make.firmware(phone, applied, at)
        if image is not None:
            await self._upgrade(image)
        return changed

    def _apply(self, applied: Applied) -> frozenset[str]:
        """Take settings over; return which have changed."""
        phone, before = self.phone, self.phone.settings
        kept = phone.factory if applied.forgets else before
        deaf = applied.settings.keys() if phone.faults.ignores_writes else phone.faults.deaf
        taken = {name: each for name, each in applied.settings.items() if name not in deaf}
        old = {name: before[name] for name in deaf if name in before}
        phone.settings = {**kept, **taken, **old, **phone.overrides}
        if applied.password:
            phone.password = applied.password
        phone.happened["applied"] += 1
        refresh_accounts(phone, self.make)
        names = before.keys() | phone.settings.keys()
        return frozenset(each for each in names if before.get(each) != phone.settings.get(each))

    async def _upgrade(self, at: Provisioning) -> None:
        """Load an image; if it is for this phone and another version, restart with it."""
        phone = self.phone
        agent = self.make.fetch_agent(phone, booting=True)
        async with Visit(at, agent, phone.address, self.hosts) as visit:
            raw = await visit.get(at.url, largest=LARGEST_IMAGE)
        self.seen = (*self.seen, *visit.seen)[-SHOWN:]
        if raw is None:
            return
        try:
            image = read_image(raw)
        except BadImageError as error:
            phone.note = f"firmware refused: {error}"
            return
        if phone.identity.model not in image.models:
            phone.note = f"firmware refused: it is for {', '.join(image.models)}"
        elif image.version != phone.identity.firmware:
            phone.task = "upgrading"
            phone.happened["upgraded"] += 1
            phone.identity = replace(phone.identity, firmware=image.version)
            phone.reboot()
            raise _Restarted


class _Restarted(Exception):
    """The phone has restarted in the middle of what it did; a new boot is under way."""


def _current_task() -> asyncio.Task[None] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


def refresh_accounts(phone: Phone, make: Make) -> None:
    """Take the accounts from the settings; one that has not changed stays registered."""
    accounts = make.accounts(phone)
    for number, account in accounts.items():
        old = phone.accounts.get(number)
        if old is not None and old.same_as(account):
            accounts[number] = old
    phone.accounts = accounts
