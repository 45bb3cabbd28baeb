"""Trunk: endpoint, auth, aor, identify and registration, and a subroutine that dials through it.

All PJSIP sections begin with `trunk-NAME`, so that a trunk can never pass for an extension, and
its endpoint is found by address or registration alone: a caller who merely writes the trunk's name
in From is nobody. Calls in either direction are counted in the group `trunk-NAME`.
"""

import re
from typing import Final

from reconciler.adapters.asterisk.carrier import (
    Carrier,
    Found,
    Options,
    Place,
    Setup,
    clear,
    number,
)
from reconciler.adapters.asterisk.dialplan import Script, context_of
from reconciler.adapters.asterisk.features import CALLED_OUT, end_of
from reconciler.adapters.asterisk.kinds.endpoint import (
    codec_lines,
    dtmf_lines,
    overlay,
    read_codecs,
    read_dtmf,
    read_own_context,
    read_settings,
)
from reconciler.adapters.asterisk.sections import Line, Section
from reconciler.kinds.networks import plain_source
from reconciler.model.value import Fields, Value

KIND: Final = "trunk"
URGENT: Final = "urgent"
"""Third argument of a trunk's subroutine: the call goes out although all channels are in use."""

KNOWN: Final = frozenset(
    {
        "type", "context", "disallow", "allow", "aors", "direct_media", "rtp_symmetric",
        "identify_by", "outbound_auth", "from_user", "from_domain", "outbound_proxy", "dtmf_mode",
        "media_encryption", "media_encryption_optimistic", "set_var", "redirect_method",
    }
)  # fmt: skip

REFUSED: Final = "603|604|607|608"
"""SIP answers that speak for the person called (RFC 3261, 21.6; RFC 8197, 8688): another trunk
would only ring there again. 600 is told as busy anyway."""

NOT_ANSWERED: Final = "408|487"
"""SIP answers with which carriers give up a call that rang; without ringing, their own trouble."""


def render(key: str, fields: Fields, _setup: Setup) -> tuple[Section, ...]:
    """Return the sections of a trunk."""
    options = Options(KIND, fields)
    name = f"trunk-{key}"
    sections = [_endpoint(name, key, options), _aor(name, options)]
    if fields.get("secret") is not None:
        sections.append(_auth(name, fields, options))
    if options["enabled"] and options["mode"] != "none":
        sections.append(_identify(name, options))
    if options["enabled"] and options["mode"] == "register":
        sections.append(_registration(name, options))
    sections.append(_dialing(name, key, options))
    return tuple(sections)


def _uri(options: Options, user: str = "", domain: str | None = None) -> str:
    transport = options["transport"]
    suffix = "" if transport == "udp" else f";transport={transport}"
    host = f"{domain or options['host']}:{options['port']}"
    return f"sip:{user}{'@' if user else ''}{host}{suffix}"


def _endpoint(name: str, key: str, options: Options) -> Section:
    lines = [
        Line("type", "endpoint"),
        Line("context", context_of("inbound", key)),
        *codec_lines(options["codecs"]),
        Line("aors", name),
        Line("identify_by", "ip"),
        Line("direct_media", "no"),
        Line("rtp_symmetric", "yes"),
        Line("redirect_method", "uri_pjsip"),  # else a 302 comes back in, at our own numbers
        Line("set_var", f"GROUP()={name}"),
    ]
    if options["secret"] is not None:
        lines.append(Line("outbound_auth", f"{name}-auth"))
    named = ("from_user", "from_domain", "outbound_proxy")
    lines += [Line(path, options[path]) for path in named if options[path]]
    lines += dtmf_lines(options["dtmf"])
    if options["srtp"] != "off":
        lines.append(Line("media_encryption", "sdes"))
        optimistic = "yes" if options["srtp"] == "optional" else "no"
        lines.append(Line("media_encryption_optimistic", optimistic))
    return Section("pjsip", name, overlay(lines, options))


