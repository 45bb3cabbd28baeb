"""Fields to canonical JSON text and back, in one pass of the C encoder: the journal's hot path.

Equal to `canonical(to_json(x))` and `from_json` of `model/codec.py`, which a test holds it to.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from reconciler.model.codec import to_json
from reconciler.model.secret import Clear, Secret
from reconciler.model.value import UNSET, Value


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return {"$secret": value.reference, "fp": value.fingerprint}
    if value is UNSET:
        return {"$unset": True}
    if isinstance(value, Clear):
        raise TypeError("a secret in clear is never written to the journal")
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a value of type {type(value).__name__} has no JSON form")


def _revive(data: dict[str, Any]) -> Any:
    if "$secret" in data:
        return Secret(data["$secret"], data.get("fp"))
    if "$unset" in data:
        return UNSET
    return data


def _revive_escaped(data: dict[str, Any]) -> Any:
    found = _revive(data)
    if found is not data:
        return found
    return {key[1:] if key[:1] == "$" else key: each for key, each in data.items()}


def _has_marks(value: Value) -> bool:
    """Whether a key of somebody's own map looks like one of our marks, and must be escaped."""
    if isinstance(value, Mapping):
        return any(
            key[:1] == "$" or (each.__class__ in _NESTED and _has_marks(each))
            for key, each in value.items()
        )
    return isinstance(value, (list, tuple)) and any(_has_marks(each) for each in value)


_NESTED: Final[frozenset[type]] = frozenset((dict, list, tuple))


_ENCODER = json.JSONEncoder(
    sort_keys=True,
    separators=(",", ":"),
    ensure_ascii=False,
    allow_nan=False,
    check_circular=False,
    default=_plain,
)
_DECODER = json.JSONDecoder(object_hook=_revive)
_ESCAPED_DECODER = json.JSONDecoder(object_hook=_revive_escaped)
_PLAIN_DECODER = json.JSONDecoder()


def encode(value: Value) -> str:
    """Return canonical JSON text. Raises TypeError for a secret in clear."""
    written = _ENCODER.encode(value)
    # Nearly no text has a key that could be taken for a mark; looking at all keys takes longer.
    if '"$' in written and _has_marks(value):
        return _ENCODER.encode(to_json(value))
    return written


def decode(text: str) -> Any:
    """Return the value that `encode` wrote."""
    if '{"$' not in text and ',"$' not in text:
        return _PLAIN_DECODER.decode(text)
    return (_ESCAPED_DECODER if '"$$' in text else _DECODER).decode(text)
