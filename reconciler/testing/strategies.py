"""Strategies: valid entries of every kind; `estates.py` puts them together.

Made from the kinds' own declarations, so a new field or kind is covered at once. All values come
as the loader gives them: scalars as text, `null` as None. For property tests and contract suites;
needs hypothesis.

    @given(entries("ring_group"))                 one entry, references into `SAMPLE_POOL`
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache, partial
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le, MaxLen, MinLen
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic.fields import FieldInfo

from reconciler.kinds import KINDS
from reconciler.kinds.entry import META_FIELDS, Entry, Part, ShortPart, leaf_paths
from reconciler.kinds.marks import DestinationMark, Reference
from reconciler.model.secret import Secret
from reconciler.testing.menders import MENDERS, Mender
from reconciler.testing.pool import SAMPLE_POOL, Pool, Raw
from reconciler.testing.texts import (
    BY_CHECK,
    SECONDS,
    SETTINGS,
    TARGET,
    TRUE_FALSE,
    matching,
    secrets,
    settings_maps,
    texts,
)

_MANY = 12
"""Parts with more fields than this get about a quarter of them, others half."""


def keys(kind: str) -> SearchStrategy[str]:
    """Return keys that a kind allows."""
    model = KINDS[kind]
    if kind == "firmware":
        return st.sampled_from(("yealink/T43U", "grandstream/GRP2612W", "stable"))
    if model.single:
        return st.just(kind)
    return matching(model.key.pattern.replace("{0,62}", "{0,12}"))


def entries(
    kind: str, pool: Pool = SAMPLE_POOL, *, without: Collection[str] = ()
) -> SearchStrategy[Raw]:
    """Return valid entries of a kind. What they refer to is in the pool."""
    return _entry(KINDS[kind], pool, tuple(without))


@st.composite
def _entry(draw: DrawFn, model: type[Entry], pool: Pool, without: tuple[str, ...]) -> Raw:
    raw: Raw = draw(_part(model, pool, without, ""))
    if draw(st.integers(0, 9)) == 9:
        raw |= draw(_meta(model))
    return raw


def _meta(model: type[Entry]) -> SearchStrategy[Raw]:
    return st.fixed_dictionaries(
        {},
        optional={
            "protect": st.sampled_from(TRUE_FALSE),
            "on_delete": st.sampled_from(("delete", "forget")),
            "ignore": st.lists(st.sampled_from(leaf_paths(model)), max_size=2),
            "note": texts(),
            "waive": st.just(
                [{"rule": "weak-secret", "reason": "old", "by": "ada", "until": "2031-01-31"}]
            ),
        },
    )


@st.composite
def _part(draw: DrawFn, model: type[Part], pool: Pool, without: tuple[str, ...], path: str) -> Raw:
    raw: Raw = {}
    fields = _fields(model, pool, without, path)
    # One number says which fields are there: a draw for each would take most of the time.
    chosen = draw(st.integers(0, 2 ** len(fields) - 1))
    if len(fields) > _MANY:
        chosen &= draw(st.integers(0, 2 ** len(fields) - 1))
    for index, (name, required, values) in enumerate(fields):
        if not required and not chosen >> index & 1:
            continue
        if values is not None:
            raw[name] = draw(values)
        elif required:
            raise LookupError(f"{model.__name__}.{name} refers to something that does not exist")
    mend = _MENDERS.get(model.__name__)
    return mend(draw, raw, pool, without) if mend else raw


@lru_cache(maxsize=2048)
def _fields(
    model: type[Part], pool: Pool, without: tuple[str, ...], path: str
) -> tuple[tuple[str, bool, SearchStrategy[Any] | None], ...]:
    """Return a part's fields as they are written, whether each is required, and its values."""
    fields = []
    for name, info in model.model_fields.items():
        here = f"{path}{name}"
        if name in META_FIELDS and issubclass(model, Entry):
            continue
        if any(here == each or here.startswith(f"{each}.") for each in without):
            continue
        values = _values(info.annotation, list(info.metadata), pool, without, f"{here}.")
        fields.append((info.alias or name, info.is_required(), values))
    return tuple(fields)


