"""What people notice of changed fields, in one sentence. Nothing is said that is not known."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from reconciler.model.change import FieldChange
from reconciler.model.secret import Secret
from reconciler.model.value import UNSET
from reconciler.planning.impact.names import listed
from reconciler.planning.impact.writers import WRITERS, Situation

_TOPICS: Final = {
    "caller_id": "caller ID",
    "outbound_caller_id": "outside caller ID",
    "emergency_caller_id": "emergency caller ID",
    "secret": "SIP password",
    "dtmf": "DTMF",
    "sip": "SIP settings",
}


@cache
def topic(path: str) -> str:
    """Return what a field is about: `voicemail`, `caller ID`, `ring time`."""
    first = path.partition(".")[0]
    return _TOPICS.get(first) or first.replace("_", " ")


_PARTS: Final = {"pin": "PIN", "email": "e-mail", "delete_after_email": "deleting after e-mail"}
_MOST: Final = 4
"""How many parts of a section are named."""
_LAYERED: Final = ("phone", "softphone")
"""Kinds of which the sections say enough: what is in them shows in their files."""


def topics(kind: str, paths: Iterable[str]) -> list[str]:
    """Return what fields are about, and which of a section: `voicemail (e-mail, PIN)`."""
    found: dict[str, dict[str, None]] = {}
    for path in paths:
        parts = found.setdefault(topic(path), {})
        inside = path.partition(".")[2]
        if inside and kind not in _LAYERED:
            parts[_PARTS.get(inside) or inside.replace("_", " ").replace(".", " ")] = None
    return [_with_parts(name, list(parts)) for name, parts in found.items()]


def _with_parts(name: str, parts: Sequence[str]) -> str:
    if not parts:
        return name
    more = f" and {len(parts) - _MOST} more" if len(parts) > _MOST else ""
    return f"{name} ({', '.join(parts[:_MOST])}{more})"


def sentences(at: Situation, fields: Sequence[FieldChange]) -> str:
    """Return what people notice of these fields: sentences first, then the rest by topic."""
    writers = WRITERS.get(at.address.kind, {})
    said: list[str] = []
    rest: list[str] = []
    for path, before, after in ((each.path, each.before, each.after) for each in fields):
        writer = writers.get(path)
        # A value that was not read is not known, and neither is that of a secret.
        old = None if before is UNSET or isinstance(before, Secret) else before
        text = writer(at, old, after) if writer else None
        if text is not None:
            said.append(text)
        else:
            rest.append(path)
    if rest:
        verb = "new configuration" if at.address.kind == "phone" else "changed"
        said.append(f"{'also ' if said else ''}{verb}: {listed(topics(at.address.kind, rest))}")
    return ", ".join(said)
