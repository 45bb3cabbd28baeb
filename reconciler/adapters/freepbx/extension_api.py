"""Extensions over GraphQL alone: what it can read, and mutations that lose as little as they can.

Facts, section 5.1: `updateExtension` deletes and creates anew. Everything that it can be told is
told again each time, the SIP secret first; mailbox options and Follow Me are put back by mutations
of their own. The User Manager user is the one thing that cannot be kept: hence
`acknowledge_user_reset`.
"""

from collections.abc import Mapping
from typing import Any, Final

from reconciler.adapters.freepbx import caller_id
from reconciler.adapters.freepbx.words import Unspeakable, Words
from reconciler.model.secret import Clear
from reconciler.model.value import Fields, Value

_USER: Final = (
    "user { name voicemail ringtimer outboundCid extPassword callwaiting } "
    "coreDevice { emergencyCid }"
)
LIST: Final = (
    f"{{ fetchAllExtensions {{ status message extension {{ extensionId tech {_USER} }} }} }}"
)
ONE: Final = (
    "query($id: ID!) { fetchExtension(extensionId: $id) "
    f"{{ status message extensionId tech {_USER} }} }}"
)
BOX: Final = "status context password name email pager attach saycid envelope delete"
ONE_BOX: Final = f"query($id: ID!) {{ fetchVoiceMail(extensionId: $id) {{ {BOX} }} }}"
FOLLOW_ME: Final = (
    "query($id: ID!) { fetchFollowMe(extensionId: $id) { status enabled strategy ringTime "
    "followMePrefix followMeList confirmCalls initialRingTime noAnswerDestination } }"
)
ADD: Final = "mutation($i: addExtensionInput!) { addExtension(input: $i) { status message } }"
UPDATE: Final = (
    "mutation($i: updateExtensionInput!) { updateExtension(input: $i) { status message } }"
)
DELETE: Final = (
    "mutation($i: deleteExtensionInput!) { deleteExtension(input: $i) { status message } }"
)
SET_BOX: Final = (
    "mutation($i: enableVoiceMailInput!) { enableVoiceMail(input: $i) { status message } }"
)
DROP_BOX: Final = (
    "mutation($i: disableVoiceMailInput!) { disableVoiceMail(input: $i) { status message } }"
)
SET_FOLLOW_ME: Final = (
    "mutation($i: updateFollowMeInput!) { updateFollowMe(input: $i) { status message } }"
)

READS: Final = frozenset(
    {
        "name", "outbound_caller_id.name", "outbound_caller_id.number", "emergency_caller_id",
        "secret", "ring_time", "voicemail.enabled", "voicemail.pin", "voicemail.email",
        "voicemail.attach", "voicemail.delete_after_email",
    }
)  # fmt: skip
"""Fields that can be held without web credentials."""


def boxes_query(numbers: list[str]) -> str:
    """Return one question for the boxes of several extensions."""
    asked = " ".join(f'v{n}: fetchVoiceMail(extensionId: "{n}") {{ {BOX} }}' for n in numbers)
    return f"{{ {asked} }}"


def has_box(row: Mapping[str, Any]) -> bool:
    """Whether an extension has a voicemail box."""
    return str((row.get("user") or {}).get("voicemail") or "novm") not in ("novm", "")


def from_api(row: Mapping[str, Any], box: Mapping[str, Any] | None, words: Words) -> None:
    """Read an extension. Raises Unspeakable."""
    user, device = row.get("user"), row.get("coreDevice") or {}
    if not isinstance(user, Mapping):
        raise Unspeakable("FreePBX does not tell its user; is Asterisk running?")
    if row.get("tech") != "pjsip":
        raise Unspeakable(f"it is a {row.get('tech')} extension; only PJSIP ones are managed")
    fields = words.fields
    fields["name"] = str(user.get("name") or "")
    fields |= caller_id.show(str(user.get("outboundCid") or ""), "outbound_caller_id")
    fields["emergency_caller_id"] = device.get("emergencyCid") or None
    secret = user.get("extPassword")
    fields["secret"] = Clear(str(secret)) if secret else None
    timer = user.get("ringtimer")
    if timer is not None:
        fields["ring_time"] = int(timer) or None
    fields["voicemail.enabled"] = has_box(row)
    if has_box(row):
        if box is None:
            raise Unspeakable("its voicemail box could not be read")
        fields["voicemail.pin"] = Clear(str(box["password"])) if box.get("password") else None
        fields["voicemail.email"] = box.get("email") or None
        fields["voicemail.attach"] = box.get("attach") == "yes"
        fields["voicemail.delete_after_email"] = box.get("delete") == "yes"


