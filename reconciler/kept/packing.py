"""Packing: values as JSON and back, exactly as they were: a tuple is no list. Pure.

What JSON has no word for gets a mark; for whatever has none, nothing is kept (`CannotKeep`).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from reconciler.diagnostics.diagnostic import Diagnostic, Related
from reconciler.diagnostics.place import Place, Span
from reconciler.model.resource import Meta, Waiver
from reconciler.model.secret import Secret
from reconciler.model.value import Value

PLAIN: Final = frozenset((str, int, float, bool, type(None)))
_TEXT: Final = frozenset((str,))


class CannotKeep(Exception):
    """There is a value for which there is no mark. The answer is then not kept."""


def pack(value: Value) -> Any:
    """Return a value as JSON's types: plain ones as they are, others as [mark, ...]."""
    kind = value.__class__
    if kind in PLAIN:
        return value
    if kind is list:
        return ["list", *map(pack, value)]
    if kind is tuple:
        return ["tuple", *map(pack, value)]
    if kind is dict:
        if not all(key.__class__ is str for key in value):
            raise CannotKeep("a key that is no text")
        return {key: pack(each) for key, each in value.items()}
    if kind is Secret:
        return ["secret", value.reference, value.fingerprint]
    if kind in _MADE_OF:
        return [kind.__name__, *(pack(getattr(value, name)) for name in _MADE_OF[kind])]
    raise CannotKeep(kind.__name__)


def unpack(data: Any) -> Value:
    """Return the value that `pack` wrote."""
    if data.__class__ is dict:
        return {key: unpack(each) for key, each in data.items()}
    if data.__class__ is list:
        mark, *parts = data
        return _MAKE[mark](*map(unpack, parts))
    return data


def is_json(value: Value) -> bool:
    """Whether a list or map is JSON as it stands."""
    if value.__class__ is list:
        inside: Iterable[object] = value
    elif value.__class__ is dict and _TEXT.issuperset(map(type, value)):
        inside = value.values()
    else:
        return False
    # A loop in C for what nearly all are.
    return PLAIN.issuperset(map(type, inside)) or all(
        each.__class__ in PLAIN or is_json(each) for each in inside
    )


_MADE_OF: Final[Mapping[type, tuple[str, ...]]] = {
    Place: ("file", "document", "path", "part"),
    Span: ("file", "line", "column", "end_line", "end_column"),
    Waiver: ("rule", "reason", "by", "until"),
    Meta: ("protect", "ignore", "on_delete", "waive", "note"),
    Related: ("at", "text"),
    Diagnostic: ("code", "detail", "at", "hint", "severity", "related"),
}
"""What the larger ones are made of, in the order in which they are made."""

_MAKE: Final[Mapping[str, Callable[..., Any]]] = {
    "list": lambda *parts: list(parts),
    "tuple": lambda *parts: parts,
    "secret": Secret,
    **{kind.__name__: kind for kind in _MADE_OF},
}
