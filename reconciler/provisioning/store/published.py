"""The published store: exactly what devices may fetch, and what is known of their fetching. IO.

    with open_published(url, published_key(folder)) as store:
        store.publish([Publication(...)], run=7)          one transaction, all or nothing
        owner = store.find("00:15:65:AA:BB:CC")           any notation
        served = store.file(owner.address, "001565aabbcc.cfg")
        store.record_fetches([Fetch(...)])

Every method is one transaction: what it wrote survives power loss when it returns, and when it
raises (StoreError, WorkspaceError) nothing was written. Reading what lies open (owners, names,
status) needs no key; contents, publishing and checking for edits do. Safe from several threads.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from types import MappingProxyType

from reconciler.database.database import Database
from reconciler.database.snapshot import Snapshot
from reconciler.database.wording import PUBLISHED
from reconciler.errors import StoreError
from reconciler.execution.secrets.keys import StoreKey
from reconciler.model.address import Address
from reconciler.model.secret import Clear
from reconciler.model.standing import Attempt, Lifecycle, Sighting, Standing
from reconciler.provisioning.store import schema
from reconciler.provisioning.store.admissions import Admissions, admit
from reconciler.provisioning.store.columns import ATTEMPTS, FILES, LIVES, META, OPEN, OWNERS
from reconciler.provisioning.store.holdings import Holding, read_holdings, read_shared
from reconciler.provisioning.store.news import read_news, served_of
from reconciler.provisioning.store.owners import read_owners
from reconciler.provisioning.store.publishing import Publishing
from reconciler.provisioning.store.records import (
    Access,
    Fetch,
    FileRow,
    Moment,
    News,
    Owner,
    Publication,
    PublishedFile,
    Served,
    Status,
)
from reconciler.provisioning.store.rows import (
    access_of,
    address_of,
    advance,
    attempt_row,
    drop,
    file_parts,
    key_id_of,
    rows,
    rows_of,
    upsert,
)
from reconciler.provisioning.store.sealing import Sealing
from reconciler.provisioning.store.sightings import note, note_fetches, read_statuses
from reconciler.provisioning.store.standings import standing_of
from reconciler.provisioning.tokens import digest_of

_MOMENT = f"SELECT created, revision, admissions FROM {META}"  # noqa: S608 - our own name


def _utc_now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def open_published(
    url: str,
    key: StoreKey,
    *,
    password: Clear | None = None,
    clock: Callable[[], datetime] = _utc_now,
) -> Iterator["Published"]:
    """Open the store at a path or URL, creating its tables. Raises StoreError, WorkspaceError."""
    store = Published(Database(url, PUBLISHED, password), key, clock)
    try:
        store.prepare()
        yield store
    finally:
        store.close()


class Published:
    """An open store; see `open_published`."""

    def __init__(self, database: Database, key: StoreKey, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._key = key
        self._clock = clock
        self._inode: int | None = None

    @cached_property
    def _sealing(self) -> Sealing:
        """What seals, once somebody needs it. Raises WorkspaceError, StoreError without its key."""
        sealing = Sealing(self._key)
        with self._database.snapshot() as snapshot:
            found = key_id_of(snapshot)
        if found and found not in sealing.ids:
            raise StoreError(
                f"The published store {self.where} was written with another key than that in "
                f"{self._key.where}.",
                hint=f"put that key back ({self._key.variable}); if it is lost, move the store "
                f"aside and run `reconciler apply`",
            )
        return sealing

    @property
    def where(self) -> str:
        """Where the store is, without a password."""
        return self._database.where

    def prepare(self) -> None:
        """Create the tables, or bring them up to date. Raises StoreError when they are newer."""
        schema.prepare(self._database, self._now())

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def _now(self) -> str:
        now = self._clock().astimezone(UTC)
        return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    # Publishing

    def publish(
        self,
        batch: Sequence[Publication],
        *,
        run: int | None = None,
        withdrawn: Sequence[Address] = (),
        anew: Sequence[Address] = (),
        shared: Mapping[str, Sequence[PublishedFile]] = MappingProxyType({}),
    ) -> None:
        """Replace all files of these owners, and withdraw others, in one transaction.

        `shared` are files for all devices of a site, by site: they are added to what the site has,
        and go when no owner `uses` them any more. A file whose bytes stay the same keeps its date.
        What is known of devices is kept, tokens that were published before included; but not of
        those that are other devices now (`anew`): what the old one shows opens nothing any more.
        """
        self._make_key()
        sealing, now = self._sealing, self._now()
        with self._database.transaction() as transaction:
            publishing = Publishing(transaction, sealing, run, now)
            drop(transaction, anew)
            publishing.write(batch)
            drop(transaction, withdrawn)
            steady = {each.owner: digest_of(each.access.token) for each in batch
                      if each.access.token}  # fmt: skip
            admit(transaction, steady, now)
            sites = {each.site for each in batch} | shared.keys()
            sites |= {each.scope for each in withdrawn}
            publishing.share(sites, shared)
            advance(transaction, sealing.ids[0])

    def _make_key(self) -> None:
        """Make the key file for a store that has never been written to."""
        with self._database.snapshot() as snapshot:
            fresh = not key_id_of(snapshot)
        if fresh:
            self._key.create()

    @property
    def admissions(self) -> Admissions:
        """Tokens, and who has used them."""
        return Admissions(self._database, self._clock)

    # Reading

    def moment(self) -> Moment:
        """Return which store this is now, and how far it is. Raises StoreError.

        A store that was put in place of this one is noticed: the file is opened anew.
        """
        try:
            self._follow()
            with self._database.snapshot() as snapshot:
                return self._moment(snapshot)
        except StoreError:
            self._database.close()  # whatever is wrong with these connections goes with them
            raise

    def _moment(self, snapshot: Snapshot) -> Moment:
        found = snapshot.row(_MOMENT)
        if found is None:
            raise StoreError(f"The published store {self.where} is empty.", hint=PUBLISHED.rescue)
        return Moment(*found)

    def _follow(self) -> None:
        if self._database.file is None:
            return
        try:
            inode = self._database.file.stat().st_ino
        except OSError:
            raise StoreError(f"The published store {self.where} is gone.") from None
        if self._inode not in (None, inode):
            self._database.close()
        self._inode = inode

    def news(self, known: Mapping[Address, str]) -> News:
        """Return what was published since somebody looked. `known`: owners' seals at that time.

        Owners are verified; their files are when they are read.
        """
        if not self.revision():  # nothing was ever published: there is no key either
            return News((), {}, frozenset(known))
        with self._database.snapshot() as snapshot:
            return read_news(snapshot, self._sealing, known)

    def access(self, owner: Address) -> Access:
        """Return what a device shows, in clear. Raises StoreError."""
        with self._database.snapshot() as snapshot:
            found = rows_of(snapshot, OWNERS, [owner])
        return access_of(found[0], self._sealing) if found else Access()

    def files(self, owner: Address) -> Mapping[str, Served]:
        """Return all files of an owner as they are sent, by name.

        One that was edited by somebody else is left out: `file` says so.
        """
        with self._database.snapshot() as snapshot:
            found = rows_of(snapshot, FILES, [owner])
        return {
            row["name"]: served_of(row, self._sealing)
            for row in found
            if self._sealing.intact(row["seal"], file_parts(row))
        }

    def revision(self) -> int:
        """Return a number that grows with every publication: what was cached before is void."""
        with self._database.snapshot() as snapshot:
            return self._moment(snapshot).revision

    def owners(
        self,
        addresses: Iterable[Address] | None = None,
        *,
        site: str | None = None,
        verify: bool = False,
    ) -> tuple[Owner, ...]:
        """Return owners by address: those named, those of a site, or all.

        `verify` looks for edits by others, which takes the key.
        """
        columns = None if verify else OPEN
        with self._database.snapshot() as snapshot:
            if site is not None:
                found = rows(snapshot, OWNERS, "site = ?", site, columns=columns)
            else:
                wanted = None if addresses is None else list(addresses)
                found = rows_of(snapshot, OWNERS, wanted, columns)
            return read_owners(snapshot, found, self._sealing if verify else None)

    def records(self, site: str) -> Mapping[Address, bytes]:
        """Return what the publisher kept with each owner of a site. Raises StoreError if edited."""
        with self._database.snapshot() as snapshot:
            found = rows(snapshot, OWNERS, "site = ?", site, columns=["address", "record"])
        return {
            address_of(row["address"]): self._sealing.decrypt(row["record"], row["address"])
            for row in found
        }

    def holdings(
        self, site: str, only: Iterable[Address] | None = None
    ) -> tuple[tuple[Holding, ...], frozenset[str]]:
        """Return all that is held of a site's owners, and which of its shared files are intact.

        A store that nobody has published to holds nothing, and needs no key to say so.
        """
        with self._database.snapshot() as snapshot:
            if not key_id_of(snapshot):
                return (), frozenset()
            found = read_holdings(snapshot, self._sealing, site, only)
            return found, read_shared(snapshot, self._sealing, site)

    def phones(self, *, verify: bool = False) -> tuple[Owner, ...]:
        """Return the owners that are phones."""
        found = self.owners(verify=verify)
        return tuple(each for each in found if each.address.kind == "phone")

    def owner(self, address: Address) -> Owner | None:
        """Return one owner, verified; None when nothing is published for it."""
        return next(iter(self.owners([address], verify=True)), None)

    def find(self, mac: str) -> Owner | None:
        """Return who has a MAC address (any notation), verified; the enabled one of several."""
        bare = "".join(each for each in mac.lower() if each in "0123456789abcdef")
        with self._database.snapshot() as snapshot:
            found = read_owners(snapshot, rows(snapshot, OWNERS, "mac = ?", bare), self._sealing)
        return max(found, key=lambda each: (each.enabled, each.published_at), default=None)

    def shared(self, site: str) -> tuple[FileRow, ...]:
        """Return the files that every device of a site may fetch, verified, by name."""
        with self._database.snapshot() as snapshot:
            mine = rows(snapshot, OWNERS, "site = ? AND shared AND enabled", site)
            found = read_owners(snapshot, mine, self._sealing)
        files = [file for each in found for file in each.files.values()]
        return tuple(sorted(files, key=lambda each: each.name))

    def file(self, owner: Address, name: str) -> Served | None:
        """Return a file as it is sent; None when there is none of this name.

        Raises StoreError when it was edited by somebody else: such a file is not served.
        """
        with self._database.snapshot() as snapshot:
            found = rows(snapshot, FILES, "owner = ? AND name = ?", str(owner), name)
        if not found:
            return None
        row = found[0]
        if not self._sealing.intact(row["seal"], file_parts(row)):
            raise StoreError(
                f"{name} of {owner} in the published store was changed by somebody else. It is "
                f"not served.",
                hint="reconciler apply publishes it again",
            )
        return served_of(row, self._sealing)

    def masked(self, owners: Iterable[Address]) -> Mapping[tuple[Address, str], str]:
        """Return the texts of files with secrets masked; "" for one that was edited by others."""
        with self._database.snapshot() as snapshot:
            found = rows_of(snapshot, FILES, list(owners))
        return {
            (address_of(row["owner"]), row["name"]): self._sealing.decrypt(
                row["masked"], f"{row['name']} of {row['owner']}"
            ).decode()
            if self._sealing.intact(row["seal"], file_parts(row))
            else ""
            for row in found
        }

    # What devices do

    def record_fetches(self, fetches: Sequence[Fetch]) -> None:
        """Remember who was given what. What an owner did that was withdrawn meanwhile is not."""
        with self._database.transaction() as transaction:
            note_fetches(transaction, fetches)

    def record_proof(self, proofs: Mapping[Address, str]) -> None:
        """Remember when devices were seen to use what they were given (address -> time)."""
        with self._database.transaction() as transaction:
            note(transaction, [(each, {"proved_at": at}) for each, at in proofs.items()])

    def record_attempts(self, attempts: Mapping[Address, Attempt]) -> None:
        """Remember what was seen at phones over their own interfaces."""
        new = [attempt_row(owner, each) for owner, each in attempts.items()]
        with self._database.transaction() as transaction:
            upsert(transaction, ATTEMPTS, new)

    def record_delivered(self, delivered: Mapping[Address, Sighting]) -> None:
        """Remember that all that is published for these phones was written to them."""
        self.record_fetches(
            [
                Fetch(each.address, name, file.etag, seen.at, seen.source, seen.model,
                      seen.firmware)
                for each in self.owners(delivered)
                for seen in (delivered[each.address],)
                for name, file in each.files.items()
            ]
        )  # fmt: skip

    def record_failure(self, owner: Address, at: str, failure: str) -> None:
        """Remember that a device could not be given its files, and why (no secret in it)."""
        with self._database.transaction() as transaction:
            note(transaction, [(owner, {"failed_at": at, "failure": failure})])

    def standings(self, addresses: Iterable[Address] | None = None) -> tuple[Standing, ...]:
        """Return where devices stand, by address. Needs no key."""
        statuses = self.statuses(addresses)
        with self._database.snapshot() as snapshot:
            lives = {row["owner"]: row for row in rows(snapshot, LIVES)}
        return tuple(
            standing_of(each, lives.get(str(each.owner.address)))
            for each in statuses
            if not each.owner.shared
        )

    def record_lives(self, lives: Mapping[Address, Lifecycle]) -> None:
        """Remember which states devices have reached."""
        now = self._now()
        new = [{"owner": str(a), "state": state, "since": now} for a, state in lives.items()]
        with self._database.transaction() as transaction:
            upsert(transaction, LIVES, new)

    def statuses(self, addresses: Iterable[Address] | None = None) -> tuple[Status, ...]:
        """Return how far each owner's devices are, by address. Needs no key."""
        wanted = None if addresses is None else list(addresses)
        with self._database.snapshot() as snapshot:
            owners = read_owners(snapshot, rows_of(snapshot, OWNERS, wanted, OPEN))
            return read_statuses(snapshot, owners, wanted)
