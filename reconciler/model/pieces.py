"""Pieces: what is very much is made out piece by piece, as far as somebody looks at it."""

from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from functools import cached_property
from typing import Final, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_MANY: Final = 8
"""Who has asked for one in so many is going to ask for all: together they are made sooner."""


class InPieces(Mapping[K, V]):
    """A mapping whose keys are known, and whose values are made when they are asked for.

    `keys` say where each of them stands; `make` returns the values of some. It is asked once for
    each, and always answers the same.
    """

    def __init__(self, keys: Mapping[K, int], make: Callable[[Sequence[K]], Mapping[K, V]]) -> None:
        self._keys = keys
        self._make = make
        self._made: dict[K, V] = {}

    def __getitem__(self, key: K) -> V:
        made = self._made
        if key not in made:
            if key not in self._keys:
                raise KeyError(key)
            if len(made) * _MANY > len(self._keys):
                self._make_rest()
            else:
                made.update(self._make((key,)))
        return made[key]

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __iter__(self) -> Iterator[K]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def keys(self) -> KeysView[K]:
        """Return the keys: nothing is made for them."""
        return self._keys.keys()

    def items(self) -> ItemsView[K, V]:
        """Return keys and values, all made together."""
        self._make_rest()
        return super().items()

    def values(self) -> ValuesView[V]:
        """Return the values, all made together."""
        self._make_rest()
        return super().values()

    def _make_rest(self) -> None:
        if rest := [each for each in self._keys if each not in self._made]:
            self._made.update(self._make(rest))


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
