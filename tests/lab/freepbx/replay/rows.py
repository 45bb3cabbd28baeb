"""Differences of tables in the words of the recordings."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from reconciler.lab.freepbx.tables import Tables
from tests.lab.freepbx.replay.compare import MADE_UP, values

Rows = list[dict[str, str]]


def said(value: Any) -> str:
    return "NULL" if value is None else str(value)


def rows(tables: Tables, table: str) -> Rows:
    """Rows of a table as the recordings have them: all texts, NULL in words."""
    return [{name: said(value) for name, value in row.items()} for row in tables.rows(table)]


def _sorted(found: Rows) -> Rows:
    return sorted(found, key=lambda row: sorted(row.items()))


class Before:
    """All tables at one moment."""

    def __init__(self, tables: Tables) -> None:
        self._tables = copy.deepcopy(tables)

    def rows(self, table: str) -> Rows:
        return rows(self._tables, table)

    def of_one(self, number: str) -> dict[str, str]:
        return of_one(self._tables, number)


def of_one(tables: Tables, number: str) -> dict[str, str]:
    """Everything about one extension: `users.name`, `sip.secret`, `astdb:/...`."""
    found: dict[str, str] = {}
    for table, key in (
        ("devices", "id"), ("users", "extension"), ("findmefollow", "grpnum"),
        ("userman_users", "default_extension"),
    ):  # fmt: skip
        for row in tables.rows(table, **{key: number}):
            found.update({f"{table}.{name}": said(value) for name, value in row.items()})
    found.update({f"sip.{key}": data for key, data in tables.settings("sip", number).items()})
    found.update({
        f"astdb:{key}": value for key, value in tables.astdb.items()
        if number in key.split("/")
    })  # fmt: skip
    if number in tables.mailboxes:
        found["voicemail.conf"] = f"{number}={tables.mailboxes[number].line()}"
    return found


def changed(
    recorded: dict[str, list[str | None]], before: dict[str, str], after: dict[str, str]
) -> Iterator[str]:
    """`state_changes`: what a request changed of one extension."""
    own = {
        key: [before.get(key), after.get(key)]
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key)
    }
    for key in sorted(recorded.keys() | own.keys()):
        if key not in own:
            yield f"{key}: {recorded[key]} was recorded, no change came"
        elif key not in recorded:
            yield f"{key}: {own[key]} came, no change was recorded"
        else:
            yield from values(recorded[key], own[key], key)


def exchanged(recorded: dict[str, Any], before: Before, tables: Tables) -> Iterator[str]:
    """`table_changes`: rows that came and went, by table."""
    for table, change in recorded.items():
        was, now = before.rows(table), rows(tables, table)
        for name, own in (
            ("added", [row for row in now if row not in was]),
            ("removed", [row for row in was if row not in now]),
        ):
            yield from values(_sorted(change[name]), _sorted(own), f"{table} {name}")


def left(recorded: dict[str, Any], before: Before, tables: Tables) -> Iterator[str]:
    """`table_after` and `rows_after`: rows that are there afterwards."""
    for table, wanted in recorded.items():
        own = rows(tables, table)
        if wanted == "unchanged":
            yield from values(_sorted(before.rows(table)), _sorted(own), table)
        else:
            yield from values(_sorted(wanted), _sorted(own), table)


def of_number(recorded: dict[str, Any], tables: Tables) -> Iterator[str]:
    """`rows_after`: what is left of one extension."""
    number = recorded["devices"][0]["id"]
    for table, key in (("devices", "id"), ("users", "extension")):
        own = [row for row in rows(tables, table) if row[key] == number]
        yield from values(recorded[table], own, table)
    yield from values(recorded["sip_rows"], str(len(tables.rows("sip", id=number))), "sip_rows")


__all__ = ["MADE_UP", "Before", "changed", "exchanged", "left", "of_number", "of_one"]
