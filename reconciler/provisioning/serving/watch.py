"""Watch: what the store holds, in memory, and never older than the request that it is for. IO.

Each request is answered from a look at the store that began after the request had come; those that
come while one is under way share the next. Only what was published since is read anew.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import TypeVar

from reconciler.errors import ReconcilerError, StoreError
from reconciler.model.address import Address
from reconciler.provisioning.serving.access import AccessPolicy
from reconciler.provisioning.serving.devices import Devices, gather
from reconciler.provisioning.serving.rotation import Rotation
from reconciler.provisioning.serving.tokenbook import TokenBook
from reconciler.provisioning.store.published import Published
from reconciler.provisioning.store.records import Access, Moment, News, Owner, Served

T = TypeVar("T")
DEADLINE_S = 5.0
"""How long the store may take before devices are told to come again."""
CACHED_BYTES = 256 * 1024 * 1024


class Watch:
    """The store as the server sees it. All methods are called in the server's own thread."""

    def __init__(
        self, store: Published, policy: AccessPolicy, keys: Sequence[str], executor: Executor
    ) -> None:
        self._store = store
        self._policy = policy
        self._executor = executor
        self._owners: dict[Address, Owner] = {}
        self._access: dict[Address, Access] = {}
        self._moment = Moment()
        self._running: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None
        self._contents: OrderedDict[tuple[Address, str], Mapping[str, Served]] = OrderedDict()
        self._cached_bytes = 0
        self.devices: Devices = gather((), {}, (), "")
        self.tokens = TokenBook()
        self.rotation = Rotation(keys)

    async def current(self) -> None:
        """Bring everything up to this moment. Raises StoreError when the store cannot be read."""
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._running))
        await asyncio.shield(self._next)

    async def _after(self, before: "asyncio.Task[None] | None") -> None:
        if before is not None:
            await asyncio.wait([before])
        self._running, self._next = self._next, None
        await self._look()

    async def _look(self) -> None:
        moment = await self.ask(self._store.moment)
        if moment.created != self._moment.created:
            self._forget()
        if moment.revision != self._moment.revision:
            seals = {each.address: each.seal for each in self._owners.values()}
            news = await self.ask(self._store.news, seals)
            self._take(news)
        if moment.admissions != self._moment.admissions:
            since = self._moment.admissions
            self.tokens.put(await self.ask(lambda: self._store.admissions.tokens(since=since)))
        if not self._moment.created:
            self.rotation.use(await self.ask(self._store.admissions.key_uses))
        self._moment = moment

    def _forget(self) -> None:
        """Know nothing: what is there now is another store."""
        self.tokens.drop(list(self._owners))
        self.rotation.forget(list(self._owners))
        self._owners, self._access, self._moment = {}, {}, Moment()

    def _take(self, news: News) -> None:
        for each in news.owners:
            self._owners[each.address] = each
            self._access.pop(each.address, None)
        self._access.update(news.access)
        for address in news.gone:
            self._owners.pop(address, None)
            self._access.pop(address, None)
        self.tokens.drop(news.gone)
        self.rotation.forget(news.gone)
        self.devices = gather(
            self._owners.values(), self._access, self._policy.subnets, self._policy.realm,
            self.devices,
        )  # fmt: skip
        self.rotation.expect(self.devices.phones)

    async def files(self, owner: Address) -> Mapping[str, Served]:
        """Return an owner's files as they are sent, by name. Raises StoreError.

        Phones ask for one after the other: all are read at once and kept until there are others.
        """
        key = (owner, self.devices.seals.get(owner, ""))
        if key not in self._contents:
            found = await self.ask(self._store.files, owner)
            self._keep(key, found)
            return found
        self._contents.move_to_end(key)
        return self._contents[key]

    def _keep(self, key: tuple[Address, str], files: Mapping[str, Served]) -> None:
        if key in self._contents:  # two have asked at once
            return
        self._contents[key] = files
        self._cached_bytes += _size(files)
        while self._cached_bytes > CACHED_BYTES:
            self._cached_bytes -= _size(self._contents.popitem(last=False)[1])

    async def ask(self, question: Callable[..., T], *arguments: object) -> T:
        """Ask the store, in a thread of its own and not for ever. Raises StoreError."""
        loop = asyncio.get_running_loop()
        asked = loop.run_in_executor(self._executor, question, *arguments)
        try:
            return await asyncio.wait_for(asked, DEADLINE_S)
        except TimeoutError:
            raise StoreError(
                f"The published store {self._store.where} gave no answer within {DEADLINE_S:.0f} "
                f"seconds."
            ) from None
        except ReconcilerError as failure:
            raise StoreError(str(failure), hint=failure.hint) from None


def _size(files: Mapping[str, Served]) -> int:
    return sum(len(each.content) for each in files.values()) + 1024
