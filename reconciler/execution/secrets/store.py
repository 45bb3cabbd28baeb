"""The store: values by name in one encrypted document.

Names and dates lie open, so that they can be listed; the values are one Fernet token, so that
neither a value nor its place can be changed without the key. Decrypted once per process.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from reconciler.errors import WorkspaceError
from reconciler.execution.secrets.document import Document, FileDocument
from reconciler.execution.secrets.keys import KEY_FILE, KEY_VARIABLE, StoreKey, new_key
from reconciler.model.secret import Clear

STORE_FILE = "secrets.store"
_VERSION = 1


class Stored(NamedTuple):
    """What may be shown of a stored secret. Dates are ISO 8601, UTC."""

    name: str
    created: str
    changed: str


class _Content(NamedTuple):
    values: dict[str, str]
    dates: dict[str, tuple[str, str]]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Store:
    """Secrets by name. Raises WorkspaceError when key or document cannot be used."""

    def __init__(
        self,
        document: Document,
        key: StoreKey,
        *,
        makes_key: bool = False,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        """`makes_key`: the first value stored makes a key file, when there is no key at all."""
        self._document = document
        self._key = key
        self._makes_key = makes_key
        self._clock = clock
        self._values: dict[str, Clear] | None = None

    @property
    def exists(self) -> bool:
        """Whether anything was ever stored."""
        return self._document.read() is not None

    def get(self, name: str) -> Clear | None:
        """Return a value, None if there was none under this name when the store was first read."""
        if self._values is None:
            self.reload()
        return (self._values or {}).get(name)

    def reload(self) -> None:
        """Read the document again: other processes may have written it meanwhile."""
        self._keep(self._open(self._document.read()).values)

    def put(self, name: str, value: Clear) -> None:
        """Store a value, in place of an earlier one. It is on the disk when this returns."""
        self._edit(lambda content: self._set(content, name, value.reveal()))

    def add(self, values: Mapping[str, Clear]) -> None:
        """Store values whose names are free; names that are taken keep what they have."""

        def edit(content: _Content) -> None:
            for name, value in values.items():
                if name not in content.values:
                    self._set(content, name, value.reveal())

        self._edit(edit)

    def rename(self, names: Mapping[str, str]) -> None:
        """Give values other names (old -> new); a new name that is taken keeps what it has."""

        def edit(content: _Content) -> None:
            for old, new in names.items():
                if old in content.values and new not in content.values:
                    content.values[new] = content.values.pop(old)
                    content.dates[new] = content.dates.pop(old)

        self._edit(edit)

    def remove(self, name: str) -> bool:
        """Forget a value; say whether there was one."""
        if all(each.name != name for each in self.names()):
            return False
        found: list[bool] = []

        def edit(content: _Content) -> None:
            found.append(content.values.pop(name, None) is not None)
            content.dates.pop(name, None)

        self._edit(edit)
        return found[-1]

    def names(self) -> tuple[Stored, ...]:
        """Return names and dates, never values. Needs no key."""
        dates = _parse(self._document.read(), self._document.where)[0]
        return tuple(Stored(name, *dates[name]) for name in sorted(dates))

    @property
    def where(self) -> str:
        """Where the store is, without a password."""
        return self._document.where

    @property
    def key_at(self) -> str:
        """Where its key is, in words."""
        return self._key.where

    def rotate(self) -> None:
        """Encrypt everything under a new key. Killed at any moment, the store stays readable.

        With the key in the environment, the new one stands first and the old one second there.
        """
        if self._key.from_environment:
            if len(self._key.texts()) < 2:
                raise WorkspaceError(
                    f"{KEY_VARIABLE} holds one key; to rotate, it has to hold the new one and the "
                    f"old one.",
                    hint=f'{KEY_VARIABLE}="NEW OLD" reconciler secrets rotate-key',
                )
            self._edit(lambda _content: None)
            return
        # Two at once would each throw away the key that the other has encrypted with.
        with self._key.locked():
            self._open(self._document.read())  # a wrong key must not be followed by a new one
            fresh = new_key()
            self._key.replace([fresh, *self._key.texts()])
            self._edit(lambda _content: None)
            self._key.replace([fresh])

    def _set(self, content: _Content, name: str, value: str) -> None:
        now = self._clock().astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        content.values[name] = value
        content.dates[name] = (content.dates.get(name, (now, now))[0], now)

    def _edit(self, change: Callable[[_Content], None]) -> None:
        kept: list[_Content] = []

        def edit(text: str | None) -> str:
            content = self._open(text)
            if text is None and self._makes_key:
                self._key.create()
            change(content)
            kept.append(content)
            token = self._key.fernet().encrypt(json.dumps(content.values).encode()).decode()
            return json.dumps(
                {"version": _VERSION, "secrets": content.dates, "sealed": token},
                sort_keys=True,
                indent=1,
            )

        self._document.update(edit)
        self._keep(kept[-1].values)

    def _keep(self, values: Mapping[str, str]) -> None:
        self._values = {name: Clear(value) for name, value in values.items()}

    def _open(self, text: str | None) -> _Content:
        dates, token = _parse(text, self._document.where)
        if not token:
            return _Content({}, {})
        from cryptography.fernet import InvalidToken

        try:
            values = json.loads(self._key.fernet().decrypt(token.encode()))
        except InvalidToken:
            raise WorkspaceError(
                f"The secret store {self._document.where} cannot be decrypted with the key from "
                f"{self._key.where}: it was written with another key, or was changed.",
                hint=f"set {KEY_VARIABLE} to the key that it was written with",
            ) from None
        return _Content(values, {name: dates.get(name, ("", "")) for name in values})


def file_store(folder: Path, environ: Mapping[str, str]) -> Store:
    """Return the store beside the workspace: `secrets.store` and `store.key` in its folder."""
    return Store(
        FileDocument(folder / STORE_FILE), StoreKey(folder / KEY_FILE, environ), makes_key=True
    )


def _parse(text: str | None, where: str) -> tuple[dict[str, tuple[str, str]], str]:
    if text is None:
        return {}, ""
    try:
        data = json.loads(text)
        version = int(data["version"])
        dates = {str(name): (str(a), str(b)) for name, (a, b) in data["secrets"].items()}
        token = str(data["sealed"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise WorkspaceError(
            f"The secret store {where} is damaged.", hint="restore it from a backup"
        ) from None
    if version > _VERSION:
        raise WorkspaceError(
            f"The secret store {where} was written by a newer reconciler (version {version}).",
            hint="upgrade: pip install --upgrade reconciler",
        )
    return dates, token
