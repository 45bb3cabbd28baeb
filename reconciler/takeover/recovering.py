"""Recover: secrets that the files refer to, the store has lost, and the PBX still holds."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from reconciler.execution.secrets.generated import PREFIX
from reconciler.execution.secrets.sources import GENERATED, qualified
from reconciler.model.live import TargetLive
from reconciler.model.resource import Resource
from reconciler.model.secret import Clear, Secret


class Found(NamedTuple):
    """Values for the store by their names there, and names of which the PBX has none, or two."""

    values: Mapping[str, Clear]
    left: tuple[str, ...]


def recover(
    declared: Iterable[Resource], live: TargetLive, is_stored: Callable[[str], bool]
) -> Found:
    """Return what the store lacks of the secrets that are declared, as it is on the PBX."""
    found: dict[str, dict[str, Clear]] = {}
    for resource in declared:
        on_pbx = live.objects.get(resource.address)
        for path, name in _names(resource):
            if is_stored(name):
                continue
            values = found.setdefault(name, {})
            value = None if on_pbx is None else on_pbx.fields.get(path)
            if isinstance(value, Clear):
                values[value.reveal()] = value
    return Found(
        {name: next(iter(each.values())) for name, each in found.items() if len(each) == 1},
        tuple(sorted(name for name, each in found.items() if len(each) != 1)),
    )


def _names(resource: Resource) -> Iterator[tuple[str, str]]:
    """Yield the fields whose secrets are kept in the store, with their names there."""
    for path, value in resource.fields.items():
        if isinstance(value, Secret) and value.reference is not None:
            reference = qualified(value.reference, resource.address, path)
            scheme, _, name = reference.partition(":")
            if scheme in ("store", GENERATED):
                yield path, name if scheme == "store" else f"{PREFIX}{name}"
