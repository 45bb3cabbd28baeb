"""The shape of kinds, as decode needs it: which model stands at a path, where secrets stand."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from reconciler.diagnostics.place import PathPart
from reconciler.kinds.entry import Part, leaf_paths, secret_paths
from reconciler.kinds.marks import PerKey
from reconciler.model.value import Value


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that an annotation mentions."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    else:
        for part in get_args(annotation):
            yield from models_in(part)


@cache
def by_written_name(model: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """Return a model's fields by the names that stand in the files."""
    return {info.alias or name: info for name, info in model.model_fields.items()}


def annotation_at(model: type[BaseModel], path: Sequence[PathPart]) -> tuple[Any, list[type]]:
    """Return the annotation of the innermost named field of a path, and the models it holds."""
    annotation: Any = model
    models: list[type[BaseModel]] = [model]
    for name in path:
        for candidate in models:
            info = by_written_name(candidate).get(str(name))
            if info is not None:
                annotation = info.annotation
                models = list(models_in(annotation))
                break
    return annotation, list(models)


def field_names(model: type[BaseModel], path: Sequence[PathPart]) -> list[str]:
    """Return the names of fields that the mapping at the path takes."""
    _, models = annotation_at(model, path)
    return [
        name for each in models if issubclass(each, BaseModel) for name in by_written_name(each)
    ]


def choices(annotation: Any) -> list[str]:
    """Return the words of the Literals in an annotation."""
    if get_origin(annotation) is Literal:
        return [str(word) for word in get_args(annotation)]
    return [word for part in get_args(annotation) for word in choices(part)]


@cache
def section_fields(model: type[Part]) -> frozenset[str]:
    """Return the fields of a model that are owned below their own level: parts and settings."""
    parts = {path.split(".", 1)[0] for path in leaf_paths(model) if "." in path}
    maps = {
        name
        for name, info in model.model_fields.items()
        if any(isinstance(mark, PerKey) for mark in info.metadata)
    }
    return frozenset(parts | maps)


@cache
def secret_chains(model: type[Part]) -> tuple[tuple[str, ...], ...]:
    """Return the paths of a kind's secrets that stand outside lists and maps."""
    return tuple(tuple(path.split(".")) for path in sorted(secret_paths(model)))


@cache
def _secret_tops(model: type[Part]) -> tuple[frozenset[str], tuple[tuple[str, ...], ...]]:
    chains = secret_chains(model)
    return frozenset(chain[0] for chain in chains), chains


@cache
def hides_secrets(model: type[Part]) -> bool:
    """Whether secrets may stand where `secret_chains` does not see them."""
    if model.model_config.get("extra") == "allow":
        return True
    for name, info in model.model_fields.items():
        outside = any(chain[0] == name for chain in secret_chains(model))
        below = [each for each in models_in(info.annotation) if issubclass(each, Part)]
        if not outside and any(secret_chains(each) or hides_secrets(each) for each in below):
            return True
    return False


def secret_references(
    model: type[Part], raw: Mapping[str, Value]
) -> Iterator[tuple[tuple[PathPart, ...], str]]:
    """Yield every secret reference of an entry with its path."""
    if hides_secrets(model):
        yield from _walk(raw, ())
        return
    tops, chains = _secret_tops(model)
    if tops.isdisjoint(raw):
        return
    for chain in chains:
        value: Value = raw
        for name in chain:
            value = value.get(name) if value.__class__ is dict else None
        if value.__class__ is dict and isinstance(reference := value.get("secret"), str):
            yield (*chain, "secret"), reference


def _walk(node: Value, path: tuple[PathPart, ...]) -> Iterator[tuple[tuple[PathPart, ...], str]]:
    if isinstance(node, dict):
        if len(node) == 1 and isinstance(node.get("secret"), str):
            yield (*path, "secret"), node["secret"]
            return
        for name, value in node.items():
            yield from _walk(value, (*path, name))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _walk(value, (*path, index))
