"""Carrying a piece of work out: read all of the object, merge, send all, read back, compare.

Forms are sent whole, as the page has them, with what changes. Then the page is read again: what
changed beside that is put back once, or the piece fails and says what. Extensions have a way of
their own (`writing_extension`), ring groups and blocked callers one over GraphQL.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from reconciler.adapter import Sent, Work
from reconciler.adapters.freepbx import forms
from reconciler.adapters.freepbx.answers import redact
from reconciler.adapters.freepbx.encode import ADD, DROP, MOVE, fields_of, verb_and_kind
from reconciler.adapters.freepbx.forms import Changes
from reconciler.adapters.freepbx.kinds import (
    announcement,
    conference,
    day_night,
    inbound_route,
    ivr,
    outbound_route,
    paging_group,
    parking_lot,
    queue,
    ring_group,
    schedule,
    trunk,
)
from reconciler.adapters.freepbx.listing import Listings
from reconciler.adapters.freepbx.names import Names, UnknownName, Unlisted
from reconciler.adapters.freepbx.outside import Outside
from reconciler.adapters.freepbx.pages import PAGES
from reconciler.adapters.freepbx.reading import Reader
from reconciler.adapters.freepbx.snapshot import NAMED
from reconciler.adapters.freepbx.supports import ONLY_NAMED
from reconciler.adapters.freepbx.writing_extension import Extensions
from reconciler.adapters.freepbx.writing_schedule import TimeGroups
from reconciler.errors import AdapterError, Refused, Unreachable
from reconciler.model.step import Request
from reconciler.model.value import Fields
from reconciler.transport.html import Form

ToForm = Callable[[Fields, Form, Names], Changes]
_KINDS: Final[Mapping[str, tuple[ToForm, Callable[[str], Changes]]]] = {
    "ring_group": (ring_group.to_form, ring_group.fresh),
    "queue": (queue.to_form, queue.fresh),
    "ivr": (ivr.to_form, ivr.fresh),
    "announcement": (announcement.to_form, announcement.fresh),
    "schedule": (schedule.to_form, schedule.fresh),
    "day_night": (day_night.to_form, day_night.fresh),
    "paging_group": (paging_group.to_form, paging_group.fresh),
    "conference": (conference.to_form, conference.fresh),
    "inbound_route": (inbound_route.to_form, inbound_route.fresh),
    "trunk": (trunk.to_form, trunk.fresh),
    "outbound_route": (outbound_route.to_form, outbound_route.fresh),
}
_RENAMED: Final = {
    "ivr": "name", "announcement": "description", "schedule": "displayname",
    "day_night": "fc_description", "trunk": "trunk_name", "outbound_route": "routename",
}  # fmt: skip
"""The field that holds the key of a kind that FreePBX numbers."""
_NUMBERED: Final = {
    "ring_group": "account", "queue": "account", "paging_group": "pagenbr",
    "conference": "account",
}  # fmt: skip
"""The field that holds the number of a kind that people number."""
_PASSING: Final = frozenset(
    {
        "extdisplay", "action", "old_extension", "old_cidnum", "sv_trunk_name", "sv_channelid",
        "pagegrp", "orig_account", "id", "account", "itemid", "options", "entries[goto][]",
        "invalid_destination", "timeout_destination", "dialpatterndata", "rvolume",
    }
)  # fmt: skip
"""What differs between a form that is sent and the same read again."""


class Writer:
    """Writes one piece after the other."""

    def __init__(
        self, lists: Listings, reader: Reader, target: str, secrets: tuple[str, ...],
        extensions: Extensions,
    ) -> None:  # fmt: skip
        self._lists = lists
        self._reader = reader
        self._target = target
        self._secrets = secrets
        self._extensions = extensions
        self._outside = Outside(lists, target)
        self._groups = TimeGroups(lists, self._submit, target)

    async def send(self, work: Sequence[Work]) -> list[Sent]:
        """Carry out pieces of work in order. One that fails does not stop the others."""
        await self._extensions.begin(work)
        answers = [await self._piece(each) for each in work]
        return await self._extensions.end(work, answers)

    async def _piece(self, work: Work) -> Sent:
        identity: str | None = None
        try:
            for request in work.requests:
                identity = await self._request(request) or identity
        except (UnknownName, Unlisted) as error:
            return Sent(work.step, str(error))
        except Unreachable as error:
            return Sent(work.step, redact(error.reply, self._secrets), in_doubt=True)
        except AdapterError as error:
            return Sent(work.step, redact(error.reply, self._secrets))
        finally:
            kinds = {verb_and_kind(each)[1] for each in work.requests}
            self._lists.forget(*kinds, *(f"api {each}" for each in kinds))
        return Sent(work.step, native_id=identity)

    async def _request(self, request: Request) -> str | None:
        verb, kind = verb_and_kind(request)
        key = str(request.args["key"])
        fields = fields_of(request)
        if kind == "music":
            raise Refused(self._target, f"{verb} {kind} {key}", ONLY_NAMED)
        if kind == "extension":
            return await self._extensions.request(verb, key, fields, request.args.get("from"))
        if kind == "blocklist":
            return await self._blocklist(verb, key, fields)
        if kind == "ring_group" and self._is_for_api(key):
            return await self._ring_group(verb, key, fields, request.args.get("from"))
        if kind == "parking_lot":
            return await self._lot(verb, key, fields, str(request.args.get("from", key)))
        if verb == DROP:
            await self._drop(kind, key)
            return None
        if verb == ADD:
            return await self._add(kind, key, fields)
        if verb == MOVE:
            return await self._move(kind, str(request.args["from"]), key, fields)
        return await self._set(kind, key, fields)

    # Forms

    async def _identity(self, kind: str, key: str) -> str:
        """Return the id of an object. Raises UnknownName."""
        if kind == "inbound_route":
            return inbound_route.identity_of(key)
        if kind in NAMED:
            return (await self._lists.names(frozenset({kind}))).id(kind, key)
        return key

    async def _set(self, kind: str, key: str, fields: Fields) -> str:
        identity = await self._identity(kind, key)
        await self._outside.prepare(kind, fields)
        doing = f"changing {kind} {key}"
        before = await self._lists.form(kind, identity, doing=doing)
        changes = await self._changes(kind, key, fields, before)
        await self._submit(kind, before, changes, identity, doing)
        await self._prove(kind, identity, before, changes, doing)
        return identity

    async def _add(self, kind: str, key: str, fields: Fields) -> str | None:
        doing = f"making {kind} {key}"
        empty = await self._lists.empty(kind)
        await self._outside.prepare(kind, fields)
        changes = {**_KINDS[kind][1](key)}
        if kind == "day_night":
            taken = set(await self._lists.identities(kind))
            changes["itemid"] = [day_night.free_number(empty, taken)]
        changes |= await self._changes(kind, key, fields, empty)
        await self._submit(kind, empty, changes, None, doing)
        return None if kind in NAMED else await self._identity(kind, key)

    async def _changes(self, kind: str, key: str, fields: Fields, form: Form) -> Changes:
        """Return what makes an object's form hold these fields; a schedule's hours are written."""
        if kind == "schedule":
            return await self._groups.changes(key, fields, form)
        to_form = _KINDS[kind][0]
        return await self._lists.with_names(lambda names: to_form(fields, form, names))

    async def _submit(
        self, kind: str, form: Form, changes: Changes, identity: str | None, doing: str
    ) -> None:
        if kind not in ("schedule", "time_group"):
            wrong = forms.not_offered(form, changes)
            if wrong is not None:
                raise Refused(self._target, doing, wrong)
        assert self._lists.web is not None
        query = {"display": PAGES[kind].display}
        if kind == "outbound_route" and identity is not None:
            query |= {"view": "form", "id": identity}
            changes = {**changes, "route_seq": [await self._place_of(identity)]}
        if kind == "parking_lot":
            query |= {"id": parking_lot.LOT, "action": "update"}
        sent: list[tuple[str, str]] = list(forms.edited(form.pairs, changes))
        if kind in ("schedule", "time_group") and identity is not None:
            sent.append((PAGES[kind].key, identity))
        await self._lists.web.submit(query, sent, doing=doing)

    async def _place_of(self, route: str) -> str:
        """Return where a route stands, from 0 on.

        On 17 a form may count from 1, and sending it would move its route down (source: core).
        """
        places = outbound_route.places_of(await self._lists.rows("outbound_route"))
        return str(places[route] - 1)

    async def _prove(
        self, kind: str, identity: str, before: Form, changes: Changes, doing: str
    ) -> None:
        """Read the form again; put back, once, what changed beside what was asked for."""
        after = await self._lists.form(kind, identity, doing=doing)
        broken = forms.collateral(before, after, changes, passing=_PASSING)
        if broken:
            back = {**changes, **{name: list(values) for name, values in broken.items()}}
            await self._submit(kind, after, back, identity, f"putting back on {kind} {identity}")
            after = await self._lists.form(kind, identity, doing=doing)
            left = forms.collateral(before, after, changes, passing=_PASSING)
            if left:
                raise Refused(
                    self._target,
                    doing,
                    f"FreePBX also changed {', '.join(sorted(left))}, and does not take it back",
                )
        self._reader.proved[kind, identity] = after

    async def _move(self, kind: str, source: str, key: str, fields: Fields) -> str:
        """Give an object another key: a new name, or a copy under the new number."""
        await self._outside.prepare(kind, fields)
        identity = await self._identity(kind, source)
        doing = f"renaming {kind} {source} to {key}"
        before = await self._lists.form(kind, identity, doing=doing)
        changes = {**await self._changes(kind, source, fields, before)}
        if kind in NAMED:
            changes[_RENAMED[kind]] = [key]
            await self._submit(kind, before, changes, identity, doing)
            return identity
        if kind == "inbound_route":
            did, caller = inbound_route.pair_of(key)
            changes |= {"extension": [did], "cidnum": [caller]}
            await self._submit(kind, before, changes, identity, doing)
            return inbound_route.identity_of(key)
        empty = await self._lists.empty(kind)
        kept = {
            name: list(values)
            for name, values in forms.stored(before).items()
            if name not in _PASSING
        }
        changes = {**kept, **changes, _NUMBERED[kind]: [key], "action": empty.all("action")}
        await self._submit(kind, empty, changes, None, doing)
        self._lists.forget(kind)
        if key not in await self._lists.identities(kind):
            raise Refused(self._target, doing, "FreePBX answered, and there is no copy")
        await self._drop(kind, source)
        return key

    async def _drop(self, kind: str, key: str) -> None:
        identity = await self._identity(kind, key)
        doing = f"deleting {kind} {key}"
        web = self._lists.web
        assert web is not None
        group = await self._groups.group_of(identity) if kind == "schedule" else ""
        if kind == "outbound_route":
            form = [("module", "core"), ("command", "delroute"), ("id", identity)]
            await web.change(form, doing=doing)
        elif kind == "trunk":
            query = {"display": "trunks", "extdisplay": f"OUT_{identity}", "action": "deltrunk"}
            await web.submit(query, [], doing=doing)
        else:
            await web.submit(
                {"display": PAGES[kind].display}, PAGES[kind].deletion(identity), doing=doing
            )
        if group:
            self._lists.forget("schedule")
            await self._groups.drop(group)

    async def order_routes(self, orders: Mapping[str, int]) -> None:
        """Put the outbound routes in their order. Raises Refused when it does not hold."""
        doing = "ordering outbound routes"
        self._lists.forget("outbound_route")
        names = await self._lists.names(frozenset({"outbound_route"}))
        keys = names.of("outbound_route")
        now = [keys[each] for each in await self._lists.identities("outbound_route")]
        wanted = outbound_route.in_order(now, orders)
        if wanted == now:
            return
        assert self._lists.web is not None
        form = [("module", "core"), ("command", "updateRoutes")]
        form.append(("data[]", ""))  # The head of the page's table: FreePBX drops what comes first.
        form += [("data[]", names.id("outbound_route", each)) for each in wanted]
        await self._lists.web.change(form, doing=doing)
        self._lists.forget("outbound_route")
        if [keys[each] for each in await self._lists.identities("outbound_route")] != wanted:
            raise Refused(self._target, doing, "FreePBX answered, and they stand as before")

    async def _lot(self, verb: str, key: str, fields: Fields, source: str) -> str:
        """Change the one parking lot. Raises Refused: it is neither made nor deleted."""
        doing = f"writing parking lot {key}"
        if verb == DROP:
            raise Refused(
                self._target, doing, "FreePBX always has its one parking lot",
                hint="to stop managing it, say on_delete: forget before it leaves the files",
            )  # fmt: skip
        form = await self._lists.form("parking_lot", parking_lot.LOT, doing=doing)
        there = form.get(parking_lot.NUMBER)
        if there != source:
            raise Refused(
                self._target, doing, f"FreePBX has one parking lot, and that is {there}",
                hint=f'declare "{there}"; to give it another number, move it with `moved` then',
            )  # fmt: skip
        await self._outside.prepare("parking_lot", fields)
        own = await self._lists.with_names(lambda names: parking_lot.to_form(fields, form, names))
        changes = {**own, parking_lot.NUMBER: [key]}
        await self._submit("parking_lot", form, changes, parking_lot.LOT, doing)
        await self._prove("parking_lot", parking_lot.LOT, form, changes, doing)
        return parking_lot.LOT

    # Over GraphQL or ajax.php

    def _is_for_api(self, key: str) -> bool:
        """Whether a ring group is written over GraphQL, which changes only what it is told."""
        if self._lists.api is None:
            return False
        return self._lists.web is None or not key.startswith("0")

    async def _ring_group(self, verb: str, key: str, fields: Fields, source: Any) -> str | None:
        api = self._lists.api
        assert api is not None
        await self._outside.prepare("ring_group", fields)
        told = await self._lists.with_names(lambda names: ring_group.to_api(fields, names))
        doing = f"writing ring group {key}"
        if verb == MOVE:
            return await self._move_ring_group(str(source), key, fields)
        if verb == DROP:
            mutation = (
                "mutation($i: DeleteRingGroupInput!) "
                "{ deleteRingGroup(input: $i) { status message } }"
            )
            await api.change(
                mutation, {"i": {"groupNumber": int(key)}}, ["deleteRingGroup"], doing=doing
            )
            return None
        name = "addRingGroup" if verb == ADD else "updateRingGroup"
        told = {"groupNumber": key, **(ring_group.NEW if verb == ADD else {}), **told}
        mutation = f"mutation($i: {name}Input!) {{ {name}(input: $i) {{ status message }} }}"
        await api.change(mutation, {"i": told}, [name], doing=doing)
        return key

    async def _move_ring_group(self, source: str, key: str, fields: Fields) -> str:
        if self._lists.web is None:
            raise Refused(self._target, f"renumbering ring group {source}", "needs web credentials")
        return await self._move("ring_group", source, key, fields)

    async def _blocklist(self, verb: str, key: str, fields: Fields) -> str | None:
        doing = f"writing blocklist {key}"
        description = str(fields.get("description") or "")
        web, api = self._lists.web, self._lists.api
        if api is None:
            assert web is not None
            command = "del" if verb == DROP else "add"
            form = [("module", "blacklist"), ("command", command), ("number", key)]
            if verb != DROP:
                old = key if verb not in (ADD, MOVE) else ""
                form += [("description", description), ("oldval", old)]
            await web.change(form, doing=doing)
            return key
        name = "removeBlacklist" if verb == DROP else "addBlacklist"
        told = {"number": key} | ({} if verb == DROP else {"description": description})
        mutation = f"mutation($i: {name}Input!) {{ {name}(input: $i) {{ clientMutationId }} }}"
        await api.change(mutation, {"i": told}, [name], plain=[name], doing=doing)
        return key
