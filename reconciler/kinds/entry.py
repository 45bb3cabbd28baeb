"""The base of every kind, and what its model says of its fields.

A kind is a pydantic model in a file of its own. Beside its fields it says how it is found in the
YAML (`section`), what its keys look like and where it lives (`scope`). Marks in `Annotated`
(`marks.py`) tell the stages what pydantic cannot know: that a field refers to another object,
holds a secret, or is owned key by key. Whoever reads files asks the models; what the other stages
ask of a kind follows from them (`traits.py`). No stage knows a kind by name.

Scalars arrive as text (or None for a plain `null`), because YAML's own typing destroys `0123`,
`+44...` and `12:30`; the field's type reads them. Every field that can be emptied accepts None.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from types import UnionType
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetPydanticSchema,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError, core_schema

from reconciler.diagnostics.suggest import closest
from reconciler.kinds.destination import parse_destination
from reconciler.kinds.marks import (
    DestinationMark,
    Key,
    LocalFile,
    PerKey,
    Reference,
    Scope,
    Unordered,
)
from reconciler.kinds.traits import ReferenceField
from reconciler.model.secret import SCHEMES, Secret
from reconciler.model.value import Value


def _destination(text: str) -> str:
    if parse_destination(text) is None:
        raise PydanticCustomError(
            "destination",
            "a destination is written kind/key (extension/1001, ring_group/600, voicemail/1001, "
            "queue/700, ivr/main, schedule/hours, external/+441134960100, ...) or hangup",
        )
    return text


DestinationText = Annotated[
    str,
    DestinationMark(),
    AfterValidator(_destination),
    WithJsonSchema(
        {
            "type": "string",
            "description": "kind/key, pbx:kind/key or hangup",
            "pattern": r"^(hangup|([A-Za-z0-9._-]+:)?[a-z_]+/\S+)$",
        }
    ),
]
"""A destination as text, checked for its form; that it exists is checked by resolve."""


def _secret(raw: Any) -> Secret:
    if isinstance(raw, Secret):
        return raw
    if isinstance(raw, Mapping) and set(raw) == {"secret"} and isinstance(raw["secret"], str):
        reference = raw["secret"]
        scheme, _, rest = reference.partition(":")
        if scheme == "generated" and not rest:
            return Secret(reference)
        if not rest:
            raise PydanticCustomError(
                "secret_reference",
                "a secret reference is scheme:reference, and the built-in schemes are {schemes}",
                {"schemes": ", ".join(SCHEMES)},
            )
        return Secret(reference)
    # The input is never repeated in the message: it is probably the secret itself.
    raise PydanticCustomError(
        "secret_literal",
        'a secret is never written down here; write {secret: "scheme:reference"}',
    )


SecretText = Annotated[
    Secret,
    GetPydanticSchema(
        lambda _source, _handler: core_schema.no_info_plain_validator_function(_secret)
    ),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {
                "secret": {
                    "type": "string",
                    "description": "scheme:reference (env:NAME, file:PATH, store:NAME, "
                    "command:NAME) or generated",
                    "pattern": "^(generated|[^:]+:[\\s\\S]+)$",
                    "examples": ["generated", "store:NAME", "env:NAME", "file:PATH"],
                }
            },
            "required": ["secret"],
            "additionalProperties": False,
        }
    ),
]
"""A secret by reference: `{secret: "store:ext-1002"}`. A literal is an error."""

_DURATION = re.compile(r"(?P<count>[0-9]+)\s*(?P<unit>s|sec|m|min|h|d)?")
_UNIT_S = {None: 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


def _seconds(raw: Any) -> Any:
    if isinstance(raw, str) and (found := _DURATION.fullmatch(raw.strip())):
        return int(found["count"]) * _UNIT_S[found["unit"]]
    return raw


Seconds = Annotated[int, BeforeValidator(_seconds), Field(json_schema_extra={"x-seconds": True})]
"""A whole number of seconds, written `20`, `20s`, `5m`, `1h` or `1d`."""


class Part(BaseModel):
    """A section inside a kind (voicemail, caller id). Its fields are owned one by one."""

    # A kind that no file uses is never built: half of a command's start went into those.
    model_config = ConfigDict(
        extra="forbid", frozen=True, defer_build=True, regex_engine="python-re"
    )

    shorthand: ClassVar[str | None] = None
    """The field that a plain text in place of the mapping fills (see `ShortPart`)."""


def _say_shorthand(schema: dict[str, Any], model: type[Any]) -> None:
    schema["x-shorthand"] = model.shorthand


class ShortPart(Part):
    """A part that may be written as plain text, which fills the field named by `shorthand`.

    `members: ["1001", {extension: "1002", penalty: 1}]`: both are one part each.
    """

    model_config = ConfigDict(json_schema_extra=_say_shorthand)

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, raw: Any) -> Any:
        return {cls.shorthand: raw} if isinstance(raw, str) else raw


def fault(code: str, message: str, *at: str | int, **words: object) -> ValidationError:
    """Return an error that points at a field below the model whose validator raises it.

    Pydantic puts the errors of a model validator at the model itself; one that comes as a
    validation error of its own keeps its location, below the model's.
    """
    error = PydanticCustomError(code, message, dict(words))
    return ValidationError.from_exception_data(
        code, [InitErrorDetails(type=error, loc=at, input=None)]
    )


class Waive(Part):
    """Somebody takes a rule's finding upon themselves, until a day."""

    rule: str
    """Code of the rule that is waived."""
    reason: str
    """Why this is right here."""
    by: str
    """Who takes it upon themselves."""
    until: Annotated[str, AfterValidator(lambda text: _iso_date(text))]
    """Last day on which the waiver holds (ISO date)."""


