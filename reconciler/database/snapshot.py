"""One moment of a database, asked in plain SQL that SQLite and PostgreSQL both understand."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any


class Snapshot(ABC):
    """What is in the database at one moment. `?` in a query stands for a parameter."""

    @abstractmethod
    def rows(self, query: str, *parameters: object) -> Iterator[Any]:
        """Yield what the query finds, as tuples. They are read before the snapshot ends."""

    @abstractmethod
    def has_table(self, name: str) -> bool:
        """Whether there is a table of this name."""

    @abstractmethod
    def now_s(self) -> float:
        """Return seconds since 1970 by the clock that all who share the database share."""

    def row(self, query: str, *parameters: object) -> Any:
        """Return the first that the query finds, None if it finds nothing."""
        return next(iter(self.rows(query, *parameters)), None)
