"""Values on one line, as people read them. A secret is always `***`. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from reconciler.model.secret import Clear, Secret
from reconciler.model.value import UNSET, Value

EMPTY: Final = "(empty)"
ABSENT: Final = "(not set)"

_BARE = re.compile(r"[a-z0-9_+*#][a-z0-9_+./:*#-]*")
_WORDS = frozenset({"true", "false", "null"})


def show(value: Value) -> str:
    """Return a value as text: texts quoted unless they are plain words, lists as their words."""
    if value is UNSET:
        return ABSENT
    if value is None:
        return EMPTY
    if isinstance(value, (Secret, Clear)):
        return "***"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if _BARE.fullmatch(value) and value not in _WORDS else _quoted(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {show(each)}" for key, each in value.items()) or EMPTY
    if isinstance(value, Sequence):
        return joined([word(each) for each in value]) or EMPTY
    return str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


def word(value: Value) -> str:
    """Return one item of a list: a part by its first field, what else it says in brackets."""
    if not isinstance(value, Mapping) or not value:
        return show(value)
    (_, first), *rest = value.items()
    if not rest:
        return show(first)
    return f"{show(first)} ({', '.join(f'{key} {show(each)}' for key, each in rest)})"


def joined(words: Sequence[str]) -> str:
    """Return words in a row, with commas where blanks alone would not tell them apart."""
    return (", " if any(" " in each for each in words) else " ").join(words)


def is_list(value: Value) -> bool:
    """Whether the value is a list (and not a text)."""
    return isinstance(value, (list, tuple))


def secret_note(before: Value, after: Value) -> str:
    """Return what may be said of a secret: that it changes, a few digits of its fingerprint."""
    if not isinstance(after, Secret):
        return "(removed)"
    if after.fingerprint is None:
        return (
            "(made at apply)"
            if (after.reference or "").startswith("generated")
            else "(read at apply)"
        )
    mark = f"fp {after.fingerprint[:4]}..."
    if isinstance(before, Secret):
        return f"(changed, {mark})"
    return f"(from {after.reference}, {mark})" if after.reference else f"({mark})"
