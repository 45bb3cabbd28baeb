"""Values that a file or the dialplan would not survive, said before anything is planned."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from reconciler.adapter import Problem
from reconciler.adapters.asterisk.carrier import Setup
from reconciler.adapters.asterisk.kinds.endpoint import MAX_NAME, VARIABLE, as_shown, is_theirs
from reconciler.adapters.asterisk.kinds.extension import KNOWN as PHONE_LINES
from reconciler.adapters.asterisk.kinds.paging_group import MAX_PAGED, paged_bytes
from reconciler.adapters.asterisk.kinds.trunk import KNOWN as TRUNK_LINES
from reconciler.adapters.asterisk.render import CARRIERS, render
from reconciler.adapters.asterisk.sections import Section, Text, text_of
from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.destination import parse_destination
from reconciler.model.resource import Resource
from reconciler.model.secret import Clear, Secret
from reconciler.model.value import Fields, Value

MAX_VALUE_BYTES: Final = 990
"""A line of an AMI message is 1,014 bytes at most (facts, section 2), its key included."""

LONGEST_SECRET: Final = "x" * 128

FOR_PEOPLE: Final = frozenset({"name", "text", "description", "carrier", "caller_id.name"})
"""Fields that no dialplan evaluates. (A route's caller id is one that it does, see below.)"""

_SHORT: Final = 280
"""Bytes of an extension's texts, all together, with which no line comes near `MAX_VALUE_BYTES`."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_WORD = re.compile(r"[A-Za-z0-9_-]{1,60}")
_SIP_USER = re.compile(r"[A-Za-z0-9_.!~*'()&=+$,;?/%-]+")
"""What RFC 3261 (25.1, user) lets stand before the @ of a SIP address; chan_pjsip refuses the
rest at the reload ("Invalid client URI", "contains invalid character": seen)."""
_SIP_PROXY = re.compile(r"sips?:[\x21-\x7e]+")
_SETTING = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")
_OWN_LINES: Final[Mapping[str, frozenset[str]]] = {
    "extension": PHONE_LINES
    & {"type", "auth", "outbound_auth", "aors", "callerid", "mailboxes", "set_var"},
    "trunk": TRUNK_LINES & {"type", "outbound_auth", "aors", "identify_by", "set_var"},
    "queue": frozenset({"member", "strategy", "membergosub"}),
}


def check(resource: Resource, setup: Setup) -> list[Problem]:
    """Return what plain Asterisk cannot hold of a resource."""
    kind, _, key = resource.address
    if kind not in CARRIERS:
        return []
    fields = resource.fields
    found = [*_texts(kind, fields), *_words(fields), *_settings(kind, fields)]
    found += [*_own_context(kind, key, fields), *_elsewhere(kind, fields)]
    found += _of_kind(kind, fields)
    is_wrong = any(each.severity == "error" for each in found)
    if is_wrong or (kind == "extension" and is_short(fields)):
        return found
    return [*found, *lines_refused(kind, key, fields, setup)]


def is_short(fields: Fields) -> bool:
    """Whether the lines of an extension need no look: all that can be in them is short and plain.

    There are very many extensions, and to see their lines they have to be rendered. A line is made
    of less than 400 bytes of ours, some of these texts, and a way to each listed member.
    """
    size = 0
    for value in fields.values():
        texts = value if isinstance(value, list) else [value]
        size += 40 * (len(texts) - 1)
        for text in texts:
            if isinstance(text, str):
                if text != text.strip() or text.startswith(">"):
                    return False
                size += len(text) if text.isascii() else 4 * len(text)
            elif text is not None and not isinstance(text, (int, float, Secret)):
                return False
    return size <= _SHORT


def _texts(kind: str, fields: Fields) -> Iterator[Problem]:
    """Refuse what would be evaluated by the dialplan, and what would break a line."""
    for path, value in fields.items():
        harmless = path in FOR_PEOPLE and not (kind == "outbound_route" and path != "name")
        for text in _strings(value):
            if _CONTROL.search(text) and path != "text":
                yield Problem(path, f"{path} holds a line break or another control character")
            elif not harmless and ("${" in text or "$[" in text):
                yield Problem(
                    path,
                    f"{path} holds ${{ or $[, which Asterisk would evaluate instead of showing it",
                    "write it without the dollar sign",
                )


def _strings(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _strings(key)
            yield from _strings(each)


def _words(fields: Fields) -> Iterator[Problem]:
    """Refuse what becomes part of the name of a context and is no plain word."""
    for path in ("class_of_service", "mailbox_context", "classes"):
        for text in _strings(fields.get(path)):
            if not _WORD.fullmatch(text):
                yield Problem(
                    path,
                    f'"{text}" becomes the name of a dialplan context, which is made of letters, '
                    "digits, _ and -, at most 60",
                )


def _settings(kind: str, fields: Fields) -> Iterator[Problem]:
    for path, value in fields.items():
        if not path.startswith("settings."):
            continue
        name = path.removeprefix("settings.")
        if not _SETTING.fullmatch(name):
            yield Problem(path, f'"{name}" cannot be the name of an option')
        elif name in _OWN_LINES.get(kind, ()):
            yield Problem(
                path,
                f"{name} is written from other fields of the {kind}",
                "leave it out of the settings"
                + ("; a variable of yours is set_var.NAME" if name == "set_var" else ""),
            )
        elif name.startswith(VARIABLE) and not is_theirs(name.removeprefix(VARIABLE)):
            yield Problem(path, f'"{name.removeprefix(VARIABLE)}" cannot be a variable of yours')
        elif isinstance(value, str) and (value != value.strip() or value.startswith(">")):
            yield Problem(
                path, f"a value of {name} cannot begin with > or begin or end with blanks"
            )


def _own_context(kind: str, key: str, fields: Fields) -> Iterator[Problem]:
    """Check a context of people's own, in which a phone dials or a trunk's calls come in."""
    path = "settings.context"
    context = fields.get(path)
    if context is None or kind not in ("extension", "trunk"):
        return
    if not isinstance(context, str) or not _WORD.fullmatch(context) or context.startswith("rec-"):
        yield Problem(path, f'"{context}" is no context that people wrote in extensions.conf')
    elif fields.get("class_of_service") is not None:
        yield Problem(
            path,
            "a class of service has a context of its own, and a phone dials in one alone",
            "declare the one or the other",
        )
    elif kind == "trunk" and fields.get("enabled", True):
        yield Problem(
            path,
            f"calls from this trunk come in at {context}, written by hand: no inbound route that "
            "is declared here is reached unless it leads there",
            f"when the routes are declared, leave {path} out; until then {context} can lead to "
            f"rec-inbound-{key}",
            "warning",
        )


def _elsewhere(kind: str, fields: Fields) -> Iterator[Problem]:
    """Refuse destinations and members on other PBXs: there is no way there but a trunk."""
    for reference in TRAITS[kind].references:
        for text, _ in reference.texts(fields):
            to = parse_destination(text)
            if (to is not None and to.pbx) or (to is None and ":" in text):
                yield Problem(
                    reference.path,
                    f"{text} is on another PBX, and Asterisk has no way there by name",
                    "name its number as external/NUMBER, with a trunk and an outbound route to it",
                )


def _of_kind(kind: str, fields: Fields) -> Iterator[Problem]:
    if kind == "conference" and fields.get("admin_pin") is None:
        for path in ("wait_for_leader", "end_with_leader"):
            if fields.get(path):
                yield Problem(path, f"{path} needs admin_pin: without it nobody is the leader")
    elif kind == "extension":
        yield from _long_names(fields)
    elif kind == "trunk":
        registers = fields.get("mode", "register") == "register"
        addressed = ("username", "registration.contact_user") if registers else ()
        for path in ("from_user", *addressed):
            text = fields.get(path)
            if isinstance(text, str) and not _SIP_USER.fullmatch(text):
                yield Problem(
                    path,
                    f'"{text}" cannot stand before the @ of a SIP address: no blanks, quotes or '
                    "letters beyond ASCII",
                    "the carrier names the user it expects; a login that differs goes to auth_user",
                )
        if fields.get("transport") == "tls" and fields.get("port") is None:
            yield Problem(
                "transport",
                "TLS goes to port 5060 when no port is declared, and carriers take it at 5061",
                "add port: 5061, or whatever port the carrier names",
                "warning",
            )
        proxy = fields.get("outbound_proxy")
        if isinstance(proxy, str) and not _SIP_PROXY.fullmatch(proxy):
            yield Problem(
                "outbound_proxy",
                f'"{proxy}" is no SIP address, which chan_pjsip insists on',
                "write it as sip:proxy.example.com:5060;lr",
            )
    elif kind == "music" and fields.get("mode") == "stream":
        yield Problem("mode", "Asterisk plays streams only through a player of its own host")
    elif kind == "outbound_route":
        for pattern in fields.get("patterns") or ():
            if "w" in (pattern.get("prepend") or ""):
                yield Problem("patterns", "a pause (w) cannot be dialled on a SIP trunk")
    elif kind == "paging_group" and paged_bytes(fields) > MAX_PAGED:
        yield Problem(
            "members",
            f"the members' numbers are longer, all together, than the {MAX_PAGED:,} bytes that "
            "Asterisk pages at once",
            "make two groups of them",
        )
    elif kind == "day_night" and fields.get("pin") is not None and not fields.get("number"):
        yield Problem("pin", "a PIN needs a number: nobody can flip the switch without one")


def _long_names(fields: Fields) -> Iterator[Problem]:
    path = "caller_id.name" if fields.get("caller_id.name") else "name"
    text = fields.get(path)
    if isinstance(text, str) and (shown := as_shown(text)) != text:
        yield Problem(
            path,
            f'others see no more of this name than "{shown}": Asterisk keeps {MAX_NAME} bytes',
            "write a shorter name, or a short one as caller_id: {name: ...}",
            "warning",
        )


def lines_refused(kind: str, key: str, fields: Fields, setup: Setup) -> Iterator[Problem]:
    """Refuse lines that are too long or that Asterisk would read otherwise than written."""
    for section in render(kind, key, fields, setup):
        for line in section.lines:
            text = line.value if isinstance(line.value, str) else text_of(_longest(line.value))
            # Without counting bytes where there are so few characters, which is nearly everywhere.
            if len(text) * 4 > MAX_VALUE_BYTES and len(text.encode()) > MAX_VALUE_BYTES:
                yield Problem(
                    _cause(section, text, fields),
                    f"the line {line.variable} of {section.family} [{section.name}] has "
                    f"{len(text.encode()):,} bytes, and Asterisk takes {MAX_VALUE_BYTES}",
                )
            elif text != text.strip() or text.startswith(">"):
                yield Problem(
                    _cause(section, text, fields),
                    f"a value of {section.family} [{section.name}] begins with > or begins or "
                    "ends with blanks, which Asterisk drops",
                )


def _longest(value: Text) -> Text:
    if isinstance(value, list):
        return [LONGEST_SECRET if isinstance(each, (Secret, Clear)) else each for each in value]
    return LONGEST_SECRET if isinstance(value, (Secret, Clear)) else value


def _cause(section: Section, text: str, fields: Fields) -> str:
    """Return the field that most likely made the line: the longest text that it holds."""
    if section.family == "meta":
        return ""
    paths = [
        (len(each), path) for path, v in fields.items() for each in _strings(v) if each in text
    ]
    return max(paths, default=(0, ""))[1]
