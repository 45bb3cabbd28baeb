"""Follow Me: rows of `findmefollow` and AstDB `AMPUSER/<n>/followme/`."""

from __future__ import annotations

from reconciler.lab.freepbx.tables import Row, Tables, Value

KEYS = {"grplist": "grplist", "grptime": "grptime", "strategy": "strategy", "pre_ring": "prering"}
"""AstDB names of columns that are kept in both places."""


def follow_me_of(tables: Tables, number: str) -> Row | None:
    """The row of an extension, if it has one."""
    return tables.row("findmefollow", grpnum=number)


def is_enabled(tables: Tables, number: str) -> bool:
    """Whether calls go to Follow Me and not to the extension."""
    return tables.get(f"AMPUSER/{number}/followme/ddial") == "DIRECT"


def enable(tables: Tables, number: str, *, enabled: bool, is_17: bool) -> Row:
    """Switch it on or off; makes the row when there is none, for any number at all (seen)."""
    row = follow_me_of(tables, number)
    if row is None:
        row = tables.insert(
            "findmefollow",
            {
                "grpnum": number, "grplist": number, "grptime": 20, "pre_ring": 0,
                "strategy": None if is_17 else "", "calendar_enable": 0, "calendar_id": "",
                "calendar_group_id": "", "calendar_match": "yes",
            },
        )  # fmt: skip
        tables.put(f"AMPUSER/{number}/followme/grplist", number)
        tables.put(f"AMPUSER/{number}/followme/grptime", "20")
    tables.put(f"AMPUSER/{number}/followme/ddial", "DIRECT" if enabled else "EXTENSION")
    return row


def write(tables: Tables, row: Row, **values: Value) -> None:
    """Write columns, and the AstDB entries that repeat them."""
    tables.change(row, "findmefollow", **values)
    for column, key in KEYS.items():
        if column in values:
            tables.put(f"AMPUSER/{row['grpnum']}/followme/{key}", str(values[column]))


def drop(tables: Tables, number: str) -> None:
    """Remove Follow Me with its AstDB keys."""
    tables.delete("findmefollow", grpnum=number)
    tables.drop(f"AMPUSER/{number}/followme")
