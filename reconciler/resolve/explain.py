"""Explain: which layer gave each setting of a thing its value, and what it overrode. Pure."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.place import Place
from reconciler.kinds.declaration import Declaration, Declarations
from reconciler.model.address import Address
from reconciler.model.value import Fields, Value
from reconciler.resolve.hours import Hours
from reconciler.resolve.index import Index, Item
from reconciler.resolve.layers import Layers
from reconciler.resolve.phones import INPUTS, Phones
from reconciler.resolve.references import check_cycles


class Said(NamedTuple):
    """What one layer says about a setting. `place` is None for what no file says."""

    layer: str
    value: Value
    place: Place | None


class Explained(NamedTuple):
    """A setting: what holds, who said it, and who else said something (the weakest first)."""

    setting: str
    value: Value
    layer: str
    place: Place | None
    overridden: tuple[Said, ...] = ()


def explain(
    declarations: Declarations,
    address: Address,
    setting: str | None = None,
    vendor_defaults: Mapping[str, Fields] | None = None,
) -> list[Explained] | None:
    """Return every setting of a declared thing, or those at and below `setting`.

    None if nothing is declared under the address.
    """
    unheard: list[Diagnostic] = []
    index = Index(declarations, unheard)
    item = index.items.get(address)
    if item is None:
        return None
    said: dict[str, list[Said]] = {}
    for layer, path, value, place in _layers(item, index, vendor_defaults or {}):
        said.setdefault(path, []).append(Said(layer, value, place))
    final = _final(item, index, vendor_defaults or {}, said)
    return [
        Explained(path, final.get(path, each[-1].value), each[-1].layer, each[-1].place,
                  tuple(each[:-1]))
        for path, each in sorted(said.items())
        if setting is None or path == setting or path.startswith(f"{setting}.")
    ]  # fmt: skip


def _layers(
    item: Item, index: Index, vendors: Mapping[str, Fields]
) -> Iterator[tuple[str, str, Value, Place | None]]:
    """Yield layer, path, value and place of everything that is said, weakest first."""
    declaration = item.declaration
    own = declaration.fields
    if item.address.kind == "phone":
        for layer in _phone_layers(index, vendors).below(item):
            for path, value in layer.fields.items():
                yield layer.name, path, value, layer.place_of(path) if layer.own_path else None
        own = {path: value for path, value in own.items() if path not in INPUTS}
    named = f"{item.address.kind.replace('_', ' ')} {item.address.key}"
    for path, value in own.items():
        from_defaults = declaration.origins.get(path)
        if from_defaults is not None:
            yield f"defaults of {from_defaults.file}", path, value, from_defaults
        else:
            yield named, path, value, _own_place(declaration, path)
    if item.address.kind == "schedule":
        completed = dict(own)
        added = Hours(index, []).complete(item, completed)
        for path, place in added.items():
            yield "worked out", path, completed[path], place


def _own_place(declaration: Declaration, path: str) -> Place:
    head, dot, rest = path.partition(".")
    if dot and head in ("settings", "raw"):
        return declaration.place.at(head, rest)
    return declaration.place.at(*path.split("."))


def _final(
    item: Item, index: Index, vendors: Mapping[str, Fields], said: Mapping[str, list[Said]]
) -> Fields:
    """Return the values as they are after variables were filled in and keys laid together."""
    if item.address.kind != "phone":
        return {path: each[-1].value for path, each in said.items()}
    phones = Phones(index, _phone_layers(index, vendors), [])
    return phones.resolve(item, item.declaration.fields).fields


def _phone_layers(index: Index, vendors: Mapping[str, Fields]) -> Layers:
    return Layers(index, check_cycles(index.of("template"), "extends", []), vendors)
