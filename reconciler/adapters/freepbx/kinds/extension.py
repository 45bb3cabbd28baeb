"""Extensions: read from the bulk export, where everything stands; written by their form. Pure.

The form is gentler than GraphQL, whose update deletes and creates anew (facts, section 5.1). Sent
whole it is still not neutral (`neutral`, and facts, section 7): it makes a Follow Me, and rows of
the device's settings that it has no field for vanish.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from reconciler.adapters.freepbx import (
    caller_id,
    destinations,
    members,
)
from reconciler.adapters.freepbx.forms import Changes
from reconciler.adapters.freepbx.names import Names
from reconciler.adapters.freepbx.words import Unspeakable, Words, text_of
from reconciler.model.live import Loss
from reconciler.model.secret import Clear
from reconciler.model.value import Fields, Value
from reconciler.transport.html import Form

Row = Mapping[str, str]

SETTINGS: Final[Mapping[str, str]] = {
    "accountcode": "", "aggregate_mwi": "yes", "avpf": "no", "bundle": "no",
    "context": "from-internal", "defaultuser": "", "device_state_busy_at": "0",
    "direct_media": "yes", "force_rport": "yes", "icesupport": "no", "match": "",
    "max_audio_streams": "1", "max_video_streams": "1", "maximum_expiration": "7200",
    "media_address": "", "media_encryption": "no", "media_encryption_optimistic": "no",
    "media_use_received_transport": "no", "message_context": "", "minimum_expiration": "60",
    "mwi_subscription": "auto", "namedcallgroup": "", "namedpickupgroup": "",
    "outbound_auth": "yes", "outbound_proxy": "", "qualifyfreq": "60",
    "refer_blind_progress": "yes", "remove_existing": "no", "rewrite_contact": "yes",
    "rtcp_mux": "no", "rtp_symmetric": "yes", "rtp_timeout": "0", "rtp_timeout_hold": "0",
    "send_connected_line": "yes", "sendrpid": "pai", "timers": "yes", "timers_min_se": "90",
    "trustrpid": "yes", "user_eq_phone": "no",
}  # fmt: skip
"""PJSIP settings that stand in `settings`, with the value of the form for a new extension."""

KEPT: Final[Mapping[str, str]] = {
    "force_callerid": "no", "md5_cred": "", "vmexten": "", "webrtc": "no",
}  # fmt: skip
"""Rows of a device that the form has no field for, and what their absence means."""

TRANSPORTS: Final = {"udp": "0.0.0.0-udp", "tcp": "0.0.0.0-tcp", "tls": "0.0.0.0-tls",
                     "wss": "0.0.0.0-wss"}  # fmt: skip
FORWARDS: Final[Mapping[str, tuple[str, ...]]] = {
    "forward.busy": ("busy_dest",), "forward.no_answer": ("noanswer_dest", "chanunavail_dest"),
}  # fmt: skip
"""Columns of the export that hold the extension's optional destinations."""
_GOTO: Final = {"noanswer_dest": "0", "busy_dest": "1", "chanunavail_dest": "2"}
"""Their pairs of fields in the form."""
_BOX: Final = {"attach": "attach", "delete_after_email": "delete"}
_PREFIX: Final = "settings."


def from_row(row: Row, words: Words) -> None:
    """Read a row of the export. Raises Unspeakable."""
    tech = row.get("tech", "")
    if tech != "pjsip":
        raise Unspeakable(f"it is a {tech or 'virtual'} extension; only PJSIP ones are managed")
    fields, number = words.fields, row["extension"]
    fields["name"] = row.get("name", "")
    masked = row.get("cid_masquerade", "")
    fields["caller_id.number"] = None if masked in ("", number) else masked
    fields |= caller_id.show(row.get("outboundcid", ""), "outbound_caller_id")
    fields["emergency_caller_id"] = row.get("emergency_cid") or None
    fields["secret"] = Clear(row["secret"]) if row.get("secret") else None
    fields["ring_time"] = _number(row.get("ringtimer", "")) or None
    fields["call_waiting"] = row.get("callwaiting_enable") == "ENABLED"
    fields["max_contacts"] = _number(row.get("max_contacts", "")) or 1
    known = {theirs: ours for ours, theirs in TRANSPORTS.items()}
    words.coded("transport", row.get("transport", ""), {"": None, **known})
    codecs = [each for each in _listed(row.get("allow", "")) if each != "all"]
    fields["codecs"] = codecs or None
    words.coded("dtmf", row.get("dtmfmode", ""), {
        "rfc4733": "rfc4733", "auto": "auto", "info": "info", "inband": "inband", "": None,
    })  # fmt: skip
    _read_box(row, fields)
    _read_follow_me(row, fields)
    for name, usual in SETTINGS.items():
        value = row.get(name, usual)
        if value != usual:
            fields[f"{_PREFIX}{name}"] = value
    _read_forward(row, words)
    if (found := own_caller_id(row, {})) is not None:
        words.loses = OWN_CALLER_ID
        name = found.removesuffix(usual_caller_id({**row, "name": ""}))
        if name != found:  # it is what a person of that name would have
            words.loses = OWN_CALLER_ID._replace(unless=(("name", name),))


