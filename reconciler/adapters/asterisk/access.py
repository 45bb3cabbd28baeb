"""A target's settings as typed values: how its Asterisk is reached, and where our files stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from reconciler.model.secret import Clear
from reconciler.model.value import Fields, Value, flattened

MAX_SHARDS: Final = 100
"""Shard numbers have two digits."""

MAIN_FILES: Final[Mapping[str, str]] = {
    "pjsip": "pjsip.conf",
    "ext": "extensions.conf",
    "queues": "queues.conf",
    "vm": "voicemail.conf",
    "confbridge": "confbridge.conf",
    "parking": "res_parking.conf",
    "moh": "musiconhold.conf",
}
"""The usual names of Asterisk's files that let ours in, by family."""


@dataclass(frozen=True, slots=True)
class Access:
    """The settings of one target, passwords in clear but never shown.

    What is not said means the same here as in `settings.py`; a test compares them.
    """

    host: str = "127.0.0.1"
    port: int = 5038
    username: str = "reconciler"
    password: str = field(default="", repr=False)
    tls: bool = False
    tls_verify: bool = True
    ca_file: str | None = None
    ari_url: str | None = None
    ari_username: str = "reconciler"
    ari_password: str = field(default="", repr=False)
    ari_ca_file: str | None = None
    internal_context: str = "from-internal"
    transport: str | None = None
    shards: int = 64
    main_files: Mapping[str, str] = field(default_factory=lambda: MAIN_FILES)
    action_timeout_s: float | None = None


FIELDS: Final[Mapping[str, str]] = {
    "ami.host": "host",
    "ami.port": "port",
    "ami.username": "username",
    "ami.password": "password",
    "ami.tls": "tls",
    "ami.tls_verify": "tls_verify",
    "ami.ca_file": "ca_file",
    "ari.url": "ari_url",
    "ari.username": "ari_username",
    "ari.password": "ari_password",
    "ari.ca_file": "ari_ca_file",
    "internal_context": "internal_context",
    "transport": "transport",
    "shards": "shards",
    "action_timeout": "action_timeout_s",
}
"""Which field of an `Access` a setting is, by the setting's dotted path."""


def read_access(settings: Fields) -> Access:
    """Turn a target's settings (flat, secrets revealed, only what is declared) into an `Access`."""
    flat = flattened(settings)
    said = {FIELDS[path]: _plain(value) for path, value in flat.items() if path in FIELDS}
    files = {name: flat.get(f"main_files.{name}", usual) for name, usual in MAIN_FILES.items()}
    return Access(main_files=files, **said)


def _plain(value: Value) -> Value:
    return value.reveal() if isinstance(value, Clear) else value