def _iso_date(text: str) -> str:
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", text):
        raise PydanticCustomError("iso_date", "a day is written YYYY-MM-DD")
    return text


class Entry(Part):
    """The base of every kind: what each entry may carry beside its own fields."""

    kind: ClassVar[str]
    section: ClassVar[str]
    scope: ClassVar[Scope]
    key: ClassVar[Key]
    single: ClassVar[bool] = False
    """Whether the section holds one mapping instead of keyed entries (policy, workspace)."""

    protect: bool = False
    """Never delete or replace this object, also after it has left the files."""
    ignore: tuple[str, ...] = ()
    """Fields (dotted paths) that are left alone although they are declared."""
    on_delete: Literal["delete", "forget"] = "delete"
    """What happens when the entry leaves the files: delete the object, or only stop managing it."""
    waive: tuple[Waive, ...] = ()
    """Findings of rules that somebody takes upon themselves."""
    note: str | None = None
    """For people; not sent anywhere."""

    @model_validator(mode="after")
    def _ignores_what_exists(self) -> Self:
        for number, path in enumerate(self.ignore):
            if not _is_path_of(type(self), path):
                raise fault(
                    "ignored_field",
                    'there is no field "{path}" that could be ignored{near}',
                    "ignore", number, path=path, near=_near(type(self), path),
                )  # fmt: skip
        return self


def _is_path_of(model: type[Part], path: str) -> bool:
    """Whether it is a field's dotted path, a section's, or one below a map of settings."""
    return any(
        each == path or each.startswith(f"{path}.") or path.startswith(f"{each}.")
        for each in leaf_paths(model)
    )


def _near(model: type[Part], path: str) -> str:
    near = closest(path, leaf_paths(model))
    return f'; perhaps "{near}" is meant' if near else ""


META_FIELDS = frozenset(Entry.model_fields)
"""The names of the fields that every entry may carry; they are not sent to any platform."""


class _Shape(NamedTuple):
    name: str
    mode: Literal["leaf", "part", "per_key", "list", "map"]
    part: type[Part] | None