def _aor(name: str, options: Options) -> Section:
    lines = [Line("type", "aor"), Line("contact", _uri(options))]
    lines.append(Line("qualify_frequency", "60" if options["qualify"] else "0"))
    if options["outbound_proxy"]:
        lines.append(Line("outbound_proxy", options["outbound_proxy"]))
    return Section("aor", name, tuple(lines))


def _auth(name: str, fields: Fields, options: Options) -> Section:
    lines = (
        Line("type", "auth"),
        Line("auth_type", "userpass"),
        Line("username", options["auth_user"] or options["username"] or ""),
        Line("password", fields["secret"]),
    )
    return Section("pjsip", f"{name}-auth", lines)


def _identify(name: str, options: Options) -> Section:
    lines = [Line("type", "identify"), Line("endpoint", name)]
    lines += [Line("match", address) for address in options["match"] or [options["host"]]]
    return Section("pjsip", f"{name}-identify", tuple(lines))


def _registration(name: str, options: Options) -> Section:
    user = options["username"] or ""
    lines = [
        Line("type", "registration"),
        Line("server_uri", _uri(options)),
        Line("client_uri", _uri(options, user, options["from_domain"])),
        Line("outbound_auth", f"{name}-auth"),
        Line("contact_user", options["registration.contact_user"] or user),
        Line("expiration", str(options["registration.expiry"])),
        Line("retry_interval", str(options["registration.retry"])),
        Line("forbidden_retry_interval", "300"),
        Line("fatal_retry_interval", "300"),  # else one wrong answer ends it until a reload
        Line("max_retries", "1000000"),
        Line("line", "yes"),
        Line("endpoint", name),
    ]
    if options["outbound_proxy"]:
        lines.append(Line("outbound_proxy", options["outbound_proxy"]))
    return Section("pjsip", f"{name}-reg", tuple(lines))


def _dialing(name: str, key: str, options: Options) -> Section:
    """Return the subroutine (number, options of Dial, urgency). It leaves DIALSTATUS behind.

    A call for help is not held back by how many calls we allow: the carrier says no, or takes it.
    Dial calls many answers CHANUNAVAIL, so REC_CODE holds the SIP answer, or nothing if there was
    none.
    """
    script = Script(context_of(KIND, key))
    script.exten("s", "Set(REC_CODE=)")
    if not options["enabled"]:
        script.same("Set(DIALSTATUS=CHANUNAVAIL)")
        script.same("Return()")
        return script.section()
    if options["channels"]:
        is_full = f"${{GROUP_COUNT({name})}}>={options['channels']}"
        script.same(f'GotoIf($["${{ARG3}}"="" & {is_full}]?full)')
    shown, title = options["outbound_caller_id.number"], options["outbound_caller_id.name"]
    if shown or title:
        script.same('GotoIf($["${REC_SHOWN}"="1"]?dial)')
    if shown:
        script.same(f"Set(CALLERID(num)={shown})")
    if title:
        script.same('GotoIf($["${REC_NAMED}"="1"]?dial)')
        script.same(f"Set(CALLERID(name)={title})")
    script.same(f"Set(GROUP({CALLED_OUT})={end_of('${ARG1}')})", "dial")
    script.same("TryExec(HangupCauseClear())")
    script.same("Set(RINGTIME_MS=)")
    script.same(f"Dial(PJSIP/${{ARG1}}@{name},,${{ARG2}})")
    script.same("Set(REC_LEG=${HANGUPCAUSE_KEYS()})")
    script.same("GotoIf($[${LEN(${REC_LEG})}=0]?end)")
    script.same("Set(REC_SAID=${HANGUPCAUSE(${REC_LEG},tech)})")  # SIP 603 Decline
    script.same("Set(REC_CODE=${FILTER(0-9,${REC_SAID:4:3})})")
    script.same('GotoIf($["${ARG3}"!=""]?end)')
    script.same(f'ExecIf($["${{REC_CODE}}":"{REFUSED}"]?Set(DIALSTATUS=NOANSWER))')
    has_rung = "${LEN(${RINGTIME_MS})}>0"
    script.same(
        f'ExecIf($["${{REC_CODE}}":"{NOT_ANSWERED}" & {has_rung}]?Set(DIALSTATUS=NOANSWER))'
    )
    script.same('ExecIf($["${REC_CODE}"="483"]?Set(DIALSTATUS=CONGESTION))')  # Dial: no answer
    script.same("Return()", "end")
    if options["channels"]:
        script.same("Set(DIALSTATUS=CHANUNAVAIL)", "full")
        script.same("Return()")
    return script.section()


