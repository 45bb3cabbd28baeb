"""What lists of forms offer of the PBX's own things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from zoneinfo import available_timezones

from reconciler.lab.freepbx.tables import Tables
from reconciler.lab.freepbx.web.forms import Labelled, plain


class Sources(Mapping[str, Labelled]):
    """Options by `@source`, made when they are asked for."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def __getitem__(self, name: str) -> Labelled:
        if name == "timezones":
            return timezones()
        table, value, label = COLUMNS[name]
        return [(str(row[value]), str(row[label])) for row in self._tables.rows(table)]

    def __iter__(self) -> Iterator[str]:
        return iter((*COLUMNS, "timezones"))

    def __len__(self) -> int:
        return len(COLUMNS) + 1


COLUMNS = {
    "recordings": ("recordings", "id", "displayname"), "music": ("music", "category", "category"),
    "timegroups": ("timegroups_groups", "id", "description"),
    "extensions": ("devices", "id", "description"),
    "usergroups": ("userman_groups", "id", "groupname"), "ivrs": ("ivr_details", "id", "name"),
}  # fmt: skip
"""Table, column of the value and column of the label, by source."""


def options(tables: Tables) -> Sources:
    """The options of now."""
    return Sources(tables)


@cache
def timezones() -> Labelled:
    """Zones of the world by name."""
    return plain(sorted(name for name in available_timezones() if "/" in name))
