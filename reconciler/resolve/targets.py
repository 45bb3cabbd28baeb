"""Targets: one for each PBX, one for each site's phones, with the adapter's settings checked.

Phones whose site names no adapter, and softphones whose PBX does not hold any, are given files.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from reconciler.adapter import Adapter
from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.place import Place
from reconciler.diagnostics.suggest import closest
from reconciler.kinds.entry import Part, flatten, local_files
from reconciler.kinds.mistakes import Subject, mistakes
from reconciler.kinds.not_in_effect import for_adapter
from reconciler.kinds.salvage import salvage
from reconciler.model.target import Target
from reconciler.model.value import Value
from reconciler.resolve.index import Index, Item

FILES: Final = "phones"
"""The adapter that publishes devices' files."""
SOFTPHONES: Final = "softphones"
"""The first part of the ids of targets for a PBX's softphones."""


class Targets:
    """Makes targets of inventory entries."""

    def __init__(self, adapters: Mapping[str, Adapter], problems: list[Diagnostic]) -> None:
        self._adapters = adapters
        self._problems = problems

    def all(self, index: Index) -> dict[str, Target]:
        """Return the targets of an estate by id."""
        targets: dict[str, Target] = {}
        for item in index.of("pbx"):
            if item.declaration.entry.__dict__["adapter"] is None:
                continue  # that it is missing or wrong was said
            target = self._pbx(item)
            targets[target.id] = target
            if not self._holds_softphones(target):
                apps = self._softphones(target)
                targets[apps.id] = apps
        for item in index.of("site"):
            target = self._site(item, item.declaration.entry.__dict__.get("phones"))
            targets[target.id] = target
        return targets

    def _holds_softphones(self, pbx: Target) -> bool:
        adapter = self._adapters.get(pbx.adapter)
        return adapter is None or "softphone" in adapter.supports

    def _softphones(self, pbx: Target) -> Target:
        return Target(
            f"{SOFTPHONES}/{pbx.scope}", pbx.scope, FILES, {}, pbx.origin, pbx.line, on_demand=True
        )

    def _pbx(self, item: Item) -> Target:
        entry = item.declaration.entry
        place = item.declaration.place
        name = entry.__dict__["adapter"]
        settings = dict(flatten(entry))
        adapter = self._adapter(name, "pbx", place.at("adapter"))
        if adapter is not None:
            title = f"PBX {item.address.key}"
            settings |= self._settings(adapter, entry, title, place, item.declaration.flaws)
            name = adapter.name
        return Target(
            f"pbx/{item.address.key}", item.address.key, name, settings, place,
            item.declaration.line, files=_files(entry, adapter),
        )  # fmt: skip

    def _site(self, item: Item, phones: Part | None) -> Target:
        """Make a site's target."""
        place = item.declaration.place.at("phones")
        settings = {} if phones is None else dict(flatten(phones))
        said = phones.__dict__.get("adapter") if phones is not None else None
        name = FILES if said is None else str(said)
        adapter = self._adapters.get(name)
        if said is not None:
            adapter = self._adapter(name, "site", place.at("adapter"))
        if adapter is not None and phones is not None:
            title = f"Site {item.address.key}, phones"
            wrong = item.declaration.flaws
            flaws = frozenset(e.removeprefix("phones.") for e in wrong if e.startswith("phones."))
            settings |= self._settings(adapter, phones, title, place, flaws)
            name = adapter.name
        return Target(
            f"site/{item.address.key}", item.address.key, name, settings,
            place if phones is not None else item.declaration.place, item.declaration.line,
            on_demand=said is None, files=_files(phones, adapter),
        )  # fmt: skip

    def _adapter(self, name: str, holds: str, place: Place) -> Adapter | None:
        """Return an adapter; where there is none, the one that was probably meant."""
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
        return self._adapters.get(near or "")

    def _settings(
        self, adapter: Adapter, entry: Part, title: str, place: Place, flaws: frozenset[str]
    ) -> dict[str, Value]:
        """Check what stands beside the kind's own fields against the adapter's settings.

        What is wrong with the kind's own fields (`flaws`) was said.
        """
        model = adapter.settings_model
        known = model.model_fields.keys() | getattr(model, "reads", frozenset())
        raw: dict[str, Any] = dict(entry.model_extra or {})
        declared = entry.model_fields_set & type(entry).model_fields.keys()
        for name in declared & model.model_fields.keys():
            raw[name] = entry.__dict__[name]
        for name in for_adapter(type(entry)):
            if name in declared and name not in known:
                self._problems.append(
                    found(
                        "not-in-effect",
                        f"{title}: the adapter for {adapter.title} does not look at {name}.",
                        place.at(name).key(),
                        hint="leave it out",
                    )
                )
        try:
            settings: BaseModel = model.model_validate(raw)
        except ValidationError as error:
            told, rest = _salvaged(model, Subject(model, title, raw, place), error)
            said = {(*place.path, flaw.partition(".")[0]) for flaw in flaws}
            self._problems += [
                each
                for each in told
                if not isinstance(each.at, Place) or each.at.path[: len(place.path) + 1] not in said
            ]
            if rest is None:
                return {}
            settings = rest
        return flatten(settings) if isinstance(settings, Part) else settings.model_dump()


def _salvaged(
    model: type[BaseModel], subject: Subject, error: ValidationError
) -> tuple[Sequence[Diagnostic], BaseModel | None]:
    """Return all that is wrong with settings, and the settings if they are to be had anyway."""
    if not issubclass(model, Part):
        return [each.finding for each in mistakes(subject, error)], None
    rest = salvage(model, subject, error)
    return rest.findings, None if rest.flaws else rest.entry


def _files(entry: Part | None, adapter: Adapter | None) -> frozenset[str]:
    """Return the settings of an inventory entry that name files of this machine."""
    names = frozenset[str]() if entry is None else local_files(type(entry))
    model = None if adapter is None else adapter.settings_model
    if model is not None and issubclass(model, Part):
        names |= local_files(model)
    return names