def merged(
    key: str,
    changed: Fields,
    row: Mapping[str, Any] | None,
    box: Mapping[str, Any] | None,
    *,
    with_timer: bool,
) -> dict[str, Any]:
    """Return the whole input of an update: what is there, with the changes."""
    user: Mapping[str, Any] = (row or {}).get("user") or {}
    device: Mapping[str, Any] = (row or {}).get("coreDevice") or {}
    before = str(user.get("outboundCid") or "")
    outside = caller_id.write(changed, before, "outbound_caller_id")
    emergency = changed.get("emergency_caller_id", device.get("emergencyCid"))
    sent: dict[str, Any] = {
        "extensionId": key,
        "tech": "pjsip",
        "name": changed.get("name") or user.get("name") or "",
        "extPassword": _clear(changed.get("secret")) or str(user.get("extPassword") or ""),
        "outboundCid": before if outside is None else outside,
        "emergencyCid": str(emergency or ""),
    }
    if "ring_time" in changed and with_timer:
        sent["ringtimer"] = str(changed["ring_time"] or 0)
    elif with_timer and user.get("ringtimer") is not None:
        sent["ringtimer"] = str(user["ringtimer"])
    if box is not None:
        sent |= {"vmEnable": True, "vmPassword": str(box.get("password") or "")}
    return sent


def box_input(key: str, changed: Fields, box: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the whole input that makes a mailbox: what is left out would become empty."""
    was = box or {}

    def chosen(path: str, name: str) -> bool:
        value = changed.get(f"voicemail.{path}")
        return bool(value) if value is not None else was.get(name) == "yes"

    return {
        "extensionId": key,
        "password": _clear(changed.get("voicemail.pin")) or str(was.get("password") or ""),
        "name": str(changed.get("name") or was.get("name") or ""),
        "email": str(changed.get("voicemail.email", was.get("email")) or ""),
        "pager": str(was.get("pager") or ""),
        "saycid": was.get("saycid") == "yes",
        "envelope": was.get("envelope") == "yes",
        "attach": chosen("attach", "attach"),
        "delete": chosen("delete_after_email", "delete"),
    }


def follow_me_input(key: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input that puts a Follow Me back as it was."""
    names = (
        "strategy", "ringTime", "followMePrefix", "followMeList", "confirmCalls",
        "initialRingTime", "noAnswerDestination",
    )  # fmt: skip
    told = {name: found[name] for name in names if found.get(name) is not None}
    return {"extensionId": key, "enabled": bool(found.get("enabled")), **told}


def lost(
    before: Mapping[str, Any], after: Mapping[str, Any], asked: Mapping[str, Any]
) -> list[str]:
    """Return what an update changed without being asked, by name."""
    was: Mapping[str, Any] = {**(before.get("user") or {}), **(before.get("coreDevice") or {})}
    now: Mapping[str, Any] = {**(after.get("user") or {}), **(after.get("coreDevice") or {})}
    wanted = {
        "name": asked.get("name"), "outboundCid": asked.get("outboundCid"),
        "extPassword": asked.get("extPassword"), "emergencyCid": asked.get("emergencyCid"),
        "ringtimer": asked.get("ringtimer"),
    }  # fmt: skip
    found = []
    for name in was.keys() | now.keys():
        expected: Value = wanted.get(name)
        expected = was.get(name) if expected is None else expected
        if str(now.get(name) or "") != str(expected or "") and name != "voicemail":
            found.append(name)
    return sorted(found)


def _clear(value: Value) -> str:
    return value.reveal() if isinstance(value, Clear) else ""
