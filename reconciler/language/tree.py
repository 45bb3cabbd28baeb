"""Build plain Python data from libyaml's events: one pass, no recursion, everything bounded.

Events instead of PyYAML's composer, because nothing but the data is kept (a composed tree of
20,000 entries takes 250 MB), nothing recurses on the C stack, and a bomb is seen while it ticks.
"""

from collections.abc import Callable, Iterator, Sequence
from sys import intern
from typing import Any, NamedTuple

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

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.place import PathPart, Place, Span
from reconciler.language import knots
from reconciler.language.limits import MAX_ALIASED, MAX_DEPTH, MAX_NODES, MAX_PROBLEMS
from reconciler.language.node import Node

NULLS = frozenset(("", "~", "null"))
"""Plain scalars that mean "nothing". Everything else is text."""

_TEXT_TAGS = frozenset(
    ("!", *(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "map", "seq")))
)
_NULL_TAG = "tag:yaml.org,2002:null"
_MERGE = "<<"


class Tree(NamedTuple):
    """One document as data, whoever it belongs to. `aliased` counts values that aliases copy."""

    number: int
    line: int
    data: Node
    lines: dict[str, dict[str, int]]
    problems: list[Diagnostic]
    aliased: int


class TooMuch(Exception):
    """The file goes over a limit; the rest of it is not read."""

    def __init__(self, diagnostic: Diagnostic, before: Sequence[Diagnostic] = ()) -> None:
        super().__init__(diagnostic.code)
        self.diagnostic = diagnostic
        self.before = tuple(before)


class _Frame(NamedTuple):
    """The container around the current one, and what the current one needs when it ends."""

    mapping: dict[str, Node] | None
    items: list[Node] | None
    key: str | None
    lines: dict[str, int] | None
    merges: list[Node]
    anchor: str | None
    size_before: int


class _Alias(NamedTuple):
    value: Node
    size: int


def read_trees(file: str, text: str) -> Iterator[Tree]:
    """Yield each document of a text. Raises yaml.YAMLError and TooMuch where reading ends."""
    parser = CParser(text)
    next_event = parser.get_event
    next_event()
    number = 0
    while True:
        event: Any = next_event()
        if event is None or event.__class__ is StreamEndEvent:
            return
        yield _Builder(file, number, event.start_mark.line + 1).build(next_event)
        number += 1


