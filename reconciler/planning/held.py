"""What a target cannot hold, said with a position before anything is planned. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Final

from reconciler.adapter import Adapter, Problem, Support
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.suggest import closest
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Resource
from reconciler.model.target import Target
from reconciler.model.value import Fields, Value

SECTIONS: Final = {"pbx": "pbxs", "softphones": "pbxs", "site": "sites"}
"""Where targets are written, by the first part of their id."""


def check_held(
    desired: Desired,
    adapters: Mapping[str, Adapter],
    wrong: Collection[tuple[str, str]] = (),
    known: Collection[Address] = (),
) -> tuple[Diagnostic, ...]:
    """Return an error for every kind, field and value that its target's adapter does not hold.

    `wrong` are entries (section, key) with a mistake of their own: which values a PBX holds that is
    not told right is not known. `known` are objects that are held as they are.
    """
    found: list[Diagnostic] = []
    nobody: dict[str, Diagnostic] = {}
    for resource in desired.resources.values():
        if resource.address in known:
            continue
        target = desired.targets.get(resource.target)
        if target is None:
            continue
        is_wrong = (SECTIONS[target.id.partition("/")[0]], target.scope) in wrong
        adapter = adapters.get(target.adapter)
        if adapter is None:
            if target.id not in nobody and not is_wrong:
                nobody[target.id] = _no_adapter(target, adapters)
            continue
        support = adapter.supports.get(resource.address.kind)
        if support is None:
            found.append(
                Diagnostic(
                    "kind-not-held",
                    f"{target.scope} runs {adapter.title}, and its adapter does not hold "
                    f"{resource.address.kind} objects: {resource.address} cannot be planned.",
                    resource.origin.key(),
                    hint=f"it holds {', '.join(sorted(adapter.supports))}",
                )
            )
            continue
        if support.unheld:
            found += _unheld(resource, support, adapter.title)
        for problem in () if is_wrong else _unfit(resource, target, adapter, desired):
            found.append(
                Diagnostic(
                    "value-not-held",
                    f"{resource.address}: {problem.detail}",
                    resource.place_of(problem.path) if problem.path else resource.origin.key(),
                    problem.hint,
                    problem.severity,
                )
            )
    found += _stopping(desired, adapters, wrong)
    return (*nobody.values(), *found)


def _unfit(
    resource: Resource, target: Target, adapter: Adapter, desired: Desired
) -> Iterable[Problem]:
    """Return what the adapter says of an object's values, as far as nothing in them is wrong."""
    address = resource.address
    if address not in desired.flaws:
        return adapter.check(resource, target)
    known = {path: v for path, v in resource.fields.items() if desired.knows(address, path)}
    from reconciler.kinds import KINDS  # only where something is wrong

    model = KINDS[address.kind]
    if any(each.is_required() and n not in known for n, each in model.model_fields.items()):
        return ()
    found = adapter.check(resource._replace(fields=known), target)
    return [each for each in found if each.path and desired.knows(address, each.path)]


def _stopping(
    desired: Desired, adapters: Mapping[str, Adapter], wrong: Collection[tuple[str, str]]
) -> Iterator[Diagnostic]:
    """Find trunks at which an emergency call ends although its route names another one."""
    told: set[Address] = set()
    for route in desired.resources.values():
        if route.address.kind != "outbound_route" or not route.fields.get("emergency"):
            continue
        target = desired.targets.get(route.target)
        adapter = None if target is None else adapters.get(target.adapter)
        support = None if adapter is None else adapter.supports.get("trunk")
        if adapter is None or support is None or not support.goes_on:
            continue
        for trunk, following in pairwise(_in_use(route, desired)):
            goes_on = all(trunk.fields.get(at) == value for at, value in support.goes_on.items())
            if goes_on or trunk.address in told or ("trunks", trunk.address.key) in wrong:
                continue
            told.add(trunk.address)
            yield _ends_at(trunk, following, route, adapter.title, support.goes_on)


def _in_use(route: Resource, desired: Desired) -> Iterator[Resource]:
    """Yield the trunks of a route in order; those that are switched off are passed over."""
    for key in route.fields.get("trunks") or ():
        trunk = desired.resources.get(Address("trunk", route.address.scope, key))
        if trunk is not None and trunk.fields.get("enabled") is not False:
            yield trunk


def _ends_at(
    trunk: Resource, following: Resource, route: Resource, title: str, goes_on: Fields
) -> Diagnostic:
    needed = ", ".join(_written(*each) for each in goes_on.items())
    return Diagnostic(
        "emergency-ends-at-busy",
        f"{route.address}: a call for help that trunk {trunk.address.key} ends with busy is not "
        f"tried on trunk {following.address.key}: {title} gives up there, unless the trunk says "
        "otherwise.",
        trunk.origin.key(),
        hint=f"trunks: {{{trunk.address.key}: {{{needed}}}}}",
        severity="warning",
    )


def _written(path: str, value: Value) -> str:
    """Return a field as it stands in YAML."""
    name, _, below = path.partition(".")
    return f"{name}: {{{_written(below, value)}}}" if below else f'{name}: "{value}"'


def _no_adapter(target: Target, adapters: Mapping[str, Adapter]) -> Diagnostic:
    """Say once that nobody talks to a target on which something is declared."""
    if target.id.startswith("site/"):
        hint = "to try it out, give the site `phones: {adapter: memory}`"
    else:
        near = closest(target.adapter, sorted(adapters))
        hint = f'did you mean "{near}"?' if near else f"there are {', '.join(sorted(adapters))}"
    return Diagnostic(
        "no-adapter",
        f"There is no adapter for {target.adapter or 'phones'} yet, so nothing on {target.scope} "
        "can be planned.",
        target.origin.at("adapter") if target.adapter else target.origin.key(),
        hint=hint,
    )


def _unheld(resource: Resource, support: Support, title: str) -> list[Diagnostic]:
    """Return what is not held, a section once and not for each of its fields."""
    found: dict[str, Diagnostic] = {}
    for path, value in resource.fields.items():
        part = _unheld_part(path, support)
        if part is not None and value is not None and part not in found:
            found[part] = Diagnostic(
                "field-not-held",
                f"{resource.address}: {title} cannot hold {part}: {support.unheld[part]}",
                resource.place_of(path).key(),
                hint="leave the field out" if part == path else f"leave {part} out",
            )
    return list(found.values())


def _unheld_part(path: str, support: Support) -> str | None:
    """Return the field, or the section that it is in, that is not held; None if it is."""
    part = path
    while part and part not in support.unheld:
        part = part.rpartition(".")[0]
    return part or None
