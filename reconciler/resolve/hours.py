"""Hours: schedules get their time zone and the days of their calendars; no adapter has to ask.

Only what is written decides; today's date only warns of calendars that have run out.
"""

from datetime import date

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.place import Place
from reconciler.kinds.calendar import Calendar
from reconciler.kinds.days import ClosedDay
from reconciler.kinds.hours import show_time
from reconciler.model.address import Address
from reconciler.model.value import Value
from reconciler.resolve.index import Index, Item

CLOSED_DAYS = "closed_days"
"""The field to which the calendars' days come: `2026-11-26`, `2026-12-24 13:00-24:00`."""


class Hours:
    """Completes schedules; each calendar is worked out once."""

    def __init__(self, index: Index, problems: list[Diagnostic], today: date | None = None) -> None:
        self._index = index
        self._today = today
        self._problems = problems
        self._days: dict[Address, tuple[ClosedDay, ...]] = {}

    def complete(self, item: Item, fields: dict[str, Value]) -> dict[str, Place]:
        """Add `timezone` and `closed_days` where they follow from other entries.

        Returns where what was added is written.
        """
        origins: dict[str, Place] = {}
        if fields.get("timezone") is None and (zone := self._timezone(item)) is not None:
            fields["timezone"], origins["timezone"] = zone
        if fields.get("closed_on") is not None:
            own = fields.get(CLOSED_DAYS) or []
            fields[CLOSED_DAYS] = self._closed_days(own, fields["closed_on"])
            origins[CLOSED_DAYS] = item.declaration.place.at("closed_on")
        return origins

    def _timezone(self, item: Item) -> tuple[str, Place] | None:
        """Return the PBX's time zone, or its site's."""
        pbx = self._index.items.get(Address("pbx", "", item.address.scope))
        if pbx is None:
            return None
        own = pbx.declaration.entry.__dict__
        if own.get("timezone"):
            return own["timezone"], pbx.declaration.place.at("timezone")
        site = self._index.items.get(Address("site", "", own.get("site") or ""))
        if site is None:
            return None
        zone: str | None = site.declaration.entry.__dict__["timezone"]
        return (zone, site.declaration.place.at("timezone")) if zone is not None else None

    def _closed_days(self, own: list[str], calendars: list[str]) -> list[str]:
        days = set(own)
        for name in calendars:
            address = self._index.keys("calendar", "").get(name)
            if address is not None:
                days |= {_written(day) for day in self._calendar(address)}
        return sorted(days)

    def _calendar(self, address: Address) -> tuple[ClosedDay, ...]:
        known = self._days.get(address)
        if known is not None:
            return known
        declaration = self._index.items[address].declaration
        assert isinstance(declaration.entry, Calendar)
        if declaration.flaws:
            return ()
        try:
            known = declaration.entry.closed_days()
        except ValueError as error:
            known = ()
            self._problems.append(
                found(
                    "bad-value",
                    f"Calendar {declaration.key}: {error}.",
                    declaration.place.at("country"),
                    hint="list the days yourself under days",
                )
            )
        self._days[address] = known
        if self._today is not None and known and known[-1].day < self._today:
            self._problems.append(
                found(
                    "calendar-over",
                    f"The last day of calendar {declaration.key} is {known[-1].day.isoformat()}.",
                    declaration.place.key(),
                    hint=f"add {self._today.year} to its years",
                )
            )
        return known


def _written(day: ClosedDay) -> str:
    text = day.day.isoformat()
    return text if day.whole else f"{text} {show_time(day.start)}-{show_time(day.end)}"
