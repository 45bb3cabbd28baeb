"""The part of an estate that a look at it is narrowed to: some PBXs and sites."""

from collections.abc import Sequence
from dataclasses import dataclass

import click

from reconciler.diagnostics.suggest import closest
from reconciler.model.ownership import Ownership
from reconciler.model.plan import Plan
from reconciler.model.resource import Desired
from reconciler.planning.phones.fleet import Member, lines_of
from reconciler.planning.select import Selection


@dataclass(frozen=True, slots=True)
class Part:
    """Targets by id; None is all of them. `asked` are those, and PBXs that know of their phones."""

    selection: Selection
    targets: frozenset[str] | None = None
    asked: frozenset[str] | None = None

    @classmethod
    def of(cls, desired: Desired, pbxs: Sequence[str], sites: Sequence[str]) -> "Part":
        """Return the part that is named. Raises UsageError for what is not declared."""
        if not (pbxs or sites):
            return cls(Selection())
        for names, known, what in ((pbxs, desired.pbxs, "PBX"), (sites, desired.sites, "site")):
            for wrong in sorted(set(names) - known.keys()):
                near = closest(wrong, known)
                hint = f' Did you mean "{near}"?' if near else ""
                raise click.UsageError(f'No {what} "{wrong}" is declared.{hint}')
        named = {f"pbx/{each}" for each in pbxs} | {f"site/{each}" for each in sites}
        named |= {f"softphones/{each}" for each in pbxs}
        targets = frozenset(named & desired.targets.keys())
        phones = [e for e in desired.resources.values() if e.target in targets]
        registered = {f"pbx/{line.scope}" for each in phones for line in lines_of(each)}
        return cls(Selection(scopes=(*pbxs, *sites)), targets, targets | registered)

    def has(self, target: str) -> bool:
        """Whether the target is in it."""
        return self.targets is None or target in self.targets

    def plan(self, planned: Plan) -> Plan:
        """Return the plan with what is said of these targets."""
        kept = tuple(each for each in planned.targets if self.has(each.target))
        return planned._replace(targets=kept)

    def ownership(self, ownership: Ownership) -> Ownership:
        """Return what is ours on these targets."""
        objects = {a: each for a, each in ownership.objects.items() if self.has(each.target)}
        return ownership._replace(objects=objects)

    def phones(self, members: Sequence[Member]) -> tuple[Member, ...]:
        """Return the phones at these sites, and the softphones of these PBXs."""
        return tuple(
            each
            for each in members
            if any(self.has(f"{at}/{each.address.scope}") for at in ("site", "softphones"))
        )
