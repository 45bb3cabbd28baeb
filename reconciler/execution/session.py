"""Open wires to targets: connected once, read in parallel, closed together."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, nullcontext, suppress
from pathlib import Path
from time import monotonic
from types import MappingProxyType, TracebackType
from typing import Protocol, Self

from reconciler.adapter import Adapter, Connection, Keeper, Recalling
from reconciler.errors import AdapterError, ReconcilerError, SecretUnavailable, Unreachable
from reconciler.execution.progress import ReadDone, ReadStarted, Show, silent
from reconciler.execution.secrets.fingerprint import Fingerprints
from reconciler.execution.secrets.reveal import reveal_settings
from reconciler.execution.secrets.sources import Secrets
from reconciler.model.address import Address
from reconciler.model.extent import Extent
from reconciler.model.live import TargetLive, Traces
from reconciler.model.target import Target
from reconciler.model.value import Fields


class Answers(Protocol):
    """What targets answered to earlier commands, with secrets sealed. Never raises."""

    def take(self, target: str) -> TargetLive | None:
        """Return the last answer that was put there; None if it is not known any more."""
        ...

    def put(self, target: str, live: TargetLive) -> None:
        """Remember an answer."""
        ...

    def since(self, target: str) -> TargetLive | None:
        """Return the objects that were read one by one since then; None if none were."""
        ...

    def put_since(self, target: str, live: TargetLive) -> None:
        """Remember objects that were read one by one since the last answer was put there."""
        ...


class Forgetful:
    """Answers of which none is remembered."""

    def take(self, target: str) -> TargetLive | None:
        """Return None."""

    def put(self, target: str, live: TargetLive) -> None:
        """Forget it."""

    def since(self, target: str) -> TargetLive | None:
        """Return None."""

    def put_since(self, target: str, live: TargetLive) -> None:
        """Forget it."""


class Sessions:
    """Connections by target id. An async context manager: leaving it closes them all."""

    def __init__(
        self,
        targets: Mapping[str, Target],
        adapters: Mapping[str, Adapter],
        secrets: Secrets,
        fingerprints: Fingerprints,
        moves: Mapping[Address, Address],
        *,
        folder: Path,
        timeout_s: float = 10.0,
        parallelism: int = 10,
        show: Show = silent,
        answers: Answers | None = None,
    ) -> None:
        self._answers = Forgetful() if answers is None else answers
        self._known: dict[str, TargetLive] = {}
        self._new: set[str] = set()
        """Of which targets what is known is not remembered yet."""
        self._since: dict[str, TargetLive | None] = {}
        """Objects that were read one by one since what is known was told."""
        self._new_since: set[str] = set()
        self._settings: dict[str, Fields] = {}
        self._begun: dict[str, asyncio.Task[TargetLive]] = {}
        self.since: float | None = None
        """When the first read was begun ahead, in seconds of `monotonic`."""
        self._targets = targets
        self._adapters = adapters
        self._secrets = secrets
        self._fingerprints = fingerprints
        self._moves = moves
        self._folder = folder
        self._timeout_s = timeout_s
        self._limit = asyncio.Semaphore(parallelism)
        self.show = show
        """Who shows what is being read. May be changed while the sessions are open."""
        self._open: dict[str, Connection] = {}
        self._stacks: dict[str, AsyncExitStack] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections, end what was begun, and remember what was told."""
        unasked = [self._begun.pop(each) for each in list(self._begun)]
        for task in unasked:
            task.cancel()
        await asyncio.gather(*unasked, return_exceptions=True)
        for target in list(self._stacks):
            await self.drop(target)
        while self._new:
            target = self._new.pop()
            self._answers.put(target, self._known[target])
        while self._new_since:
            target = self._new_since.pop()
            if since := self._since[target]:
                self._answers.put_since(target, since)

    def adapter(self, target: str) -> Adapter:
        """Return the adapter of a target."""
        return self._adapters[self._targets[target].adapter]

    async def connection(self, target: str) -> Connection:
        """Return the target's connection, opening it first if need be. Raises AdapterError."""
        if target not in self._open:
            at = self._targets[target]
            self.prepare(target)
            settings = self._settings.pop(target)
            opened = self._adapters[at.adapter].connect(at, settings, timeout_s=self._timeout_s)
            stack = AsyncExitStack()
            self._open[target] = await stack.enter_async_context(opened)
            self._stacks[target] = stack
        return self._open[target]

    def prepare(self, target: str) -> None:
        """Reveal the settings that connecting will need. Raises SecretUnavailable."""
        if target not in self._settings:
            at = self._targets[target]
            try:
                revealed = reveal_settings(at, self._secrets)
            except SecretUnavailable as error:
                name = at.scope
                raise SecretUnavailable(error.reply, hint=error.hint, target=name) from None
            self._settings[target] = self._located(revealed, at)

    def begin(self, targets: Iterable[str]) -> None:
        """Begin to read these targets whole; who reads them so next gets what was begun."""
        self.since = monotonic()
        for each in targets:
            self._begun[each] = asyncio.ensure_future(self._read_ahead(each))

    async def _read_ahead(self, target: str) -> TargetLive:
        async with self._limit:
            return await self._read(target, None)

    def _located(self, settings: Fields, target: Target) -> Fields:
        """Return settings whose files are named from the workspace's folder."""
        files = {name: settings[name] for name in target.files if settings.get(name) is not None}
        return {**settings, **{name: str(self._folder / file) for name, file in files.items()}}

    async def drop(self, target: str) -> None:
        """Close the target's connection, dead or alive; the next use opens a new one."""
        self._open.pop(target, None)
        stack = self._stacks.pop(target, None)
        if stack is not None:
            with suppress(ReconcilerError, OSError):  # what is dead need not close well
                await stack.aclose()

    async def read(self, target: str, extent: Extent | None = None) -> TargetLive:
        """Read a target (all that its adapter holds, unless told) with secrets sealed.

        Raises AdapterError when nothing could be read.
        """
        if extent is None and target in self._begun:
            return await self._begun.pop(target)
        return await self._read(target, extent)

    async def _read(self, target: str, extent: Extent | None) -> TargetLive:
        connection = await self.connection(target)
        whole = Extent(frozenset(self.adapter(target).supports))
        known = TargetLive(target)
        if isinstance(connection, Recalling):
            known = self._known_of(target)
            if since := self._since_of(target):
                connection.recall(since)
            connection.recall(known)
        try:
            found = await connection.read(whole if extent is None else extent)
        except Unreachable:
            await self.drop(target)
            raise
        if found.as_known:
            names = (
                "objects",
                "complete",
                "edits",
                "beyond",
                "ahead",
                "leading",
                "occupied",
                "entrances",
                "doubled",
            )
            told = {name: getattr(known, name) for name in names}
            traces = found.traces._replace(objects=known.traces.objects)
            found = found._replace(**told, traces=traces, as_known=False)
        else:
            from reconciler.execution.secrets.seal import seal_live  # while targets answer

            found = seal_live(found, self._fingerprints, self._moves)
        if found.traces.held and whole.kinds <= found.complete:
            self._known[target] = found
            if not found.traces.tell_the_same(known.traces):
                self._new.add(target)
                self._since[target] = None
        elif found.traces.objects:
            self._note_since(target, found)
        return found

    def _note_since(self, target: str, found: TargetLive) -> None:
        """Note single objects that are others than they were known: the next whole read meets them.

        What is known as a whole stays as it was told: somebody may put all of it back.
        """
        since = self._since_of(target) or TargetLive(target)
        known = {**self._known_of(target).traces.objects, **since.traces.objects}
        new = {a: t for a, t in found.traces.objects.items() if known.get(a) != t}
        if new:
            self._since[target] = since._replace(
                objects={**since.objects, **{each: found.objects[each] for each in new}},
                traces=Traces(objects={**since.traces.objects, **new}),
            )
            self._new_since.add(target)

    def _since_of(self, target: str) -> TargetLive | None:
        if target not in self._since:
            self._since[target] = self._answers.since(target)
        return self._since[target]

    def _known_of(self, target: str) -> TargetLive:
        """Return the last answer to a whole read, of this command or an earlier one."""
        if target not in self._known:
            self._known[target] = self._answers.take(target) or TargetLive(target)
        return self._known[target]

    async def masked(
        self, target: str, addresses: Sequence[Address]
    ) -> Mapping[tuple[Address, str], str]:
        """Return the texts of objects' files with secrets masked; none where none are kept."""
        connection = await self.connection(target)
        return await connection.masked(addresses) if isinstance(connection, Keeper) else {}

    async def read_all(
        self, targets: Iterable[str], extents: Mapping[str, Extent] = MappingProxyType({})
    ) -> tuple[dict[str, TargetLive], tuple[ReconcilerError, ...]]:
        """Read targets in parallel, whole but for those of which less is asked.

        A target that fails comes back as unreachable, with its error.

        Errors that mean a wrong set-up (password, permission, version) come back too: whoever
        asked decides whether to go on without that target.
        """
        failures: list[ReconcilerError] = []

        async def one(target: str) -> tuple[str, TargetLive]:
            is_begun = target in self._begun and target not in extents
            async with nullcontext() if is_begun else self._limit:
                self.show(ReadStarted(target))
                started = self.since if is_begun and self.since else monotonic()
                try:
                    live = await self.read(target, extents.get(target))
                except ReconcilerError as error:
                    failures.append(error)
                    reason = str(error)
                    if isinstance(error, (AdapterError, SecretUnavailable)):
                        reason = error.reply  # its target is told beside it
                    if isinstance(error, Unreachable):
                        reason = f"not reachable ({reason})"
                    live = TargetLive(target, unreachable=reason)
                self.show(
                    ReadDone(target, len(live.objects), monotonic() - started, live.unreachable)
                )
                return target, live

        found = dict(await asyncio.gather(*(one(each) for each in sorted(set(targets)))))
        return found, tuple(sorted(failures, key=str))
