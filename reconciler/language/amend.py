"""Amend: set fields and add items in the text that people wrote, everything else as it is. Pure.

Text is put in, never written anew: quotes, comments, anchors and line breaks are the author's. What
comes out is read again; if it does not say exactly what was meant, it is refused.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml
from yaml import MappingNode, Node, ScalarNode
from yaml.cyaml import CSafeLoader

from reconciler.diagnostics.place import PathPart

_INDENT: Final = 2


class CannotAmend(ValueError):
    """The text cannot be amended safely; the message says why."""


class _Loader(CSafeLoader):
    """Composes nodes with their marks and without types."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:  # noqa: ARG002
        """Return no type: only where things stand is of interest."""
        return ""


def set_fields(
    text: str, document: int, path: Sequence[PathPart], fields: Mapping[str, Any]
) -> str:
    """Return the text with fields of the mapping at `path` set; None takes a field out.

    Raises CannotAmend.
    """
    wanted = _data(text)
    target = _at(wanted, document, path)
    for name, value in fields.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = value
    for name, value in fields.items():
        text = _set_field(text, document, path, name, value)
    return _proved(text, wanted)


def add_item(text: str, document: int, section: str, item: Mapping[str, Any]) -> str:
    """Return the text with an item added to a document's list, made if there is none.

    Raises CannotAmend.
    """
    wanted, more = _data(text), [dict(item)]
    whole = _at(wanted, document, ())
    if whole.get(section) is None:
        whole[section] = []
    if not isinstance(whole[section], list):
        raise CannotAmend(f"{section} is written otherwise")
    whole[section] += more
    root = _node(text, document, ())
    found = _value(root, section)
    if found is None:
        block = f"\n{section}:\n" + entries_text(more, _INDENT)
        return _proved(_insert(text, _end_of(text, root), block), wanted)
    if isinstance(found, ScalarNode) and not found.value:  # `moved:`
        return _proved(_insert(text, _line_end(text, found), entries_text(more, _INDENT)), wanted)
    if not found.value:  # `moved: []`
        block = "\n" + entries_text(more, _INDENT).rstrip("\n")
        changed = text[: found.start_mark.index].rstrip(" ") + block + text[found.end_mark.index :]
        return _proved(changed, wanted)
    if found.flow_style:
        raise CannotAmend(f"{section} is written on one line ([...])")
    block = entries_text(more, found.start_mark.column)
    return _proved(_insert(text, _end_of(text, found), block), wanted)


def _set_field(text: str, document: int, path: Sequence[PathPart], name: str, value: Any) -> str:
    node = _node(text, document, path)
    if not isinstance(node, MappingNode) or not node.value:
        raise CannotAmend("the entry is not a mapping")
    for key, held in node.value:
        if key.value == name:
            if value is None:
                return _without(text, node, key, held)
            start, end = held.start_mark.index, held.end_mark.index
            blank = "" if text[start - 1 : start].isspace() else " "
            return text[:start] + blank + flow_text(value) + text[end:]
    if value is None:
        return text
    if node.flow_style:
        last = node.value[-1][1]
        at = last.end_mark.index
        return f"{text[:at]}, {name}: {flow_text(value)}{text[at:]}"
    line = " " * node.value[0][0].start_mark.column + f"{name}: {flow_text(value)}\n"
    return _insert(text, _end_of(text, node), line)


def _without(text: str, node: MappingNode, key: Node, held: Node) -> str:
    if node.flow_style:
        return _without_item(text, node, key, held)
    start = text.rfind("\n", 0, key.start_mark.index) + 1
    end = text.find("\n", held.end_mark.index if isinstance(held, ScalarNode) else start)
    return text[:start] + (text[end + 1 :] if end >= 0 else "")


