"""Index: everything that is declared by its address, and who is declared twice."""

from collections.abc import Mapping
from typing import NamedTuple

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic, Related
from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.declaration import Declaration, Declarations
from reconciler.model.address import Address
from reconciler.resolve.scope import Scope, Scopes


class Item(NamedTuple):
    """A declaration under its address, with the scope of its references."""

    address: Address
    declaration: Declaration
    scope: Scope


class Index:
    """Every item by address, and every address by kind, scope and key (as references name it).

    `repeated` are those whose address another one has.
    """

    def __init__(self, declarations: Declarations, problems: list[Diagnostic]) -> None:
        self.items: dict[Address, Item] = {}
        self.repeated: list[Item] = []
        self.unread = declarations.unread
        self._nowhere: set[tuple[str, str]] = set()
        self.moved = {each.source: each.destination for each in declarations.moved}
        self.removed = {each.address: each.origin for each in declarations.removed}
        self._keys: dict[tuple[str, str], dict[str, Address]] = {}
        scopes = Scopes(declarations, problems)
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
                    problems.append(_twice(self.items[address].declaration, declaration, address))
                    self.repeated.append(item)
                    continue
                known[declaration.key] = address
                self.items[address] = item

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
        ]

    def is_excused(self, kind: str, key: str) -> bool:
        """Whether a missing thing may be there after all, unread or nobody knows where."""
        return (kind, key) in self._nowhere or self.unread.may_hold(kind, key)

    def is_flawed(self, address: Address | None) -> bool:
        """Whether a declared thing has mistakes."""
        item = self.items.get(address) if address is not None else None
        return item is not None and bool(item.declaration.flaws)


def _twice(first: Declaration, second: Declaration, address: Address) -> Diagnostic:
    return found(
        "duplicate-address",
        f"{address} is declared here and in {first.place.file}:{first.line}.",
        second.place.key(),
        hint="put everything about it into one of the two places",
        related=(Related(first.place.key(), "first declared here"),),
    )