def _values(
    annotation: Any, marks: list[Any], pool: Pool, without: tuple[str, ...], path: str
) -> SearchStrategy[Any] | None:
    """Return the values of a field's type; None when it refers to kinds of which there are none."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *own = get_args(annotation)
        return _values(inner, [*own, *marks], pool, without, path)
    checks = [each.func for each in marks if isinstance(each, (AfterValidator, BeforeValidator))]
    for mark in marks:
        if isinstance(mark, Reference):
            return _referring(mark, pool)
        if isinstance(mark, DestinationMark):
            found = st.sampled_from(pool.destinations())
            if TARGET in checks:
                digits = st.sampled_from(("911", "*97", "+441134960100"))
                return st.one_of(found.filter(lambda text: text != "hangup"), digits)
            return found
    if origin in (Union, UnionType):
        options = [
            _values(each, marks, pool, without, path)
            for each in get_args(annotation)
            if each is not type(None)
        ]
        known = [each for each in options if each is not None]
        if not known:
            return st.none() if type(None) in get_args(annotation) else None
        if type(None) in get_args(annotation):
            known = [*known * 4, st.none()]
        return st.one_of(known)
    if SETTINGS in checks:
        return settings_maps()
    for check in checks:
        if check in BY_CHECK:
            return BY_CHECK[check]
    if annotation is Secret:
        return secrets()
    if origin is Literal:
        return st.sampled_from([str(each) for each in get_args(annotation)])
    if origin is list:
        return _lists(annotation, marks, pool, without, path)
    if origin is dict:
        name, value = get_args(annotation)
        names = _values(name, [], pool, without, path)
        values = _values(value, [], pool, without, path)
        assert names is not None
        least = _bound(marks, MinLen, 0)
        return (
            None if values is None else st.dictionaries(names, values, min_size=least, max_size=3)
        )
    if isinstance(annotation, type) and issubclass(annotation, Part):
        parts = _part(annotation, pool, without, path)
        short = annotation.shorthand if issubclass(annotation, ShortPart) else None
        return parts.map(_shorten(short)) if short else parts
    return _plain(annotation, marks, checks)


def _plain(annotation: Any, marks: list[Any], checks: list[Any]) -> SearchStrategy[Any]:
    if annotation is bool:
        return st.sampled_from(TRUE_FALSE)
    if annotation in (int, float):
        low, high = int(_bound(marks, Ge, 0)), int(_bound(marks, Le, 100_000))
        whole = st.one_of(st.sampled_from((low, high)), st.integers(low, high)).map(str)
        if SECONDS not in checks:
            return whole
        minutes = [f"{each}m" for each in (1, 5) if low <= each * 60 <= high]
        return st.one_of(whole, st.sampled_from(minutes)) if minutes else whole
    assert annotation is str, f"no strategy for {annotation}"
    for mark in marks:
        if isinstance(mark, WithJsonSchema) and "pattern" in (mark.json_schema or {}):
            longest = _bound(marks, MaxLen, 1000)
            bare = str((mark.json_schema or {})["pattern"]).removeprefix("^").removesuffix("$")
            return matching(bare).filter(partial(_fits, longest))
    return texts(_bound(marks, MaxLen, 255), _bound(marks, MinLen, 0))


def _fits(longest: int, text: str) -> bool:
    return len(text) <= longest


def _lists(
    annotation: Any, marks: list[Any], pool: Pool, without: tuple[str, ...], path: str
) -> SearchStrategy[Any] | None:
    item = get_args(annotation)[0]
    items = _values(item, [], pool, without, path)
    if items is None:
        return st.just([]) if not _bound(marks, MinLen, 0) else None
    unique: Callable[[Any], Any] | None = None
    if not (isinstance(item, type) and issubclass(item, Part)):
        unique = str
    least = _bound(marks, MinLen, 0)
    return st.lists(
        items, min_size=least, max_size=min(4, _bound(marks, MaxLen, 4)), unique_by=unique
    )


def _bound(marks: list[Any], kind: type, otherwise: int) -> int:
    for mark in _unpacked(marks):
        if isinstance(mark, kind):
            for name in ("ge", "le", "min_length", "max_length"):
                found = getattr(mark, name, None)
                if found is not None:
                    return int(found)
    return otherwise


def _unpacked(marks: Iterable[Any]) -> Iterable[Any]:
    for mark in marks:
        if isinstance(mark, FieldInfo):
            yield from _unpacked(mark.metadata)
        else:
            yield mark


def _referring(mark: Reference, pool: Pool) -> SearchStrategy[str] | None:
    found = pool.of(mark.kinds)
    if mark.external:
        found = (*found, "+441134960100", "+16035550199")
    return st.sampled_from(found) if found else None


def _shorten(field: str) -> Callable[[Raw], Any]:
    return lambda raw: raw[field] if set(raw) == {field} and raw[field] is not None else raw


_KEY_ACTIONS = (
    "blf", "speed", "line", "park", "pickup", "intercom", "dtmf", "ldap", "xml", "url",
    "multicast", "function", "none",
)  # fmt: skip


def _phone_key(draw: DrawFn, raw: Raw, pool: Pool, without: tuple[str, ...]) -> Raw:
    looks = {name: each for name, each in raw.items() if name not in _KEY_ACTIONS}
    action = draw(st.sampled_from(_KEY_ACTIONS))
    model = KINDS["phone"].model_fields["keys"]
    info = next(iter(_parts_in(model.annotation))).model_fields[action]
    optional = _values(info.annotation, list(info.metadata), pool, without, "")
    assert optional is not None
    return {action: draw(optional.filter(lambda each: each is not None)), **looks}


def _parts_in(annotation: Any) -> Iterable[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for each in get_args(annotation):
        yield from _parts_in(each)


_MENDERS: Mapping[str, Mender] = {**MENDERS, "PhoneKey": _phone_key}
