"""Drafts of entries: what is worth writing, and what a section says once for most of them."""

from collections.abc import Mapping
from typing import Final

from reconciler.adapter import Support
from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.entry import Entry, defaults, reference_fields, secret_paths
from reconciler.kinds.marks import Reference
from reconciler.model.address import Address
from reconciler.model.live import LiveObject, TargetLive
from reconciler.model.secret import Clear
from reconciler.model.value import Fields, Value

_MOST: Final = 0.75
_FEWEST: Final = 4


def shared_by_most(
    entries: Mapping[Address, Fields], target: TargetLive, model: type[Entry]
) -> dict[str, Value]:
    """Return what most entries of a section say alike, and all can say otherwise."""
    if len(entries) < _FEWEST:
        return {}
    own = {each.path for each in reference_fields(model)} | secret_paths(model)
    own |= {name for name, info in model.model_fields.items() if info.is_required()}
    own |= {"name", "number"}
    found: dict[str, Value] = {}
    for path in dict.fromkeys(path for fields in entries.values() for path in fields):
        if path in own or any(_held(target.objects[a], path) is None for a in entries):
            continue
        said = [fields[path] for fields in entries.values() if path in fields]
        most = max(said, key=said.count)
        if said.count(most) >= _MOST * len(entries):
            found[path] = most
    return found


def _held(live: LiveObject, path: str) -> Value:
    """Return what an object has of a field."""
    return live.fields.get(path, live.told.get(path))


def beside(shared: Fields, fields: Fields, live: LiveObject) -> dict[str, Value]:
    """Return what an entry says beside its section's defaults."""
    other = {path: _held(live, path) for path in shared if path not in fields}
    return {
        path: value
        for path, value in {**fields, **other}.items()
        if path not in shared or shared[path] != value
    }


def last_applied(live: LiveObject, path: str) -> Value:
    """Return what is remembered of a field as applied last."""
    return live.fields[path] if path in live.fields else live.told[path]


def secret_names(address: Address, fields: Fields) -> dict[str, str]:
    """Return the store's name for each secret field that the platform gave."""
    return {
        path: f"{address.scope}-{address.kind}-{address.key}-{path}".replace("/", "-")
        for path, value in fields.items()
        if isinstance(value, Clear)
    }


def worth_writing(fields: Fields, model: type[Entry], support: Support) -> dict[str, Value]:
    """Return the fields that say something: not empty, not what an unset field means anyway."""
    usual = {**defaults(model), **support.defaults}
    inputs = _inputs(model)
    required = {name for name, info in model.model_fields.items() if info.is_required()}
    return {
        path: value
        for path, value in fields.items()
        if path in required
        or (value is not None and value != [] and usual.get(path) != value and path not in inputs)
    }


def _inputs(model: type[Entry]) -> frozenset[str]:
    """Return fields that name things of the workspace (calendars), which no PBX knows."""
    return frozenset(
        each.path
        for each in reference_fields(model)
        if isinstance(each.mark, Reference)
        and all(kind in TRAITS and TRAITS[kind].scope == "workspace" for kind in each.mark.kinds)
    )
