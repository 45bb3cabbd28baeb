"""Builders of small estates, live states and ledgers, for tests of adapters and of the engine.

    office = pbx("office")
    wish = desired(
        [
            resource("extension/office/1001", name="Ada"),
            resource("ring_group/office/600", name="Desk", members=["1001"]),
        ],
        [office],
    )

What refers to what is found in the fields, as `resolve` does it.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from reconciler.diagnostics.place import Place
from reconciler.kinds import KINDS
from reconciler.kinds.all_traits import TRAITS
from reconciler.model.address import Address, parse_address
from reconciler.model.live import Ahead, Edit, Leading, Live, LiveObject, Met, TargetLive
from reconciler.model.ownership import Origin, Owned, Ownership
from reconciler.model.resource import NO_META, Desired, Meta, Moved, Removed, Resource
from reconciler.model.target import Target
from reconciler.model.value import Fields, Value
from reconciler.planning.order import refers

FILE = "estate.yaml"
"""The file in which everything that is built here claims to stand."""


def at(text: str) -> Address:
    """Return the address that the text means (`extension/office/1001`)."""
    address = parse_address(text)
    if address is None:
        raise ValueError(f"not an address: {text}")
    return address


def pbx(name: str = "office", adapter: str = "memory", **settings: Value) -> Target:
    """Return a PBX."""
    return Target(f"pbx/{name}", name, adapter, settings, Place(FILE, 0, ("pbxs", name)), 1)


def site(name: str = "home", adapter: str = "memory", **settings: Value) -> Target:
    """Return a site's phones."""
    return Target(f"site/{name}", name, adapter, settings, Place(FILE, 0, ("sites", name)), 1)


def target_of(address: Address) -> str:
    """Return the id of the target on which an object lives, by its kind."""
    where = "site" if TRAITS[address.kind].scope == "site" else "pbx"
    return f"{where}/{address.scope}"


def resource(
    address: str | Address,
    fields: Fields | None = None,
    *,
    meta: Meta = NO_META,
    needs: Iterable[str] | None = None,
    line: int = 1,
    **more: Value,
) -> Resource:
    """Return a declared object. `needs` are all addresses it refers to, unless they are given."""
    where = at(address) if isinstance(address, str) else address
    values = {**(fields or {}), **more}
    found = tuple(at(each) for each in needs) if needs is not None else needs_of(where, values)
    place = Place(FILE, 0, (TRAITS[where.kind].section, where.key))
    return Resource(where, target_of(where), values, place, line, found, meta)


def needs_of(address: Address, fields: Fields) -> tuple[Address, ...]:
    """Return every address that the fields may mean, without duplicates, in order."""
    found: dict[Address, None] = {}
    for reference in TRAITS[address.kind].references:
        for text, _ in reference.texts(fields):
            found.update(dict.fromkeys(sorted(refers(text, reference, address.scope))))
    return tuple(found)


def desired(
    resources: Iterable[Resource] = (),
    targets: Iterable[Target] | None = None,
    *,
    moved: Iterable[tuple[str, str]] = (),
    removed: Iterable[tuple[str, bool]] = (),
    policy: Fields | None = None,
) -> Desired:
    """Return an estate. Needs of what is not declared are dropped, as `resolve` does.

    `moved` are pairs of old and new address; `removed` of an address and whether to destroy it.
    Targets default to a memory PBX or site for every scope that occurs.
    """
    declared = {each.address: each for each in resources}
    kept = {
        address: each._replace(needs=tuple(need for need in each.needs if need in declared))
        for address, each in declared.items()
    }
    if targets is None:
        names = sorted({each.target for each in kept.values()}) or ["pbx/office"]
        targets = [
            (pbx if name.startswith("pbx/") else site)(name.partition("/")[2]) for name in names
        ]
    return Desired(
        resources=kept,
        targets={each.id: each for each in targets},
        moved=tuple(
            Moved(at(old), at(new), Place(FILE, 0, ("moved", number)))
            for number, (old, new) in enumerate(moved)
        ),
        removed=tuple(
            Removed(at(address), destroy, Place(FILE, 0, ("removed", number)))
            for number, (address, destroy) in enumerate(removed)
        ),
        policy=policy or {},
    )


def there(
    address: str | Address,
    fields: Fields | None = None,
    *,
    native_id: str | None = None,
    locked: str | None = None,
    edits: Iterable[Edit] = (),
    **more: Value,
) -> LiveObject:
    """Return an object as its platform holds it."""
    where = at(address) if isinstance(address, str) else address
    return LiveObject(where, {**(fields or {}), **more}, native_id, locked, tuple(edits))


def answered(
    objects: Iterable[LiveObject] = (),
    target: str = "pbx/office",
    *,
    complete: Iterable[str] | None = None,
    unread: Mapping[str, str] | None = None,
    unreachable: str | None = None,
    pending_reload: str | None = None,
    active_calls: int | None = None,
    edits: Iterable[Edit] = (),
    ahead: Iterable[Ahead] = (),
    leading: Iterable[Leading] = (),
    occupied: Mapping[str, str] | None = None,
    entrances: Mapping[str, tuple[Met, ...]] | None = None,
) -> TargetLive:
    """Return what a target answered; a complete read of every kind unless told otherwise."""
    return TargetLive(
        target,
        version="1",
        objects={each.address: each for each in objects},
        complete=frozenset(KINDS if complete is None else complete)
        if unreachable is None
        else frozenset(),
        unread={at(text): why for text, why in (unread or {}).items()},
        unreachable=unreachable,
        pending_reload=pending_reload,
        active_calls=active_calls,
        edits=tuple(edits),
        ahead=tuple(ahead),
        leading=tuple(leading),
        occupied={at(text): where for text, where in (occupied or {}).items()},
        entrances=entrances,
    )


def live(*targets: TargetLive) -> Live:
    """Return what all targets answered."""
    return Live({each.target: each for each in targets})


def owned(
    source: Resource | str,
    fields: Fields | None = None,
    *,
    how: Origin = "created",
    native_id: str | None = None,
    protect: bool = False,
    on_delete: Literal["delete", "forget"] = "delete",
    found: Iterable[str] = (),
    **more: Value,
) -> Owned:
    """Return a ledger row: of a resource as it is declared, or of an address with fields."""
    if isinstance(source, Resource):
        address, values, needs = source.address, dict(source.fields), source.needs
    else:
        address, values, needs = at(source), {}, ()
    return Owned(
        address,
        target_of(address),
        {**values, **(fields or {}), **more},
        native_id=native_id,
        how=how,
        run=1,
        applied_at="2026-01-01T00:00:00Z",
        protect=protect,
        on_delete=on_delete,
        needs=needs or needs_of(address, {**values, **(fields or {}), **more}),
        found=tuple(found),
    )


def ownership(*rows: Owned, owed: Mapping[str, str] | None = None) -> Ownership:
    """Return a ledger."""
    return Ownership({each.address: each for each in rows}, owed or {})
