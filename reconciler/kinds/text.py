"""Types of text and small values that several kinds share."""

import re
from functools import cache
from ipaddress import ip_address
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.diagnostics.suggest import closest
from reconciler.kinds.entry import Part, SecretText
from reconciler.kinds.marks import NAME, LocalFile, PerKey
from reconciler.kinds.networks import plain_network

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


def _one_line(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("one_line", "control characters and line breaks are not allowed")
    return text


Line = Annotated[str, AfterValidator(_one_line)]
"""Text on one line, without control characters."""


def _pattern(pattern: str, says: str) -> tuple[AfterValidator, WithJsonSchema]:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise PydanticCustomError("form", "{says}", {"says": says})
        return text

    return AfterValidator(check), WithJsonSchema({"type": "string", "pattern": f"^(?:{pattern})$"})


_email = _pattern(
    r"[^@\s<>,;]{1,64}@[A-Za-z0-9.-]{1,253}", "an address is written name@example.com"
)
Email = Annotated[str, _email[0], _email[1]]
"""An e-mail address."""

_number = _pattern(r"\+?[0-9]{2,20}", "a number is an optional + and 2 to 20 digits")
ExternalNumber = Annotated[str, _number[0], _number[1]]
"""An outside number as it is dialled or sent."""

_HOST = r"\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f:.]+|[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?"
_host = _pattern(_HOST, "a host is a name or an address without scheme or port")
Host = Annotated[str, _host[0], _host[1]]
"""A host name or an IP address."""

Port = Annotated[int, Field(ge=1, le=65535)]
"""A TCP or UDP port."""

CodecName = Literal[
    "ulaw", "alaw", "g722", "g729", "opus", "gsm", "ilbc", "g726", "speex", "slin", "h264", "vp8"
]
"""A codec by its usual name."""

Dtmf = Literal["rfc4733", "inband", "info", "auto"]
"""How digits are sent during a call."""


_e164 = _pattern(r"\+[0-9]{2,15}", "a number in E.164 form is + and 2 to 15 digits")
E164 = Annotated[str, _e164[0], _e164[1]]
"""A number in E.164 form, with its country."""

_dialled = _pattern(r"\+?[0-9*#]{1,32}", "digits, * and #, at most 32, with an optional + before")
Dialled = Annotated[str, _dialled[0], _dialled[1]]
"""What somebody dials: digits, `*` and `#`."""

_code = _pattern(r"[0-9*#]{1,20}", "digits, * and #, at most 20")
Code = Annotated[str, _code[0], _code[1]]
"""A feature code or internal number: digits, `*` and `#`."""

_emergency = _pattern(r"[0-9]{2,6}", "an emergency number has 2 to 6 digits")
EmergencyNumber = Annotated[str, _emergency[0], _emergency[1]]
"""A number for emergencies: `911`, `112`."""

_prefix = _pattern(r"\+?[0-9*#]{1,20}", "digits, * and #, with an optional + before")
DialPrefix = Annotated[str, _prefix[0], _prefix[1]]
"""The beginning of dialled numbers."""

_press = _pattern(r"[0-9*#]", "one of the keys 0 to 9, * and #")
KeyPress = Annotated[str, _press[0], _press[1]]
"""A key of a telephone."""

_name = _pattern(NAME.pattern, NAME.says)
NameText = Annotated[str, _name[0], _name[1]]
"""A name as keys have it."""

_slug = _pattern(r"[a-z0-9][a-z0-9_-]{0,62}", "lower case letters, digits, '_' and '-'")
Slug = Annotated[str, _slug[0], _slug[1]]
"""A short name in lower case."""

_url = _pattern(r"https?://[^\s/]+(/\S*)?", "a URL begins with https:// (or http://)")
Url = Annotated[str, _url[0], _url[1]]
"""A web address."""

_day = _pattern(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", "a day is YYYY-MM-DD")
IsoDay = Annotated[str, _day[0], _day[1]]
"""A day, `2026-11-26`."""

_time = _pattern(r"([01]?[0-9]|2[0-3]):[0-5][0-9]", "a time of day is written HH:MM")
TimeOfDay = Annotated[str, _time[0], _time[1]]
"""A time of day, `22:00`."""

_sha256 = _pattern(r"[0-9A-Fa-f]{64}", "a SHA-256 hash is 64 hexadecimal digits")
Sha256 = Annotated[str, _sha256[0], AfterValidator(str.lower), _sha256[1]]
"""A SHA-256 hash in hexadecimal."""

_file = _pattern(
    r"(?!.*(?:^|/)\.\.(?:/|$))[^\x00-\x1f\x7f\x22\x27\x5c|;&`$<>,()]{1,255}",
    "a file is named without .., quotes, commas and shell characters",
)
FileText = Annotated[str, _file[0], _file[1]]
"""A recording or folder by the name under which the platform knows it."""

LocalPath = Annotated[Line, LocalFile()]
"""A file of this machine; a relative path is taken from the workspace's folder."""

Transport = Literal["udp", "tcp", "tls"]
"""A SIP transport."""

Srtp = Literal["off", "optional", "required"]
"""Whether the sound of calls is encrypted."""

VlanId = Annotated[int, Field(ge=1, le=4094)]
"""A VLAN's number."""

Dscp = Annotated[int, Field(ge=0, le=63)]
"""A DSCP value (46 is expedited forwarding)."""


def _country(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", text):
        raise PydanticCustomError("country", "a country is its two letters (US, GB, DE)")
    return text.upper()


Country = Annotated[
    str,
    AfterValidator(_country),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z]{2}$"}),
]
"""A country by its two letters (ISO 3166-1)."""


@cache
def _timezone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, KeyError, OSError) as error:
        raise _no_timezone(text) from error
    return text


def _no_timezone(text: str) -> PydanticCustomError:
    near = closest(text, sorted(available_timezones()))
    return PydanticCustomError(
        "timezone",
        "there is no time zone {given}; {hint}",
        {
            "given": text,
            "hint": f"perhaps {near} is meant" if near else "write it like Europe/London",
        },
    )


TimeZone = Annotated[
    str,
    AfterValidator(_timezone),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_+/-]*$"}),
]
"""A time zone by its name in the IANA database (`America/New_York`)."""


