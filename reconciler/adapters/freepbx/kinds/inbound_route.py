"""Inbound routes: read from the bulk export, written by their form. Pure.

GraphQL gives a route's destination only as a label ("Extensions: 1001 Alice"), which is no fact.
"""

from collections.abc import Mapping
from typing import Final

from reconciler.adapters.freepbx import destinations
from reconciler.adapters.freepbx.forms import Changes
from reconciler.adapters.freepbx.names import Names
from reconciler.adapters.freepbx.words import Unspeakable, Words, text_of
from reconciler.kinds.did import DID, parse_did
from reconciler.model.value import Fields
from reconciler.transport.html import Form

_RECORDING: Final = {
    "force": True, "yes": True, "always": True, "dontcare": False, "never": False, "no": False,
    "": False,
}  # fmt: skip


def key_of(did: str, caller: str) -> str | None:
    """Return our key of a pair of dialled number and caller; None if it can have none."""
    import re

    key = did or "any"
    if caller:
        key += f"@{caller.lower() if caller.lower() == 'anonymous' else caller}"
    return key if re.fullmatch(DID.pattern, key) else None


def pair_of(key: str) -> tuple[str, str]:
    """Return the pair of dialled number and caller of a key, as FreePBX has them."""
    dialled = parse_did(key)
    return dialled.did or "", dialled.caller or ""


def identity_of(key: str) -> str:
    """Return how FreePBX's pages call a route: `<DID>/<CID>`."""
    return "/".join(pair_of(key))


def from_row(row: Mapping[str, str], words: Words) -> None:
    """Read a row of the export. Raises Unspeakable."""
    if row.get("fax_enable") in ("true", "1", "yes"):
        words.beyond.append("fax detection")
    words.fields["name"] = row.get("description") or None
    words.destination("destination", row.get("destination") or "", required=True)
    words.fields["caller_id_prefix"] = row.get("grppre") or None
    words.fields["alert_info"] = row.get("alertinfo") or None
    words.music("music", row.get("mohclass") or "")
    pause = row.get("delay_answer") or "0"
    if not pause.isdigit():
        raise Unspeakable(f"its pause before answering is {pause}")
    words.fields["pause"] = int(pause)
    words.coded("recording", row.get("callrecording") or "", _RECORDING)
    if row.get("privacyman") == "1":
        words.beyond.append("privacy manager")


def to_form(changed: Fields, form: Form, names: Names) -> Changes:
    """Return what makes the form hold these fields. Raises UnknownName or Unlisted."""
    sent: dict[str, list[str] | None] = {}
    for path, value in changed.items():
        match path:
            case "name":
                sent["description"] = text_of(value)
            case "destination":
                sent |= destinations.to_form(destinations.write(value, names), "0")
            case "caller_id_prefix":
                sent["grppre"] = text_of(value)
            case "alert_info":
                sent["alertinfo"] = text_of(value)
            case "music":
                sent["mohclass"] = [value or "default"]
            case "pause":
                sent["delay_answer"] = text_of(value or 0)
            case "recording":
                sent["callrecording"] = ["force" if value else "dontcare"]
    return sent


def fresh(key: str) -> Changes:
    """Return what an empty form needs besides."""
    did, caller = pair_of(key)
    return {"extension": [did], "cidnum": [caller]}
