"""Extension: endpoint, auth, aor and voicemail box, and the contexts of `ringing.py`.

An extension without a secret has no endpoint: nobody can register as it, and nobody can call in
its name.
"""

import re
from typing import Final

from reconciler.adapters.asterisk.carrier import (
    Carrier,
    Found,
    Number,
    Options,
    Place,
    Setup,
    clear,
    number,
)
from reconciler.adapters.asterisk.dialplan import context_of, enter
from reconciler.adapters.asterisk.kinds.endpoint import (
    codec_lines,
    dtmf_lines,
    overlay,
    person,
    read_codecs,
    read_dtmf,
    read_own_context,
    read_person,
    read_settings,
    read_variables,
    variable_line,
)
from reconciler.adapters.asterisk.kinds.ringing import box_context, class_context, dialplan
from reconciler.adapters.asterisk.kinds.voicemail import box_section, has_box, read_box
from reconciler.adapters.asterisk.sections import Line, Section
from reconciler.model.value import Fields, Value

KNOWN: Final = frozenset(
    {
        "type", "context", "disallow", "allow", "auth", "outbound_auth", "aors", "callerid",
        "mailboxes", "dtmf_mode", "transport", "direct_media", "rtp_symmetric", "rewrite_contact",
        "device_state_busy_at", "set_var",
    }
)  # fmt: skip


def render(key: str, fields: Fields, setup: Setup) -> tuple[Section, ...]:
    """Return the sections of an extension."""
    options = Options("extension", fields)
    sections: list[Section] = []
    if fields.get("secret") is not None:
        sections += [_endpoint(key, options, setup), _auth(key, fields), _aor(key, options)]
    if has_box(options):
        sections += [box_section(key, options), box_context(key, options)]
    sections.append(dialplan(key, options))
    return tuple(sections)


def _endpoint(key: str, options: Options, setup: Setup) -> Section:
    shown = person(
        options["caller_id.name"] or options["name"] or key, options["caller_id.number"] or key
    )
    transport = options["transport"]
    lines = [
        Line("type", "endpoint"),
        Line("context", class_context(options["class_of_service"], setup)),
        *codec_lines(options["codecs"]),
        Line("auth", f"{key}-auth"),
        Line("outbound_auth", f"{key}-auth"),
        Line("aors", key),
        Line("callerid", shown),
        Line("direct_media", "no"),
        Line("rtp_symmetric", "yes"),
        Line("rewrite_contact", "yes"),
    ]
    if has_box(options):
        box = f"{key}@{options['mailbox_context']}"
        lines += [Line("mailboxes", box), Line("set_var", f"REC_BOX={box}")]
    lines += dtmf_lines(options["dtmf"])
    if transport or setup.transport:
        section = f"transport-{transport}" if transport else str(setup.transport)
        lines.append(Line("transport", section))
    if not options["call_waiting"]:
        lines.append(Line("device_state_busy_at", "1"))
    for variable, path in _VARIABLES:
        if options[path]:
            lines.append(variable_line(variable, options[path]))
    return Section("pjsip", key, overlay(lines, options))


_VARIABLES: Final = (
    ("__REC_CID_NAME", "outbound_caller_id.name"),
    ("__REC_CID_NUMBER", "outbound_caller_id.number"),
    ("REC_EMERGENCY", "emergency_caller_id"),
)
"""What outbound routes want to know of the caller, set by the endpoint.

Calls that it makes inherit them, but for the number for rescuers: who is called by somebody, and
then sent on to 911, is not where that somebody is.
"""


def _auth(key: str, fields: Fields) -> Section:
    lines = (
        Line("type", "auth"),
        Line("auth_type", "userpass"),
        Line("username", key),
        Line("password", fields["secret"]),
    )
    return Section("pjsip", f"{key}-auth", lines)


def _aor(key: str, options: Options) -> Section:
    lines = (
        Line("type", "aor"),
        Line("max_contacts", str(options["max_contacts"])),
        Line("remove_existing", "yes"),
        Line("qualify_frequency", "60"),
    )
    return Section("aor", key, lines)


def read(key: str, found: Found, base: Fields | None) -> dict[str, Value]:
    """Return what the sections of an extension tell."""
    contacts = number(found.value("aor", key, "max_contacts"))
    box = read_box(found, base)
    values: dict[str, Value] = {
        "secret": clear(found.value("pjsip", f"{key}-auth", "password")),
        **box,
        **_read_context(key, found),
    }
    if contacts is not None:
        values["max_contacts"] = contacts
    if found.lines("pjsip", key):
        values |= read_endpoint(key, found, base)
        if base is None and (title := box.get("name")):
            # What stands in messages and the directory need not be what others see.
            shown, _ = read_person(found.value("pjsip", key, "callerid"))
            values |= {"name": title, "caller_id.name": None if shown == title else shown}
    return values


def read_endpoint(key: str, found: Found, base: Fields | None) -> dict[str, Value]:
    """Return what an endpoint tells of its extension.

    The name that others see is the caller id's if one is declared, else the extension's own.
    """
    name, shown = read_person(found.value("pjsip", key, "callerid"))
    name_path = "caller_id.name" if base and base.get("caller_id.name") else "name"
    context = found.value("pjsip", key, "context") or ""
    variables = read_variables(found, key)
    transport = found.value("pjsip", key, "transport")
    values: dict[str, Value] = {
        "class_of_service": context.removeprefix("rec-class-")
        if context.startswith("rec-class-")
        else None,
        "codecs": read_codecs(found, key),
        "dtmf": read_dtmf(found.value("pjsip", key, "dtmf_mode")),
        "transport": transport.removeprefix("transport-") if transport else None,
        "call_waiting": found.value("pjsip", key, "device_state_busy_at") != "1",
        name_path: name or key,
        "caller_id.number": None if shown == key else shown,
        **{path: variables.get(variable) for variable, path in _VARIABLES},
    }
    own = read_own_context(found, key, base)
    return values | read_settings(found, key, KNOWN) | own


_DIAL = re.compile(r"n,Dial\((?P<who>[^,]*),(?P<time>\d+),b\(.*")


def _read_context(key: str, found: Found) -> dict[str, Value]:
    """Return the ring time, where a single one stands in the context."""
    times = [
        int(dial["time"])
        for _, text in found.lines("ext", context_of("extension", key))
        if (dial := _DIAL.fullmatch(text)) and "Local/" not in dial["who"]
    ]
    return {"ring_time": times[0]} if times else {}


def _mains(key: str) -> tuple[Place, ...]:
    return Place("pjsip", key), Place("ext", context_of("extension", key))


def _numbers(key: str, fields: Fields) -> tuple[Number, ...]:
    hint = f"PJSIP/{key}" if fields.get("secret") is not None else None
    return (Number(key, enter("extension", key), hint),)


CARRIER: Final = Carrier("extension", render, read, _mains, _numbers)
