"""The whole stored state as a flat map, so that before and after can be compared."""

from __future__ import annotations

from reconciler.lab.freepbx.tables import QUIET, Tables, columns

KEYS = {
    "devices": ("id",), "users": ("extension",), "incoming": ("extension", "cidnum"),
    "ivr_entries": ("ivr_id", "selection"), "kvstore_Sipsettings": ("key",),
    "queues_details": ("id", "keyword", "flags"),
}  # fmt: skip
"""What names a row of tables that have no key, or one that is their whole row."""


def flat(tables: Tables) -> dict[str, str]:
    """One entry per value: `users/1001/name`, `astdb:/AMPUSER/1001/cidname`, `voicemail.conf/1001`.

    Rows of `sip` and `pjsip` are one entry each: `sip/1001/secret`. NULL is `NULL`.
    """
    found: dict[str, str] = {}
    for table in columns():
        if table not in QUIET:
            _rows(tables, table, found)
    for row in tables.rows("admin"):
        if row["variable"] != "need_reload":
            found[f"admin/{row['variable']}"] = str(row["value"])
    found.update({f"astdb:{key}": value for key, value in tables.astdb.items()})
    found.update(
        {f"voicemail.conf/{number}": box.line() for number, box in tables.mailboxes.items()}
    )
    for store, values in tables.kvstore.items():
        found.update({f"kvstore_{store}/{key}": value for key, value in values.items()})
    return dict(sorted(found.items()))


def _rows(tables: Tables, table: str, found: dict[str, str]) -> None:
    names = columns()[table]
    keys = KEYS.get(table) or tuple(name for name, column in names.items() if column.is_key)
    for row in tables.rows(table):
        own = f"{table}/" + "/".join(str(row[key]) for key in keys)
        if table in ("sip", "pjsip"):
            found[own] = str(row["data"])
            continue
        while any(f"{own}/{name}" in found for name in names):
            own += "'"
        for name in names:
            value = row[name]
            found[f"{own}/{name}"] = "NULL" if value is None else str(value)


def changes(
    before: dict[str, str], after: dict[str, str]
) -> dict[str, tuple[str | None, str | None]]:
    """What differs: before and after, None where there is nothing."""
    return {
        key: (before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    }