_CONTACT = re.compile(
    r"sip:(?:[^@;]*@)?(?P<host>\[[^\]]*\]|[^:;]+)(?::(?P<port>\d+))?(?:;transport=(?P<t>\w+))?"
)
_LIMIT = re.compile(r"n,GotoIf\(\$\[[^]]*\$\{GROUP_COUNT\([^)]*\)\}>=(\d+)\]\?full\)")
_SHOWN = re.compile(r"n(?:\(\w*\))?,Set\(CALLERID\((num|name)\)=(.*)\)")


def read(key: str, found: Found, base: Fields | None) -> dict[str, Value]:
    """Return what the sections of a trunk tell."""
    name = f"trunk-{key}" if found.lines("pjsip", f"trunk-{key}") else key
    values: dict[str, Value] = {
        "secret": clear(found.value("pjsip", f"{name}-auth", "password")),
        "codecs": read_codecs(found, name),
        "dtmf": read_dtmf(found.value("pjsip", name, "dtmf_mode")),
        "from_user": found.value("pjsip", name, "from_user"),
        "from_domain": found.value("pjsip", name, "from_domain"),
        "outbound_proxy": found.value("pjsip", name, "outbound_proxy"),
        "qualify": found.value("aor", name, "qualify_frequency") not in (None, "0"),
        **_read_contact(found.value("aor", name, "contact")),
        **_read_registration(name, found),
        **_read_dialing(key, found),
        **read_settings(found, name, KNOWN),
        **read_own_context(found, name, base),
    }
    texts = found.values("pjsip", f"{name}-identify", "match")
    match = [plain_source(each) for text in texts for each in text.split(",") if each.strip()]
    values["match"] = None if match == [values.get("host")] else match or None
    login = found.value("pjsip", f"{name}-auth", "username")
    named = values.get("username")
    if (base is not None and base.get("auth_user")) or (base is None and named and login != named):
        values["auth_user"] = login
    elif login and "username" not in values:
        values["username"] = login
    if base is None and "mode" not in values:
        values["mode"] = "ip" if match else "none"
    return values


def _read_contact(contact: str | None) -> dict[str, Value]:
    seen = _CONTACT.fullmatch(contact or "")
    if seen is None:
        return {}
    return {
        "host": seen["host"],
        "port": number(seen["port"]) or 5060,
        "transport": seen["t"] or "udp",
    }


def _read_registration(name: str, found: Found) -> dict[str, Value]:
    at = f"{name}-reg"
    if not found.lines("pjsip", at):
        return {}
    client = re.match(r"sips?:([^@]*)@", found.value("pjsip", at, "client_uri") or "")
    values: dict[str, Value] = {"mode": "register"}
    if client:
        values["username"] = client[1]
    for path, variable in (("expiry", "expiration"), ("retry", "retry_interval")):
        if (seconds := number(found.value("pjsip", at, variable))) is not None:
            values[f"registration.{path}"] = seconds
    values["registration.contact_user"] = found.value("pjsip", at, "contact_user")
    return values


def _read_dialing(key: str, found: Found) -> dict[str, Value]:
    values: dict[str, Value] = {"outbound_caller_id.number": None, "outbound_caller_id.name": None}
    for _, text in found.lines("ext", context_of(KIND, key)):
        if seen := _LIMIT.fullmatch(text):
            values["channels"] = number(seen[1])
        elif seen := _SHOWN.fullmatch(text):
            part = "number" if seen[1] == "num" else "name"
            values[f"outbound_caller_id.{part}"] = seen[2]
    return values


def _mains(key: str) -> tuple[Place, ...]:
    return Place("pjsip", f"trunk-{key}"), Place("ext", context_of(KIND, key))


CARRIER: Final = Carrier(KIND, render, read, _mains)
