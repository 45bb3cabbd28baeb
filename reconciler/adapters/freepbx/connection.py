"""An open wire to one FreePBX: read, send, commit; doctor, live state and calls besides."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from reconciler.adapter import Committed, Finding, LiveState, Sent, Work
from reconciler.adapters.freepbx import live
from reconciler.adapters.freepbx.access import Access, read_access
from reconciler.adapters.freepbx.calls import Calls
from reconciler.adapters.freepbx.committing import Reload
from reconciler.adapters.freepbx.doctor import Examination
from reconciler.adapters.freepbx.encode import ORDER
from reconciler.adapters.freepbx.graphql import Graphql
from reconciler.adapters.freepbx.listing import Listings
from reconciler.adapters.freepbx.reading import Reader
from reconciler.adapters.freepbx.supports import SUPPORTS
from reconciler.adapters.freepbx.web import Web
from reconciler.adapters.freepbx.writing import Writer
from reconciler.adapters.freepbx.writing_extension import Extensions
from reconciler.errors import UnsupportedVersion
from reconciler.model.address import Address
from reconciler.model.extent import Extent
from reconciler.model.live import LiveObject, TargetLive
from reconciler.model.step import Request
from reconciler.model.target import Target
from reconciler.model.value import Fields
from reconciler.transport.http import Http
from reconciler.transport.together import together

PROVED_MAJORS: Final = (16, 17)
STATE: Final = "{ system { version } fetchNeedReload { status message } }"
_NOT_NEEDED: Final = "not required"


class FreepbxConnection(Calls):
    """See `reconciler.adapter`: `Connection`, `Doctor`, `Watcher` and `CallControl`.

    And `reconciler.device.Notifier`.
    """

    def __init__(self, http: Http, access: Access, target: Target, timeout_s: float) -> None:
        super().__init__(access, target.scope, timeout_s)
        self._target = target
        name = target.scope
        self._api = Graphql(http, access, name) if access.has_api else None
        self._web = Web(http, access, name) if access.has_web else None
        self._lists = Listings(self._web, self._api, target)
        self._reader = Reader(self._lists)
        extensions = Extensions(self._lists, access, name)
        self._writer = Writer(self._lists, self._reader, name, access.secrets, extensions)
        self._wrote = False
        self._just_sent = False
        self._version = ""

    async def read(self, extent: Extent) -> TargetLive:
        """Read what is asked for, each list once and in parallel. Raises AdapterError.

        A read that follows our own writes takes lists that were asked for since, to compare.
        """
        whole = extent.kinds >= SUPPORTS.keys()
        if not self._just_sent:
            self._lists.forget()
        self._just_sent = False
        if self._web is not None and whole:
            self._web.is_pending = None
        (told, why), state, calls = await together(
            self._reader.read(extent, self._target.scope),
            self._state(whole=whole),
            self._calls(whole=whole),
        )
        if self._api is None and whole:
            state = self._state_of_pages()
        version, pending = state
        single = [each for each in extent.objects | extent.mentioned if each.kind not in why]
        there = {each for each in single if each.key in told.keys[each.kind]}
        return TargetLive(
            self._target.id,
            version=version,
            objects=self._acknowledged(told.objects),
            complete=(extent.kinds & SUPPORTS.keys()) - why.keys(),
            unread=told.unread,
            pending_reload=pending,
            active_calls=calls,
            incomplete=why,
            beyond=told.beyond,
            absent=frozenset(single) - there,
            there=frozenset(there) - told.objects.keys() - told.unread.keys(),
        )

    def _acknowledged(self, objects: Mapping[Address, LiveObject]) -> Mapping[Address, LiveObject]:
        """Return objects without the losses that somebody took upon themselves."""
        if not self._access.acknowledge_callerid_rebuild:
            return objects
        return {address: each._replace(loses=None) for address, each in objects.items()}

    async def _calls(self, *, whole: bool) -> int | None:
        if not whole:
            return None
        return await live.count_calls(self._access, self._target.scope, self._timeout_s)

    async def _state(self, *, whole: bool) -> tuple[str, str | None]:
        """Return FreePBX's version and whether it holds what is not in effect yet.

        The reads around our own writes need not ask again.
        """
        if not whole or self._api is None:
            return self._version, None
        said = await self._api.ask(STATE, doing="asking for version and pending changes")
        version = str((said.data.get("system") or {}).get("version") or "")
        self._check_version(version)
        words = str((said.data.get("fetchNeedReload") or {}).get("message") or "")
        pending = None if _NOT_NEEDED in words.lower() or not words else "Apply Config is due"
        if pending and self._wrote:
            pending = None  # our own writes of this run
        self._version = f"FreePBX {version}".strip()
        return self._version, pending

    def _state_of_pages(self) -> tuple[str, str | None]:
        """Return the same as the pages said it that were read."""
        assert self._web is not None, "the settings ask for one of the two"
        self._check_version(self._web.version)
        is_others = bool(self._web.is_pending) and not self._wrote
        return f"FreePBX {self._web.version}".strip(), "Apply Config is due" if is_others else None

    def _check_version(self, version: str) -> None:
        major = version.partition(".")[0]
        if major.isdigit() and int(major) < min(PROVED_MAJORS):
            raise UnsupportedVersion(
                self._target.scope,
                "asking for the version",
                f"FreePBX {version} is older than {min(PROVED_MAJORS)}",
            )

    async def send(self, work: Sequence[Work]) -> Sequence[Sent]:
        """Carry out pieces of work, one after the other."""
        self._wrote = True
        answers = await self._writer.send(work)
        self._just_sent = True
        return answers

    async def commit(self, requests: Sequence[Request], touched: Sequence[Address]) -> Committed:
        """Apply Config once, and wait for its end. Raises Refused when it failed."""
        scope = self._target.scope
        calls = await live.count_calls(self._access, scope, self._timeout_s)
        for request in requests:
            if request.verb == ORDER:
                await self._writer.order_routes(request.args["orders"])
        reload = Reload(self._web, self._api, self._access, scope)
        await reload.run()
        self._wrote = False
        if calls is None:
            return Committed()
        return Committed(notes=("1 call was up" if calls == 1 else f"{calls} calls were up",))

    async def stop(self) -> None:
        """Let nothing be asked any more: the wire is about to close."""
        await self._lists.stop()

    async def examine(self, zones: Collection[str] = ()) -> Sequence[Finding]:
        """Say what each missing credential costs, which scopes are needed, which versions run."""
        return await Examination(
            self._web, self._api, self._access, self._target.scope, self._timeout_s
        ).run()

    async def live_state(self) -> LiveState:
        """Return registrations, device states, trunks, queues and active calls."""
        return await live.live_state(self._access, self._target.scope, self._timeout_s)

    async def notify(self, extension: str, event: str) -> str:
        """Send a SIP NOTIFY to an extension's phones."""
        scope = self._target.scope
        return await live.notify(self._access, scope, extension, event, self._timeout_s)


@asynccontextmanager
async def connect(
    target: Target, settings: Fields, *, timeout_s: float
) -> AsyncIterator[FreepbxConnection]:
    """Open a client; the first question logs in."""
    access = read_access(settings)
    wait_s = access.request_timeout_s or timeout_s
    async with Http.open(
        access.url,
        target=target.scope,
        timeout_s=wait_s,
        parallel=access.parallel_reads,
        writes_per_s=access.writes_per_second,
        verify=access.verify,
        ca_file=access.ca_file,
    ) as http:
        connection = FreepbxConnection(http, access, target, wait_s)
        try:
            yield connection
        finally:
            await connection.stop()


Answers = Mapping[str, Any]
