"""Reading: files entry by entry, as far as somebody asks. Parsed and decoded once."""

from collections.abc import Collection, Container, Iterable, Mapping
from functools import cached_property
from pathlib import Path

from reconciler.diagnostics.diagnostic import Checked
from reconciler.kinds.declaration import Declarations
from reconciler.language.cache import recall, recall_one
from reconciler.language.node import Document, Nodes
from reconciler.language.source import Sources


class Reading:
    """What texts say.

    `cache` is the folder of files parsed earlier; `schemes` are those that secrets may have.
    """

    def __init__(self, sources: Sources, cache: Path | None, schemes: Collection[str]) -> None:
        self.sources = sources
        self._cache = cache
        self._schemes = schemes

    def part(self, files: Container[str]) -> "Reading":
        """Return the reading of some of the files."""
        found = {file: each for file, each in self.sources.files.items() if file in files}
        return Reading(Sources(found), self._cache, self._schemes)

    def forget_nodes(self) -> None:
        """Let the documents go."""
        self.__dict__.pop("nodes", None)

    @cached_property
    def nodes(self) -> Checked[Nodes]:
        """The documents, as data."""
        from reconciler.language.parse import parse  # with all of YAML: what is known needs none

        return parse(self.sources, recall(self._cache, self.sources))

    @cached_property
    def declarations(self) -> Checked[Declarations]:
        """The entries, typed by kind."""
        from reconciler.language.decode import decode

        return decode(self.nodes.value, self._schemes)

    def declarations_in(self, documents: Iterable[Document]) -> Checked[Declarations]:
        """Return the entries of documents of these files, typed by kind."""
        from reconciler.language.decode import decode

        return decode(self.nodes.value._replace(documents=tuple(documents)), self._schemes)

    def earlier(self, hashes: Mapping[str, str]) -> list[Document]:
        """Return the documents of files as they were under these hashes, if that is known."""
        found = ((file, recall_one(self._cache, sha256)) for file, sha256 in hashes.items())
        return [
            each._replace(file=file)
            for file, parsed in found
            if parsed is not None
            for each in parsed.documents
        ]
