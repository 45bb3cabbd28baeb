"""PJSIP trunks: read from the bulk export, written by their form. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from reconciler.adapters.freepbx import caller_id
from reconciler.adapters.freepbx.forms import Changes
from reconciler.adapters.freepbx.names import Names
from reconciler.adapters.freepbx.words import Unspeakable, Words, text_of
from reconciler.model.secret import Clear
from reconciler.model.value import Fields, Value
from reconciler.transport.html import Form

SETTINGS: Final[Mapping[str, str]] = {
    "aor_contact": "", "aors": "", "allow_unauthenticated_options": "off",
    "auth_rejection_permanent": "off", "client_uri": "", "context": "from-pstn", "continue": "off",
    "direct_media": "no", "fatal_retry_interval": "30", "fax_detect": "no",
    "forbidden_retry_interval": "30", "force_rport": "yes", "identify_by": "default",
    "inband_progress": "no", "language": "", "max_retries": "10000", "media_address": "",
    "message_context": "", "pjsip_line": "true", "rewrite_contact": "no", "rtp_symmetric": "yes",
    "send_connected_line": "no", "sendrpid": "no", "server_uri": "", "support_path": "no",
    "t38_udptl": "no", "t38_udptl_ec": "none", "t38_udptl_maxdatagram": "",
    "t38_udptl_nat": "no", "trust_id_outbound": "no", "trust_rpid": "no", "user_eq_phone": "no",
}  # fmt: skip
"""What stands in `settings`, with the value of the form for a new trunk.

All but `continue` are PJSIP's. That one is Continue if Busy: unless it is on, a call that the far
side ends with busy, no answer or a wrong number is not tried on the route's next trunk (source:
core, functions.inc.php, dialout-trunk: `continue` goes there as ARG4).
"""

_MODES: Final = {"send": "register", "none": "ip"}
_TRANSPORT: Final = re.compile(r"0\.0\.0\.0-(udp|tcp|tls)")
_PREFIX: Final = "settings."


def from_row(row: Mapping[str, str], words: Words) -> None:
    """Read a row of the export. Raises Unspeakable."""
    fields = words.fields
    if row.get("tech") != "pjsip":
        raise Unspeakable(f"it is a {row.get('tech')} trunk; only PJSIP trunks are managed")
    if not row.get("sip_server"):
        raise Unspeakable("it names no server")
    fields["host"] = row["sip_server"]
    fields["port"] = int(row.get("sip_server_port") or 5060)
    transport = _TRANSPORT.fullmatch(row.get("transport") or "0.0.0.0-udp")
    if transport is None:
        raise Unspeakable(f"its transport is {row.get('transport')}")
    fields["transport"] = transport[1]
    fields["mode"] = mode_of(row)
    fields["username"] = row.get("username") or None
    fields["secret"] = Clear(row["secret"]) if row.get("secret") else None
    fields["auth_user"] = row.get("auth_username") or None
    fields["from_user"] = row.get("from_user") or None
    fields["from_domain"] = row.get("from_domain") or None
    fields["outbound_proxy"] = row.get("outbound_proxy") or None
    fields["registration.expiry"] = int(row.get("expiration") or 3600)
    fields["registration.retry"] = int(row.get("retry_interval") or 60)
    fields["registration.contact_user"] = row.get("contact_user") or None
    match = [each.strip() for each in (row.get("match") or "").split(",") if each.strip()]
    fields["match"] = match or None
    codecs = [each for each in (row.get("codecs") or "").split(",") if each]
    fields["codecs"] = None if codecs == USUAL_CODECS else codecs or None
    fields["channels"] = int(row["maxchans"]) if (row.get("maxchans") or "").isdigit() else None
    fields |= caller_id.show(row.get("outcid") or "", "outbound_caller_id")
    fields["dtmf"] = row.get("dtmfmode") or None
    words.coded("srtp", row.get("media_encryption") or "no", {"no": "off", "sdes": "required"})
    fields["qualify"] = (row.get("qualify_frequency") or "0") != "0"
    fields["enabled"] = (row.get("disabled") or "off") != "on"
    for name, usual in SETTINGS.items():
        if row.get(name, usual) not in (usual, None) and (row[name] or name != "continue"):
            fields[f"{_PREFIX}{name}"] = row[name]


USUAL_CODECS: Final = ["ulaw", "alaw", "gsm", "g726", "g722", "h264", "mpeg4"]
"""What the form for a new trunk has ticked."""


def mode_of(row: Mapping[str, str]) -> str:
    """Return how the trunk and the far side know each other. Raises Unspeakable."""
    registration = row.get("registration") or "none"
    if registration == "send":
        return "register"
    if registration != "none":
        raise Unspeakable("the far side registers here, for which there is no word")
    return "ip" if row.get("authentication") != "outbound" or row.get("match") else "none"


def to_form(changed: Fields, form: Form, names: Names) -> Changes:
    """Return what makes the form hold these fields."""
    sent: dict[str, list[str] | None] = {}
    plain = {
        "host": "sip_server", "auth_user": "auth_username", "from_user": "from_user",
        "from_domain": "from_domain", "outbound_proxy": "outbound_proxy",
        "registration.contact_user": "contact_user", "username": "username",
        "channels": "maxchans",
    }  # fmt: skip
    for path, value in changed.items():
        match path:
            case _ if path in plain:
                sent[plain[path]] = text_of(value)
            case "port":
                sent["sip_server_port"] = text_of(value or 5060)
            case "transport":
                sent["transport"] = [f"0.0.0.0-{value or 'udp'}"]
            case "secret":
                sent["secret"] = [value.reveal() if isinstance(value, Clear) else ""]
            case "registration.expiry":
                sent["expiration"] = text_of(value or 3600)
            case "registration.retry":
                sent["retry_interval"] = text_of(value or 60)
            case "match":
                sent["match"] = [",".join(value or [])]
            case "codecs":
                sent |= _codecs(value or USUAL_CODECS, form)
            case "dtmf":
                sent["dtmfmode"] = [value or "auto"]
            case "srtp":
                sent["media_encryption"] = ["sdes" if value == "required" else "no"]
            case "qualify":
                sent["qualify_frequency"] = ["0" if value is False else "60"]
            case "enabled":
                sent["disabletrunk"] = ["on" if value is False else "off"]
            case _ if path.startswith(_PREFIX):
                name = path.removeprefix(_PREFIX)
                sent[name] = [SETTINGS[name] if value is None else str(value)]
    if "mode" in changed:
        sent |= _mode(changed["mode"])
    outside = caller_id.write(changed, form.get("outcid"), "outbound_caller_id")
    if outside is not None:
        sent["outcid"] = [outside]
    return sent


def _mode(value: Value) -> dict[str, list[str] | None]:
    registers = (value or "register") == "register"
    return {
        "registration": ["send" if registers else "none"],
        "authentication": ["off" if value == "ip" else "outbound"],
    }


def _codecs(wanted: list[str], form: Form) -> dict[str, list[str] | None]:
    """Return the ticked boxes: the value of each is its place in the order."""
    sent: dict[str, list[str] | None] = {
        name: None for name in form.choices if name.startswith("codec[")
    }
    for number, each in enumerate(wanted, 1):
        sent[f"codec[{each}]"] = [str(number)]
    return sent


def fresh(key: str) -> Changes:
    """Return what an empty form needs besides."""
    return {"trunk_name": [key]}
