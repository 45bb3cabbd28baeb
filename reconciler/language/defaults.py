"""Defaults of a document: they fill the fields that its entries leave out."""

from collections.abc import Mapping
from typing import NamedTuple

from reconciler.diagnostics.place import PathPart, Place
from reconciler.kinds.entry import Entry, Part
from reconciler.kinds.shape import models_in, section_fields
from reconciler.language.node import Node


class Filled(NamedTuple):
    """An entry with its defaults: the data, and where each field stands that they filled."""

    raw: dict[str, Node]
    places: Mapping[tuple[PathPart, ...], Place]
    origins: Mapping[str, Place]


class SectionDefaults:
    """What a document fills into the entries of one section."""

    def __init__(self, model: type[Entry], values: Mapping[str, Node], place: Place) -> None:
        self._model = model
        self._values = values
        self._place = place
        self._whole = frozenset(values) - section_fields(model)
        self._shared: dict[frozenset[str], Filled] = {}

    def fill(self, raw: Mapping[str, Node]) -> Filled:
        """Return the entry with its defaults."""
        taken = frozenset(self._values.keys() & raw.keys())
        if not taken <= self._whole:
            return _filled(*self._merge(self._model, raw, self._values, ()))
        # Most entries leave out the same fields: work it out once for all of them.
        known = self._shared.get(taken)
        if known is None:
            blank = dict.fromkeys(taken)
            merged, places = self._merge(self._model, blank, self._values, ())
            known = _filled({k: v for k, v in merged.items() if k not in taken}, places)
            self._shared[taken] = known
        return Filled({**known.raw, **raw}, known.places, known.origins)

    def _merge(
        self,
        model: type[Part],
        raw: Mapping[str, Node],
        values: Mapping[str, Node],
        path: tuple[PathPart, ...],
    ) -> tuple[dict[str, Node], dict[tuple[PathPart, ...], Place]]:
        merged = dict(raw)
        places: dict[tuple[PathPart, ...], Place] = {}
        inner = section_fields(model)
        for name, value in values.items():
            here = (*path, name)
            if name in inner and isinstance(value, dict) and isinstance(raw.get(name, {}), dict):
                merged[name], below = self._merge(
                    _part_of(model, name), raw.get(name, {}), value, here
                )
                places |= below
            elif name not in raw:
                merged[name] = value
                places[here] = self._place.at(*here)
        return merged, places


def _filled(raw: dict[str, Node], places: dict[tuple[PathPart, ...], Place]) -> Filled:
    origins = {".".join(map(str, path)): place for path, place in places.items()}
    return Filled(raw, places, origins)


def _part_of(model: type[Part], name: str) -> type[Part]:
    """Return the part that a field holds; an empty one for a map of settings."""
    held = models_in(model.model_fields[name].annotation)
    return next((each for each in held if issubclass(each, Part)), Part)
