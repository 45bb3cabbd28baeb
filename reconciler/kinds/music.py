"""Music: what callers hear while they wait."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from reconciler.kinds.entry import Entry, fault
from reconciler.kinds.marks import NAME, Key, Scope
from reconciler.kinds.text import FileText, Line, Url


class Music(Entry):
    """What callers hear while they wait (music on hold)."""

    kind: ClassVar[str] = "music"
    section: ClassVar[str] = "music"
    scope: ClassVar[Scope] = "pbx"
    key: ClassVar[Key] = NAME

    name: Annotated[Line, Field(min_length=1, max_length=255)] | None = None
    """Name as people see it; the key when unset."""
    mode: Literal["files", "playlist", "stream"] = "files"
    """files: all of a folder; playlist: the files listed; stream: a URL."""
    directory: FileText | None = None
    """Folder of the files (mode files); the key when unset."""
    files: list[FileText] = []
    """Files in order (mode playlist)."""
    url: Url | None = None
    """Address of the stream (mode stream)."""
    sort: Literal["name", "random", "random-start"] = "name"
    """In which order files play (modes files and playlist)."""
    announcement: FileText | None = None
    """Recording between two files."""

    @model_validator(mode="after")
    def _has_a_source(self) -> "Music":
        if self.mode == "playlist" and not self.files:
            raise fault("music_source", "music of mode playlist needs files", "files")
        if self.mode == "stream" and self.url is None:
            raise fault("music_source", "music of mode stream needs a url", "url")
        if self.mode != "playlist" and self.files:
            raise fault("music_source", "files are for mode playlist", "files")
        if self.mode != "stream" and self.url is not None:
            raise fault("music_source", "a url is for mode stream", "url")
        return self
