"""Rotation: the signing key before counts until every phone has shown a signature of the new one.

Pure but for its own memory: it changes in the server's thread only.
"""

from collections.abc import Iterable, Sequence

from reconciler.model.address import Address
from reconciler.provisioning.signatures import key_id
from reconciler.provisioning.store.records import KeyUse


class Rotation:
    """Which signing keys count. `keys`: the new one first, then the one before if there is one."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = tuple(keys)
        self.names = tuple(key_id(each) for each in keys)
        self._have: set[Address] = set()
        self._missing: frozenset[Address] | set[Address] = frozenset()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that count now."""
        return self._keys if self._missing else self._keys[:1]

    @property
    def missing(self) -> frozenset[Address]:
        """The phones that have not shown the new key yet."""
        return frozenset(self._missing)

    def forget(self, gone: Iterable[Address]) -> None:
        """Take note of phones that were withdrawn: whoever comes back begins anew."""
        self._have -= set(gone)

    def expect(self, phones: Iterable[Address]) -> None:
        """Take note of the phones that may fetch."""
        self._missing = set(phones) - self._have

    def use(self, uses: Iterable[KeyUse]) -> None:
        """Take note of keys that phones have shown."""
        if self.names:
            have = {each.owner for each in uses if each.key_id == self.names[0]}
            self._have |= have
            self._missing = set(self._missing) - have
