"""Small things that several vendors write: addresses with ports, minutes, languages. Pure."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from reconciler.model.value import Value
from reconciler.phonefiles.phone import Phone
from reconciler.phonefiles.sheet import NotHeld


class Endpoint(NamedTuple):
    """A host with a port, None when nobody named one."""

    host: str
    port: int | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


_ENDPOINT = re.compile(
    r"\[?(?P<host>(?<=\[)[0-9A-Fa-f:.]+(?=\])|[^\s:\[\]/;]+)\]?(?::(?P<port>\d+))?"
)


def endpoint(text: str) -> Endpoint:
    """Read `host`, `host:port` or `[address]:port`; a `sip:` before it is dropped."""
    bare = text.strip().removeprefix("sip:").removeprefix("sips:")
    if bare.count(":") > 1 and not bare.startswith("["):
        return Endpoint(bare)
    found = _ENDPOINT.fullmatch(bare)
    port = int(found["port"]) if found and found["port"] else None
    if found is None or (port is not None and not 0 < port < 65536):
        raise NotHeld("it is not a host, or a host and a port")
    return Endpoint(found["host"], port)


def minutes(seconds: int) -> int:
    """Return full minutes. Raises NotHeld when seconds would be lost."""
    if seconds % 60:
        raise NotHeld("it counts in full minutes", f"write {seconds // 60 + 1}m")
    return seconds // 60


def spread(phone: Phone, most: int) -> int:
    """Return by how much this phone waits longer than others, at most `most`.

    Worked out from its MAC, so that files stay the same from one rendering to the next.
    """
    return int.from_bytes(sha256(phone.mac.encode()).digest()[:8]) % (most + 1)


def time_of_day(text: str) -> tuple[int, int]:
    """Read `02:30`."""
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise NotHeld("it is not a time of day", "write it like 02:30")
    return int(found[1]), int(found[2])


class Source(NamedTuple):
    """Where files are fetched: scheme, host with port, path without slashes around it."""

    scheme: str
    host: str
    path: str

    @property
    def url(self) -> str:
        """The whole address, with a slash at its end."""
        return f"{self.scheme}://{self.bare}/"

    @property
    def bare(self) -> str:
        """Host, port and path without scheme and slash at the end."""
        return f"{self.host}/{self.path}" if self.path else self.host


def source(url: str, protocol: str | None) -> Source:
    """Read the address of a provisioning server; `protocol` counts where it names none."""
    text = url if "://" in url else f"{protocol or 'https'}://{url}"
    parts = urlsplit(text)
    if not parts.netloc or parts.query or parts.fragment or "@" in parts.netloc:
        raise NotHeld("it is not the address of a folder", "write https://server/path")
    if protocol is not None and parts.scheme != protocol:
        raise NotHeld(f"it says {parts.scheme}, and protocol says {protocol}")
    return Source(parts.scheme, parts.netloc, parts.path.strip("/"))


_LANGUAGES: Final = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian",
    "nl": "Dutch", "pt": "Portuguese", "pl": "Polish", "ru": "Russian", "tr": "Turkish",
    "sv": "Swedish", "da": "Danish", "no": "Norwegian", "cs": "Czech", "hu": "Hungarian",
    "el": "Greek", "he": "Hebrew", "ja": "Japanese", "ko": "Korean", "zh": "Chinese",
}  # fmt: skip
_BY_NAME: Final = {name.lower(): code for code, name in _LANGUAGES.items()}


def language(text: str) -> str:
    """Return a language's two letters, from its English name or a tag like `de` or `de-AT`."""
    low = text.strip().lower()
    code = _BY_NAME.get(low) or re.split(r"[-_]", low)[0]
    if code not in _LANGUAGES:
        raise NotHeld(f"the language {text} is not known", f"one of {', '.join(_LANGUAGES)}")
    return code


def language_name(text: str) -> str:
    """Return a language's English name."""
    return _LANGUAGES[language(text)]


def chosen(value: Value, choices: Mapping[Value, str]) -> str:
    """Return a vendor's word for a value. Raises NotHeld when it has none."""
    if value not in choices:
        known = ", ".join(str(each) for each in choices)
        raise NotHeld(f"it knows no {value}", f"it knows {known}")
    return choices[value]
