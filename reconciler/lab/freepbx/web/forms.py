"""Edit forms as HTML: the fields of `data/forms.txt` with the values of one object."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib.resources import files
from typing import NamedTuple

from reconciler.lab.freepbx.objects.destinations import Destinations

Value = str | list[str] | None
"""What a field says: a text, several, or None where nothing is chosen."""

_WORD = re.compile(r'("(?:[^"\\]|\\.)*"|[^\s"*]+)(\*)?|(\*)')
_RANGE = re.compile(r"(\d+)\.\.(\d+)(?:/(\d+))?")


class Field(NamedTuple):
    """One field: its type, its options (`value`, chosen at first) and its first value."""

    name: str
    kind: str
    options: tuple[tuple[str, bool], ...] = ()
    value: Value = ""


class Form(NamedTuple):
    """A form: name and id of the element, where it is sent to, its fields."""

    name: str
    identity: str
    action: str
    fields: tuple[Field, ...]


@dataclass
class Filled:
    """A form with the values of one object.

    `values` go before the form's own; a name that is not among its fields becomes a hidden field.
    `drop` are fields that this page does not have. `extra` is HTML that stands in the form.
    """

    kind: str
    values: dict[str, Value] = field(default_factory=dict)
    drop: frozenset[str] = frozenset()
    extra: str = ""
    before: str = ""
    """The field that `extra` stands before; empty: at the end."""
    more: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    """A further category of destinations and its targets, by the suffix of the lists."""


Labelled = list[tuple[str, str]]
"""Values of a list with what people read for them."""

Options = Mapping[str, Labelled]
"""Options of `@source` by its name."""


@cache
def forms() -> dict[str, Form]:
    """All forms by kind."""
    text = (files("reconciler.lab.freepbx") / "data" / "forms.txt").read_text(encoding="utf-8")
    found: dict[str, Form] = {}
    for block in re.split(r"(?m)^\[", text)[1:]:
        head, *lines = block.splitlines()
        kind, name, identity, action = head.replace("]", "").split(" ", 3)
        fields = tuple(_field(line) for line in lines if line)
        name, identity, action = ("" if each == "-" else each for each in (name, identity, action))
        found[kind] = Form(name, identity, action, fields)
    return found


def _field(line: str) -> Field:
    name, kind, *rest = line.split(" ", 2)
    text = rest[0] if rest else ""
    if kind in ("radio", "checkbox"):
        return Field(name, kind, tuple(_options(text)))
    if kind.startswith("select"):
        first, _, options = text.removeprefix("=").partition(" ")
        value: Value = json.loads(first) if kind == "select[]" else _unquoted(first)
        return Field(name, kind, tuple(_options(options)), value)
    return Field(name, kind, (), _unquoted(text))


def _unquoted(word: str) -> str:
    return str(json.loads(word)) if word.startswith('"') else word


def _options(text: str) -> list[tuple[str, bool]]:
    found: list[tuple[str, bool]] = []
    for word, chosen, star in _WORD.findall(text):
        span = _RANGE.fullmatch(word)
        if span:
            numbers = range(int(span[1]), int(span[2]) + 1, int(span[3] or 1))
            found += [(str(number), False) for number in numbers]
        else:
            found.append((star or _unquoted(word), bool(chosen)))
    return found


def first_values(kind: str) -> dict[str, Value]:
    """What a browser would send of a form that nobody has filled."""
    found: dict[str, Value] = {}
    for each in forms()[kind].fields:
        if each.kind in ("radio", "checkbox"):
            found[each.name] = next((value for value, on in each.options if on), None)
        else:
            found[each.name] = each.value
    return found


def render(filled: Filled, destinations: Destinations, options: Options) -> str:
    """The form as HTML."""
    form = forms()[filled.kind]
    known = {each.name for each in form.fields}
    action = escape(form.action)
    head = f'<form class="fpbx-submit" name="{form.name}" id="{form.identity}" method="post"'
    parts = [f'{head} action="{action}">']
    for each in form.fields:
        if each.name == filled.before:
            parts.append(filled.extra)
        if each.name in filled.drop:
            continue
        value = filled.values.get(each.name, _MISSING) if each.name in filled.values else _MISSING
        parts.append(_drawn(each, value, filled, destinations, options))
    if not filled.before:
        parts.append(filled.extra)
    for name, given in filled.values.items():
        if name not in known and not name.startswith("goto"):
            parts.append(_hidden(name, given))
    parts.append('<input type="submit" value="Submit"></form>')
    return "\n".join(parts)


_MISSING: Value = "\0"


def _hidden(name: str, value: Value) -> str:
    values = value if isinstance(value, list) else [value or ""]
    return "\n".join(_input("hidden", name, each) for each in values)


def _input(kind: str, name: str, value: str, *, checked: bool = False) -> str:
    mark = " checked" if checked else ""
    return f'<input type="{kind}" name="{escape(name)}" value="{escape(value)}"{mark}>'


def _drawn(
    each: Field, given: Value, filled: Filled, destinations: Destinations, options: Options
) -> str:
    if each.kind == "destination":
        chosen = given if isinstance(given, str) and given != _MISSING else ""
        suffix = each.name.removeprefix("goto")
        return draw_destination(suffix, chosen, destinations, filled.more.get(suffix))
    if each.kind in ("radio", "checkbox"):
        return _drawn_choices(each, given)
    value = each.value if given == _MISSING else given
    if each.kind.startswith("select"):
        return draw_select(
            each.name, _opened(each, options), value, multiple=each.kind.endswith("[]")
        )
    texts = value if isinstance(value, list) else [value or ""]
    if each.kind == "textarea":
        name = escape(each.name)
        return "\n".join(f'<textarea name="{name}">\n{escape(text)}</textarea>' for text in texts)
    return "\n".join(_input(each.kind, each.name, text) for text in texts)


def _drawn_choices(each: Field, given: Value) -> str:
    if given == _MISSING:
        chosen = [value for value, on in each.options if on]
    else:
        chosen = given if isinstance(given, list) else [] if given is None else [given]
    values = [value for value, _ in each.options]
    if each.kind == "checkbox" and chosen and chosen[0] not in values:
        values = chosen  # The value of a codec's box is its place in the order.
    return "\n".join(
        _input(each.kind, each.name, value, checked=value in chosen) for value in values
    )


def _opened(each: Field, options: Options) -> Labelled:
    found: Labelled = []
    for value, _ in each.options:
        found += options.get(value[1:], []) if value.startswith("@") else [(value, value)]
    return found


def plain(values: list[str]) -> Labelled:
    """Options that are their own labels."""
    return [(value, value) for value in values]


def draw_select(name: str, options: Labelled, value: Value, *, multiple: bool = False) -> str:
    """A list. What is chosen is in it, whatever the options are."""
    chosen = value if isinstance(value, list) else [value] if value is not None else []
    known = {each for each, _ in options}
    every = [*options, *((each, each) for each in chosen if each not in known)]
    drawn = "".join(
        f'<option value="{escape(each)}"{" selected" if each in chosen else ""}>'
        f"{escape(label)}</option>"
        for each, label in every
    )
    return f'<select name="{escape(name)}"{" multiple" if multiple else ""}>{drawn}</select>'


def draw_destination(
    suffix: str, target: str, destinations: Destinations,
    more: tuple[str, list[str]] | None = None,
) -> str:  # fmt: skip
    """The list of categories, and one list of targets for each category.

    A target that does not exist is shown in a category of its own, so that it is not lost.
    """
    lists = {category: destinations.targets(category) for category in destinations.categories}
    lists.update({more[0]: plain(more[1])} if more else {})
    chosen = next((name for name, each in lists.items() if target in dict(each)), "")
    if target and not chosen:
        chosen, lists["Error"] = "Error", plain([target])
    categories = [(each, each.replace("_", " ")) for each in ["", *sorted(lists)]]
    parts = [draw_select(f"goto{suffix}", categories, chosen)]
    for category in sorted(lists):
        first = next(iter(lists[category]), ("", ""))[0]
        own = target if category == chosen else first
        parts.append(draw_select(f"{category}{suffix}", lists[category], own))
    return "\n".join(parts)
