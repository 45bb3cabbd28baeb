"""Secrets that are made of others: a signature of a key, a file of the passwords in it."""

from collections.abc import Callable, Sequence
from typing import Protocol

from reconciler.model.secret import Clear


class Derived(Protocol):
    """A scheme of references whose values are put together from other secrets' values. Pure.

    `name` is what follows `scheme:` in a reference.
    """

    def needs(self, name: str) -> Sequence[str]:
        """Return the references that the value is made of. Raises SecretUnavailable."""
        ...

    def value(self, name: str, reveal: Callable[[str], str]) -> Clear:
        """Return the value; `reveal` gives those of `needs`. Raises SecretUnavailable."""
        ...
