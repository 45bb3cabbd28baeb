"""Sources: the texts that were read, under the paths that people know them by."""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from reconciler.model.value import EMPTY


class Source(NamedTuple):
    """One file: its path as shown (relative to where the command runs), its text, its hash.

    `text` has no byte order mark; `sha256` is of the file's bytes, in hexadecimal.
    """

    file: str
    text: str
    sha256: str


def unwritten(file: str, text: str) -> Source:
    """Return a text that is no file yet as if it was one: what is kept goes by its hash."""
    return Source(file, text, hashlib.sha256(text.encode()).hexdigest())


class Sources(NamedTuple):
    """All files of an estate by their shown path, in the order of reading.

    `missing` says that there are others, which could not be read.
    """

    files: Mapping[str, Source] = EMPTY
    missing: bool = False

    @property
    def texts(self) -> Mapping[str, str]:
        """The texts by path, as `locate` and the views want them."""
        return {file: source.text for file, source in self.files.items()}
