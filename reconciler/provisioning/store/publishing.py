"""Publishing: one transaction's changes to what devices may fetch. IO."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from reconciler.database.transaction import Transaction
from reconciler.model.address import Address
from reconciler.provisioning.store.columns import FILES, LIGHT, OWNERS
from reconciler.provisioning.store.records import Publication, PublishedFile
from reconciler.provisioning.store.rows import (
    drop,
    file_row,
    owner_row,
    rows_of,
    shared_by,
    upsert,
    used_at,
)
from reconciler.provisioning.store.sealing import Sealing


@dataclass(frozen=True, slots=True)
class Publishing:
    """A transaction that publishes; `now` is its time (ISO 8601, UTC)."""

    transaction: Transaction
    sealing: Sealing
    run: int | None
    now: str

    def write(self, batch: Sequence[Publication]) -> None:
        """Replace owners and all their files."""
        known = {
            (row["owner"], row["name"]): row
            for row in rows_of(self.transaction, FILES, [each.owner for each in batch], LIGHT)
        }
        files = [
            file_row(
                each.owner, file, known.get((str(each.owner), file.name)), self.now, self.sealing
            )
            for each in batch
            for file in each.files
        ]
        for owner, name in known.keys() - {(row["owner"], row["name"]) for row in files}:
            self._delete(owner, name)
        owners = [owner_row(each, self.run, self.now, self.sealing) for each in batch]
        upsert(self.transaction, OWNERS, owners)
        upsert(self.transaction, FILES, files)

    def share(self, sites: AbstractSet[str], shared: Mapping[str, Sequence[PublishedFile]]) -> None:
        """Bring the shared files of sites up to date: what is new comes, what is unused goes."""
        for site in sorted(sites):
            self._share(shared_by(site), site, shared.get(site, ()))

    def _share(self, owner: Address, site: str, files: Sequence[PublishedFile]) -> None:
        mine = rows_of(self.transaction, FILES, [owner], LIGHT)
        if not mine and not files:
            return
        known = {row["name"]: row for row in mine}
        new = {each.name: each for each in files}
        rows = [
            file_row(owner, file, known.get(name), self.now, self.sealing)
            for name, file in new.items()
        ]
        upsert(self.transaction, FILES, rows)
        used = used_at(self.transaction, site)
        for name in (known.keys() | new.keys()) - used:
            self._delete(str(owner), name)
        if used:
            common = Publication(owner, site, (), shared=True)
            row = owner_row(common, self.run, self.now, self.sealing)
            upsert(self.transaction, OWNERS, [row])
        else:
            drop(self.transaction, [owner])

    def _delete(self, owner: str, name: str) -> None:
        query = f"DELETE FROM {FILES.table} WHERE owner = ? AND name = ?"  # noqa: S608
        self.transaction.execute(query, owner, name)
