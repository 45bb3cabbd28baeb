"""What lists of forms offer of the PBX's own things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from zoneinfo import available_timezones

from reconciler.lab.freepbx.tables import Tables


class Sources(Mapping[str, list[str]]):
    """Options by `@source`, made when they are asked for."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def __getitem__(self, name: str) -> list[str]:
        if name == "timezones":
            return timezones()
        table, column = COLUMNS[name]
        return [str(row[column]) for row in self._tables.rows(table)]

    def __iter__(self) -> Iterator[str]:
        return iter((*COLUMNS, "timezones"))

    def __len__(self) -> int:
        return len(COLUMNS) + 1


COLUMNS = {
    "recordings": ("recordings", "id"), "music": ("music", "category"),
    "timegroups": ("timegroups_groups", "id"), "extensions": ("devices", "id"),
    "usergroups": ("userman_groups", "id"), "ivrs": ("ivr_details", "id"),
}  # fmt: skip


def options(tables: Tables) -> Sources:
    """The options of now."""
    return Sources(tables)


@cache
def timezones() -> list[str]:
    """Zones of the world by name."""
    return sorted(name for name in available_timezones() if "/" in name)
