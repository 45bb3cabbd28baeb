"""Targets: one for each PBX, one for each site with phones, with the adapter's settings checked."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from reconciler.adapter import Adapter
from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.place import Place
from reconciler.diagnostics.suggest import closest
from reconciler.kinds.entry import Part, flatten
from reconciler.kinds.mistakes import Subject, mistakes
from reconciler.model.target import Target
from reconciler.model.value import Value
from reconciler.resolve.index import Index, Item


class Targets:
    """Makes targets of inventory entries."""

    def __init__(self, adapters: Mapping[str, Adapter], problems: list[Diagnostic]) -> None:
        self._adapters = adapters
        self._problems = problems

    def all(self, index: Index) -> dict[str, Target]:
        """Return the targets of an estate by id."""
        targets: dict[str, Target] = {}
        for item in index.of("pbx"):
            target = self._pbx(item)
            targets[target.id] = target
        vendors: dict[str, set[str]] = {}
        for item in index.of("phone"):
            vendor = item.declaration.entry.__dict__.get("vendor") or ""
            vendors.setdefault(item.address.scope, set()).add(vendor)
        for item in index.of("site"):
            phones = item.declaration.entry.__dict__.get("phones")
            if phones is not None or item.address.key in vendors:
                target = self._site(item, phones, vendors.get(item.address.key, set()))
                targets[target.id] = target
        return targets

    def _pbx(self, item: Item) -> Target:
        entry = item.declaration.entry
        place = item.declaration.place
        name = entry.__dict__["adapter"]
        settings = dict(flatten(entry))
        adapter = self._adapter(name, "pbx", place.at("adapter"))
        if adapter is not None:
            title = f"PBX {item.address.key}"
            settings |= self._settings(adapter, entry, title, place)
        return Target(
            f"pbx/{item.address.key}", item.address.key, name, settings, place,
            item.declaration.line,
        )  # fmt: skip

    def _site(self, item: Item, phones: Part | None, vendors: set[str]) -> Target:
        """Make a site's target. Without an adapter that is there, planning says what is missing."""
        place = item.declaration.place.at("phones")
        settings = {} if phones is None else dict(flatten(phones))
        name = phones.__dict__.get("adapter") if phones is not None else None
        adapter = None
        if name is None:
            name = next(iter(vendors)) if len(vendors) == 1 else ""
            adapter = self._adapters.get(name)
        else:
            adapter = self._adapter(name, "site", place.at("adapter"))
        if adapter is not None and phones is not None:
            title = f"Site {item.address.key}, phones"
            settings |= self._settings(adapter, phones, title, place)
        return Target(
            f"site/{item.address.key}", item.address.key, name, settings,
            place if phones is not None else item.declaration.place, item.declaration.line,
        )  # fmt: skip

    def _adapter(self, name: str, holds: str, place: Place) -> Adapter | None:
        adapter = self._adapters.get(name)
        if adapter is not None and adapter.holds in (None, holds):
            return adapter
        fitting = [each.name for each in self._adapters.values() if each.holds in (None, holds)]
        near = closest(name, fitting)
        known = ", ".join(sorted(fitting)) or "none"
        says = (
            f'"{name}" is not installed'
            if adapter is None
            else f'"{name}" is not one for a {holds}'
        )
        self._problems.append(
            found(
                "unknown-adapter",
                f"The adapter {says}; installed are {known}.",
                place,
                hint=f'did you mean "{near}"?' if near else None,
            )
        )
        return None

    def _settings(
        self, adapter: Adapter, entry: Part, title: str, place: Place
    ) -> dict[str, Value]:
        """Check what stands beside the kind's own fields against the adapter's settings."""
        model = adapter.settings_model
        raw: dict[str, Any] = dict(entry.model_extra or {})
        declared = entry.model_fields_set & type(entry).model_fields.keys()
        for name in declared & model.model_fields.keys():
            raw[name] = entry.__dict__[name]
        try:
            settings: BaseModel = model.model_validate(raw)
        except ValidationError as error:
            self._problems.extend(mistakes(Subject(model, title, raw, place), error))
            return {}
        return flatten(settings) if isinstance(settings, Part) else settings.model_dump()
