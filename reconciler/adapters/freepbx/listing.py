"""Lists of a FreePBX, each asked for once and kept until something of it is written."""

import asyncio
import re
from base64 import b64decode
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from reconciler.adapters.freepbx import extension_api
from reconciler.adapters.freepbx.answers import is_without_module
from reconciler.adapters.freepbx.graphql import Graphql
from reconciler.adapters.freepbx.kinds import (
    blocklist,
    extension,
    ring_group,
)
from reconciler.adapters.freepbx.names import OUTSIDE, RECORDINGS, Names, NotAsked, keys_of
from reconciler.adapters.freepbx.pages import PAGES
from reconciler.adapters.freepbx.snapshot import NAMED
from reconciler.adapters.freepbx.web import Web
from reconciler.errors import Refused, UnexpectedReply
from reconciler.model.target import Target
from reconciler.transport.html import Form, forms_of, labels_of
from reconciler.transport.together import together

T = TypeVar("T")
EVERYTHING: Final = NAMED | {"extension", OUTSIDE}
"""Whose names most objects of a PBX need; recordings are asked for when one is played."""
EXPORTS: Final = {"extension": "extensions", "inbound_route": "dids", "trunk": "trunks"}
_RECORDINGS: Final = "{ fetchAllRecordings { status recordings { id name } } }"
_CONFERENCE: Final = re.compile(r"ext-meetme,([0-9]+),1")


class NoForm(Refused):
    """A page without its form: the module is not there, or we may not use it."""