def _read_forward(row: Row, words: Words) -> None:
    """Read where calls go that the extension does not take.

    Who does not answer and who has no phone are two destinations there, and one here.
    """
    for path, columns in FORWARDS.items():
        found = [row.get(column, "") for column in columns]
        if len(set(found)) > 1:
            told = zip(columns, found, strict=True)
            words.beyond += [f"{column}: {raw}" for column, raw in told if raw]
            continue
        words.destination(path, found[0])
        text = words.fields.get(path)
        if text is None:
            continue
        kind, _, key = str(text).partition("/")
        if kind in ("extension", "external"):
            words.fields[path] = key
        else:
            del words.fields[path]
            words.beyond.append(f"{path}: {text}")


def forwarded_outside(fields: Fields, own: Iterable[str]) -> list[str]:
    """Return the numbers outside to which calls are forwarded."""
    extensions = frozenset(own)
    found = [str(fields[path]) for path in FORWARDS if fields.get(path) is not None]
    return [each for each in found if each not in extensions]


def has_box(row: Row) -> bool:
    """Whether the extension has a voicemail box."""
    return row.get("voicemail_enable") == "yes" or row.get("voicemail", "") not in ("", "novm")


def has_follow_me(row: Row) -> bool:
    """Whether there is a Follow Me, switched on or off."""
    return bool(row.get("findmefollow_strategy") or row.get("findmefollow_grplist"))


def _read_box(row: Row, fields: dict[str, Value]) -> None:
    fields["voicemail.enabled"] = has_box(row)
    if not has_box(row):
        return
    options = options_of(row.get("voicemail_options", ""))
    fields["voicemail.pin"] = Clear(row["voicemail_vmpwd"]) if row.get("voicemail_vmpwd") else None
    fields["voicemail.email"] = row.get("voicemail_email") or None
    for path, option in _BOX.items():
        fields[f"voicemail.{path}"] = options.get(option) == "yes"
    fields["mailbox_context"] = row.get("voicemail") or "default"


def _read_follow_me(row: Row, fields: dict[str, Value]) -> None:
    fields["follow_me.targets"] = None
    if not has_follow_me(row):
        return
    if row.get("findmefollow_enabled") == "yes":
        fields["follow_me.targets"] = members.show(row.get("findmefollow_grplist", "")) or None
    fields["follow_me.initial_ring"] = _number(row.get("findmefollow_pre_ring", ""))
    fields["follow_me.ring_time"] = _number(row.get("findmefollow_grptime", ""))
    fields["follow_me.confirm"] = row.get("findmefollow_needsconf", "") in ("CHECKED", "yes")


def options_of(text: str) -> dict[str, str]:
    """Return a box's options, `attach=no|saycid=no`, by name."""
    pairs = (each.partition("=") for each in text.split("|") if each)
    return {name: value for name, _, value in pairs}


def to_form(changed: Fields, form: Form, names: Names) -> Changes:
    """Return what makes the form hold these fields."""
    sent: dict[str, list[str] | None] = {}
    for path, value in changed.items():
        match path:
            case "name":
                sent["name"] = text_of(value)
            case "caller_id.number":
                sent["cid_masquerade"] = text_of(value)
            case "emergency_caller_id":
                sent["emergency_cid"] = text_of(value)
            case "secret":
                sent["devinfo_secret"] = [value.reveal() if isinstance(value, Clear) else ""]
            case "ring_time":
                sent["ringtimer"] = text_of(value or 0)
            case "call_waiting":
                sent["callwaiting"] = ["disabled" if value is False else "enabled"]
            case "max_contacts":
                sent["devinfo_max_contacts"] = text_of(value or 1)
            case "transport":
                sent["devinfo_transport"] = [TRANSPORTS[value] if value else ""]
            case "codecs":
                sent["devinfo_allow"] = ["&".join(value or [])]
                sent["devinfo_disallow"] = ["all" if value else ""]
            case "dtmf":
                sent["devinfo_dtmfmode"] = [value or "rfc4733"]
            case "mailbox_context":
                sent["vmcontext"] = [value or "default"]
            case _ if path.startswith(_PREFIX):
                name = path.removeprefix(_PREFIX)
                sent[f"devinfo_{name}"] = [SETTINGS[name] if value is None else str(value)]
    outside = caller_id.write(changed, form.get("outboundcid"), "outbound_caller_id")
    if outside is not None:
        sent["outboundcid"] = [outside]
    for path, columns in FORWARDS.items():
        if path in changed:
            raw = _forward_to(changed[path], names)
            for column in columns:
                sent |= destinations.to_form(raw, _GOTO[column])
    sent |= _box(changed, form)
    sent |= _follow_me(changed, form, names)
    return sent


