"""Ahead: targets are read while the command still makes out the rest. Never raises.

A platform takes its time to answer, and so do we to make out what is wanted and to open the
journal. So it is asked as soon as it is known where it is and with which password; who reads it
later gets what has come. What was begun on other terms than those that the whole estate gives in
the end is given up, and read in its turn. So is whatever fails before it is asked: the failure is
told where it always was.
"""

from collections.abc import Coroutine, Iterator
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from reconciler.adapter import Remote
from reconciler.errors import ReconcilerError
from reconciler.execution.meanwhile import Meanwhile
from reconciler.execution.secrets.fingerprint import has_key
from reconciler.execution.secrets.walk import secrets_in
from reconciler.execution.session import Sessions
from reconciler.journal import head_seen
from reconciler.kept.packing import CannotKeep, pack
from reconciler.model.resource import Desired
from reconciler.model.target import Target
from reconciler.workspace import (
    Keys,
    Stores,
    Surroundings,
    journal_url,
    open_keys,
    open_sessions,
)

if TYPE_CHECKING:
    from reconciler.journal.witness import Seen

T = TypeVar("T")

_AT_HAND: Final = frozenset(("env", "file", "store"))
"""Schemes whose secrets are looked up. What asks a program or a server is asked in its turn."""


class Ahead:
    """What was begun, and the loop that it goes on in.

    `keys` and `sessions` are what it was begun with, None as long as nothing was. Who writes takes
    the lock later on, and has to `hold`.
    """

    def __init__(self, at: Surroundings, *, writes: bool = False) -> None:
        self._at = at
        self._writes = writes
        self._meanwhile = Meanwhile()
        self._terms: object = None
        self._seen: Seen | None = None
        self.keys: Keys | None = None
        self.sessions: Sessions | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._meanwhile:
            self.give_up()

    def begin(self, desired: Desired) -> None:
        """Begin to read the targets of an estate, or of its inventory alone."""
        if desired.workspace.get("secrets.store.in_journal") or not has_key(
            self._at.folder, self._at.environ
        ):
            return
        with suppress(ReconcilerError, OSError, CannotKeep):
            terms = _terms_of(desired)
            keys = open_keys(self._at, desired.workspace)
            sessions = open_sessions(desired, keys, self._at)
            url = journal_url(self._at, desired.workspace)
            self._seen = head_seen(url, self._at.folder, keys.key)
            if self._writes and self._seen is None:
                return  # nothing of it could be believed under the lock
            begun = sorted(self._prepared(desired, sessions))
            if begun:
                self.keys, self.sessions, self._terms = keys, sessions, terms
                self._meanwhile.begin(lambda: sessions.begin(begun))

    def _prepared(self, desired: Desired, sessions: Sessions) -> Iterator[str]:
        for name, target in desired.targets.items():
            adapter: object = self._at.adapters.get(target.adapter)
            if isinstance(adapter, Remote) and not target.on_demand and _is_at_hand(target):
                with suppress(ReconcilerError, OSError):
                    sessions.prepare(name)
                    yield name

    def settle(self, desired: Desired) -> None:
        """Give up what was begun on other terms than this estate's."""
        if self.sessions is not None:
            with suppress(CannotKeep):
                if self._terms == _terms_of(desired):
                    return
            self.give_up()

    def hold(self, stores: Stores) -> None:
        """Give up what was begun if another run may have written meanwhile. We hold the lock now.

        The chain's head as the witness knew it before: it may have been behind, and never ahead.
        """
        if self.sessions is not None and (
            self._seen is None or not stores.journal.stands_at(self._seen)
        ):
            self.give_up()

    def give_up(self) -> None:
        """End what was begun, and forget what it was begun with."""
        sessions, self.sessions, self.keys = self.sessions, None, None
        if sessions is not None:
            self._meanwhile.run(sessions.aclose())

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run the rest of the command to its end."""
        return self._meanwhile.run(main)


def _is_at_hand(target: Target) -> bool:
    references = [each.reference or "" for _, each in secrets_in(target.settings)]
    return all(each.partition(":")[0] in _AT_HAND for each in references)


def _terms_of(desired: Desired) -> object:
    """Return all that reading targets depends on, in a form that compares.

    Raises CannotKeep for settings of which nobody knows whether they are equal.
    """
    targets = {
        name: (each.scope, each.adapter, each.on_demand, each.files, pack(dict(each.settings)))
        for name, each in desired.targets.items()
    }
    moves = [(each.source, each.destination) for each in desired.moved]
    return targets, moves, pack(dict(desired.workspace))
