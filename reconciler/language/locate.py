"""Locate: a place (file, document, path) becomes the exact stretch of text. Pure.

Done only for what is shown: the file's events are read once more, and nodes are kept only along
the paths that are asked for (and below anchors, because aliases may lead there).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from yaml import YAMLError
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from reconciler.diagnostics.place import PathPart, Place, Span

_MERGE = "<<"
_Marks: TypeAlias = tuple[Any, Any]
_Trie: TypeAlias = dict[PathPart, Any]


@dataclass(slots=True)
class _Node:
    """A node that somebody asked for: its marks, and what is known of what stands below it."""

    marks: _Marks
    key_marks: _Marks | None = None
    below: "dict[PathPart, _Node]" = field(default_factory=dict)
    alias: "_Node | None" = None
    merged: "list[_Node]" = field(default_factory=list)


def locate(places: Iterable[Place], texts: Mapping[str, str]) -> dict[Place, Span]:
    """Return the span of every place; of what does not exist, the nearest that does.

    A place in a file that is not among the texts gets the file's first line. Each file's text is
    read once, whatever the number of places.
    """
    by_file: dict[str, list[Place]] = {}
    for place in dict.fromkeys(places):
        by_file.setdefault(place.file, []).append(place)
    spans: dict[Place, Span] = {}
    for file, wanted in by_file.items():
        text = texts.get(file)
        documents = _read(text, wanted) if text is not None else {}
        for place in wanted:
            root = documents.get(place.document)
            spans[place] = _find(place, root) if root is not None else Span(place.file, 1, 1, 1, 1)
    return spans


def _find(place: Place, root: _Node) -> Span:
    node = root
    at_end = True
    for part in place.path:
        following = _child(node, part, 0)
        if following is None:
            at_end = False
            break
        node = following
    is_key = place.part == "key" or not at_end
    marks = node.key_marks if is_key and node.key_marks is not None else node.marks
    return _span(place.file, marks)


def _child(node: _Node, part: PathPart, depth: int) -> _Node | None:
    """Return what stands below a node, through aliases and merges."""
    if node.alias is not None:
        node = node.alias
    found = node.below.get(part)
    if found is not None or depth > 20:
        return found
    for each in node.merged:
        source = each.alias or each
        candidates = [source, *source.below.values()] if depth == 0 else [source]
        for candidate in candidates:
            found = _child(candidate, part, depth + 1)
            if found is not None:
                return found
    return None


def _span(file: str, marks: _Marks) -> Span:
    start, end = marks
    return Span(file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _read(text: str, wanted: Iterable[Place]) -> dict[int, _Node]:
    """Return the root of each document that is asked for, as far as the text can be read."""
    tries: dict[int, _Trie] = {}
    for place in wanted:
        trie = tries.setdefault(place.document, {})
        for part in place.path:
            trie = trie.setdefault(part, {})
    roots: dict[int, _Node] = {}
    number = 0
    last = max(tries)
    try:
        next_event = CParser(text).get_event
        next_event()
        while number <= last:
            event: Any = next_event()
            if event is None or event.__class__ is StreamEndEvent:
                break
            reader = _Reader(next_event, tries.get(number))
            try:
                reader.read()
            finally:
                if reader.root is not None:
                    roots[number] = reader.root
            number += 1
    except (YAMLError, UnicodeEncodeError):
        pass  # what comes after a mistake was never decoded, so nothing points there
    return roots


@dataclass(slots=True)
class _Open:
    """A container that is being read. `trie` is None when nobody asks for what is in it."""

    node: _Node | None
    trie: _Trie | None
    everything: bool
    is_mapping: bool
    key: Any = None
    count: int = 0


class _Reader:
    """Reads one document's events into nodes, without recursion."""

    def __init__(self, next_event: Any, trie: _Trie | None) -> None:
        self.root: _Node | None = None
        self._next = next_event
        self._trie = trie
        self._anchors: dict[str, _Node] = {}
        self._stack: list[_Open] = []

    def read(self) -> None:
        """Read up to and with the document's end."""
        stack = self._stack
        while True:
            event = self._next()
            kind = event.__class__
            if kind is DocumentEndEvent:
                return
            if kind is MappingEndEvent or kind is SequenceEndEvent:
                ended = stack.pop()
                if ended.node is not None:
                    ended.node.marks = (ended.node.marks[0], event.end_mark)
                if stack:
                    self._after_value(stack[-1])
                continue
            top = stack[-1] if stack else None
            starts = kind is MappingStartEvent or kind is SequenceStartEvent
            if top is not None and top.is_mapping and top.key is None:
                if starts:
                    self._skip()
                    top.key = (None, event)
                else:
                    top.key = (event.value if kind is ScalarEvent else None, event)
                continue
            node, trie, everything = self._place(top, event, kind)
            if starts:
                stack.append(_Open(node, trie, everything, kind is MappingStartEvent))
            elif top is not None:
                self._after_value(top)

    def _after_value(self, top: _Open) -> None:
        top.key = None
        top.count += 1

    def _skip(self) -> None:
        depth = 1
        while depth:
            kind = self._next().__class__
            if kind is MappingStartEvent or kind is SequenceStartEvent:
                depth += 1
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                depth -= 1

    def _place(
        self, top: _Open | None, event: Any, kind: type
    ) -> tuple[_Node | None, _Trie | None, bool]:
        """Make a node of an event if it is asked for, and put it where it belongs."""
        anchor = getattr(event, "anchor", None) if kind is not AliasEvent else None
        if top is None:
            self.root = _Node((event.start_mark, event.end_mark))
            if anchor is not None:
                self._anchors[anchor] = self.root
            return self.root, self._trie, False
        name: PathPart | None = top.key[0] if top.is_mapping else top.count
        below = top.trie.get(name) if top.trie is not None and name is not None else None
        is_merge = top.is_mapping and name == _MERGE and top.trie is not None
        everything = top.everything or anchor is not None or is_merge
        if below is None and not everything:
            return None, None, False
        node = _Node((event.start_mark, event.end_mark))
        if top.is_mapping:
            key_event = top.key[1]
            node.key_marks = (key_event.start_mark, key_event.end_mark)
        if kind is AliasEvent:
            node.alias = self._anchors.get(event.anchor)
        if anchor is not None:
            self._anchors[anchor] = node
        if top.node is not None and name is not None:
            if top.is_mapping and name == _MERGE:
                top.node.merged.append(node)
            top.node.below.setdefault(name, node)
        return node, below if below is not None else {}, everything
