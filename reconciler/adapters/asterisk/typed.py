"""Whether a value in a meta section can be one of its field: somebody may have typed it."""

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError

from reconciler.kinds import KINDS
from reconciler.model.value import Value


def fits(kind: str, path: str, value: Value) -> bool:
    """Tell whether a kind's field could hold the value. Every field may have been emptied.

    An empty list or map may stand where the kind wants at least one entry: menus that lead to each
    other are written without the way there first.
    """
    if value is None:
        return True
    try:
        _adapter(kind, path).validate_python(value)
    except ValidationError as error:
        return value in ([], {}) and {each["type"] for each in error.errors()} == {"too_short"}
    return True


@cache
def _adapter(kind: str, path: str) -> TypeAdapter[Any]:
    model: type[BaseModel] = KINDS[kind]
    if path == "closed_days":  # worked out from `closed_on`; no field of the kind
        return TypeAdapter(list[str])
    if path.startswith("settings."):
        return TypeAdapter(str | None)
    *sections, name = path.split(".")
    for section in sections:
        model = next(_models_in(model.model_fields[section].annotation))
    info = model.model_fields[name]
    annotation: Any = info.annotation
    for mark in info.metadata:
        annotation = Annotated[annotation, mark]
    return TypeAdapter(annotation)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _models_in(each)
