"""Nodes: YAML documents as plain Python data. Scalars are text; only a plain null is None."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from reconciler.model.value import EMPTY

Node: TypeAlias = Any
"""str | None | list[Node] | dict[str, Node]. Aliased nodes are shared: never change one."""


class Document(NamedTuple):
    """One document that is ours.

    `lines` holds the line (from 1) of every entry's key by section; "" the sections' own.
    Everything finer is found on demand by `language/locate.py`. `templated` says whether the file
    holds {{ }} or {% %} anywhere.
    """

    file: str
    number: int
    data: Mapping[str, Node]
    lines: Mapping[str, Mapping[str, int]]
    templated: bool = True


class Skipped(NamedTuple):
    """A document that is not ours, and why we think so."""

    file: str
    number: int
    line: int
    reason: str


class Parsed(NamedTuple):
    """What one file's text says, without its name: what the cache keeps.

    `costly` files are not cached: their aliases would be written out.
    """

    documents: tuple[Document, ...]
    skipped: tuple[Skipped, ...]
    costly: bool = False


class Nodes(NamedTuple):
    """All documents of an estate.

    `sound` are the files that were parsed now, without a single problem, with their hashes;
    `unread` the texts that were not read to their end, and `files_missing` says that there are
    files without a text.
    """

    documents: tuple[Document, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    sound: Mapping[str, str] = EMPTY
    unread: tuple[str, ...] = ()
    files_missing: bool = False
