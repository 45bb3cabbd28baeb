"""Values as canonical JSON, and fingerprints of objects. Secrets keep reference and fingerprint.

`{"$secret": ...}` and `{"$unset": true}` are ours. A key of somebody's own map that begins with a
`$` gets a second one in front, so that any map comes back as it was.
"""

import hashlib
import json
from typing import Any

from reconciler.model.secret import Clear, Secret
from reconciler.model.value import UNSET, Fields, Value

_PLAIN = frozenset((str, int, float, bool, type(None)))


def to_json(value: Value) -> Any:
    """Return the value as JSON's types. Raises TypeError for a secret in clear."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [each if each.__class__ in _PLAIN else to_json(each) for each in value]
    if isinstance(value, Secret):
        return {"$secret": value.reference, "fp": value.fingerprint}
    if value is UNSET:
        return {"$unset": True}
    if isinstance(value, Clear):
        raise TypeError("a secret in clear is never serialised")
    named = {
        str(key): each if each.__class__ in _PLAIN else to_json(each) for key, each in value.items()
    }
    # In one look: hardly any map has such keys, and there are very many maps.
    if "$" not in "".join(named):
        return named
    return {f"${key}" if key[:1] == "$" else key: each for key, each in named.items()}


def from_json(data: Any) -> Value:
    """Return the value that `to_json` wrote."""
    if isinstance(data, list):
        return [from_json(each) for each in data]
    if isinstance(data, dict):
        if "$secret" in data:
            return Secret(data["$secret"], data.get("fp"))
        if "$unset" in data:
            return UNSET
        return {key[1:] if key[:1] == "$" else key: from_json(each) for key, each in data.items()}
    return data


_ENCODER = json.JSONEncoder(
    sort_keys=True,
    separators=(",", ":"),
    ensure_ascii=False,
    allow_nan=False,
    check_circular=False,  # our values are trees
)


def canonical(data: Any) -> str:
    """Return JSON text that is equal for equal data: sorted keys, no spaces, UTF-8 as it is."""
    return _ENCODER.encode(data)


def fingerprint(fields: Fields) -> str:
    """Return a short hash of an object's fields: equal objects, equal fingerprints."""
    return hashlib.sha256(canonical(to_json(fields)).encode()).hexdigest()[:20]