def _part_in(annotation: Any) -> tuple[Literal["leaf", "part", "list", "map"], type[Part] | None]:
    """Return how a field's annotation contains a Part, if it does."""
    if get_origin(annotation) is Annotated:
        return _part_in(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        for option in get_args(annotation):
            mode, part = _part_in(option)
            if part is not None:
                return mode, part
        return "leaf", None
    if get_origin(annotation) in (list, tuple):
        _, part = _part_in(get_args(annotation)[0])
        return ("list", part) if part else ("leaf", None)
    if get_origin(annotation) is dict:
        _, part = _part_in(get_args(annotation)[1])
        return ("map", part) if part else ("leaf", None)
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return "part", annotation
    return "leaf", None


@cache
def unordered_paths(model: type[Part]) -> frozenset[str]:
    """Return the fields of a kind that are lists without an order."""
    return frozenset(
        name
        for name, info in model.model_fields.items()
        if any(isinstance(mark, Unordered) for mark in info.metadata)
    )


@cache
def _shapes(model: type[Part]) -> tuple[_Shape, ...]:
    shapes = []
    for name, info in model.model_fields.items():
        if issubclass(model, Entry) and name in META_FIELDS:
            continue
        if any(isinstance(mark, PerKey) for mark in info.metadata):
            shapes.append(_Shape(name, "per_key", None))
        else:
            mode, part = _part_in(info.annotation)
            shapes.append(_Shape(name, mode, part))
    return tuple(shapes)


class _Path(NamedTuple):
    name: str
    path: str
    mode: Literal["leaf", "part", "per_key", "list", "map"]
    part: type[Part] | None


@lru_cache(maxsize=4096)
def _declared_paths(model: type[Part], declared: frozenset[str], prefix: str) -> tuple[_Path, ...]:
    """Return the declared fields with their dotted paths: most entries declare the same ones."""
    return tuple(
        _Path(name, prefix + name, mode, part)
        for name, mode, part in _shapes(model)
        if name in declared
    )


@cache
def leaf_paths(model: type[Part]) -> tuple[str, ...]:
    """Return the dotted paths of all fields that a kind can hold (a map of settings as one)."""
    paths: list[str] = []
    for shape in _shapes(model):
        if shape.mode == "part" and shape.part is not None:
            paths += [f"{shape.name}.{below}" for below in leaf_paths(shape.part)]
        else:
            paths.append(shape.name)
    return tuple(paths)


def part_fields(model: type[Part]) -> Mapping[str, type[Part] | None]:
    """Return the fields whose insides are owned one by one: their Part, None for settings."""
    return {shape.name: shape.part for shape in _shapes(model) if shape.mode in ("part", "per_key")}


def flatten(entry: Part) -> dict[str, Value]:
    """Return the declared fields as dotted paths; a Part that is None empties its every field."""
    flat: dict[str, Value] = {}
    _flatten_into(flat, entry, "")
    return flat


def _flatten_into(flat: dict[str, Value], entry: Part, prefix: str) -> None:
    values = entry.__dict__
    declared = frozenset(entry.__pydantic_fields_set__)
    for name, path, mode, part in _declared_paths(type(entry), declared, prefix):
        value = values[name]
        if mode == "leaf" or (value is None and mode != "part"):
            flat[path] = value
        elif mode == "part" and part is not None:
            if value is None:
                flat.update({f"{path}.{below}": None for below in leaf_paths(part)})
            else:
                _flatten_into(flat, value, f"{path}.")
        elif mode == "per_key":
            flat.update({f"{path}.{key}": each for key, each in value.items()})
        elif mode == "list":
            flat[path] = [_plain(each) for each in value]
        else:
            flat[path] = {key: _said(each) for key, each in value.items()}


@cache
def _is_flat(model: type[Part]) -> bool:
    """Whether a part holds no other parts and calls all its fields as the YAML does."""
    return all(shape.part is None for shape in _shapes(model)) and not any(
        info.alias for info in model.model_fields.values()
    )


_NO_DEFAULT = object()


@cache
def _item_defaults(model: type[Part]) -> Mapping[str, Value]:
    """Return what an item's fields mean when they are left out."""
    return {
        name: info.get_default(call_default_factory=True)
        for name, info in model.model_fields.items()
        if not info.is_required()
    }


@lru_cache(maxsize=4096)
def _plain_fields(
    model: type[Part], declared: frozenset[str]
) -> tuple[tuple[str, Value], ...] | None:
    """Return a flat part's declared fields in order, with what they mean when they are left out.

    None for a part that is not flat.
    """
    usual = _item_defaults(model)
    fields = tuple((name, usual.get(name, _NO_DEFAULT)) for name in sorted(declared))
    return fields if _is_flat(model) else None


def _said(part: Part) -> dict[str, Value]:
    """Return what an item of a map says: all of it, for its defaults may be others by key."""
    fields = _plain_fields(type(part), frozenset(part.__pydantic_fields_set__))
    if fields is None:
        return part.model_dump(exclude_unset=True, by_alias=True)
    values = part.__dict__
    return {name: values[name] for name, _ in fields}


def _plain(part: Part) -> dict[str, Value]:
    """Return what an item of a list says, nested items as maps.

    The list is one value: what says the default is left out, so that equal wishes are equal.
    """
    fields = _plain_fields(type(part), frozenset(part.__pydantic_fields_set__))
    if fields is None:
        return part.model_dump(exclude_unset=True, by_alias=True)
    values = part.__dict__
    return {name: value for name, usual in fields if (value := values[name]) != usual}


def _marks(annotation: Any, metadata: list[Any]) -> Iterator[Reference | DestinationMark]:
    for mark in metadata:
        if isinstance(mark, (Reference, DestinationMark)):
            yield mark
    if get_origin(annotation) is Annotated:
        yield from _marks(get_args(annotation)[0], list(get_args(annotation)[1:]))
    elif get_origin(annotation) in (Union, UnionType, list, tuple, dict):
        for option in get_args(annotation):
            yield from _marks(option, [])


@cache
def reference_fields(model: type[Part]) -> tuple[ReferenceField, ...]:
    """Return every field of a kind that refers to other objects, nested ones included."""
    found: list[ReferenceField] = []
    for shape in _shapes(model):
        info = model.model_fields[shape.name]
        if shape.part is None:
            marks = dict.fromkeys(_marks(info.annotation, list(info.metadata)))
            found += [ReferenceField(shape.name, (), mark) for mark in marks]
            continue
        for below in reference_fields(shape.part):
            if shape.mode == "part":
                found.append(below._replace(path=f"{shape.name}.{below.path}"))
            else:
                steps = ("*",) if shape.mode == "map" else ()
                found.append(
                    ReferenceField(
                        shape.name, (*steps, *below.path.split("."), *below.inside), below.mark
                    )
                )
    return tuple(found)


@cache
def local_files(model: type[Part]) -> frozenset[str]:
    """Return the dotted paths of fields that name files of this machine."""
    paths: set[str] = set()
    for shape in _shapes(model):
        info = model.model_fields[shape.name]
        if shape.mode == "part" and shape.part is not None:
            paths |= {f"{shape.name}.{below}" for below in local_files(shape.part)}
        elif _names_local_file(info.annotation, info.metadata):
            paths.add(shape.name)
    return frozenset(paths)


def _names_local_file(annotation: Any, metadata: Sequence[Any] = ()) -> bool:
    if any(isinstance(mark, LocalFile) for mark in metadata):
        return True
    if get_origin(annotation) is Annotated:
        return _names_local_file(get_args(annotation)[0], get_args(annotation)[1:])
    return any(_names_local_file(each) for each in get_args(annotation))


@cache
def secret_paths(model: type[Part]) -> frozenset[str]:
    """Return the dotted paths of a kind's secret fields (those outside lists and maps)."""
    paths: set[str] = set()
    for shape in _shapes(model):
        annotation = model.model_fields[shape.name].annotation
        if shape.mode == "part" and shape.part is not None:
            paths |= {f"{shape.name}.{below}" for below in secret_paths(shape.part)}
        elif _holds_secret(annotation):
            paths.add(shape.name)
    return frozenset(paths)


def _holds_secret(annotation: Any) -> bool:
    return annotation is Secret or any(_holds_secret(each) for each in get_args(annotation))


@cache
def defaults(model: type[Part]) -> Mapping[str, Value]:
    """Return each field's documented default by dotted path: what an unset field means."""
    found: dict[str, Value] = {}
    for shape in _shapes(model):
        info = model.model_fields[shape.name]
        if shape.mode == "part" and shape.part is not None:
            found |= {f"{shape.name}.{path}": each for path, each in defaults(shape.part).items()}
        elif not info.is_required():
            found[shape.name] = info.get_default(call_default_factory=True)
    return found