def _cidr(text: str) -> str:
    try:
        return plain_network(text)
    except ValueError as error:
        raise PydanticCustomError(
            "cidr",
            "a network is written in CIDR form without host bits (10.20.0.0/24)",
        ) from error


Cidr = Annotated[
    str,
    AfterValidator(_cidr),
    WithJsonSchema({"type": "string", "pattern": "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$"}),
]
"""A network in CIDR form (`10.20.0.0/24`) or a single address."""


def _source(text: str) -> str:
    return _cidr(text) if "/" in text else _host_form(text)


def _host_form(text: str) -> str:
    if not re.fullmatch(_HOST, text):
        raise PydanticCustomError(
            "form", "{says}", {"says": "a host, an address or a network (192.0.2.0/28) is expected"}
        )
    return text


HostOrNetwork = Annotated[
    str,
    AfterValidator(_source),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z0-9.:_-]+(/[0-9]{1,3})?$"}),
]
"""A host name, an address or a network."""


def _ip(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise PydanticCustomError("ip_address", "an IP address was expected") from error


IpAddress = Annotated[
    str,
    AfterValidator(_ip),
    WithJsonSchema({"type": "string", "pattern": "^[0-9A-Fa-f:.]+$"}),
]
"""An IPv4 or IPv6 address."""

_MAC = re.compile(
    r"(?:[0-9A-Fa-f]{12}|[0-9A-Fa-f]{2}([:.-])[0-9A-Fa-f]{2}(?:\1[0-9A-Fa-f]{2}){4}"
    r"|[0-9A-Fa-f]{4}([.:-])[0-9A-Fa-f]{4}\2[0-9A-Fa-f]{4})"
)
_MAC_AS_HELD = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")
_NOT_HEX = str.maketrans("", "", ":.-")


def _mac(text: str) -> str:
    if _MAC_AS_HELD.fullmatch(text):
        return text
    if not _MAC.fullmatch(text):
        raise PydanticCustomError(
            "mac", "a MAC address is twelve hexadecimal digits (80:5e:c0:f0:01:21)"
        )
    digits = text.translate(_NOT_HEX).lower()
    return ":".join((digits[0:2], digits[2:4], digits[4:6], digits[6:8], digits[8:10], digits[10:]))


Mac = Annotated[
    str,
    AfterValidator(_mac),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^([0-9A-Fa-f]{12}|([0-9A-Fa-f]{2}[:.-]){5}[0-9A-Fa-f]{2}"
            "|([0-9A-Fa-f]{4}[:.-]){2}[0-9A-Fa-f]{4})$",
        }
    ),
]
"""A MAC address in any notation; held as `80:5e:c0:f0:01:21`."""


def _percent(raw: Any) -> Any:
    return raw.strip().removesuffix("%").rstrip() if isinstance(raw, str) else raw


Percent = Annotated[
    float,
    Field(ge=0, le=100),
    BeforeValidator(_percent),
    WithJsonSchema(
        {
            "type": ["string", "number"],
            "pattern": r"^\s*[0-9.]+\s*%?\s*$",
            "minimum": 0,
            "maximum": 100,
        }
    ),
]
"""A share of a hundred, written `5%` or `5`; held as the number 5.0."""


def _settings(settings: dict[str, str | None]) -> dict[str, str | None]:
    if len(settings) > 128:
        raise PydanticCustomError("too_many_settings", "at most 128 settings are allowed")
    size = 0
    for name, value in settings.items():
        if not 1 <= len(name) <= 255 or _CONTROL.search(name):
            raise PydanticCustomError(
                "setting_name",
                "a setting's name has 1 to 255 characters on one line, which {name} has not",
                {"name": repr(name[:40])},
            )
        if value is not None and len(value) > 4096:
            raise PydanticCustomError(
                "setting_too_long",
                "the value of {name} is longer than 4,096 characters",
                {"name": name},
            )
        size += len(name.encode()) + len((value or "").encode())
    if size > 65536:
        raise PydanticCustomError("settings_too_large", "the settings take more than 64 KiB")
    return settings


SettingsMap = Annotated[
    Annotated[dict[str, str | None], AfterValidator(_settings)] | None, PerKey()
]
"""The platform's own settings by its own names, each owned by itself; `null` removes one.

At most 128, 4,096 characters each and 64 KiB in all.
"""


class Credentials(Part):
    """A login, its password by reference."""

    username: Line | None = None
    """User name."""
    password: SecretText | None = None
    """Password."""


class CallerId(Part):
    """A name and number that are shown to the other side."""

    name: Annotated[Line, Field(max_length=255)] | None = None
    """Name shown to the other side."""
    number: ExternalNumber | None = None
    """Number shown to the other side."""
