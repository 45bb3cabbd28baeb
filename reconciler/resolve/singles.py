"""Single sections (policy, workspace, provisioning): one for the estate, in any number of files."""

from collections.abc import Iterator

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic, Related
from reconciler.diagnostics.place import Place
from reconciler.kinds.declaration import Declaration
from reconciler.model.value import Value


def merged(entries: tuple[Declaration, ...], problems: list[Diagnostic]) -> dict[str, Value]:
    """Return the fields of all documents together: dotted paths, maps (`rails`) as mappings.

    Documents may each hold a part of a map. The same value in two documents is a mistake: nobody
    could say which one holds.
    """
    fields: dict[str, Value] = {}
    places: dict[tuple[str, ...], tuple[Value, Place]] = {}
    for declaration in entries:
        wrong = {flaw.partition(".")[0] for flaw in declaration.flaws}
        for field, value in declaration.fields.items():
            if field.partition(".")[0] in wrong:
                continue
            for keys, each in _leaves(value):
                place = declaration.place.at(*field.split("."), *keys)
                path = (field, *keys)
                if path in places and places[path][0] != each:
                    problems.append(
                        found(
                            "duplicate-address",
                            f"{declaration.model.section}: {'.'.join(path)} is set in two places.",
                            place,
                            related=(Related(places[path][1], "first set here"),),
                        )
                    )
                    continue
                places[path] = (each, place)
                _put(fields, path, each)
    return fields


def _leaves(value: Value, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Value]]:
    """Yield every value below a map with the keys that lead to it; what is no map as it is."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _leaves(each, (*above, str(key)))
    else:
        yield above, value


def _put(fields: dict[str, Value], path: tuple[str, ...], value: Value) -> None:
    *above, last = path
    inside = fields
    for key in above:
        inside = inside.setdefault(key, {})
    if value == {}:
        inside.setdefault(last, {})  # an empty map takes nothing from what others put there
    else:
        inside[last] = value
