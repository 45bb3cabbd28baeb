"""Values to canonical JSON text and back, in one pass of the C encoder: for what is very much.

Equal to `canonical(to_json(x))` and `from_json` of `codec.py`, which a test holds it to.
"""

import json
from collections.abc import Mapping
from typing import Any

from reconciler.model.codec import canonical, to_json
from reconciler.model.secret import Clear, Secret
from reconciler.model.value import UNSET


class _Writer(json.JSONEncoder):
    """Writes one value, and counts the marks in it that are ours."""

    def __init__(self) -> None:
        super().__init__(
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
            allow_nan=False,
            check_circular=False,
        )
        self.marks = 0

    def default(self, value: Any) -> Any:
        if isinstance(value, Secret):
            self.marks += 1
            return {"$secret": value.reference, "fp": value.fingerprint}
        if value is UNSET:
            self.marks += 1
            return {"$unset": True}
        if isinstance(value, Clear):
            raise TypeError("a secret in clear is never written")
        if isinstance(value, Mapping):
            return dict(value)
        raise TypeError(f"a value of type {type(value).__name__} has no JSON form")


def encode(value: Any) -> str:
    """Return canonical JSON text. Raises TypeError for a secret in clear."""
    writer = _Writer()
    written = writer.encode(value)
    # Another one may be a key of somebody's own map, which must be escaped.
    return written if written.count('"$') == writer.marks else canonical(to_json(value))


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


_DECODER = json.JSONDecoder(object_hook=_revive)
_ESCAPED_DECODER = json.JSONDecoder(object_hook=_revive_escaped)
_PLAIN_DECODER = json.JSONDecoder()


def decode(text: str) -> Any:
    """Return the value that `encode` wrote."""
    if '{"$' not in text and ',"$' not in text:
        return _PLAIN_DECODER.decode(text)
    return (_ESCAPED_DECODER if '"$$' in text else _DECODER).decode(text)
