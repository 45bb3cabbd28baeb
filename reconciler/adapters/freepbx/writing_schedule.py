"""Schedules on their way out: the hours go into a time group first, then the condition follows.

A group that other conditions use as well is not changed: the schedule gets one of its own.
"""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Protocol

from reconciler.adapters.freepbx.forms import Changes
from reconciler.adapters.freepbx.kinds import schedule
from reconciler.adapters.freepbx.listing import Listings
from reconciler.adapters.freepbx.pages import PAGES
from reconciler.adapters.freepbx.words import Unspeakable
from reconciler.errors import Refused
from reconciler.model.value import Fields
from reconciler.transport.html import Form
from reconciler.transport.http import Pairs


class Submit(Protocol):
    """Sends a form with what changes in it."""

    def __call__(
        self, kind: str, form: Form, changes: Changes, identity: str | None, doing: str
    ) -> Awaitable[None]:
        """Send it. Raises Refused."""
        ...


class TimeGroups:
    """The hours of one FreePBX's schedules."""

    def __init__(self, lists: Listings, submit: Submit, target: str) -> None:
        self._lists = lists
        self._submit = submit
        self._target = target

    async def changes(self, key: str, fields: Fields, form: Form) -> Changes:
        """Write hours that change; return what makes the condition's form hold these fields.

        Raises UnknownName, Unlisted and Refused.
        """
        own = await self._lists.with_names(lambda names: schedule.to_form(fields, form, names))
        if not (schedule.HOURS | schedule.WAYS) & fields.keys():
            return own
        tied, exchanged = await self._hours(key, fields, form)
        return {**tied, **(schedule.exchanged(own) if exchanged else own)}

    async def _hours(self, key: str, fields: Fields, form: Form) -> tuple[Changes, bool]:
        """Write a schedule's hours, if they change.

        Returns what ties them to its condition, and whether its ways are exchanged.
        """
        doing = f"writing the hours of {key}"
        group = form.get("time") if "time" in form.chosen else ""
        rows = await self._lists.rows("schedule")
        shared = [each for each in rows if str(each.get("time") or "") == group]
        if not group or not shared:
            if not schedule.HOURS & fields.keys():
                return {}, False
            wanted = schedule.NO_HOURS.changed(fields)
            return {"time": [await self._new_group(key, wanted, rows, doing)]}, wanted.exchanged
        before = await self._lists.form("time_group", group, doing=doing)
        now = self._hours_now(fields, before, doing)
        wanted = now.changed(fields)
        same = wanted.exchanged == now.exchanged
        tied: Changes = {} if same else schedule.ways_exchanged(form)
        if not schedule.HOURS & fields.keys():
            return {}, now.exchanged
        if len(shared) == 1:
            await self._write_group(group, before, wanted, doing)
        else:
            tied = {**tied, "time": [await self._new_group(key, wanted, rows, doing)]}
        return tied, wanted.exchanged

    def _hours_now(self, fields: Fields, form: Form, doing: str) -> schedule.Hours:
        """Return the hours that stand there; what is written anew as a whole may say anything."""
        try:
            return schedule.hours_of(form)
        except Unspeakable as error:
            if schedule.HOURS & fields.keys() and not fields.keys() >= schedule.HOURS:
                raise Refused(self._target, doing, str(error)) from None
            return schedule.NO_HOURS

    async def _write_group(
        self, group: str, before: Form, hours: schedule.Hours, doing: str
    ) -> None:
        await self._submit("time_group", before, schedule.group_form(hours, before), group, doing)

    async def _new_group(
        self, key: str, hours: schedule.Hours, rows: Sequence[Mapping[str, Any]], doing: str
    ) -> str:
        """Make a time group and return its id."""
        self._lists.forget("time_group")
        known = set(await self._lists.identities("time_group"))
        left = await self._left_behind(key, known, rows)
        if left:
            before = await self._lists.form("time_group", left, doing=doing)
            await self._write_group(left, before, hours, doing)
            return left
        empty = await self._lists.empty("time_group")
        sent = {**schedule.group_form(hours, empty), "description": [key]}
        await self._submit("time_group", empty, sent, None, doing)
        self._lists.forget("time_group")
        made = [each for each in await self._lists.identities("time_group") if each not in known]
        if not made:
            raise Refused(self._target, doing, "FreePBX answered, and there is no time group")
        return made[-1]

    async def _left_behind(
        self, key: str, known: set[str], rows: Sequence[Mapping[str, Any]]
    ) -> str | None:
        """Return a time group of this name that nothing uses: a stopped run left it."""
        used = {str(each.get("time") or "") for each in rows}
        for row in await self._lists.rows("time_group"):
            identity = str(row.get("value"))
            if identity in known - used and str(row.get("text")) == key:
                return identity
        return None

    async def group_of(self, identity: str) -> str:
        """Return the time group of a condition, "" if it has none."""
        rows = await self._lists.rows("schedule")
        found = {str(each["timeconditions_id"]): str(each.get("time") or "") for each in rows}
        return found.get(identity, "")

    async def drop(self, group: str) -> None:
        """Delete a time group that nothing uses any longer."""
        rows = await self._lists.rows("schedule")
        if any(str(each.get("time") or "") == group for each in rows):
            return
        form: Pairs = PAGES["time_group"].deletion(group)
        assert self._lists.web is not None
        await self._lists.web.submit({"display": "timegroups"}, form, doing="deleting a time group")
        self._lists.forget("time_group")
