"""Resolve: declarations become the desired estate. One pass over all items. Pure."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from reconciler.adapter import Adapter
from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.diagnostics.place import PathPart, Place
from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.declaration import Declaration, Declarations
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Resource
from reconciler.model.target import Target
from reconciler.model.value import EMPTY, Fields
from reconciler.resolve.index import Index, Item
from reconciler.resolve.layers import Layers
from reconciler.resolve.moves import checked_moves, checked_removals
from reconciler.resolve.not_in_effect import check_effect
from reconciler.resolve.phones import INPUTS, Phones
from reconciler.resolve.references import References, check_cycles
from reconciler.resolve.scope import Inventory
from reconciler.resolve.singles import merged
from reconciler.resolve.targets import SOFTPHONES, Targets

if TYPE_CHECKING:
    from reconciler.resolve.hours import Hours


def resolve(
    declarations: Declarations,
    adapters: Mapping[str, Adapter],
    vendor_defaults: Mapping[str, Fields] | None = None,
    *,
    today: date | None = None,
    elsewhere: Mapping[Address, Resource] = EMPTY,
    inventory: Inventory | None = None,
) -> Checked[Desired]:
    """Turn declarations into resources on targets.

    `adapters` are the installed ones by name; `vendor_defaults` the weakest layer of phones'
    settings by vendor; `today` finds calendars that have run out. `elsewhere` is what other files
    declare, resolved already: it can be referred to, and is not part of what is returned. So are
    PBXs and sites where an `inventory` names them, which is enough for what is on PBXs. Every
    problem is reported; what could be resolved is returned.
    """
    problems: list[Diagnostic] = []
    index = Index(declarations, problems, elsewhere, inventory)
    circling = check_cycles(index.of("template"), "extends", problems)
    targets = Targets(adapters, problems).all(index)
    estate = _Estate(
        index, targets, Layers(index, circling, vendor_defaults or {}), problems, today
    )
    resources = {
        item.address: estate.resource(item) for item in index.items.values() if item.address.scope
    }
    for item in index.repeated:
        if item.address.scope:
            estate.resource(item)  # what else is wrong with it is found, too
    estate.check_workspace()
    for kind, entries in declarations.entries.items():
        if TRAITS[kind].scope == "workspace":
            problems += (problem for each in entries for problem in check_effect(each))
    moved = checked_moves(declarations.moved, index, problems)
    removed = checked_removals(
        declarations.removed, index, {each.source for each in moved}, problems
    )
    desired = Desired(
        resources,
        targets,
        moved,
        removed,
        policy=merged(declarations.of("policy"), problems),
        workspace=merged(declarations.of("workspace"), problems),
        provisioning=merged(declarations.of("provisioning"), problems),
        sites={each.address.key: _inventory(each.declaration) for each in index.of("site")},
        pbxs={each.address.key: _inventory(each.declaration) for each in index.of("pbx")},
        flaws={
            address: item.declaration.flaws
            for address, item in index.items.items()
            if item.declaration.flaws
        },
        unread=frozenset(kind for kind in TRAITS if declarations.unread.may_hold_any(kind)),
    )
    return Checked(desired, tuple(problems))


class _Estate:
    """Makes resources of items."""

    def __init__(
        self,
        index: Index,
        targets: Mapping[str, Target],
        layers: Layers,
        problems: list[Diagnostic],
        today: date | None,
    ) -> None:
        self._index = index
        self._targets = targets
        self._references = References(index, problems)
        self._phones = Phones(index, layers, problems)
        self._problems = problems
        self._today = today
        self._target_ids: dict[tuple[str, str], str] = {}

    @cached_property
    def _hours(self) -> "Hours":
        from reconciler.resolve.hours import Hours  # with calendars: for who has schedules

        return Hours(self._index, self._problems, self._today)

    def resource(self, item: Item) -> Resource:
        """Return an item as its platform shall hold it, with what it needs."""
        address, declaration, _ = item
        place = declaration.place
        fields = own = declaration.fields
        origins: Mapping[str, Place] = declaration.origins

        def place_of(path: str, at: tuple[PathPart, ...]) -> Place:
            elsewhere = origins.get(path)
            return (elsewhere or place.at(*path.split("."))).at(*at)

        if address.kind == "phone":
            resolved = self._phones.resolve(item, own)
            fields, origins = resolved.fields, resolved.origins

            def place_of(path: str, at: tuple[PathPart, ...]) -> Place:
                return resolved.place_of(place, path, at)

            inputs = {path: own[path] for path in INPUTS if path in own}
            if inputs:
                self._references.needs(item, inputs, place_of)
        elif address.kind == "schedule":
            fields = completed = {**own}
            added = self._hours.complete(item, completed)
            origins = {**origins, **added} if added else origins
        needs = self._references.needs(item, fields, place_of)
        return Resource(
            address,
            self._target_id(declaration.model.scope, address),
            fields,
            place,
            declaration.line,
            needs,
            declaration.meta,
            origins,
        )

    def check_workspace(self) -> None:
        """Check the references of what stays in the files: templates, sites, PBXs, firmware."""
        for item in self._index.items.values():
            if not item.address.scope:
                place = item.declaration.place

                def place_of(path: str, at: tuple[PathPart, ...], place: Place = place) -> Place:
                    return place.at(*path.split("."), *at)

                if item.address.kind == "template":
                    # What its keys refer to depends on the phone: checked there.
                    extends = {"extends": item.declaration.fields.get("extends")}
                    self._references.needs(item, extends, place_of)
                else:
                    self._references.needs(item, item.declaration.fields, place_of)

    def _target_id(self, where: str, address: Address) -> str:
        if address.kind == "softphone" and f"{SOFTPHONES}/{address.scope}" in self._targets:
            where = SOFTPHONES
        known = self._target_ids.get((where, address.scope))
        if known is None:
            known = self._target_ids[where, address.scope] = f"{where}/{address.scope}"
        return known


def _inventory(declaration: Declaration) -> Fields:
    """Return an inventory entry's fields; its waivers with them, because it is no resource."""
    return {**declaration.fields, "waive": declaration.meta.waive}
