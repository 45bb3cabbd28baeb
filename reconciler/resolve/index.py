"""Index: everything that is declared by its address, and who is declared twice."""

from collections.abc import Mapping
from typing import NamedTuple

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic, Related
from reconciler.diagnostics.place import Place
from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.declaration import Declaration, Declarations
from reconciler.model.address import Address
from reconciler.model.resource import Resource
from reconciler.model.value import EMPTY, Fields
from reconciler.resolve.scope import Inventory, Scope, Scopes, inventory_in


class Item(NamedTuple):
    """A declaration under its address, with the scope of its references."""

    address: Address
    declaration: Declaration
    scope: Scope


class Index:
    """Every item by address, and every address by kind, scope and key (as references name it).

    `repeated` are those whose address another one has. `elsewhere` are those that are declared
    beside these declarations, and resolved already; so are the PBXs and sites of an `inventory`.
    """

    def __init__(
        self,
        declarations: Declarations,
        problems: list[Diagnostic],
        elsewhere: Mapping[Address, Resource] = EMPTY,
        inventory: Inventory | None = None,
    ) -> None:
        self.items: dict[Address, Item] = {}
        self._elsewhere = elsewhere
        self.repeated: list[Item] = []
        self.unread = declarations.unread
        self._nowhere: set[tuple[str, str]] = set()
        self.moved = {each.source: each.destination for each in declarations.moved}
        self.removed = {each.address: each.origin for each in declarations.removed}
        self._keys: dict[tuple[str, str], dict[str, Address]] = {}
        for address in elsewhere:
            self._keys.setdefault(address[:2], {})[address.key] = address
        if inventory is None:
            inventory = inventory_in(declarations)
        else:
            self._keys["pbx", ""] = {name: Address("pbx", "", name) for name in inventory.pbxs}
            self._keys["site", ""] = {name: Address("site", "", name) for name in inventory.sites}
        scopes = Scopes(declarations, inventory, problems)
        for kind, entries in declarations.entries.items():
            traits = TRAITS[kind]
            if traits.single:
                continue
            for declaration in entries:
                scope = scopes.of(declaration)
                if scope is None:
                    self._nowhere.add((kind, declaration.key))
                    continue
                name = scope.of(traits.scope)
                address = Address(kind, name, declaration.key)
                known = self._keys.setdefault((kind, name), {})
                item = Item(address, declaration, scope)
                if declaration.key in known:
                    problems.append(_twice(self.written(address), declaration, address))
                    self.repeated.append(item)
                    continue
                known[declaration.key] = address
                self.items[address] = item

    def __contains__(self, address: Address) -> bool:
        return address in self.items or address in self._elsewhere

    def written(self, address: Address) -> tuple[Place, int]:
        """Return the place and the line of what is declared under an address."""
        item = self.items.get(address)
        if item is None:
            resource = self._elsewhere[address]
            return resource.origin, resource.line
        return item.declaration.place, item.declaration.line

    def fields(self, address: Address) -> Fields:
        """Return the fields of what is declared under an address."""
        item = self.items.get(address)
        return self._elsewhere[address].fields if item is None else item.declaration.fields

    def keys(self, kind: str, scope: str) -> Mapping[str, Address]:
        """Return the addresses of a kind in a scope by key."""
        return self._keys.get((kind, scope), {})

    def of(self, kind: str) -> list[Item]:
        """Return all items of a kind, in the order of files."""
        return [
            self.items[address]
            for (each, _), known in self._keys.items()
            if each == kind
            for address in known.values()
            if address in self.items
        ]

    def is_excused(self, kind: str, key: str) -> bool:
        """Whether a missing thing may be there after all, unread or nobody knows where."""
        return (kind, key) in self._nowhere or self.unread.may_hold(kind, key)

    def is_flawed(self, address: Address | None) -> bool:
        """Whether a declared thing has mistakes."""
        item = self.items.get(address) if address is not None else None
        return item is not None and bool(item.declaration.flaws)


def _twice(first: tuple[Place, int], second: Declaration, address: Address) -> Diagnostic:
    place, line = first
    return found(
        "duplicate-address",
        f"{address} is declared here and in {place.file}:{line}.",
        second.place.key(),
        hint="put everything about it into one of the two places",
        related=(Related(place.key(), "first declared here"),),
    )