def span_of(file: str, event: Any) -> Span:
    """Return the stretch of text that an event (or node) of libyaml covers."""
    start, end = event.start_mark, event.end_mark
    return Span(file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


class _Builder:
    """The state of one document that the fast loop does not need at every event."""

    def __init__(self, file: str, number: int, line: int) -> None:
        self.file = file
        self.number = number
        self.line = line
        self.problems: list[Diagnostic] = []
        self.anchors: dict[str, _Alias] = {}
        self.stack: list[_Frame] = []
        self.surplus: list[tuple[dict[str, Node], str]] = []
        self.aliased = 0

    def build(self, next_event: Callable[[], Any]) -> Tree:
        """Read one document's events, up to and with its end."""
        top: list[Node] = []
        mapping: dict[str, Node] | None = None
        items: list[Node] | None = top
        key: str | None = None
        lines: dict[str, int] | None = None
        all_lines: dict[str, dict[str, int]] = {}
        merges: list[Node] = []
        stack = self.stack
        count = 0
        value: Node
        while True:
            event = next_event()
            kind = event.__class__
            count += 1
            if count > MAX_NODES:
                raise self.too_many_values(event)
            if kind is ScalarEvent:
                value = event.value
                if mapping is not None and key is None:
                    value = intern(value)
                    if event.anchor is not None or event.tag is not None:
                        self.note_scalar(event, value)
                    if value in mapping or (value == _MERGE and merges):
                        key = self.duplicate(event, mapping, value)
                    else:
                        key = value
                        if lines is not None:
                            lines[value] = event.start_mark.line + 1
                    continue
                if value in NULLS and event.implicit[0]:
                    value = None
                if event.anchor is not None or event.tag is not None:
                    value = self.note_scalar(event, value)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                value = items if mapping is None else mapping
                if merges and mapping is not None:
                    self.merge(mapping, merges, lines)
                frame = stack.pop()
                mapping, items, key, lines, merges, anchor, before = frame
                if anchor is not None:
                    self.anchors[anchor] = _Alias(value, count + self.aliased - before)
                if mapping is None:
                    items.append(value)  # type: ignore[union-attr]
                elif key == _MERGE:
                    merges = [*merges, value]
                else:
                    mapping[key] = value  # type: ignore[index]
                key = None
                continue
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                if mapping is not None and key is None:
                    key = self.complex_key(event, next_event, mapping)
                    continue
                if len(stack) >= MAX_DEPTH:
                    raise self.too_deep(event)
                if event.tag is not None:
                    self.note_tag(event)
                stack.append(
                    _Frame(mapping, items, key, lines, merges, event.anchor, count + self.aliased)
                )
                merges = []
                if kind is MappingStartEvent:
                    depth = len(stack)
                    if depth == 1:
                        lines = all_lines.setdefault("", {})
                    elif depth == 2 and key is not None:
                        lines = all_lines.setdefault(key, {})
                    else:
                        lines = None
                    mapping, items = {}, None
                else:
                    mapping, items, lines = None, [], None
                key = None
                continue
            elif kind is AliasEvent:
                if mapping is not None and key is None:
                    key = self.alias_key(event, mapping)
                    continue
                value = self.alias(event)
            elif kind is DocumentEndEvent:
                break
            if mapping is None:
                items.append(value)  # type: ignore[union-attr]
            elif key == _MERGE:
                merges = [*merges, value]
            else:
                mapping[key] = value  # type: ignore[index]
            key = None
        for owner, name in self.surplus:
            owner.pop(name, None)
        data = top[0] if top else None
        return Tree(self.number, self.line, data, all_lines, self.problems, self.aliased)

    def place(self, *more: PathPart) -> Place:
        """Return the place of the value that is being read, from the open containers."""
        path = [
            len(frame.items) if frame.items is not None else frame.key or ""
            for frame in self.stack[1:]
        ]
        return Place(self.file, self.number, (*path, *more))

    def report(self, diagnostic: Diagnostic) -> None:
        """Keep a problem; raise TooMuch after very many of them."""
        self.problems.append(diagnostic)
        if len(self.problems) >= MAX_PROBLEMS:
            raise TooMuch(knots.too_many_problems(MAX_PROBLEMS, diagnostic.at), self.problems)

    def duplicate(self, event: Any, mapping: dict[str, Node], name: str) -> str:
        """Report a key that stands twice; its value goes under a name that is dropped later."""
        first = self.place(name).key()
        self.report(knots.duplicate_key(name, span_of(self.file, event), first))
        return self.surplus_name(mapping)

    def surplus_name(self, mapping: dict[str, Node]) -> str:
        """Return a key that no text can hold and that is removed when the document ends."""
        name = f"\0{len(self.surplus)}"
        self.surplus.append((mapping, name))
        return name

    def complex_key(
        self, event: Any, next_event: Callable[[], Any], mapping: dict[str, Node]
    ) -> str:
        """Report a mapping or list in the place of a key, and read over it."""
        self.report(knots.complex_key(span_of(self.file, event)))
        depth = 1
        while depth:
            kind = next_event().__class__
            if kind is MappingStartEvent or kind is SequenceStartEvent:
                depth += 1
                if depth > MAX_DEPTH:
                    raise self.too_deep(event)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                depth -= 1
        return self.surplus_name(mapping)

    def note_scalar(self, event: Any, value: Node) -> Node:
        """Remember an anchored scalar and check a tag; returns the value that is meant."""
        if event.tag == _NULL_TAG:
            value = None
        elif event.tag is not None:
            self.note_tag(event)
            if value is None and event.tag != "!":
                value = ""
        if event.anchor is not None:
            self.anchors[event.anchor] = _Alias(value, 1)
        return value

    def note_tag(self, event: Any) -> None:
        """Report a tag that is not one of YAML's own harmless ones."""
        if event.tag not in _TEXT_TAGS:
            self.report(knots.custom_tag(event.tag, span_of(self.file, event)))

    def alias(self, event: Any) -> Node:
        """Return what an alias stands for, and count it."""
        known = self.anchors.get(event.anchor)
        at = span_of(self.file, event)
        if known is None:
            is_inside = any(frame.anchor == event.anchor for frame in self.stack)
            self.report(knots.loose_alias(event.anchor, at, is_inside=is_inside))
            return None
        self.aliased += known.size
        if self.aliased > MAX_ALIASED:
            raise TooMuch(knots.alias_bomb(at), self.problems)
        return known.value

    def alias_key(self, event: Any, mapping: dict[str, Node]) -> str:
        """Return the key that an alias stands for."""
        value = self.alias(event)
        if isinstance(value, str):
            return value if value not in mapping else self.duplicate(event, mapping, value)
        self.report(knots.complex_key(span_of(self.file, event)))
        return self.surplus_name(mapping)

    def merge(
        self, mapping: dict[str, Node], merges: list[Node], lines: dict[str, int] | None
    ) -> None:
        """Add what `<<` brings; keys that are written win, then earlier mappings of a list."""
        line = lines.pop(_MERGE, self.line) if lines is not None else 0
        for each in merges[0] if isinstance(merges[0], list) else merges:
            if not isinstance(each, dict):
                self.report(knots.bad_merge(self.place(_MERGE).key()))
                continue
            for name, value in each.items():
                mapping.setdefault(name, value)
                if lines is not None:
                    lines.setdefault(name, line)

    def too_deep(self, event: Any) -> TooMuch:
        """Say that containers stand too deep in each other."""
        return TooMuch(knots.too_deep(MAX_DEPTH, span_of(self.file, event)), self.problems)

    def too_many_values(self, event: Any) -> TooMuch:
        """Say that the document holds too many values."""
        return TooMuch(knots.too_many_values(MAX_NODES, span_of(self.file, event)), self.problems)
