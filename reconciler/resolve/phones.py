"""Phones: layers added up, variables filled in."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.place import PathPart, Place
from reconciler.kinds.declaration import Declaration
from reconciler.model.address import Address
from reconciler.model.value import Fields, Value
from reconciler.resolve.index import Index, Item
from reconciler.resolve.layers import KEYS, Layers, Stack, key_places, lay_keys, numbered
from reconciler.resolve.texts import has_text_template, map_texts, nested

if TYPE_CHECKING:
    from reconciler.resolve.variables import VariableProblem, Variables

INPUTS = frozenset(("site", "pbx", "template"))
"""Fields that are used up here: where the phone belongs, and its layers."""


class Resolved(NamedTuple):
    """A phone's fields as they shall be, and where those were written that are not its own."""

    fields: Fields
    origins: Mapping[str, Place]
    key_sources: tuple[tuple[Place, int], ...] = ()

    def place_of(self, own: Place, path: str, at: tuple[PathPart, ...]) -> Place:
        """Return the place of a value, which may stand in another layer."""
        if path == KEYS and self.key_sources and at and isinstance(at[0], int):
            place, number = self.key_sources[at[0]]
            return place.at(number, *at[1:])
        elsewhere = self.origins.get(path)
        place = elsewhere if elsewhere is not None else own.at(*path.split("."))
        return place.at(*at)


