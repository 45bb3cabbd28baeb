"""What people notice of changed fields, in one sentence. Nothing is said that is not known."""

from collections.abc import Sequence
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
        elif topic(path) not in rest:
            rest.append(topic(path))
    if rest:
        verb = "new configuration" if at.address.kind == "phone" else "changed"
        said.append(f"{'also ' if said else ''}{verb}: {listed(rest)}")
    return ", ".join(said)
