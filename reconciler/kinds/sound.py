"""Sound: what is right in an entry that is wrong somewhere, so that the rest is judged with it.

A wrong entry is still there: others refer to it, it has its number, and it refers to others. A
twin of its kind's validator leaves out what is wrong and keeps the rest, each thing in its place:
a wrong item of a list is an empty one. It is made when the first wrong entry of a kind is met.
"""

from collections.abc import Collection, Iterator
from functools import cache
from typing import Any, Final, TypeVar, cast

from pydantic import ValidationError
from pydantic_core import SchemaValidator, core_schema

from reconciler.diagnostics.place import PathPart
from reconciler.kinds.entry import Part
from reconciler.kinds.shape import by_written_name
from reconciler.model.value import Value

Path = tuple[PathPart, ...]
Kind = TypeVar("Kind", bound=Part)

_ABSENT: Final = object()
"""Stands for a required field that is not there, until `fill_holes`."""


def sound_part(model: type[Kind], raw: Value) -> Kind:
    """Return an entry with the fields that are right; the others are as if they were not written.

    Checks over several fields are not made (`unchecked`). Fields that are missing are no
    attributes until `fill_holes`.
    """
    try:
        entry: Kind = _twin(model).validate_python(raw)
    except ValidationError:  # no mapping at all
        return cast("Kind", model.model_construct())
    return entry


def unchecked(entry: Part, wrong: Collection[Path]) -> Iterator[tuple[Path, ValidationError]]:
    """Yield what checks over several fields find, with the path of the part that they check.

    Only those are made to which pydantic did not come, because something in the part (a path of
    `wrong`) is wrong by itself. A check that looks at such a field says nothing.
    """
    above = {path[:length] for path in wrong for length in range(len(path))}
    for path in sorted(above, key=lambda each: (len(each), str(each))):
        part = _at(entry, path)
        if isinstance(part, Part):
            names = {each[len(path)] for each in wrong if each[: len(path)] == path != each}
            for check in _checks(type(part)):
                try:
                    check.validate_python(_without(part, names))
                except ValidationError as error:
                    yield path, error
                except AttributeError:
                    continue  # it looks at what is wrong


def fill_holes(part: Part) -> None:
    """Give every field that is missing a value, its default or None, without declaring it."""
    values = part.__dict__
    for name, info in type(part).model_fields.items():
        if values.get(name, _ABSENT) is _ABSENT:
            values[name] = None if info.is_required() else info.get_default()
    for value in values.values():
        inside = value.values() if isinstance(value, dict) else value
        for each in inside if isinstance(value, (list, tuple, dict)) else (value,):
            if isinstance(each, Part):
                fill_holes(each)


def _at(node: Any, path: Path) -> Any:
    for name in path:
        if isinstance(node, Part):
            node = node.__dict__.get(str(_attributes(type(node)).get(name, name)))
        elif isinstance(node, dict):
            node = node.get(name)
        elif isinstance(node, (list, tuple)) and isinstance(name, int) and name < len(node):
            node = node[name]
        else:
            return None
    return node


@cache
def _attributes(model: type[Part]) -> dict[PathPart, str]:
    """Return the attributes of a part's fields by the names that stand in the files."""
    return dict(zip(by_written_name(model), model.model_fields, strict=True))


def _without(part: Part, names: Collection[PathPart]) -> Part:
    """Return a part in which wrong fields are declared, but cannot be looked at."""
    attributes = _attributes(type(part))
    wrong = {attributes[each] for each in names if each in attributes}
    copy = part.model_copy()
    for name in type(part).model_fields:
        if name in wrong or copy.__dict__.get(name, _ABSENT) is _ABSENT:
            copy.__dict__.pop(name, None)
    copy.__pydantic_fields_set__.update(wrong)
    return copy


@cache
def _checks(model: type[Part]) -> tuple[SchemaValidator, ...]:
    """Return the checks over several fields of a part."""
    itself = core_schema.is_instance_schema(model)
    return tuple(
        SchemaValidator(core_schema.no_info_after_validator_function(each.func, itself))
        for each in model.__pydantic_decorators__.model_validators.values()
        if each.info.mode == "after"
    )


@cache
def _twin(model: type[Part]) -> SchemaValidator:
    model.model_rebuild()
    return SchemaValidator(_lenient(model.__pydantic_core_schema__))


def _lenient(schema: Any) -> Any:
    """Return pydantic's schema of a value without what makes a whole fail by one of its parts."""
    match schema["type"]:
        case "function-after" if _model_of(schema) is not None:
            inner = _lenient(schema["schema"])
            return {**inner, "ref": schema["ref"]} if "ref" in schema else inner
        case "model":
            config = schema.get("config") or {}
            if config.get("extra_fields_behavior") == "forbid":
                config = {**config, "extra_fields_behavior": "ignore"}
            return {**schema, "schema": _lenient(schema["schema"]), "config": config}
        case "model-fields":
            fields = {
                name: {**each, "schema": _field(each["schema"])}
                for name, each in schema["fields"].items()
            }
            return {**schema, "fields": fields}
        case "list":
            sized = {name: each for name, each in schema.items() if not name.endswith("_length")}
            return {**sized, "items_schema": _item(schema["items_schema"])}
        case "tuple":
            return {**schema, "items_schema": [_item(each) for each in schema["items_schema"]]}
        case "dict":
            value = core_schema.with_default_schema(
                _lenient(schema["values_schema"]), on_error="omit"
            )
            return {**schema, "keys_schema": core_schema.str_schema(), "values_schema": value}
        case "definitions":
            known = [_lenient(each) for each in schema["definitions"]]
            return {**schema, "schema": _lenient(schema["schema"]), "definitions": known}
        case "default" | "nullable" | "function-before" | "function-after":
            return {**schema, "schema": _lenient(schema["schema"])}
    return schema


def _field(schema: Any) -> Any:
    if schema["type"] == "default":
        return {**_lenient(schema), "on_error": "omit"}
    return core_schema.with_default_schema(_lenient(schema), default=_ABSENT, on_error="omit")


def _item(schema: Any) -> Any:
    """Return the schema of a list's item; a wrong one keeps its place."""
    model = _model_of(schema)
    empty = (lambda: None) if model is None else model.model_construct
    return core_schema.with_default_schema(
        _lenient(schema), default_factory=empty, on_error="default"
    )


def _model_of(schema: Any) -> type[Part] | None:
    """Return the model that a schema makes, through whatever is around it."""
    while schema["type"] in ("function-before", "function-after", "nullable", "default"):
        schema = schema["schema"]
    return schema["cls"] if schema["type"] == "model" else None