def _without_item(text: str, node: MappingNode, key: Node, held: Node) -> str:
    """Take a field out of a mapping in braces, with the comma that it leaves behind."""
    at = next(i for i, (each, _) in enumerate(node.value) if each is key)
    start, end = key.start_mark.index, held.end_mark.index
    if at + 1 < len(node.value):
        end = node.value[at + 1][0].start_mark.index
    elif at:
        start = node.value[at - 1][1].end_mark.index
    if "#" in text[start : key.start_mark.index] + text[held.end_mark.index : end]:
        raise CannotAmend("a comment stands beside the field")
    return text[:start] + text[end:]


def _end_of(text: str, node: Node) -> int:
    """Return where the line after a block ends: comments and blank lines below it stay below.

    A comment at the end of the block's last line stays on that line.
    """
    last: Any = node
    while getattr(last, "value", None) and not isinstance(last, ScalarNode):
        if last.flow_style:
            break
        inner = last.value[-1]
        last = inner[1] if isinstance(inner, tuple) else inner
    at = last.end_mark.index
    if isinstance(last, ScalarNode) and last.style in ("|", ">"):
        return len(text[:at].rstrip("\n")) + 1
    end = text.find("\n", max(at - 1, 0) if text[at - 1 : at] == "\n" else at)
    return len(text) if end < 0 else end + 1


def _line_end(text: str, node: Node) -> int:
    end = text.find("\n", node.start_mark.index)
    return len(text) if end < 0 else end + 1


def _insert(text: str, at: int, block: str) -> str:
    before = text[:at]
    if before and not before.endswith("\n"):
        before += "\n"
    return before + block + text[at:]


def entries_text(more: dict[str, Any] | list[Any], column: int) -> str:
    """Return entries as people write them: a line each, fields in one line where they are short."""
    lines: list[str] = []
    pad = " " * column
    if isinstance(more, list):
        return "".join(f"{pad}- {flow_text(each)}\n" for each in more)
    for name, entry in more.items():
        flow = f"{pad}{flow_text(name)}: {flow_text(entry)}"
        if len(flow) <= 96 or not isinstance(entry, dict):
            lines.append(flow)
            continue
        lines.append(f"{pad}{flow_text(name)}:")
        lines += [f"{pad}{' ' * _INDENT}{key}: {flow_text(value)}" for key, value in entry.items()]
    return "\n".join(lines) + "\n"


class _Dumper(yaml.SafeDumper):
    """Quotes what YAML would read as something else than text, with double quotes."""

    def choose_scalar_style(self) -> str:
        style: str = super().choose_scalar_style()
        return '"' if style == "'" else style


def flow_text(value: Any) -> str:
    """Return a value as YAML on one line."""
    text = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=True, allow_unicode=True, width=10_000,
        sort_keys=False,
    )  # fmt: skip
    return text.removesuffix("\n").removesuffix("...").rstrip("\n")


def _data(text: str) -> list[Any]:
    try:
        return list(yaml.load_all(text, CSafeLoader))
    except yaml.YAMLError:
        raise CannotAmend("the file cannot be read") from None


def _at(data: list[Any], document: int, path: Sequence[PathPart]) -> Any:
    try:
        found = data[document]
        for part in path:
            found = found[part]
    except (KeyError, IndexError, TypeError):
        raise CannotAmend("the entry is not there any more") from None
    if not isinstance(found, dict):
        raise CannotAmend("the entry is not a mapping")
    return found


def _node(text: str, document: int, path: Sequence[PathPart]) -> Any:
    loader = _Loader(text)
    try:
        nodes = []
        while loader.check_node():
            nodes.append(loader.get_node())
    finally:
        loader.dispose()
    found: Any = nodes[document]
    for part in path:
        found = found.value[part] if isinstance(part, int) else _value(found, part)
    return found


def _value(node: Any, name: str) -> Any:
    return next((held for key, held in node.value if key.value == name), None)


def _proved(text: str, wanted: list[Any]) -> str:
    if _data(text) != wanted:
        raise CannotAmend("it would say something else than it should")
    return text
