"""The fields of a kind as a person looks them up: name, what it takes, default, meaning. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.kinds import KINDS
from reconciler.kinds.entry import Entry
from reconciler.kinds.schema import kind_schema


class FieldDoc(NamedTuple):
    """A field by its dotted path. `choices` are all that it takes; empty where that is open."""

    path: str
    required: bool
    default: Any
    choices: tuple[str, ...]
    description: str


def fields_of(kind: str) -> tuple[FieldDoc, ...]:
    """Return the fields of a kind, nested ones below the field that holds them."""
    schema = kind_schema(kind)
    found = tuple(_fields(schema, "", schema.get("definitions", {}), ()))
    roots = {f"{name}{end}" for name in Entry.model_fields for end in ("", "[]")}
    return tuple(each for each in found if each.path.partition(".")[0] not in roots)


def common_fields() -> tuple[FieldDoc, ...]:
    """Return the fields that entries of every kind have."""
    schema = kind_schema(next(iter(KINDS)))
    found = _fields(schema, "", schema.get("definitions", {}), ())
    return tuple(each for each in found if each.path in Entry.model_fields)


def _fields(
    schema: Mapping[str, Any], above: str, definitions: Mapping[str, Any], seen: tuple[str, ...]
) -> Iterator[FieldDoc]:
    required = schema.get("required", ())
    for name, node in schema.get("properties", {}).items():
        path = f"{above}.{name}" if above else name
        choices = tuple(str(each) for each in node.get("enum", ()) if each is not None)
        said = node.get("description", "")
        yield FieldDoc(path, name in required, node.get("default"), choices, said)
        part = _part(node)
        if part is not None and part not in seen:
            inner = definitions.get(part, {})
            inside = path + ("[]" if node.get("type") == "array" else "")
            for shape in (inner, *inner.get("anyOf", ())):
                yield from _fields(shape, inside, definitions, (*seen, part))


def _part(node: Mapping[str, Any]) -> str | None:
    """Return the definition that a field's value or its items follow, None for a plain one."""
    for option in (node, node.get("items"), *node.get("anyOf", ()), *node.get("allOf", ())):
        if isinstance(option, Mapping) and "$ref" in option:
            return str(option["$ref"]).rpartition("/")[2]
    return None
