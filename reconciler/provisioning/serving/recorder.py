"""Recorder: what devices did, written to the store a second later at most, many at once. IO.

What must not be lost is not left to it: that a token ends is written before the device is answered.
"""

import asyncio
import logging
from datetime import UTC, datetime
from typing import Final

from reconciler.errors import ReconcilerError
from reconciler.model.address import Address
from reconciler.provisioning.store.published import Published
from reconciler.provisioning.store.records import Fetch, KeyUse

PAUSE_S: Final = 0.5
MOST: Final = 100_000
_LOG: Final = logging.getLogger("reconciler.provisioning")


def stamp(now_s: float, to: str = "milliseconds") -> str:
    """Return a moment as ISO 8601 in UTC."""
    moment = datetime.fromtimestamp(now_s, UTC).isoformat(timespec=to)
    return moment.replace("+00:00", "Z")


class Recorder:
    """Notes that wait to be written. When the store fails they are kept and tried again."""

    def __init__(self, store: Published) -> None:
        self._store = store
        self._fetches: list[Fetch] = []
        self._failures: dict[Address, tuple[str, str]] = {}
        self._tokens: dict[str, str] = {}
        self._keys: dict[tuple[Address, str], KeyUse] = {}
        self._complained = False

    def fetch(self, fetch: Fetch) -> None:
        """Note that a device was given a file."""
        if len(self._fetches) < MOST:
            self._fetches.append(fetch)

    def failure(self, owner: Address, at: str, why: str) -> None:
        """Note that a device could not be given its file."""
        self._failures[owner] = (at, why)

    def token(self, digest: str, at: str) -> None:
        """Note that a token was used."""
        self._tokens[digest] = at

    def key(self, use: KeyUse) -> None:
        """Note that a signing key was used."""
        self._keys[use.owner, use.key_id] = use

    async def run(self) -> None:
        """Write for ever."""
        while True:
            await asyncio.sleep(PAUSE_S)
            await asyncio.to_thread(self.write)

    def write(self) -> None:
        """Write what waits. Never raises: what could not be written waits on."""
        fetches, self._fetches = self._fetches, []
        tokens, self._tokens = self._tokens, {}
        keys, self._keys = self._keys, {}
        failures, self._failures = self._failures, {}
        try:
            if fetches:
                self._store.record_fetches(fetches)
                fetches = []
            if tokens or keys:
                self._store.admissions.used(tokens, keys.values())
                tokens, keys = {}, {}
            for owner, (at, why) in failures.items():
                self._store.record_failure(owner, at, why)
            self._complained = False
        except ReconcilerError as failure:
            if not self._complained:
                _LOG.error("what devices did cannot be recorded now: %s", failure)
            self._complained = True
            self._fetches = fetches + self._fetches
            self._tokens = {**tokens, **self._tokens}
            self._keys = {**keys, **self._keys}
            self._failures = {**failures, **self._failures}
