"""Asterisk's configuration as data: sections in families of shard files, and what to do with them.

The border inside this adapter: the kind files turn resources into sections and back (pure);
`connection.py` turns sections into AMI requests and back.
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

from reconciler.adapters.asterisk import access
from reconciler.model.secret import Clear, Secret

Family = Literal["pjsip", "aor", "ext", "queues", "vm", "confbridge", "parking", "moh", "meta"]
"""A family of shard files. `aor` is a family of its own because an endpoint and its aor must have
the same section name, and UpdateConfig hits all sections of a name in a file (facts, section 2).
`meta` is read by us alone: the declared fields of each object, so that what the configuration
cannot express (a name, a note) survives, and so that a hand edit can be told from our own."""

FILES: Final[dict[Family, str]] = {
    "pjsip": "rec_pjsip_{shard:02d}.conf",
    "aor": "rec_pjsip_aor_{shard:02d}.conf",
    "ext": "rec_ext_{shard:02d}.conf",
    "queues": "rec_queues_{shard:02d}.conf",
    "vm": "rec_vm_{shard:02d}.conf",
    "confbridge": "rec_confbridge_{shard:02d}.conf",
    "parking": "rec_parking_{shard:02d}.conf",
    "moh": "rec_moh_{shard:02d}.conf",
    "meta": "rec_meta_{shard:02d}.conf",
}

Text: TypeAlias = str | Secret | Clear | list[str | Secret | Clear]
"""A line's value. A list is joined: `[Secret, ",Ada,ada@example.com"]` is a voicemail box."""


class Line(NamedTuple):
    """`variable = value` in a section."""

    variable: str
    value: Text


class Section(NamedTuple):
    """A section of one object.

    Where sections of a name are shared by several objects of a family (voicemail's `[default]`),
    `shared` is set and the object owns only its own lines: those whose variable is its key.
    `behind` says of a hand-written section that one of ours with the same name goes before it.
    `by` is what has loaded a part of the dialplan that stands in no file that we read ("" for what
    was read from a file).
    """

    family: Family
    name: str
    lines: tuple[Line, ...]
    shared: bool = False
    behind: bool = False
    by: str = ""


MAIN_FILES: Final[Mapping[str, str]] = {
    **access.MAIN_FILES,
    "aor": access.MAIN_FILES["pjsip"],
    "meta": "rec_meta",
}
"""What people call a family: the file whose contents it extends."""


_FILES_OF: Final[Mapping[str, str]] = {"pbx_ael": "extensions.ael", "pbx_lua": "extensions.lua"}


def where_of(section: Section) -> str:
    """Return where people find a section: `extensions.conf [office]`."""
    return f"{file_of(section)} [{section.name}]"


def file_of(section: Section) -> str:
    """Return the file in which a section stands, or the module that made it."""
    return _FILES_OF.get(section.by, section.by) if section.by else MAIN_FILES[section.family]


def text_of(value: Text, hidden: str | None = None) -> str:
    """Return a line's value as it stands in the file.

    A secret known by reference only is shown as `***`; with `hidden`, every secret is.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(text_of(part, hidden) for part in value)
    if hidden is not None:
        return hidden
    return value.reveal() if isinstance(value, Clear) else "***"


def holds_secret(value: Text) -> bool:
    """Tell whether a line's value holds a secret."""
    if isinstance(value, list):
        return any(holds_secret(part) for part in value)
    return not isinstance(value, str)