def _forward_to(value: Value, names: Names) -> str:
    if value is None:
        return ""
    kind = "extension" if value in names.extensions else "external"
    return destinations.write(f"{kind}/{value}", names)


def _box(changed: Fields, form: Form) -> dict[str, list[str] | None]:
    """Return the changes of the voicemail box; anything said of it makes one."""
    below = {path[10:]: v for path, v in changed.items() if path.startswith("voicemail.")}
    sent: dict[str, list[str] | None] = {}
    if not below:
        return sent
    if "enabled" in below and not below["enabled"]:
        return {"vm": ["disabled"]}
    if below.get("enabled") or any(v is not None for k, v in below.items() if k != "enabled"):
        sent["vm"] = ["enabled"]
    if "pin" in below:
        pin = below["pin"]
        sent["vmpwd"] = [pin.reveal() if isinstance(pin, Clear) else ""]
    if "email" in below:
        sent["email"] = text_of(below["email"])
    if "attach" in below:
        sent["attach"] = ["attach=yes" if below["attach"] else "attach=no"]
    if "delete_after_email" in below:
        sent["vmdelete"] = ["vmdelete=yes" if below["delete_after_email"] else "vmdelete=no"]
    return sent


def _follow_me(changed: Fields, form: Form, names: Names) -> dict[str, list[str] | None]:
    below = {path[10:]: v for path, v in changed.items() if path.startswith("follow_me.")}
    sent: dict[str, list[str] | None] = {}
    for path, value in below.items():
        match path:
            case "targets":
                sent["fmfm_ddial"] = ["enabled" if value else "disabled"]
                if value:
                    sent["fmfm_grplist"] = ["\n".join(members.write(value, names.extensions))]
            case "initial_ring":
                sent["fmfm_pre_ring"] = text_of(7 if value is None else value)
            case "ring_time":
                sent["fmfm_grptime"] = text_of(20 if value is None else value)
            case "confirm":
                sent["fmfm_needsconf"] = ["enabled" if value else "disabled"]
    return sent


def neutral(form: Form, changes: Changes, row: Row) -> Changes:
    """Return what keeps the sending of the form from changing what nobody asked for.

    `row` is the extension's row of the export, empty for a new one.
    """
    keep: dict[str, list[str] | None] = {"newdid": [""], "newdid_name": [""], "newdidcid": [""]}
    if not any(name.startswith("fmfm_") for name in changes):
        # As soon as one field of Follow Me comes, it is written anew; without any it stays.
        keep |= {name: None for name in form.names() if "fmfm" in name}
    if not form.has("dialopts_cb"):
        keep["dialopts"] = None  # a browser does not send what is not overridden
    for name in KEPT:
        if row.get(name) and not form.has(f"devinfo_{name}"):
            keep[f"devinfo_{name}"] = [row[name]]
    if not row.get("secret_origional"):
        keep["devinfo_secret_origional"] = None  # a copy for the page's script, stored if it comes
    if row and "intercom_override" not in changes:
        keep["intercom_override"] = None  # shown as "reject" where nothing is stored
    for name, column in (("ringtimer", "ringtimer"), ("devinfo_transport", "transport")):
        # A select that does not offer what is stored would send the first that it does.
        if row.get(column) and name not in form.chosen and name not in changes:
            keep[name] = [row[column]]
    return keep


OWN_CALLER_ID: Final = Loss(
    "a caller id of its own at the device, for which FreePBX's page has no field",
    "if that is no loss (what the API's addExtension makes has one), say "
    "acknowledge_callerid_rebuild: true at the PBX in the inventory",
)


