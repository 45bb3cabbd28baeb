"""Generated secrets: made once, stored before they are sent anywhere, used for ever.

Their name in the store is `generated/ADDRESS/PATH`. An object that moves to a new address takes
its values along; whoever is declared at the old address afterwards gets values of its own.
"""

from collections.abc import Iterable, Mapping

from reconciler.errors import SecretUnavailable
from reconciler.execution.secrets.store import Store
from reconciler.execution.secrets.strength import generate
from reconciler.model.address import Address
from reconciler.model.secret import Clear

PREFIX = "generated/"


class Generated:
    """Generated values by name (`ADDRESS/PATH`, or any name that people gave)."""

    def __init__(self, store: Store | None) -> None:
        self._store = store
        self._from: dict[str, list[str]] = {}
        self._to: dict[str, str] = {}
        self._renewed: set[str] = set()
        self.has_made = False
        """Whether a value was made or renamed."""

    def keep_in(self, store: Store) -> None:
        """Use another store from now on."""
        self._store = store

    def follow(self, moves: Mapping[Address, Address]) -> None:
        """Take note of objects that have a new address (old -> new)."""
        for source, destination in moves.items():
            former = self._from.setdefault(str(destination), [])
            if str(source) not in former:
                former.append(str(source))
            self._to[str(source)] = str(destination)

    def renew(self, names: Iterable[str]) -> None:
        """Count values as not there: the next `make` makes them anew, in place of the old ones."""
        self._renewed.update(names)

    def find(self, name: str) -> Clear | None:
        """Return the value, also one that is still stored under a former address; or None."""
        if self._store is None or name in self._renewed:
            return None
        stored = self._stored_as(name)
        return None if stored is None else self._store.get(PREFIX + stored)

    def make(self, names: Iterable[str]) -> None:
        """Make the values that do not exist yet, and keep those of moved objects as their own.

        Durable when it returns. Raises SecretUnavailable when there is no store, WorkspaceError
        when it cannot be written.
        """
        new: dict[str, Clear] = {}
        renamed: dict[str, str] = {}
        for name in dict.fromkeys(names):
            if name in self._renewed and self._store is not None:
                owner, _, path = name.rpartition("/")
                self._store.put(PREFIX + name, Clear(generate(path, owner.rpartition("/")[2])))
                self._renewed.discard(name)
                self.has_made = True
                continue
            stored = self._stored_as(name)
            if stored is None:
                heir = _other(name, self._to)
                if heir is not None and self._store is not None:
                    renamed[PREFIX + name] = PREFIX + heir
                owner, _, path = name.rpartition("/")
                new[PREFIX + name] = Clear(generate(path, owner.rpartition("/")[2]))
            elif stored != name:
                renamed[PREFIX + stored] = PREFIX + name
        if (new or renamed) and self._store is None:
            raise SecretUnavailable(
                "A generated secret is kept in the store, and there is none.",
                hint="reconciler secrets init",
            )
        self.has_made = self.has_made or bool(new or renamed)
        if self._store is not None and renamed:
            self._store.rename(renamed)
        if self._store is not None and new:
            self._store.add(new)

    def _stored_as(self, name: str) -> str | None:
        """Return the name under which the value lies, following moves back; None: nowhere."""
        if self._store is None:
            return None
        heir = _other(name, self._to)
        if heir is not None and self._store.get(PREFIX + heir) is None:
            return None  # what lies here goes with the object that moves away
        waiting = [name]
        tried: set[str] = set()
        while waiting:
            at = waiting.pop(0)
            if self._store.get(PREFIX + at) is not None:
                return at
            tried.add(at)
            owner, path = _split(at, self._from)
            former = [f"{each}/{path}" for each in self._from.get(owner, ())]
            waiting += [each for each in former if each not in tried]
        return None


def _other(name: str, addresses: Mapping[str, str]) -> str | None:
    """Return the same field's name at the address that `addresses` has for the object's."""
    owner, path = _split(name, addresses)
    return f"{addresses[owner]}/{path}" if owner else None


def _split(name: str, addresses: Mapping[str, object]) -> tuple[str, str]:
    """Return the address of `addresses` that the name begins with ("" if none), and the rest."""
    if not addresses:
        return "", name
    parts = name.split("/")
    for count in range(len(parts) - 1, 0, -1):
        owner = "/".join(parts[:count])
        if owner in addresses:
            return owner, "/".join(parts[count:])
    return "", name