class Listings:
    """What is asked of FreePBX more than once in a run. `web` or `api` may be missing."""

    def __init__(self, web: Web | None, api: Graphql | None, target: Target) -> None:
        self.web = web
        self.api = api
        self._target = target.scope
        self._zone: str | None = target.settings.get("timezone")
        self._kept: dict[str, asyncio.Task[Any]] = {}

    def forget(self, *names: str) -> None:
        """Let the next question for these be asked anew; for all, without names."""
        for name in names or tuple(self._kept):
            self._kept.pop(name, None)

    async def stop(self) -> None:
        """Stop what is still being asked for."""
        for task in self._kept.values():
            task.cancel()
        await asyncio.gather(*self._kept.values(), return_exceptions=True)

    async def _once(self, name: str, ask: Callable[[], Awaitable[Any]]) -> Any:
        task = self._kept.get(name)
        if task is None:
            task = asyncio.ensure_future(ask())
            self._kept[name] = task
        try:
            return await asyncio.shield(task)
        except BaseException:
            if self._kept.get(name) is task and task.done():
                del self._kept[name]
            raise

    async def rows(self, kind: str) -> list[dict[str, Any]]:
        """Return the rows that list a kind: of the bulk export, else of the page's grid."""
        found: list[dict[str, Any]] = await self._once(kind, lambda: self._rows(kind))
        return found

    async def _rows(self, kind: str) -> list[dict[str, Any]]:
        assert self.web is not None
        doing = f"listing {kind} objects"
        if kind in EXPORTS:
            rows: list[dict[str, Any]] = list(await self.web.export(EXPORTS[kind], doing=doing))
            return rows
        if kind == "conference":
            form = await self.form("ring_group", None, doing=doing)
            return [{"exten": each} for each in _conferences(form)]
        if kind == "music":
            form = await self.empty("queue")
            return [{"category": each} for each in form.choices.get("music", ())]
        if kind == "blocklist":
            module, data = "blacklist", "grid"
        else:
            module, data = PAGES[kind].grid
        answer = await self.web.ajax(module, "getJSON", jdata=data, doing=doing)
        if not isinstance(answer, list):
            raise UnexpectedReply(self._target, doing, "no list came")
        return [dict(each) for each in answer if isinstance(each, Mapping)]

    async def identities(self, kind: str) -> list[str]:
        """Return the ids of a kind's objects."""
        rows = await self.rows(kind)
        column = "exten" if kind == "conference" else PAGES[kind].column
        return [str(each[column]) for each in rows if each.get(column) is not None]

    async def users(self) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
        """Return User Manager's users and groups."""
        assert self.web is not None
        users, groups = await together(
            self.web.export("usermanusers", doing="listing User Manager's users"),
            self.web.export("usermangroups", doing="listing User Manager's groups"),
        )
        return users, groups

    async def form(self, kind: str, identity: str | None, *, doing: str) -> Form:
        """Return an object's form, or an empty one. Raises Refused when the page has none."""
        assert self.web is not None
        page = PAGES[kind]
        shown = identity
        if identity is not None:
            shown = {"ring_group": f"GRP-{identity}", "trunk": f"OUT_{identity}"}.get(
                kind, identity
            )
        query = page.query(shown)
        if kind == "day_night" and identity is not None:
            query["extdisplay"] = identity
        text = await self.web.page(query, doing=doing)
        for form in forms_of(text):
            if form.name == page.form and form.pairs:
                return form
        raise NoForm(self._target, doing, f"the page {page.display} has no form {page.form}")

    async def empty(self, kind: str) -> Form:
        """Return an empty form of a kind."""
        found: Form = await self._once(
            f"empty {kind}",
            lambda: self.form(kind, None, doing=f"reading an empty {kind} form"),
        )
        return found

    async def api_extensions(self) -> list[dict[str, Any]]:
        """Return all extensions as GraphQL lists them."""
        found: list[dict[str, Any]] = await self._once("extension", self._api_extensions)
        return found

    async def _api_extensions(self) -> list[dict[str, Any]]:
        assert self.api is not None
        said = await self.api.ask(extension_api.LIST, doing="listing extensions")
        listed = said.data.get("fetchAllExtensions")
        if not isinstance(listed, Mapping):
            if "no extension" in said.words.lower() or "unable" in said.words.lower():
                return []  # an empty PBX answers so
            raise Refused(self._target, "listing extensions", said.words or "no list came")
        return [dict(each) for each in listed.get("extension") or []]

    async def api_ring_groups(self) -> list[dict[str, Any]]:
        """Return all ring groups as GraphQL lists them; `failed` rows hold only their number.

        One row with a strategy that the schema does not know breaks 16's whole list (seen).
        """
        found: list[dict[str, Any]] = await self._once("api ring_group", self._api_ring_groups)
        return found

    async def _api_ring_groups(self) -> list[dict[str, Any]]:
        assert self.api is not None
        doing = "listing ring groups"
        listed = await self._ring_groups(ring_group.READ, doing)
        if listed is not None:
            return listed
        numbers = await self._ring_groups("groupNumber", doing)
        if numbers is None:
            raise Refused(self._target, doing, "no list came")
        return list(await together(*(self._ring_group(each) for each in numbers)))

    async def _ring_groups(self, fields: str, doing: str) -> list[dict[str, Any]] | None:
        assert self.api is not None
        query = f"{{ fetchAllRingGroups {{ status message ringgroups {{ {fields} }} }} }}"
        said = await self.api.ask(query, doing=doing)
        listed = said.data.get("fetchAllRingGroups")
        if not isinstance(listed, Mapping):
            empty = "no data" in said.words.lower() or "no ring" in said.words.lower()
            return [] if empty else None
        return [dict(each) for each in listed.get("ringgroups") or []]

    async def _ring_group(self, row: Mapping[str, Any]) -> dict[str, Any]:
        assert self.api is not None
        number = row["groupNumber"]
        query = (
            "query($n: ID) { fetchRingGroup(groupNumber: $n) "
            f"{{ status message {ring_group.READ} }} }}"
        )
        said = await self.api.ask(query, {"n": str(number)}, doing=f"reading ring group {number}")
        found = said.data.get("fetchRingGroup")
        return dict(found) if isinstance(found, Mapping) else {"groupNumber": number}

    async def api_blocklist(self) -> list[Mapping[str, Any]]:
        """Return all blacklist entries as GraphQL lists them."""
        assert self.api is not None
        found: list[Mapping[str, Any]] = await self._once("blocklist", self._api_blocklist)
        return found

    async def _api_blocklist(self) -> list[Mapping[str, Any]]:
        assert self.api is not None
        return blocklist.rows_of(await self.api.data(blocklist.LIST, doing="listing blocklist"))

    async def names(self, wanted: frozenset[str]) -> Names:
        """Return the names of what FreePBX numbers, as far as wanted: see `EVERYTHING`."""
        if self.web is None:
            return await self._names_of_api(wanted)
        kinds = sorted(wanted & (NAMED | {"extension"}))
        listed, outside, files = await together(
            together(*(self.rows(each) for each in kinds)),
            self.outside() if OUTSIDE in wanted else _nothing(),
            self.recordings() if RECORDINGS in wanted else _nothing(),
        )
        rows_of = dict(zip(kinds, listed, strict=True))
        keys = {kind: keys_of(kind, _texts(kind, rows_of[kind])) for kind in kinds if kind in NAMED}
        played = numbers = boxed_ = None
        if "announcement" in wanted:
            played = {
                keys["announcement"][str(each["announcement_id"])]: str(each["recording_id"])
                for each in rows_of["announcement"]
                if each.get("recording_id")
            }
        if "extension" in wanted:
            people = [each for each in rows_of["extension"] if each.get("extension")]
            numbers = frozenset(str(each["extension"]) for each in people)
            boxed_ = frozenset(str(e["extension"]) for e in people if extension.has_box(e))
        return Names(keys, files, played, numbers, boxed_, outside, zone=self._zone)

    async def _names_of_api(self, wanted: frozenset[str]) -> Names:
        own = boxed = None
        if "extension" in wanted:
            rows = await self.api_extensions()
            own = frozenset(str(each["extensionId"]) for each in rows)
            boxed = frozenset(
                str(each["extensionId"]) for each in rows if extension_api.has_box(each)
            )
        return Names({}, {}, {}, own, boxed, {}, unlisted=NAMED, zone=self._zone)

    async def with_names(
        self, use: Callable[[Names], T], wanted: frozenset[str] = frozenset()
    ) -> T:
        """Return what `use` makes of the names that it turns out to need, beside those wanted.

        It may be called several times, and raises what it likes but NotAsked.
        """
        while True:
            names = await self.names(wanted)
            try:
                return use(names)
            except NotAsked as missing:
                if missing.what in wanted:
                    raise
                wanted |= {missing.what}

    async def outside(self) -> dict[str, str]:
        """Return the numbers that misc destinations dial, by id; none without that module."""
        found: dict[str, str] = await self._once("outside", self._ask_outside)
        return found

    async def _ask_outside(self) -> dict[str, str]:
        try:
            identities = await self.identities(OUTSIDE)
        except Refused as error:
            if is_without_module(error.reply):
                return {}
            raise
        forms = await together(
            *(
                self.form(OUTSIDE, each, doing=f"reading misc destination {each}")
                for each in identities
            )
        )
        shown = zip(identities, forms, strict=True)
        return {identity: form.get("destdial") for identity, form in shown}

    async def recordings(self) -> dict[str, str]:
        """Return the names of the system recordings by id."""
        found: dict[str, str] = await self._once(RECORDINGS, self._ask_recordings)
        return found

    async def _ask_recordings(self) -> dict[str, str]:
        if self.api is not None:
            said = await self.api.ask(_RECORDINGS, doing="listing recordings")
            listed = (said.data.get("fetchAllRecordings") or {}).get("recordings") or []
            found = {_local(str(each["id"])): str(each["name"]) for each in listed}
            if found:
                return found
        assert self.web is not None
        query = PAGES["announcement"].query(None)
        page = await self.web.page(query, doing="listing recordings")
        labels = labels_of(page, "recording_id")
        return {value: label for value, label in labels.items() if value.isdigit()}


async def _nothing() -> None:
    return None


def _texts(kind: str, rows: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    if kind == "trunk":
        rows = [each for each in rows if each.get("trunkid")]
    column, title = PAGES[kind].column, PAGES[kind].title
    return [(str(each[column]), str(each.get(title) or "")) for each in rows]


def _conferences(form: Form) -> list[str]:
    """Return the conferences that a form offers as destinations: no list has them (seen: 501)."""
    offered = form.choices.get("Conferences0", ())
    return [found[1] for each in offered if (found := _CONFERENCE.fullmatch(each)) is not None]


def _local(identity: str) -> str:
    """Return the number in a global id (base64 of `recordings:1`); the id itself if it is none."""
    try:
        return b64decode(identity, validate=True).decode().rpartition(":")[2]
    except (ValueError, UnicodeDecodeError):
        return identity
