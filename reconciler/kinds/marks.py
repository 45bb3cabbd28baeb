"""Marks: what a kind says of itself and its fields that pydantic cannot know."""

from typing import Literal, NamedTuple

Scope = Literal["pbx", "site", "workspace"]
"""Where objects of a kind live: on a PBX, at a site (phones), or in the workspace only.

Kinds of scope `workspace` are inputs of other stages (templates, calendars, inventory); no
adapter ever sees them.
"""


class Key(NamedTuple):
    """What a kind's keys look like: a pattern for the whole key, and the same in words."""

    pattern: str
    says: str


NUMBER = Key(r"[0-9]{1,20}", "1 to 20 digits")
NAME = Key(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", "letters, digits, '.', '_' and '-', at most 63")
NO_KEY = Key(r"", "no key: the section holds one mapping")


class LocalFile:
    """Mark: a file of this machine; a relative path is taken from the workspace's folder."""


class Reference(NamedTuple):
    """Mark: the text is the key of an object of one of these kinds.

    `external` also allows an outside number (`+` and digits, or what `external/...` would hold);
    `same` is the scope of the referred object when it is not the referring one's own.
    """

    kinds: tuple[str, ...]
    external: bool = False


class DestinationMark(NamedTuple):
    """Mark: the text is a destination, `kind/key`, `pbx:kind/key` or `hangup`."""


class Unordered(NamedTuple):
    """Mark: a list whose order means nothing; platforms may give it back in one of their own."""


class PerKey(NamedTuple):
    """Mark: a free-form map that is owned key by key (`settings`), not as one value."""
