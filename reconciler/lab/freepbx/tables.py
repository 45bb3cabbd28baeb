"""The state of the PBX: rows as in its database, the AstDB and the mailboxes of voicemail.conf.

Widths are those of a real FreePBX 17 (`data/columns.txt`): what is longer is cut without a word.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from operator import itemgetter
from typing import NamedTuple

Value = str | int | None
Row = dict[str, Value]

_COLUMN = re.compile(r"(\w+):(text|int)(?:\((\d+)\))?(!)?(\*)?")


class Column(NamedTuple):
    """A column: whole numbers or text, how many characters are kept, whether it may be null."""

    is_int: bool
    width: int | None
    not_null: bool
    is_key: bool


@cache
def columns() -> dict[str, dict[str, Column]]:
    """Columns by table, in the database's order."""
    text = (files("reconciler.lab.freepbx") / "data" / "columns.txt").read_text(encoding="utf-8")
    found: dict[str, dict[str, Column]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            table, _, rest = line.partition(": ")
            found[table] = {
                name: Column(kind == "int", int(width) if width else None, bool(null), bool(key))
                for name, kind, width, null, key in _COLUMN.findall(rest)
            }
    return found


QUIET = frozenset({"admin", "api_access_tokens", "api_asynchronous_transaction_history"})
"""Tables that change without anybody changing a setting."""


def _stored(column: Column, value: Value) -> Value:
    """A value as MariaDB without strict mode keeps it."""
    if value is None:
        return ("" if not column.is_int else 0) if column.not_null else None
    if not column.is_int:
        return str(value)[: column.width]
    return php_int(value)


def php_int(value: Value) -> int:
    """The number that a text begins with, 0 without one: what PHP and MariaDB make of it."""
    if isinstance(value, int):
        return value
    number = re.match(r"\s*-?\d+", value or "")
    return int(number.group()) if number else 0


def number_of(given: object) -> str:
    """A number as the tables keep it: 20 characters, whatever comes."""
    return str(given)[:20]


def _split(key: str) -> tuple[str, str]:
    """An AstDB key as its first two parts, by which entries are found, and the rest."""
    parts = key.strip("/").split("/", 2)
    return "/".join(parts[:2]), parts[2] if len(parts) > 2 else ""


@cache
def _key_of(table: str) -> Callable[[Row], object] | None:
    """What tells rows of a table apart; None for tables without a key."""
    names = [name for name, column in columns()[table].items() if column.is_key]
    return itemgetter(*names) if names else None


class Duplicate(Exception):
    """A row with this key is there already."""


class NoAsterisk(Exception):
    """AstDB is asked for, and Asterisk, which has it, is away."""

    def __init__(self, *, writing: bool) -> None:
        super().__init__("Asterisk is not connected")
        self.writing = writing


@dataclass
class Mailbox:
    """A line of voicemail.conf: `1001=4242,Alice,a@example.com,,attach=no|saycid=no`."""

    pin: str
    name: str = ""
    email: str = ""
    pager: str = ""
    options: dict[str, str] = field(default_factory=dict)
    context: str = "default"

    def line(self) -> str:
        """Everything behind the equals sign."""
        options = "|".join(f"{name}={value}" for name, value in self.options.items())
        return ",".join((self.pin, self.name, self.email, self.pager, options))


class Tables:
    """All state of one PBX. Every channel reads and writes here: each sees the others' writes."""

    def __init__(self) -> None:
        self._first = {name: next(iter(found)) for name, found in columns().items()}
        self.changes = 0
        self.asterisk_is_up = True
        """While it is not, AstDB can be neither read nor written: `NoAsterisk` is raised."""
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._rows: dict[str, dict[str, list[Row]]] = {name: {} for name in columns()}
        self._astdb: dict[str, dict[str, str]] = {}
        self.last_ids: dict[str, int] = defaultdict(int)
        self.mailboxes: dict[str, Mailbox] = {}
        self.kvstore: dict[str, dict[str, str]] = defaultdict(dict)
        self.changes += 1

    def insert(self, table: str, values: Row) -> Row:
        """Add a row; columns that are not given are empty. Returns it as it is kept.

        Raises `Duplicate` when the table has keys and this one is taken.
        """
        row = {name: _stored(column, values.get(name)) for name, column in columns()[table].items()}
        own = self._first[table]
        bucket = self._rows[table].setdefault(str(row[own]), [])
        key = _key_of(table)
        if key is not None and bucket and key(row) in map(key, bucket):
            raise Duplicate(f"{table}: {key(row)}")
        number = row[own]
        if isinstance(number, int):
            self.last_ids[table] = max(self.last_ids[table], number)
        bucket.append(row)
        self.changes += table not in QUIET
        return row

    def next_id(self, table: str) -> int:
        """The next number of a table whose first column counts up. Numbers never come back."""
        self.last_ids[table] += 1
        return self.last_ids[table]

    def rows(self, table: str, **where: Value) -> list[Row]:
        """Rows that have all these values, in the order of insertion."""
        first = self._first[table]
        if first in where:
            found = self._rows[table].get(str(where[first]), [])
        else:
            found = [row for bucket in self._rows[table].values() for row in bucket]
        rest = {name: value for name, value in where.items() if name != first}
        return [row for row in found if all(row[name] == value for name, value in rest.items())]

    def row(self, table: str, **where: Value) -> Row | None:
        """The first row that has all these values."""
        found = self.rows(table, **where)
        return found[0] if found else None

    def change(self, row: Row, table: str, **values: Value) -> None:
        """Write columns of a row that is there. Its first column stays."""
        for name, value in values.items():
            row[name] = _stored(columns()[table][name], value)
        self.changes += 1

    def delete(self, table: str, **where: Value) -> int:
        """Remove rows that have all these values; returns how many."""
        gone = self.rows(table, **where)
        for row in gone:
            key = str(row[self._first[table]])
            bucket = self._rows[table][key]
            bucket[:] = [each for each in bucket if each is not row]
            if not bucket:
                del self._rows[table][key]
        self.changes += bool(gone) and table not in QUIET
        return len(gone)

    def settings(self, table: str, key: Value) -> dict[str, str]:
        """The keyword and data rows of one object (tables sip, pjsip, queues_details)."""
        return {str(row["keyword"]): str(row["data"]) for row in self.rows(table, id=key)}

    def ask_asterisk(self, *, writing: bool = False) -> None:
        """Raises `NoAsterisk` while Asterisk is away."""
        if not self.asterisk_is_up:
            raise NoAsterisk(writing=writing)

    def put(self, key: str, value: str) -> None:
        """Write one AstDB entry: `AMPUSER/1001/cidname`."""
        self.ask_asterisk(writing=True)
        family, rest = _split(key)
        self._astdb.setdefault(family, {})[rest] = value
        self.changes += 1

    def get(self, key: str, default: str = "") -> str:
        """Read one AstDB entry."""
        self.ask_asterisk()
        family, rest = _split(key)
        return self._astdb.get(family, {}).get(rest, default)

    def drop(self, key: str) -> None:
        """Remove an AstDB entry and everything below it."""
        self.ask_asterisk(writing=True)
        family, rest = _split(key)
        entries = self._astdb.get(family, {})
        gone = [each for each in entries if not rest or f"{each}/".startswith(f"{rest}/")]
        for each in gone:
            del entries[each]
        if not entries:
            self._astdb.pop(family, None)
        self.changes += bool(gone)

    @property
    def astdb(self) -> dict[str, str]:
        """The whole AstDB, flat: `/AMPUSER/1001/cidname`."""
        return {
            f"/{family}/{rest}" if rest else f"/{family}": value
            for family, entries in self._astdb.items()
            for rest, value in entries.items()
        }

    def below(self, family: str) -> dict[str, str]:
        """Entries of one top family by the next part: `below("blacklist")`."""
        self.ask_asterisk()
        return {
            key.partition("/")[2]: entries[""]
            for key, entries in self._astdb.items()
            if key.partition("/")[0] == family and "" in entries
        }

    @property
    def needs_reload(self) -> bool:
        """The flag that lights up Apply Config."""
        row = self.row("admin", variable="need_reload")
        return row is not None and row["value"] == "true"

    @needs_reload.setter
    def needs_reload(self, value: bool) -> None:
        self.delete("admin", variable="need_reload")
        self.insert("admin", {"variable": "need_reload", "value": "true" if value else "false"})
