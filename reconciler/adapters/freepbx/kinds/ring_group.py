"""Ring groups: over GraphQL, which changes only what it is told, or by their form. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from reconciler.adapters.freepbx import (
    destinations,
    members,
)
from reconciler.adapters.freepbx.forms import Changes
from reconciler.adapters.freepbx.names import Names
from reconciler.adapters.freepbx.words import CHECKED, Unspeakable, Words, flag, text_of
from reconciler.model.value import Fields
from reconciler.transport.html import Form

READ: Final = (
    "groupNumber description groupList groupTime groupPrefix strategy needConf callRecording "
    "ignoreCallWait postAnswer"
)
STRATEGIES: Final = {
    "ringall": "ringall",
    "ringall-prim": "ringall-prim",
    "hunt": "hunt",
    "memoryhunt": "memoryhunt",
    "firstavailable": "firstavail",
    "firstnotonphone": "firstnotonphone",
    "random": "random",
}
"""FreePBX's words -> ours. GraphQL gives them without the dash, and takes them with it."""
WRITTEN: Final = {ours: theirs for theirs, ours in STRATEGIES.items()}
_RECORDING: Final = {
    "force": True, "yes": True, "always": True, "dontcare": False, "never": False, "no": False,
    "": False,
}  # fmt: skip


def from_form(form: Form, words: Words) -> None:
    """Read a group's form. Raises Unspeakable."""
    _read(
        words,
        {
            "name": form.get("description"),
            "list": form.get("grplist"),
            "time": form.get("grptime"),
            "prefix": form.get("grppre"),
            "strategy": form.get("strategy"),
            "confirm": form.get("needsconf") == CHECKED,
            "skip_busy": form.get("cwignore") == CHECKED,
            "recording": form.get("recording"),
            "destination": destinations.in_form(form, "0"),
        },
    )


def from_api(row: Mapping[str, Any], words: Words) -> None:
    """Read a group as GraphQL gives it. Raises Unspeakable."""
    strategy = str(row.get("strategy") or "")
    dashed = {each.replace("-", ""): each for each in (*STRATEGIES, "hunt-prim", "memoryhunt-prim")}
    _read(
        words,
        {
            "name": row.get("description"),
            "list": row.get("groupList") or "",
            "time": row.get("groupTime"),
            "prefix": row.get("groupPrefix"),
            "strategy": dashed.get(strategy, strategy),
            "confirm": row.get("needConf") is True,
            "skip_busy": row.get("ignoreCallWait") is True,
            "recording": row.get("callRecording") or "",
            "destination": row.get("postAnswer") or "",
        },
    )


def _read(words: Words, told: Mapping[str, Any]) -> None:
    ringing = members.show(str(told["list"]))
    if not ringing:
        raise Unspeakable("it has no members")
    words.fields["name"] = str(told["name"] or "")
    words.coded("strategy", str(told["strategy"]), STRATEGIES, required=True)
    words.fields["ring_time"] = int(told["time"] or 0)
    words.fields["members"] = ringing
    words.destination("no_answer", str(told["destination"]))
    words.fields["caller_id_prefix"] = str(told["prefix"] or "") or None
    words.fields["skip_busy"] = told["skip_busy"]
    words.fields["confirm"] = told["confirm"]
    words.coded("recording", str(told["recording"]), _RECORDING)


def to_form(changed: Fields, form: Form, names: Names) -> Changes:
    """Return what makes the form hold these fields. Raises UnknownName or Unlisted."""
    sent: dict[str, list[str] | None] = {}
    for path, value in changed.items():
        match path:
            case "name":
                sent["description"] = text_of(value)
            case "strategy":
                sent["strategy"] = [WRITTEN[value or "ringall"]]
            case "ring_time":
                sent["grptime"] = text_of(20 if value is None else value)
            case "members":
                sent["grplist"] = ["\n".join(members.write(value or [], names.extensions))]
            case "no_answer":
                sent |= destinations.to_form(_written(value, names), "0")
            case "caller_id_prefix":
                sent["grppre"] = text_of(value)
            case "skip_busy":
                sent["cwignore"] = flag(value)
            case "confirm":
                sent["needsconf"] = flag(value)
            case "recording":
                sent["recording"] = ["force" if value else "dontcare"]
    return sent


def to_api(changed: Fields, names: Names) -> dict[str, Any]:
    """Return the input of a mutation that writes these fields. Raises UnknownName or Unlisted."""
    sent: dict[str, Any] = {}
    for path, value in changed.items():
        match path:
            case "name":
                sent["description"] = value or ""
            case "strategy":
                sent["strategy"] = WRITTEN[value or "ringall"]
            case "ring_time":
                sent["ringTime"] = str(20 if value is None else value)
            case "members":
                sent["extensionList"] = "-".join(members.write(value or [], names.extensions))
            case "no_answer":
                sent["postAnswer"] = _written(value, names)
            case "caller_id_prefix":
                sent["groupPrefix"] = value or ""
            case "skip_busy":
                sent["ignoreCallWait"] = bool(value)
            case "confirm":
                sent["needConf"] = bool(value)
            case "recording":
                sent["callRecording"] = "force" if value else "dontcare"
    return sent


NEW: Final = {"groupPrefix": "", "strategy": "ringall", "postAnswer": destinations.HANG_UP}
"""What a new group is told besides: left out, FreePBX takes the strategy's name for the prefix."""


def _written(value: Any, names: Names) -> str:
    return destinations.write(value, names) or destinations.HANG_UP


def fresh(key: str) -> Changes:
    """Return what an empty form needs besides."""
    return {"account": [key], **destinations.to_form(destinations.HANG_UP, "0")}


def too_long(ringing: Iterable[str]) -> int:
    """Return how many characters the list of members takes, at most."""
    return sum(len(each) + 2 for each in ringing)
