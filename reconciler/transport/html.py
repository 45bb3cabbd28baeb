"""HTML pages: the forms in them, as a browser without scripts would send them.

Reading a form and sending it back unchanged must change nothing; so whatever a browser would send
is kept, in the page's order, names that come twice included.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_CONTROLS = ("input", "select", "textarea")
_SILENT = frozenset({"submit", "button", "reset", "image", "file"})


@dataclass(frozen=True, slots=True)
class Form:
    """A form as a page has it. `pairs` is what a browser would send; never printed.

    `choices` are the values of selects, radios and checkboxes by name; `chosen` are the names of
    those where the page says which one is meant: a browser takes the first option of a select
    that says nothing, so such a value may not be what is stored. `selects` are the names of the
    selects. `nameless` are id and value of fields that no browser sends, which a page's script
    reads. `attributes` are the form's own.
    """

    name: str
    action: str
    pairs: tuple[tuple[str, str], ...] = field(repr=False)
    choices: Mapping[str, tuple[str, ...]] = field(repr=False, default_factory=dict)
    chosen: frozenset[str] = field(repr=False, default=frozenset())
    attributes: Mapping[str, str] = field(repr=False, default_factory=dict)
    selects: frozenset[str] = frozenset()
    nameless: tuple[tuple[str, str], ...] = field(repr=False, default=())

    def get(self, name: str, default: str = "") -> str:
        """Return the last value of a name: what PHP takes when a name comes twice."""
        return next((value for key, value in reversed(self.pairs) if key == name), default)

    def all(self, name: str) -> list[str]:
        """Return every value of a name, in order."""
        return [value for key, value in self.pairs if key == name]

    def has(self, name: str) -> bool:
        """Whether a browser would send something under this name."""
        return any(key == name for key, _ in self.pairs)

    def names(self) -> frozenset[str]:
        """Return the names of everything that a browser would send."""
        return frozenset(key for key, _ in self.pairs)


def forms_of(page: str) -> tuple[Form, ...]:
    """Return the forms of a page, in order."""
    document = _document(page)
    if document is None:
        return ()
    found = []
    for element in document.iter("form"):
        name = element.get("name") or element.get("id") or ""
        own = [each for each in element.iter(*_CONTROLS) if each.get("form") is None]
        own += _named(document, element.get("id"))
        found.append(_form(name, element, own))
    return tuple(found)


def _named(document: Any, identity: str | None) -> list[Any]:
    """Return controls that stand elsewhere and say to which form they belong."""
    if not identity:
        return []
    return [each for each in document.iter(*_CONTROLS) if each.get("form") == identity]


def title_of(page: str) -> str:
    """Return a page's title."""
    document = _document(page)
    title = document.findtext(".//title") if document is not None else None
    return " ".join((title or "").split())


def labels_of(page: str, name: str) -> dict[str, str]:
    """Return what people read for the values of a page's select."""
    document = _document(page)
    found = [] if document is None else document.iter("select")
    return {
        _option(option): _text(option)
        for select in found
        if select.get("name") == name
        for option in select.iter("option")
    }


def _document(page: str) -> Any:
    """Return the page's root element; None for an empty one."""
    from lxml import etree  # here, because most commands never read HTML

    return etree.HTML(page) if page.strip() else None


def _form(name: str, element: Any, controls: Iterable[Any]) -> Form:
    pairs: list[tuple[str, str]] = []
    choices: dict[str, tuple[str, ...]] = {}
    chosen: set[str] = set()
    selects: set[str] = set()
    nameless: list[tuple[str, str]] = []
    for each in controls:
        key = each.get("name")
        if not key:
            if each.tag == "input" and each.get("id"):
                nameless.append((str(each.get("id")), each.get("value") or ""))
            continue
        values, options, said = _value(each)
        if options:
            choices[key] = (*choices.get(key, ()), *options)
        if said:
            chosen.add(key)
        if each.tag == "select":
            selects.add(key)
        if each.get("disabled") is None:
            pairs += [(key, value) for value in values]
    attributes = {str(key): str(value) for key, value in element.attrib.items()}
    action = attributes.get("action", "")
    return Form(
        name,
        action,
        tuple(pairs),
        choices,
        frozenset(chosen),
        attributes,
        frozenset(selects),
        tuple(nameless),
    )


def _value(control: Any) -> tuple[Sequence[str], Sequence[str], bool]:
    """Return what is sent, what may be chosen, and whether the page says which one is."""
    if control.tag == "textarea":
        text = "".join(control.itertext())
        return [text.removeprefix("\n").replace("\r\n", "\n")], [], False
    if control.tag == "select":
        return _selected(control)
    kind = (control.get("type") or "text").lower()
    value = control.get("value")
    if kind in _SILENT:
        return [], [], False
    if kind in ("radio", "checkbox"):
        text = "on" if value is None else value
        checked = control.get("checked") is not None
        return ([text] if checked else []), [text], checked
    return [value or ""], [], False


def _selected(control: Any) -> tuple[Sequence[str], Sequence[str], bool]:
    options = [each for each in control.iter("option") if each.get("disabled") is None]
    values = [_option(each) for each in options]
    chosen = [_option(each) for each in options if each.get("selected") is not None]
    if control.get("multiple") is not None:
        return chosen, values, bool(chosen)
    if chosen:
        return chosen[-1:], values, True
    return values[:1], values, False


def _option(element: Any) -> str:
    value = element.get("value")
    return str(value) if value is not None else _text(element)


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())
