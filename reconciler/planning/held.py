"""What a target cannot hold, said with a position before anything is planned. Pure."""

from collections.abc import Mapping

from reconciler.adapter import Adapter, Support
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.model.resource import Desired, Resource


def check_held(desired: Desired, adapters: Mapping[str, Adapter]) -> tuple[Diagnostic, ...]:
    """Return an error for every kind, field and value that its target's adapter does not hold."""
    found: list[Diagnostic] = []
    for resource in desired.resources.values():
        target = desired.targets.get(resource.target)
        if target is None:
            continue
        adapter = adapters.get(target.adapter)
        if adapter is None:
            found.append(
                Diagnostic(
                    "no-adapter",
                    f"{resource.address}: there is no adapter for {target.adapter or 'phones'} "
                    f"yet, so nothing on {target.scope} can be planned.",
                    resource.origin.key(),
                    hint="to try it out, give the site `phones: {adapter: memory}`"
                    if target.id.startswith("site/")
                    else None,
                )
            )
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
        for problem in adapter.check(resource, target):
            found.append(
                Diagnostic(
                    "value-not-held",
                    f"{resource.address}: {problem.detail}",
                    resource.place_of(problem.path) if problem.path else resource.origin.key(),
                    problem.hint,
                    problem.severity,
                )
            )
    return tuple(found)


def _unheld(resource: Resource, support: Support, title: str) -> list[Diagnostic]:
    found = []
    for path, value in resource.fields.items():
        reason = _reason(path, support)
        if reason is not None and value is not None:
            found.append(
                Diagnostic(
                    "field-not-held",
                    f"{resource.address}: {title} cannot hold {path}: {reason}",
                    resource.place_of(path).key(),
                    hint="leave the field out",
                )
            )
    return found


def _reason(path: str, support: Support) -> str | None:
    prefix = path
    while prefix:
        if prefix in support.unheld:
            return support.unheld[prefix]
        prefix = prefix.rpartition(".")[0]
    return None
