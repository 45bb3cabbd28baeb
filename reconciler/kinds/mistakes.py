"""Mistakes: what pydantic found in an entry, in the words of people who run telephones.

Never repeats a value that could be a secret, and never pydantic's own vocabulary.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core.core_schema import ErrorType

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.phrase import shorten
from reconciler.diagnostics.place import PathPart, Place
from reconciler.diagnostics.suggest import closest
from reconciler.kinds.entry import Entry
from reconciler.kinds.shape import annotation_at, choices, field_names
from reconciler.model.value import EMPTY, Value

_BUILT_IN = frozenset(get_args(ErrorType))
_SECRETIVE = re.compile(r"pass|pwd|secret|pin\b|token|key\b|credential|psk", re.IGNORECASE)

_TYPES = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "string": "text",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "dict": "a mapping",
    "model": "a mapping",
    "mapping": "a mapping",
    "none": "nothing (null)",
    "date": "a day, YYYY-MM-DD",
    "time": "a time of day, HH:MM",
}
_CUSTOM = {
    "destination": "bad-destination",
    "secret_literal": "secret-literal",
    "secret_reference": "bad-secret-reference",
}


class Subject(NamedTuple):
    """The entry that is judged: its model, what people call it, its data and its place.

    `moved` says where a field really stands when it did not stand in the entry (defaults).
    """

    model: type[BaseModel]
    title: str
    raw: Value
    place: Place
    moved: Mapping[tuple[PathPart, ...], Place] = EMPTY

    def at(self, path: tuple[PathPart, ...]) -> Place:
        """Return the place of the value at a path inside the entry."""
        for length in range(len(path), 0, -1):
            elsewhere = self.moved.get(path[:length])
            if elsewhere is not None:
                return elsewhere.at(*path[length:])
        return self.place.at(*path)


class Mistake(NamedTuple):
    """A value that is wrong: its path in the entry, and what people are told.

    `meant` is the field that was probably meant by one that does not exist.
    """

    path: tuple[PathPart, ...]
    finding: Diagnostic
    meant: str | None = None


class _Mistake(NamedTuple):
    path: tuple[PathPart, ...]
    type: str
    message: str
    context: Mapping[str, Any]


def mistakes(
    subject: Subject, error: ValidationError, below: tuple[PathPart, ...] = ()
) -> Iterator[Mistake]:
    """Yield one mistake for each value that is wrong. `below` is where the error was raised."""
    by_path: dict[tuple[PathPart, ...], list[_Mistake]] = {}
    for each in error.errors(include_url=False, include_input=False):
        path = _real_path(subject.raw, (*below, *each["loc"]), each["type"])
        mistake = _Mistake(path, each["type"], each["msg"], each.get("ctx", {}))
        by_path.setdefault(path, []).append(mistake)
    for path, alternatives in by_path.items():
        deeper = any(len(other) > len(path) and other[: len(path)] == path for other in by_path)
        if deeper and all(_rank(each) == 0 for each in alternatives):
            continue  # another form of a union, which was not meant
        worst = max(alternatives, key=_rank)
        if worst.type == "extra_forbidden":
            yield _unknown_field(subject, path)
        else:
            yield Mistake(path, _diagnose(subject, worst, alternatives))


def _rank(mistake: _Mistake) -> int:
    if mistake.type not in _BUILT_IN:
        return 3
    if mistake.type in ("missing", "extra_forbidden", "literal_error"):
        return 2
    return 0 if mistake.type.endswith(("_type", "_parsing", "none_required")) else 1


def _real_path(raw: Value, loc: Sequence[PathPart], kind: str) -> tuple[PathPart, ...]:
    """Drop pydantic's names of union members and validators from a location."""
    path: list[PathPart] = []
    node = raw
    for position, name in enumerate(loc):
        last = position == len(loc) - 1
        if isinstance(node, dict) and isinstance(name, str):
            if name in node:
                node = node[name]
            elif not (last and kind == "missing"):
                continue
        elif isinstance(node, list) and isinstance(name, int) and name < len(node):
            node = node[name]
        else:
            continue
        path.append(name)
    return tuple(path)


def _diagnose(subject: Subject, mistake: _Mistake, alternatives: Sequence[_Mistake]) -> Diagnostic:
    path, kind = mistake.path, mistake.type
    if kind == "missing":
        return _missing(subject, path)
    where = _dotted(path)
    if kind not in _BUILT_IN:
        code = _CUSTOM.get(kind, "bad-value")
        return found(
            code,
            f"{subject.title}, {where}: {mistake.message}." if where
            else f"{subject.title}: {mistake.message}.",
            subject.at(path),
            hint=_custom_hint(code, path),
        )  # fmt: skip
    if kind in ("literal_error", "enum"):
        return _unknown_choice(subject, path, mistake)
    value = _shown(subject.raw, path)
    named = where or "the entry"
    expected = [text for each in alternatives if (text := _expected(each, subject)) is not None]
    if expected:
        wanted = " or ".join(dict.fromkeys(expected))
        given = _given(_value_at(subject.raw, path), value)
        return found(
            "wrong-type", f"{subject.title}: {named} must be {wanted}, not {given}.",
            subject.at(path),
        )  # fmt: skip
    limit = _limit(mistake, _value_at(subject.raw, path))
    if limit.endswith("empty"):
        value = ""
    return found(
        "bad-value", f"{subject.title}: {named} {limit}{value and f', not {value}'}.",
        subject.at(path),
    )  # fmt: skip


