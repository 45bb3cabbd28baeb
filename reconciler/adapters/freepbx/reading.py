"""One read: all lists and forms that the asked kinds need, in parallel, each once."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.adapters.freepbx import extension_api, parking_lot
from reconciler.adapters.freepbx.listing import Listings, NoForm
from reconciler.adapters.freepbx.names import Names
from reconciler.adapters.freepbx.snapshot import BY_FORM, Snapshot
from reconciler.adapters.freepbx.supports import NEEDS_WEB, WHY_WEB
from reconciler.errors import AdapterError, AuthenticationFailed, Refused, Unreachable
from reconciler.transport.html import Form

_BOXES_AT_ONCE = 50
_DESTINATIONS = frozenset(
    {
        "extension", "ring_group", "queue", "ivr", "announcement", "schedule", "day_night",
        "inbound_route", "outbound_route", "trunk", "conference", "parking_lot",
    }
)  # fmt: skip
"""Kinds that cannot be told without the names of what FreePBX numbers."""


class Reader:
    """Reads kinds. `proved` are forms that were read just after their object was written."""

    def __init__(self, lists: Listings) -> None:
        self._lists = lists
        self.proved: dict[tuple[str, str], Form] = {}

    async def read(self, kinds: frozenset[str]) -> tuple[Snapshot, dict[str, str]]:
        """Return what was read, and why kinds could not be read. Raises AdapterError."""
        held = kinds if self._lists.web is not None else kinds - NEEDS_WEB
        why = {each: WHY_WEB.format(kind=each) for each in kinds - held}
        names = Names()
        if held & _DESTINATIONS:
            names = await self._lists.names()
        parts = await asyncio.gather(*(self._kind(each) for each in sorted(held)))
        rows: dict[str, list[Mapping[str, Any]]] = {}
        forms: dict[str, dict[str, Form]] = {}
        failed: dict[tuple[str, str], str] = {}
        boxes: dict[str, Mapping[str, Any]] = {}
        groups: dict[str, Form] = {}
        for kind, part in zip(sorted(held), parts, strict=True):
            rows[kind] = part.rows
            forms[kind] = part.forms
            failed |= {(kind, identity): reason for identity, reason in part.failed.items()}
            boxes |= part.boxes
            groups |= part.groups
        return Snapshot(rows, forms, failed, boxes, groups, names), why

    async def _kind(self, kind: str) -> "_Part":
        lists, part = self._lists, _Part()
        match kind:
            case "ring_group":
                await self._ring_groups(part)
            case "extension" if lists.web is None:
                rows = await lists.api_extensions()
                part.rows = list(rows)
                await self._boxes(part, rows)
            case "blocklist" if lists.api is not None:
                part.rows = list(await lists.api_blocklist())
            case "schedule":
                part.rows = list(await lists.rows(kind))
                used = {str(each.get("time") or "") for each in part.rows} - {"", "0"}
                shown = await self._forms("time_group", sorted(used), part)
                part.groups = shown
            case "parking_lot":
                part.forms = await self._lot()
            case _ if kind in BY_FORM:
                identities = await lists.identities(kind)
                part.forms = await self._forms(kind, identities, part)
                if kind == "outbound_route":
                    part.rows = list(await lists.rows(kind))
            case _:
                part.rows = list(await lists.rows(kind))
        return part

    async def _ring_groups(self, part: "_Part") -> None:
        """Read ring groups over GraphQL if there is any.

        It gives numbers as whole numbers: groups with leading zeros are read from their forms.
        """
        lists = self._lists
        if lists.api is None:
            numbers = await lists.identities("ring_group")
            part.forms = await self._forms("ring_group", numbers, part)
            return
        if lists.web is None:
            part.rows = list(await lists.api_ring_groups())
            return
        rows, numbers = await asyncio.gather(
            lists.api_ring_groups(), lists.identities("ring_group")
        )
        bare = [each.lstrip("0") or "0" for each in numbers]
        plain = {n for n, b in zip(numbers, bare, strict=True) if n == b and bare.count(b) == 1}
        by_number = {str(each["groupNumber"]): each for each in rows}
        part.rows = [by_number[each] for each in numbers if each in plain and each in by_number]
        rest = [each for each in numbers if each not in plain or each not in by_number]
        part.forms = await self._forms("ring_group", rest, part)

    async def _lot(self) -> dict[str, Form]:
        """Read the one parking lot; none where the module is not."""
        known = self.proved.pop(("parking_lot", parking_lot.LOT), None)
        if known is not None:
            return {parking_lot.LOT: known}
        try:
            form = await self._lists.form("parking_lot", parking_lot.LOT, doing="reading parking")
        except NoForm:
            return {}
        return {parking_lot.LOT: form}

    async def _boxes(self, part: "_Part", rows: Iterable[Mapping[str, Any]]) -> None:
        api = self._lists.api
        assert api is not None
        numbers = [str(each["extensionId"]) for each in rows if extension_api.has_box(each)]
        parts = [
            numbers[start : start + _BOXES_AT_ONCE]
            for start in range(0, len(numbers), _BOXES_AT_ONCE)
        ]
        answers = await asyncio.gather(
            *(
                api.ask(extension_api.boxes_query(each), doing="reading voicemail boxes")
                for each in parts
            )
        )
        for said in answers:
            for name, box in said.data.items():
                if isinstance(box, Mapping):
                    part.boxes[name.removeprefix("v")] = box

    async def _forms(self, kind: str, identities: Iterable[str], part: "_Part") -> dict[str, Form]:
        wanted = list(identities)

        async def one(identity: str) -> Form | str:
            known = self.proved.pop((kind, identity), None)
            if known is not None:
                return known
            try:
                return await self._lists.form(kind, identity, doing=f"reading {kind} {identity}")
            except (Unreachable, AuthenticationFailed):
                raise
            except (Refused, AdapterError) as error:
                return error.reply

        found = await asyncio.gather(*(one(each) for each in wanted))
        shown: dict[str, Form] = {}
        for identity, each in zip(wanted, found, strict=True):
            if isinstance(each, str):
                part.failed[identity] = f"its page could not be read: {each}"
            else:
                shown[identity] = each
        return shown


class _Part:
    """What was read of one kind."""

    def __init__(self) -> None:
        self.rows: list[Mapping[str, Any]] = []
        self.forms: dict[str, Form] = {}
        self.failed: dict[str, str] = {}
        self.boxes: dict[str, Mapping[str, Any]] = {}
        self.groups: dict[str, Form] = {}
