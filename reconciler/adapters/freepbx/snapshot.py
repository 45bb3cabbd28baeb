"""What was read of a FreePBX, and the objects that it means. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from reconciler.adapters.freepbx import extension_api
from reconciler.adapters.freepbx.kinds import (
    announcement,
    blocklist,
    conference,
    day_night,
    extension,
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
from reconciler.adapters.freepbx.names import Names
from reconciler.adapters.freepbx.supports import ONLY_NAMED
from reconciler.adapters.freepbx.words import Unspeakable, Words
from reconciler.model.address import Address
from reconciler.model.live import LiveObject
from reconciler.transport.html import Form

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Answers by kind: rows of lists and exports, and forms by the object's id.

    `failed` are forms that could not be read, by kind and id, with the reason. `boxes` are
    voicemail boxes by extension and `groups` time groups' forms by id. `listed` are the ids of
    all objects of a kind of which only some forms were read.
    """

    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    forms: Mapping[str, Mapping[str, Form]] = field(default_factory=dict)
    failed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    boxes: Mapping[str, Row] = field(default_factory=dict)
    groups: Mapping[str, Form] = field(default_factory=dict)
    listed: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Told(NamedTuple):
    """Objects, those that cannot be told, and what of the others cannot. `keys` are all by kind."""

    objects: dict[Address, LiveObject]
    unread: dict[Address, str]
    beyond: dict[Address, tuple[str, ...]]
    keys: dict[str, set[str]]


_FORMS: Final[Mapping[str, Callable[[Form, Words], None]]] = {
    "ring_group": ring_group.from_form,
    "outbound_route": outbound_route.from_form,
    "queue": queue.from_form,
    "ivr": ivr.from_form,
    "day_night": day_night.from_form,
    "paging_group": paging_group.from_form,
    "conference": conference.from_form,
}
BY_FORM: Final = frozenset(_FORMS)
"""Kinds whose objects are read one by one, each from its form."""
NAMED: Final = frozenset(
    {"ivr", "announcement", "schedule", "day_night", "trunk", "outbound_route"}
)
"""Kinds that FreePBX numbers; keys are made of their names."""
_NO_MUSIC: Final = ("", "inherit", "default", "none")


def tell(
    snapshot: Snapshot, only: Mapping[str, frozenset[str] | None], names: Names, scope: str
) -> Told:
    """Return the objects of these kinds, or of some keys of them. Raises NotAsked."""
    told = Told({}, {}, {}, {})
    places = outbound_route.places_of(snapshot.rows.get("outbound_route", ()))
    for kind, keys in sorted(only.items()):
        listed = snapshot.listed.get(kind, ())
        all_keys = {names.key(kind, each) if kind in NAMED else each for each in listed}
        told.keys[kind] = all_keys
        for key, identity, read in _objects(kind, snapshot, names):
            all_keys.add(key)
            if keys is not None and key not in keys:
                continue
            address = Address(kind, scope, key)
            failure = snapshot.failed.get((kind, identity))
            if failure is not None:
                told.unread[address] = failure
                continue
            words = Words(names)
            try:
                read(words)
            except Unspeakable as error:
                told.unread[address] = f"{error}; it is left alone"
                continue
            except (KeyError, ValueError) as error:
                told.unread[address] = f"FreePBX's answer was not understood ({error})"
                continue
            if kind == "outbound_route" and identity in places:
                words.told["order"] = places[identity]
            told.objects[address] = LiveObject(
                address,
                words.fields,
                native_id=identity,
                locked=ONLY_NAMED if kind == "music" else None,
                told=words.told,
                loses=words.loses,
            )
            if words.beyond:
                told.beyond[address] = tuple(words.beyond)
    return told


Read = Callable[[Words], None]


def _objects(kind: str, at: Snapshot, names: Names) -> Iterator[tuple[str, str, Read]]:
    """Yield each object's key, id and reader."""
    rows = at.rows.get(kind, ())
    forms = at.forms.get(kind, {})
    match kind:
        case "extension":
            for row in rows:
                yield from _extension(row, at)
        case "inbound_route":
            for row in rows:
                pair = row.get("extension") or "", row.get("cidnum") or ""
                key = inbound_route.key_of(*pair)
                if key is not None:
                    yield key, "/".join(pair), _bound(inbound_route.from_row, row)
        case "trunk":
            for row in rows:
                identity = str(row["trunkid"])
                key = names.of(kind).get(identity)
                if key is not None:
                    yield key, identity, _bound(trunk.from_row, row)
        case "announcement":
            for row in rows:
                identity = str(row["announcement_id"])
                yield names.key(kind, identity), identity, _bound(announcement.from_row, row)
        case "schedule":
            for row in rows:
                identity = str(row["timeconditions_id"])
                group = at.groups.get(str(row.get("time") or ""))
                yield names.key(kind, identity), identity, _scheduled(row, group)
        case "blocklist":
            for row in rows:
                number = str(row.get("number") or "")
                yield number, number, _bound(blocklist.from_row, row)
        case "parking_lot":
            for identity, form in forms.items():
                if form.get(parking_lot.NUMBER):
                    yield (
                        form.get(parking_lot.NUMBER),
                        identity,
                        _bound(parking_lot.from_form, form),
                    )
        case "music":
            for row in rows:
                if row["category"] not in _NO_MUSIC:
                    yield row["category"], row["category"], lambda _: None
        case "ring_group":
            for row in rows:
                number = str(row["groupNumber"])
                yield number, number, _bound(ring_group.from_api, row)
            for identity in sorted({*forms, *(i for k, i in at.failed if k == kind)}):
                yield identity, identity, _bound(ring_group.from_form, forms.get(identity))
        case _:
            listed = {*forms, *(i for k, i in at.failed if k == kind)}
            for identity in sorted(listed):
                key = names.key(kind, identity) if kind in NAMED else identity
                yield key, identity, _bound(_FORMS[kind], forms.get(identity))


def _extension(row: Row, at: Snapshot) -> Iterator[tuple[str, str, Read]]:
    if "extensionId" in row:
        number = str(row["extensionId"])
        box = at.boxes.get(number)
        yield number, number, lambda words: extension_api.from_api(row, box, words)
    elif row.get("extension"):
        yield row["extension"], row["extension"], _bound(extension.from_row, row)


def _bound(read: Callable[[Any, Words], None], told: Any) -> Read:
    return lambda words: read(told, words)


def _scheduled(row: Row, group: Form | None) -> Read:
    return lambda words: schedule.from_row(row, group, words)
