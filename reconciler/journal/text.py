"""Fields to canonical JSON text and back, in one pass of the C encoder: the journal's hot path.

Equal to `canonical(to_json(x))` and `from_json` of `model/codec.py`, which a test holds it to.
"""

import json
from collections.abc import Mapping
from typing import Any

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


_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
)
_DECODER = json.JSONDecoder(object_hook=_revive)
_PLAIN_DECODER = json.JSONDecoder()


def encode(value: Value) -> str:
    """Return canonical JSON text. Raises TypeError for a secret in clear."""
    return _ENCODER.encode(value)


def decode(text: str) -> Any:
    """Return the value that `encode` wrote."""
    return (_DECODER if '{"$' in text or ',"$' in text else _PLAIN_DECODER).decode(text)