def _missing(subject: Subject, path: tuple[PathPart, ...]) -> Diagnostic:
    *parent, name = path
    place = subject.at(tuple(parent))
    inside = f" in {_dotted(parent)}" if parent else ""
    is_key = not parent or isinstance(parent[-1], str)
    return found(
        "missing-field",
        f'{subject.title} needs "{name}"{inside}.',
        place.key() if is_key else place,
        hint=f"add {name}: ...",
    )


def _unknown_field(subject: Subject, path: tuple[PathPart, ...]) -> Mistake:
    *parent, name = path
    names = field_names(subject.model, parent)
    near = closest(str(name), names)
    inside = f"{_dotted(parent)} of {subject.title}" if parent else subject.title
    finding = found(
        "unknown-field",
        f'{inside} has no field "{shorten(str(name))}".',
        subject.at(path).key(),
        hint=f'did you mean "{near}"?' if near else f"its fields are {', '.join(sorted(names))}",
    )
    return Mistake(path, finding, near)


def _unknown_choice(subject: Subject, path: tuple[PathPart, ...], mistake: _Mistake) -> Diagnostic:
    annotation, _ = annotation_at(subject.model, path)
    words = choices(annotation) or re.findall(r"'([^']*)'", str(mistake.context.get("expected")))
    value = _value_at(subject.raw, path)
    near = closest(value, words) if isinstance(value, str) else None
    given = _given(value, _shown(subject.raw, path))
    return found(
        "unknown-choice",
        f"{subject.title}: {_dotted(path)} is one of {', '.join(words)}; not {given}.",
        subject.at(path),
        hint=f'did you mean "{near}"?' if near else None,
    )


def _custom_hint(code: str, path: Sequence[PathPart]) -> str | None:
    if code == "secret-literal":
        return f'{path[-1] if path else "secret"}: {{secret: "store:NAME"}}'
    return None


def _expected(mistake: _Mistake, subject: Subject) -> str | None:
    """Return what a value of the right type would be, or None if the type is not the mistake."""
    name, _, what = mistake.type.rpartition("_")
    name = name.split("_")[0]
    if mistake.type in ("model_type", "model_attributes_type", "dataclass_type"):
        names = field_names(subject.model, mistake.path)
        names = [each for each in names if each not in Entry.model_fields] or names
        return f"a mapping with fields such as {', '.join(names[:3])}" if names else "a mapping"
    if what in ("type", "parsing", "required") or mistake.type == "int_from_float":
        return _TYPES.get(name)
    return None


def _limit(mistake: _Mistake, value: Value) -> str:
    context = mistake.context
    things = "items" if isinstance(value, list) else "characters"
    one = context.get("min_length") == 1
    few = "must not be empty" if one else "must have at least {min_length} " + things
    words = {
        "greater_than_equal": "must be at least {ge}",
        "greater_than": "must be more than {gt}",
        "less_than_equal": "must be at most {le}",
        "less_than": "must be less than {lt}",
        "multiple_of": "must be a multiple of {multiple_of}",
        "string_too_short": few,
        "string_too_long": "must have at most {max_length} " + things,
        "too_short": few,
        "too_long": "must have at most {max_length} " + things,
        "string_pattern_mismatch": "must match {pattern}",
        "value_error": "is not right: {error}",
        "assertion_error": "is not right: {error}",
    }.get(mistake.type, "does not have the form that the field takes")
    return words.format(**context)


def _given(value: Value, shown: str) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return shown or "text"


def _value_at(raw: Value, path: Sequence[PathPart]) -> Value:
    for name in path:
        raw = raw[name]
    return raw


def _shown(raw: Value, path: Sequence[PathPart]) -> str:
    """Return a value as it can stand in a message; empty when it could be a secret."""
    value = _value_at(raw, path)
    if not isinstance(value, str) or any(
        isinstance(name, str) and _SECRETIVE.search(name) for name in path
    ):
        return ""
    return f'"{shorten(value, 40)}"'


def _dotted(path: Sequence[PathPart]) -> str:
    """Return a path as people write it: `voicemail.email`, `members[2]`."""
    text = ""
    for name in path:
        text += f"[{name}]" if isinstance(name, int) else f".{name}" if text else name
    return text
