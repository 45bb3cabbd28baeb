"""One read: the lists and forms that what is asked for needs, in parallel, each once.

Of kinds that are asked for as a whole, all names are read at once. Of single objects, only the
names that they turn out to mention.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.adapters.freepbx import extension_api
from reconciler.adapters.freepbx.kinds import parking_lot
from reconciler.adapters.freepbx.listing import EVERYTHING, Listings, NoForm
from reconciler.adapters.freepbx.pages import PAGES
from reconciler.adapters.freepbx.snapshot import BY_FORM, NAMED, Snapshot, Told, tell
from reconciler.adapters.freepbx.supports import NEEDS_WEB, SUPPORTS, WHY_WEB
from reconciler.errors import AdapterError, AuthenticationFailed, Refused, Unreachable
from reconciler.model.extent import Extent
from reconciler.transport.html import Form
from reconciler.transport.together import together

_BOXES_AT_ONCE = 50


Keys = frozenset[str] | None
"""The keys of a kind's objects that are asked for; None for all."""


class Reader:
    """Reads kinds. `proved` are forms that were read just after their object was written."""

    def __init__(self, lists: Listings) -> None:
        self._lists = lists
        self.proved: dict[tuple[str, str], Form] = {}

    async def read(self, extent: Extent, scope: str) -> tuple[Told, dict[str, str]]:
        """Return what was read, and why kinds could not be read. Raises AdapterError."""
        asked = extent.all_kinds & SUPPORTS.keys()
        held = asked if self._lists.web is not None else asked - NEEDS_WEB
        why = {each: WHY_WEB.format(kind=each) for each in asked - held}
        only = {each: extent.keys(each) for each in sorted(held)}
        # Many objects of several kinds mention everything that there is.
        wanted = EVERYTHING if len(extent.kinds) > 1 else held & NAMED
        parts, _ = await together(
            together(*(self._kind(kind, keys) for kind, keys in only.items())),
            self._lists.names(wanted),
        )
        by_kind = dict(zip(only, parts, strict=True))
        snapshot = Snapshot(
            {kind: part.rows for kind, part in by_kind.items()},
            {kind: part.forms for kind, part in by_kind.items()},
            {
                (k, identity): e
                for k, part in by_kind.items()
                for identity, e in part.failed.items()
            },
            {number: box for part in parts for number, box in part.boxes.items()},
            {group: form for part in parts for group, form in part.groups.items()},
            {kind: part.listed for kind, part in by_kind.items()},
        )
        told = await self._lists.with_names(
            lambda names: tell(snapshot, only, names, scope), wanted
        )
        return told, why

    async def _kind(self, kind: str, keys: Keys) -> "_Part":
        lists, part = self._lists, _Part()
        match kind:
            case "ring_group":
                await self._ring_groups(part, keys)
            case "extension" if lists.web is None:
                rows = await lists.api_extensions()
                part.rows = list(rows)
                await self._boxes(part, rows, keys)
            case "blocklist" if lists.api is not None:
                part.rows = list(await lists.api_blocklist())
            case "schedule":
                part.rows = list(await lists.rows(kind))
                column = PAGES[kind].column
                asked = await self._asked(kind, [str(each[column]) for each in part.rows], keys)
                shown = [each for each in part.rows if str(each[column]) in asked]
                used = {str(each.get("time") or "") for each in shown} - {"", "0"}
                part.groups = await self._forms("time_group", sorted(used), part)
            case "parking_lot":
                part.forms = await self._lot()
            case _ if kind in BY_FORM:
                part.listed = await lists.identities(kind)
                part.forms = await self._forms(
                    kind, await self._asked(kind, part.listed, keys), part
                )
                if kind == "outbound_route":
                    part.rows = list(await lists.rows(kind))
            case _:
                part.rows = list(await lists.rows(kind))
        return part

    async def _asked(self, kind: str, identities: Sequence[str], keys: Keys) -> list[str]:
        """Return the ids of the objects that are asked for."""
        if keys is None:
            return list(identities)
        if not keys:
            return []
        named = kind in NAMED
        key_of = (await self._lists.names(frozenset({kind}))).of(kind) if named else {}
        return [each for each in identities if key_of.get(each, each) in keys]

    async def _ring_groups(self, part: "_Part", keys: Keys) -> None:
        """Read ring groups over GraphQL if there is any.

        It gives numbers as whole numbers: groups with leading zeros are read from their forms.
        """
        lists = self._lists
        if lists.web is not None and (lists.api is None or keys == frozenset()):
            part.listed = await lists.identities("ring_group")
            asked = await self._asked("ring_group", part.listed, keys)
            part.forms = await self._forms("ring_group", asked, part)
            return
        if lists.web is None:
            part.rows = list(await lists.api_ring_groups())
            return
        rows, numbers = await together(lists.api_ring_groups(), lists.identities("ring_group"))
        bare = [each.lstrip("0") or "0" for each in numbers]
        plain = {n for n, b in zip(numbers, bare, strict=True) if n == b and bare.count(b) == 1}
        by_number = {str(each["groupNumber"]): each for each in rows}
        part.rows = [by_number[each] for each in numbers if each in plain and each in by_number]
        rest = [each for each in numbers if each not in plain or each not in by_number]
        part.listed = rest
        part.forms = await self._forms(
            "ring_group", await self._asked("ring_group", rest, keys), part
        )

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

    async def _boxes(self, part: "_Part", rows: Iterable[Mapping[str, Any]], keys: Keys) -> None:
        api = self._lists.api
        assert api is not None
        boxed = [str(each["extensionId"]) for each in rows if extension_api.has_box(each)]
        numbers = await self._asked("extension", boxed, keys)
        parts = [
            numbers[start : start + _BOXES_AT_ONCE]
            for start in range(0, len(numbers), _BOXES_AT_ONCE)
        ]
        answers = await together(
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

        found = await together(*(one(each) for each in wanted))
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
        self.listed: list[str] = []
