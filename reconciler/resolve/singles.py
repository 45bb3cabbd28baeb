"""Single sections (policy, workspace, provisioning): one for the estate, in any number of files."""

from collections.abc import Iterator

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic, Related
from reconciler.diagnostics.place import Place
from reconciler.kinds.declaration import Declaration
from reconciler.kinds.entry import META_FIELDS, flatten
from reconciler.model.value import Value


def merged(entries: tuple[Declaration, ...], problems: list[Diagnostic]) -> dict[str, Value]:
    """Return the fields of all documents together, flat down to single values.

    The same field in two documents is a mistake: nobody could say which one holds.
    """
    fields: dict[str, Value] = {}
    places: dict[str, Place] = {}
    for declaration in entries:
        for path, value in _flat("", flatten(declaration.entry)):
            place = declaration.place.at(*path.split("."))
            if path in fields and fields[path] != value:
                problems.append(
                    found(
                        "duplicate-address",
                        f"{declaration.model.section}: {path} is set in two places.",
                        place,
                        related=(Related(places[path], "first set here"),),
                    )
                )
                continue
            fields[path] = value
            places[path] = place
    return fields


def _flat(path: str, value: Value) -> Iterator[tuple[str, Value]]:
    """Yield every value below a mapping with its dotted path, and the upper mappings themselves."""
    for name, each in value.items():
        below = f"{path}.{name}" if path else str(name)
        if not path and name in META_FIELDS:
            continue
        if isinstance(each, dict) and each:
            yield from _flat(below, each)
        else:
            yield below, each
