"""Layers: a phone's settings from vendor, template chain, site and phone, weakest first.

What the layers below the phone add up to is worked out once for all phones that share template
and site, so ten thousand phones cost ten thousand small updates.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias

from reconciler.diagnostics.place import Place
from reconciler.kinds.declaration import Declaration
from reconciler.kinds.entry import Part, flatten
from reconciler.model.value import Fields, Value
from reconciler.resolve.index import Index, Item

SETTING_SECTIONS: Final = ("sip", "network", "provisioning", "features", "raw")
"""The sections of a phone's settings that every layer may hold."""

KEYS: Final = "keys"
_TEMPLATE_KEYS: Final = "line_keys"


SourcedKey: TypeAlias = tuple[Value, tuple[Place, int]]
"""A key, the list in which it stands, and its number there."""


Button: TypeAlias = tuple[int, int]
"""Module (0 is the phone itself) and position of a key."""


class Layer(NamedTuple):
    """One layer: what people call it, what it sets, and where each of its settings stands."""

    name: str
    fields: Fields
    place: Place
    own_path: bool = True
    """Whether a setting stands at `place` + its path (vendor defaults stand nowhere)."""

    def place_of(self, path: str) -> Place:
        """Return where the layer says it."""
        if not self.own_path:
            return self.place
        written = _TEMPLATE_KEYS if path == KEYS else path
        head, dot, rest = written.partition(".")
        if head == "raw" and dot:  # a vendor's parameter may have dots in its name
            return self.place.at(head, rest)
        return self.place.at(*written.split("."))


@dataclass(frozen=True, slots=True)
class Stack:
    """Layers laid over each other: what holds, and where it was written."""

    fields: dict[str, Value] = field(default_factory=dict)
    origins: dict[str, Place] = field(default_factory=dict)
    key_sources: tuple[tuple[Place, int], ...] = ()
    """For each key the list in which it stands, and its number there."""
    buttons: Mapping[Button, SourcedKey] = field(default_factory=dict)
    """The keys by their buttons."""
    flawed: bool = False
    """Whether something in the layers is wrong, or one of them is not there."""


class Layers:
    """The layers below phones, shared by all phones with the same vendor, template and site."""

    def __init__(
        self, index: Index, circling: frozenset[str], vendors: Mapping[str, Fields]
    ) -> None:
        self._index = index
        self._circling = circling
        self._vendors = vendors
        self._stacks: dict[tuple[str, str, str], Stack] = {}

    def below(self, phone: Item) -> Iterator[Layer]:
        """Yield the layers below a phone, weakest first."""
        own = phone.declaration.fields
        site = self._site(phone)
        chain = list(self._chain(self._template_of(phone, site)))
        vendor = own.get("vendor") or next(
            (each.entry.__dict__["vendor"] for each in reversed(chain)), ""
        )
        if vendor in self._vendors:
            yield Layer(
                f"vendor {vendor}", self._vendors[vendor], phone.declaration.place, own_path=False
            )
        for template in chain:
            yield Layer(f"template {template.key}", _settings(template.entry), template.place)
        phones = site.declaration.entry.__dict__.get("phones") if site is not None else None
        if phones is not None and site is not None:
            place = site.declaration.place.at("phones")
            if phones.credentials is not None:
                login = {f"credentials.{k}": v for k, v in flatten(phones.credentials).items()}
                yield Layer(f"site {site.address.key}", login, place)
            if phones.settings is not None:
                name = f"site {site.address.key}"
                yield Layer(name, _settings(phones.settings), place.at("settings"))

    def stack(self, phone: Item) -> Stack:
        """Return what the layers below a phone add up to."""
        own = phone.declaration.fields
        key = (own.get("vendor") or "", own.get("template") or "", phone.scope.site)
        known = self._stacks.get(key)
        if known is None:
            known = self._stacks[key] = add_up(self.below(phone), flawed=self._is_flawed(phone))
        return known

    def _is_flawed(self, phone: Item) -> bool:
        site = self._site(phone)
        name = self._template_of(phone, site)
        chain = list(self._chain(name))
        ends = chain[0].entry.__dict__.get("extends") if chain else name
        return (
            site is None or bool(site.declaration.flaws)
            or ends is not None or any(each.flaws for each in chain)
        )  # fmt: skip

    def _site(self, phone: Item) -> Item | None:
        address = self._index.keys("site", "").get(phone.scope.site)
        return self._index.items[address] if address is not None else None

    def _template_of(self, phone: Item, site: Item | None) -> str | None:
        named: str | None = phone.declaration.fields.get("template")
        if named is None and site is not None:
            phones = site.declaration.entry.__dict__.get("phones")
            named = phones.template if phones is not None else None
        return named

    def _chain(self, name: str | None) -> Iterator[Declaration]:
        """Yield a template and those that it extends, the root first."""
        chain: list[Declaration] = []
        templates = self._index.keys("template", "")
        while name is not None and name in templates and name not in self._circling:
            declaration = self._index.items[templates[name]].declaration
            chain.append(declaration)
            name = declaration.entry.__dict__.get("extends")
        yield from reversed(chain)


def add_up(layers: Iterator[Layer], *, flawed: bool = False) -> Stack:
    """Lay layers over each other, weakest first."""
    fields: dict[str, Value] = {}
    origins: dict[str, Place] = {}
    keys: list[SourcedKey] = []
    for layer in layers:
        for path, value in layer.fields.items():
            place = layer.place_of(path)
            if path == KEYS:
                keys = lay_keys(by_button(keys), numbered(value or [], place))
            else:
                fields[path] = value
                origins[path] = place
    if keys:
        fields[KEYS] = [key for key, _ in keys]
        origins[KEYS] = keys[0][1][0]
    sources = tuple(source for _, source in keys)
    origins.update(key_places(sources))
    return Stack(fields, origins, sources, by_button(keys), flawed)


def numbered(keys: list[Value], place: Place) -> list[SourcedKey]:
    """Return each key with the list in which it stands and its number there."""
    return [(key, (place, number)) for number, key in enumerate(keys)]


def lay_keys(below: Mapping[Button, SourcedKey], above: list[SourcedKey]) -> list[SourcedKey]:
    """Lay keys over others: on the same button of the same module the upper one holds."""
    if not below:
        return above
    buttons = {**below, **by_button(above)}
    return [
        ({**key, "position": button[1]}, source)
        for button, (key, source) in sorted(buttons.items(), key=itemgetter(0))
    ]


def by_button(keys: list[SourcedKey]) -> dict[Button, SourcedKey]:
    """Return keys by their button: the one that each names, or the one after the previous."""
    buttons: dict[Button, SourcedKey] = {}
    next_free: dict[int, int] = {}
    for sourced in keys:
        key = sourced[0]
        module = key.get("module") or 0
        position = key.get("position") or next_free.get(module, 1)
        next_free[module] = position + 1
        buttons[module, position] = sourced
    return buttons


def key_places(sources: tuple[tuple[Place, int], ...]) -> dict[str, Place]:
    """Return where each key stands, as `keys.NUMBER`: keys laid together come from many lists."""
    return {f"{KEYS}.{number}": place.at(at) for number, (place, at) in enumerate(sources)}


def _settings(entry: Part) -> dict[str, Value]:
    """Return what a template or site sets, by the phone's own paths."""
    settings: dict[str, Value] = {}
    for path, value in flatten(entry).items():
        if path == _TEMPLATE_KEYS:
            settings[KEYS] = value
        elif path == "firmware" or path.split(".", 1)[0] in SETTING_SECTIONS:
            settings[path] = value
    return settings
