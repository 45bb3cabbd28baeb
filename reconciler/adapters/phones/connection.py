"""The published store as a platform: read whole, written in one transaction. IO.

Everything is done in a thread of its own: a database that does not answer holds up nobody else.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from typing import Final

from reconciler.adapter import Committed, Sent, Work
from reconciler.adapters.phones.publications import (
    fields_of,
    merged,
    publication_of,
    site_of,
)
from reconciler.errors import ReconcilerError, Unreachable
from reconciler.execution.secrets.files import ensure_folder
from reconciler.model.address import Address
from reconciler.model.extent import Extent
from reconciler.model.live import Edit, LiveObject, TargetLive
from reconciler.model.secret import Clear
from reconciler.model.standing import Attempt, Lifecycle, Sighting, Standing
from reconciler.model.step import Request
from reconciler.model.target import Target
from reconciler.model.value import Fields, Value
from reconciler.provisioning.contents import read_content
from reconciler.provisioning.renderings import FILES
from reconciler.provisioning.store.published import Published, open_published
from reconciler.provisioning.store.records import Publication, PublishedFile
from reconciler.provisioning.store.sealing import is_given_keys, published_key

_EDITED: Final = "its row in the published store"


@asynccontextmanager
async def connect(target: Target, settings: Fields) -> AsyncIterator["PhonesConnection"]:
    """Give a connection to the store that the settings name."""
    yield PhonesConnection(target, settings)


class PhonesConnection:
    """Talks to the published store about one site's phones, or one PBX's softphones."""

    def __init__(self, target: Target, settings: Fields) -> None:
        self._target = target
        self._url = str(settings["store"])
        self._key = published_key(Path(str(settings["folder"])))
        password = settings.get("store_password")
        self._password = password if isinstance(password, Clear) else None
        self._kind = "phone" if target.id.startswith("site/") else "softphone"

    async def read(self, extent: Extent) -> TargetLive:
        """Return every device that is published, or single ones, with their files."""
        if self._kind in extent.kinds:
            objects = await asyncio.to_thread(self._objects, None)
            return TargetLive(self._target.id, objects=objects, complete=extent.kinds)
        single = [each for each in extent.objects | extent.mentioned if self._is_mine(each)]
        objects = await asyncio.to_thread(self._objects, single) if single else {}
        absent = (extent.objects | extent.mentioned) - objects.keys()
        return TargetLive(self._target.id, objects=objects, complete=extent.kinds, absent=absent)

    async def send(self, work: Sequence[Work]) -> Sequence[Sent]:
        """Publish and withdraw, all or nothing."""
        try:
            await asyncio.to_thread(self._send, work)
        except ReconcilerError as error:
            return [Sent(each.step, str(error)) for each in work]
        return [Sent(each.step) for each in work]

    async def commit(self, requests: Sequence[Request], touched: Sequence[Address]) -> Committed:
        """Do nothing: what is published is served at once."""
        return Committed()

    async def masked(self, addresses: Sequence[Address]) -> Mapping[tuple[Address, str], str]:
        """Return the files' texts with secrets masked."""
        found = await asyncio.to_thread(self._read, list(addresses))
        return {
            (address, path): read_content(value.reveal()).masked
            for address, each in found.items()
            for path, value in each.fields.items()
            if path.startswith(FILES)
        }

    async def standings(self) -> Sequence[Standing]:
        """Return how far each device is with its files."""

        def read() -> list[Standing]:
            if not self._is_there():
                return []
            with self._open() as store:
                return [each for each in store.standings() if self._is_mine(each.address)]

        return await asyncio.to_thread(read)

    async def record(
        self, lives: Mapping[Address, Lifecycle], proofs: Mapping[Address, str]
    ) -> None:
        """Remember lives and proofs."""

        def write() -> None:
            with self._open() as store:
                if lives:
                    store.record_lives(lives)
                if proofs:
                    store.record_proof(proofs)

        await asyncio.to_thread(write)

    async def note(
        self, attempts: Mapping[Address, Attempt], delivered: Mapping[Address, Sighting]
    ) -> None:
        """Remember what was seen at phones, and what was written to them."""

        def write() -> None:
            with self._open() as store:
                if attempts:
                    store.record_attempts(attempts)
                if delivered:
                    store.record_delivered(delivered)

        await asyncio.to_thread(write)

    def _is_mine(self, address: Address) -> bool:
        return (address.kind, address.scope) == (self._kind, self._target.scope)

    def _objects(self, only: Sequence[Address] | None) -> dict[Address, LiveObject]:
        try:
            return {
                address: found
                for address, found in self._read(only).items()
                if self._is_mine(address)
            }
        except ReconcilerError as error:
            # Nobody knows what is published: that is not the same as nothing.
            raise Unreachable(
                self._target.scope, "reading the published store", str(error), hint=error.hint
            ) from None

    def _require_lasting_key(self) -> None:
        """Make sure that no key is made where it would be lost. Raises WorkspaceError.

        A pipeline's runner forgets its disk: nobody could read what it had published.
        """
        if not self._in_a_file and is_given_keys() and not self._key.texts():
            self._key.fernet()

    def _read(self, only: Sequence[Address] | None) -> dict[Address, LiveObject]:
        self._require_lasting_key()
        if not self._is_there():
            return {}
        with self._open() as store:
            holdings, shared = store.holdings(self._site, only)
        return {
            each.address: LiveObject(
                each.address,
                fields_of(each, shared),
                edits=() if each.intact else (Edit(_EDITED, None, "edited by somebody else"),),
            )
            for each in holdings
        }

    def _send(self, work: Sequence[Work]) -> None:
        sources = {each.address: _source(each) for each in work}
        now = self._read(list(sources.values()))
        batch: list[Publication] = []
        shared: dict[str, PublishedFile] = {}
        withdrawn: list[Address] = []
        anew: list[Address] = []
        for each in work:
            source = sources[each.address]
            if source != each.address:
                withdrawn.append(source)
            fields: dict[str, Value] | None = None
            for request in each.requests:
                if request.verb == "withdraw":
                    withdrawn.append(each.address)
                elif request.verb == "publish":
                    held = now[source].fields if source in now else {}
                    fields = merged(held, request.args["fields"])
            if fields is not None:
                if source in now and now[source].fields.get("mac") != fields.get("mac"):
                    anew.append(each.address)
                publication, common = publication_of(each.address, fields)
                batch.append(publication)
                shared.update({file.name: file for file in common})
        if self._in_a_file:
            ensure_folder(Path(self._url).parent)
        with self._open() as store:
            again = {each.owner for each in batch}
            store.publish(
                batch,
                withdrawn=[each for each in withdrawn if each not in again],
                anew=anew,
                shared={self._site: tuple(shared.values())} if shared else {},
            )

    @property
    def _site(self) -> str:
        return site_of(self._kind, self._target.scope)

    @property
    def _in_a_file(self) -> bool:
        return "://" not in self._url

    def _is_there(self) -> bool:
        """Whether there is a store: who reads makes none."""
        return not self._in_a_file or Path(self._url).exists()

    def _open(self) -> AbstractContextManager[Published]:
        return open_published(self._url, self._key, password=self._password)


def _source(work: Work) -> Address:
    """Return the address under which a device is held now."""
    for request in work.requests:
        if request.verb == "rename":
            return work.address._replace(key=str(request.args["from"]))
    return work.address
