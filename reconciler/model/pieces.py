"""Pieces: what is very much is made out piece by piece, as far as somebody looks at it."""

from collections.abc import Callable, Iterator, KeysView, Mapping
from functools import cached_property
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class InPieces(Mapping[K, V]):
    """A mapping whose keys are known, and whose values are made a piece at a time.

    `where` says in which piece the value of a key is; `make` returns the values of a piece. It is
    asked once for each, and always answers the same.
    """

    def __init__(self, where: Mapping[K, int], make: Callable[[int], Mapping[K, V]]) -> None:
        self._where = where
        self._make = make
        self._made: dict[K, V] = {}

    def __getitem__(self, key: K) -> V:
        if key not in self._made:
            self._made.update(self._make(self._where[key]))
        return self._made[key]

    def __contains__(self, key: object) -> bool:
        return key in self._where

    def __iter__(self) -> Iterator[K]:
        return iter(self._where)

    def __len__(self) -> int:
        return len(self._where)

    def keys(self) -> KeysView[K]:
        """Return the keys: nothing is made out for them."""
        return self._where.keys()


class Later(Mapping[K, V]):
    """A mapping that is made as a whole, when somebody looks at it."""

    def __init__(self, make: Callable[[], Mapping[K, V]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Mapping[K, V]:
        return self._make()

    def __getitem__(self, key: K) -> V:
        return self._made[key]

    def __contains__(self, key: object) -> bool:
        return key in self._made

    def __iter__(self) -> Iterator[K]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)
