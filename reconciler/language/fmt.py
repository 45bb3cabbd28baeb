"""Format: fields in their kind's order, sections in theirs; everything else stays as written. Pure.

Text is moved, never written anew: quotes, comments, anchors and line breaks are the author's. A
comment moves with the key below it. Entries keep their order. If the result does not mean exactly
what the text meant before, the text stays as it is.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from yaml import MappingNode, ScalarNode, YAMLError
from yaml.cyaml import CSafeLoader

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.diagnostics.place import Span
from reconciler.kinds import SECTIONS
from reconciler.kinds.entry import META_FIELDS
from reconciler.kinds.shape import by_written_name, models_in
from reconciler.language.collector import collector_paused
from reconciler.language.heading import OWN_PREFIX
from reconciler.language.layout import Edit, Layout
from reconciler.language.malformed import why_unread
from reconciler.language.node import Node
from reconciler.language.parse import API_VERSION
from reconciler.language.source import Source
from reconciler.language.tree import TooMuch, Tree, read_trees

_HEAD: Final = ("apiVersion", "pbx", "site")
_LAST: Final = ("moved", "removed")
_DEEPEST: Final = 8


def format_text(text: str, file: str = "<text>") -> Checked[str]:
    """Return a file's text in canonical order. A text with mistakes comes back as it was.

    Formatting what was formatted changes nothing.
    """
    source = Source(file, text, "")
    with collector_paused():
        before = _meaning(source)
        if before.diagnostics:
            return Checked(text, before.diagnostics)
        if not any(_is_ours(tree.data) for tree in before.value):
            return Checked(text)
        try:
            formatted = _in_order(_tidied(text, list(_nodes(text))))
        except YAMLError:
            formatted = ""
        after = _meaning(Source(file, formatted, ""))
    if after.diagnostics or [each.data for each in after.value] != [
        each.data for each in before.value
    ]:
        says = "Putting the fields in order would change what the file says, so it stays as it is."
        at = Span(file, 1, 1, 1, 1)
        hint = "an alias must stand below its anchor"
        return Checked(text, (found("not-formatted", says, at, hint=hint),))
    return Checked(formatted)


def _in_order(text: str) -> str:
    """Put the mappings in order level by level, because a level's edits move those below it."""
    roots, layout = list(_nodes(text)), Layout(text)
    for depth in range(_DEEPEST):
        edits = [edit for root in roots for edit in _edits(layout, root, depth)]
        if edits:
            text = layout.edited(edits)
            roots, layout = list(_nodes(text)), Layout(text)
    return text


def _meaning(source: Source) -> Checked[list[Tree]]:
    """Return what a text says, or why it cannot be read."""
    trees: list[Tree] = []
    problems: list[Diagnostic] = []
    try:
        for tree in read_trees(source.file, source.text):
            trees.append(tree)
            if _is_ours(tree.data):
                problems += tree.problems
    except TooMuch as stop:
        problems += [*stop.before, stop.diagnostic]
    except (YAMLError, UnicodeEncodeError) as error:
        problems.append(why_unread(source, error))
    return Checked(trees, tuple(problems))


def _is_ours(data: Node) -> bool:
    return isinstance(data, dict) and data.get("apiVersion") == API_VERSION


class _Loader(CSafeLoader):
    """Composes nodes with their marks and without types."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:  # noqa: ARG002
        """Return no type: only where things stand is of interest."""
        return ""


def _nodes(text: str) -> Iterator[MappingNode]:
    """Yield the roots of the documents that are ours. The depth was bounded before."""
    loader = _Loader(text)
    try:
        while loader.check_node():
            root = loader.get_node()
            if isinstance(root, MappingNode) and any(
                getattr(key, "value", None) == "apiVersion"
                and getattr(value, "value", None) == API_VERSION
                for key, value in root.value
            ):
                yield root
    finally:
        loader.dispose()


def _edits(layout: Layout, root: MappingNode, depth: int) -> Iterator[Edit]:
    """Yield what puts the mappings at a depth in order."""
    names = (getattr(key, "value", None) for key, _ in root.value)
    # What only holds anchors has to stand above whatever uses them.
    own = [each for each in names if isinstance(each, str) and each.startswith(OWN_PREFIX)]
    top = (*_HEAD, *own, _DEFAULTS, *SECTIONS, *_LAST)
    level: list[tuple[MappingNode, tuple[str, ...], Any]] = [(root, top, _ROOT)]
    for _ in range(depth):
        level = [each for node, _, model in level for each in _below(node, model)]
    for node, order, _ in level:
        if order and (edit := layout.reordered(node, order)) is not None:
            yield edit


_ROOT: Final = "root"
_DEFAULTS: Final = "defaults"


def _below(node: MappingNode, model: Any) -> Iterator[tuple[MappingNode, tuple[str, ...], Any]]:
    """Yield the mappings directly below one, with the order of their fields and their model.

    A model is a kind or part, `root`, `defaults`, or a tuple of a model for a map or list of it.
    """
    for key, value in node.value:
        name = key.value if isinstance(key, ScalarNode) else None
        inner: Any = None
        if model in (_ROOT, _DEFAULTS):
            section = SECTIONS.get(name or "")
            if model is _ROOT and name == _DEFAULTS:
                inner = _DEFAULTS
            elif section is not None:
                keyed = model is _ROOT and not section.single
                inner = (section,) if keyed else section
        elif isinstance(model, tuple):
            inner = model[0]
        elif model is not None and name is not None:
            inner = _inner(model, name)
        if inner is not None:
            yield from _mappings(value, inner)


def _mappings(value: Any, model: Any) -> Iterator[tuple[MappingNode, tuple[str, ...], Any]]:
    """Yield a mapping, or the mappings of a list."""
    for each in [value] if isinstance(value, MappingNode) else value.value:
        if isinstance(each, MappingNode):
            keyed = isinstance(model, tuple) or model is _DEFAULTS
            names = set() if keyed else {key.value for key, _ in each.value}
            if not keyed and names.isdisjoint(by_written_name(model)):
                # a map of parts by name (rails of a policy): its keys are not fields
                yield each, (), (model,)
            else:
                yield each, () if keyed else _order(model), model


@cache
def _inner(model: Any, name: str) -> Any:
    """Return the model of what a field holds, None for a plain value."""
    info = by_written_name(model).get(name)
    return next(models_in(info.annotation), None) if info is not None else None


@cache
def _order(model: Any) -> tuple[str, ...]:
    """Return a model's fields as they are written: what everything may carry comes last."""
    names = list(by_written_name(model))
    own = [name for name in names if name not in META_FIELDS]
    return ("<<", *own, *(name for name in names if name in META_FIELDS))


def _tidied(text: str, roots: list[MappingNode]) -> str:
    """Drop blanks at the ends of lines, except inside texts that go over several lines."""
    kept: set[int] = set()
    waiting: list[Any] = list(roots)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ScalarNode):
            kept.update(range(node.start_mark.line, node.end_mark.line + 1))
            if node.start_mark.line == node.end_mark.line:
                kept.discard(node.start_mark.line)
        elif isinstance(node, MappingNode):
            waiting += [each for pair in node.value for each in pair]
        else:
            waiting += node.value
    lines = text.split("\n")
    tidy = [each if number in kept else each.rstrip(" \t\r") for number, each in enumerate(lines)]
    while len(tidy) > 1 and not tidy[-1] and not tidy[-2] and len(tidy) - 2 not in kept:
        tidy.pop()
    return "\n".join(tidy if not tidy[-1] else [*tidy, ""])