class Phones:
    """Resolves phones, sharing what their layers have in common."""

    def __init__(self, index: Index, layers: Layers, problems: list[Diagnostic]) -> None:
        self._index = index
        self._layers = layers
        self._problems = problems
        self._sections: dict[Address, dict[str, Value]] = {}
        self._shared: dict[int, tuple[Stack, bool]] = {}
        self._origins: dict[tuple[int, frozenset[str]], Mapping[str, Place]] = {}
        self._reported: set[tuple[Place, str]] = set()

    @cached_property
    def _variables(self) -> "Variables":
        from reconciler.resolve.variables import Variables

        return Variables()

    def resolve(self, item: Item, declared: Fields) -> Resolved:
        """Lay the phone's own fields over its layers and fill in the variables."""
        stack = self._layers.stack(item)
        entry = item.declaration
        own = {path: value for path, value in declared.items() if path not in INPUTS}
        if not stack.fields:
            resolved = Resolved(own, entry.origins)
        else:
            resolved = self._laid_over(own, stack, entry)
        if entry.flaws:  # what is wrong here does not bring to light what is below it
            fields = {path: v for path, v in resolved.fields.items()
                      if path in own or path not in entry.flaws}  # fmt: skip
            resolved = resolved._replace(fields=fields)
        templated = entry.head.templated and any(map(has_text_template, own.values()))
        if templated or self._has_templates(stack):
            return self._filled_in(item, resolved, sure=not stack.flawed)
        return resolved

    def _laid_over(self, own: dict[str, Value], stack: Stack, entry: Declaration) -> Resolved:
        fields = {**stack.fields, **own}
        sources = stack.key_sources
        if sources and KEYS in own:
            laid = lay_keys(stack.buttons, numbered(own[KEYS] or [], entry.place.at(KEYS)))
            fields[KEYS] = [key for key, _ in laid]
            sources = tuple(source for _, source in laid)
        overlap = frozenset(stack.origins.keys() & own.keys())
        origins: Mapping[str, Place] | None = self._origins.get((id(stack), overlap))
        if origins is None:
            gone = f"{KEYS}." if KEYS in overlap else "\n"
            origins = {
                path: at
                for path, at in stack.origins.items()
                if path not in overlap and not path.startswith(gone)
            }
            self._origins[id(stack), overlap] = origins
        if entry.origins:
            origins = {**origins, **entry.origins}
        if sources and KEYS in own:
            origins = {**origins, **key_places(sources)}
        return Resolved(fields, origins, sources)

    def _has_templates(self, stack: Stack) -> bool:
        known = self._shared.get(id(stack))
        if known is None:
            known = stack, any(map(has_text_template, stack.fields.values()))
            self._shared[id(stack)] = known
        return known[1]

    def _filled_in(self, item: Item, resolved: Resolved, *, sure: bool) -> Resolved:
        """Fill in the variables. What is not `sure` to be missing may be wrong elsewhere."""
        from reconciler.resolve.variables import VariableProblem

        names = self._names(item, resolved.fields)
        lines = [self._extension(item, str(line.get("extension", ""))) for line in names["lines"]]
        pbx = self._index.keys("pbx", "").get(item.scope.pbx)
        sure = sure and not item.declaration.flaws
        sure = sure and all(lines) and not any(map(self._index.is_flawed, (*lines, pbx)))
        filled: dict[str, Value] = {}
        for path, value in resolved.fields.items():
            if not has_text_template(value):
                filled[path] = value
                continue

            def render(text: str, at: tuple[PathPart, ...], path: str = path) -> str:
                inner = _of_line(names, path, at)
                try:
                    return self._variables.render(text, inner)
                except VariableProblem as problem:
                    if problem.code == "undefined-variable" and not sure:
                        return text  # what it names may be what is wrong elsewhere
                    self._report(item, problem, resolved.place_of(item.declaration.place, path, at))
                    return text

            filled[path] = map_texts(value, (), render)
        return resolved._replace(fields=filled)

    def _report(self, item: Item, problem: "VariableProblem", place: Place) -> None:
        """Report once per text: a template's mistake is not every phone's."""
        if (place, problem.detail) in self._reported:
            return
        self._reported.add((place, problem.detail))
        known = "phone, line, lines, extension, extensions, site, pbx"
        self._problems.append(
            found(
                problem.code,
                f"Phone {item.address.scope}/{item.address.key}: {problem.detail}.",
                place,
                hint=f"the names are {known}; secrets are not among them"
                if problem.code == "undefined-variable"
                else None,
            )
        )

    def _names(self, item: Item, fields: Fields) -> dict[str, Value]:
        """Return what a phone's texts may name."""
        lines = [dict(line) for line in fields.get("lines") or []]
        extensions = [
            self._section(self._extension(item, str(line.get("extension", "")))) for line in lines
        ]
        scope = item.scope
        names: dict[str, Value] = {
            "phone": {**nested(fields), "name": item.address.key},
            "lines": lines,
            "extensions": [each for each in extensions if each],
            "site": self._section(self._index.keys("site", "").get(scope.site)),
            "pbx": self._section(self._index.keys("pbx", "").get(scope.pbx)),
        }
        names["__lines"] = list(zip(lines, extensions, strict=True))
        if lines:
            names["line"] = lines[0]
        if lines and extensions[0]:
            names["extension"] = extensions[0]
        return names

    def _extension(self, item: Item, text: str) -> Address | None:
        pbx, colon, key = text.partition(":")
        if not colon:
            pbx, key = item.scope.pbx, text
        return self._index.keys("extension", pbx).get(key)

    def _section(self, address: Address | None) -> dict[str, Value]:
        """Return a declared thing as a section of names."""
        if address is None:
            return {}
        known = self._sections.get(address)
        if known is None:
            fields = self._index.fields(address)
            title = "number" if address.kind == "extension" else "name"
            known = {**nested(fields), title: address.key}
            if title == "number":
                known["name"] = fields.get("name")
            self._sections[address] = known
        return known


def _of_line(names: dict[str, Value], path: str, at: tuple[PathPart, ...]) -> Mapping[str, Value]:
    """Inside a line, `line` and `extension` are that line's own."""
    if path == "lines" and at and isinstance(at[0], int):
        line, extension = names["__lines"][at[0]]
        inner = {**names, "line": line}
        inner.pop("extension", None)
        return {**inner, "extension": extension} if extension else inner
    return names