def own_caller_id(row: Row, changed: Fields) -> str | None:
    """Return a caller id of the device that sending the form would lose; None if there is none.

    FreePBX's page has no field for it and builds it of name and number (seen). One comes of
    `addExtension`, which takes the emergency number for it (seen).
    """
    found = row.get("callerid", "")
    renamed = usual_caller_id({**row, "name": str(changed.get("name"))})
    return None if found in ("", usual_caller_id(row), renamed) else found


def usual_caller_id(row: Row) -> str:
    """Return the caller id that FreePBX itself gives a device."""
    return f"{row.get('name', '')} <{row.get('extension', '')}>"


def fresh(key: str) -> Changes:
    """Return what an empty form needs besides: no User Manager user is made."""
    return {
        "extension": [key],
        "userman_assign": ["none"],
        "userman_password": None,
        "userman_group[]": None,
    }


COLUMNS: Final[Mapping[str, str]] = {
    "name": "name", "cid_masquerade": "cid_masquerade", "emergency_cid": "emergency_cid",
    "outboundcid": "outboundcid", "ringtimer": "ringtimer", "callwaiting": "callwaiting_enable",
    "vm": "voicemail voicemail_enable voicemail_vmpwd voicemail_email voicemail_pager "
    "voicemail_options voicemail_same_exten mailbox disable_star_voicemail vmx_unavail_enabled "
    "vmx_busy_enabled vmx_temp_enabled vmx_play_instructions vmx_option_0_number",
    "vmcontext": "voicemail mailbox", "vmpwd": "voicemail_vmpwd", "email": "voicemail_email",
    "attach": "voicemail_options", "vmdelete": "voicemail_options",
    **{f"goto{index}": column for column, index in _GOTO.items()},
}  # fmt: skip
"""Columns of the export that change with a field of the form (`devinfo_x` is column x)."""


def expected(changes: Changes) -> frozenset[str]:
    """Return the columns of the export that may change with these fields."""
    found: set[str] = {"password"} if "secret" in changes else set()
    for name in changes:
        if name.startswith("devinfo_"):
            found.add(name.removeprefix("devinfo_"))
        elif name.startswith("fmfm_"):
            found.add("findmefollow")
        found |= set(COLUMNS.get(name, "").split())
    if "name" in changes:
        found.add("description")
    return frozenset(found)


def collateral(before: Row, after: Row, changes: Changes) -> dict[str, str]:
    """Return columns that changed without being asked, with what stood there before."""
    free = expected(changes)
    found = {}
    for column in before:
        was, now = before[column], after.get(column, "")
        if (
            was == now
            or column in free
            or ("findmefollow" in free and column.startswith("findmefollow_"))
        ):
            continue
        if column in KEPT and {was, now} <= {"", KEPT[column]}:
            continue  # absent means the same
        if column == "callerid" and now == usual_caller_id(after) and was in (
            "", usual_caller_id(before),
        ):  # fmt: skip
            continue  # FreePBX writes its own text where none stood
        if column == "cid_masquerade" and {was, now} <= {"", before.get("extension", "")}:
            continue
        found[column] = was
    return found


REPAIRS: Final[Mapping[str, str]] = {
    "name": "name", "outboundcid": "outboundcid", "emergency_cid": "emergency_cid",
    "cid_masquerade": "cid_masquerade", "ringtimer": "ringtimer",
    "voicemail_vmpwd": "vmpwd", "voicemail_email": "email", "voicemail_pager": "pager",
    "secret": "devinfo_secret",
}  # fmt: skip


def repair(broken: Mapping[str, str], row: Row) -> Changes:
    """Return what puts columns back by the form; what it cannot is not in it."""
    sent: dict[str, list[str] | None] = {}
    for column, was in broken.items():
        if column in REPAIRS:
            sent[REPAIRS[column]] = [was]
        elif column in SETTINGS or column in (
            *KEPT,
            "max_contacts",
            "allow",
            "disallow",
            "dtmfmode",
            "transport",
            "mailbox",
        ):
            sent[f"devinfo_{column}"] = [was]
        elif column == "voicemail_options":
            for option, value in options_of(was).items():
                name = "vmdelete" if option == "delete" else option
                sent[name] = [f"{name}={value}"]
        elif column in _GOTO:
            sent |= destinations.to_form(was, _GOTO[column])
        elif column == "callwaiting_enable":
            sent["callwaiting"] = ["enabled" if was == "ENABLED" else "disabled"]
    return sent


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.replace("&", ",").split(",") if each.strip()]
