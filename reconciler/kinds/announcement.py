"""Announcement: a recording that callers hear."""

from typing import Annotated, ClassVar

from pydantic import Field

from reconciler.kinds.entry import DestinationText, Entry
from reconciler.kinds.marks import NAME, Key, Scope
from reconciler.kinds.text import Code, FileText, KeyPress, Line, Sha256


class Announcement(Entry):
    """A recording that callers hear, and where they go then."""

    kind: ClassVar[str] = "announcement"
    section: ClassVar[str] = "announcements"
    scope: ClassVar[Scope] = "pbx"
    key: ClassVar[Key] = NAME

    name: Annotated[Line, Field(min_length=1, max_length=255)] | None = None
    """Name as people see it; the key when unset."""
    number: Code | None = None
    """Number that plays the announcement from inside."""
    file: FileText
    """The recording by the name under which the platform plays it (`custom/closed`)."""
    sha256: Sha256 | None = None
    """Hash of the recording, so that a changed file is noticed, where a platform tells it (neither
    Asterisk nor FreePBX does)."""
    text: str | None = None
    """What is said, for people who read the files."""
    then: DestinationText | None = None
    """Where callers go after it; they are hung up when unset."""
    skip: bool = False
    """Whether a key press ends it early."""
    repeat_key: KeyPress | None = None
    """Key that plays it again."""
    answer: bool = True
    """Whether the call is answered first; otherwise the caller does not pay."""
    language: Annotated[Line, Field(max_length=20)] | None = None
    """Language of the recording."""
