"""Blocklist: callers who do not get through."""

from typing import Annotated, ClassVar

from pydantic import Field

from reconciler.kinds.entry import DestinationText, Entry
from reconciler.kinds.marks import Key, Scope
from reconciler.kinds.text import Line

CALLER = Key(
    r"\+?[0-9]{1,20}\*?|anonymous",
    "a number (+16035550199), the beginning of numbers (+1900*) or anonymous",
)


class Blocklist(Entry):
    """A caller who does not get through. The key is the number, `+1900*` or `anonymous`."""

    kind: ClassVar[str] = "blocklist"
    section: ClassVar[str] = "blocklist"
    scope: ClassVar[Scope] = "pbx"
    key: ClassVar[Key] = CALLER

    description: Annotated[Line, Field(max_length=255)] | None = None
    """Who it is, or why the number is blocked."""
    destination: DestinationText | None = None
    """Where the blocked caller goes; the call is ended when unset."""
