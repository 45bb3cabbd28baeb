"""Safety rails: what a plan must not do unless somebody says why. Each refusal is a diagnostic.

A rail says what, how many against which limit, who is hit, and the exact flag that overrides it.
Objects that were not read are no business of the rails: no change is planned for them at all.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.model.address import Address
from reconciler.model.change import Adopt, Change, Create, Delete, Forget, Move, Replace, Update
from reconciler.model.live import Live
from reconciler.model.ownership import Ownership
from reconciler.model.plan import Refusal
from reconciler.model.resource import Desired
from reconciler.model.value import Fields
from reconciler.planning.diff import Diff
from reconciler.planning.lower import writes
from reconciler.planning.order import references_in
from reconciler.planning.policy import Policy
from reconciler.planning.reach import emergency_routes, outside_numbers, reaches_a_person


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that a rail may look at. `before` and `after` are all objects of all targets."""

    diff: Diff
    desired: Desired
    live: Live
    ownership: Ownership
    policy: Policy
    before: Mapping[Address, Fields]
    after: Mapping[Address, Fields]

    def changes(self, *types: type[Change]) -> list[Change]:
        """Return the changes of these types, sorted by address."""
        found = [each for each in self.diff.changes if isinstance(each, types)]
        return sorted(found, key=lambda each: each.address)


Rail = Callable[[Situation], Iterator[Diagnostic]]


def check_rails(
    diff: Diff,
    desired: Desired,
    live: Live,
    ownership: Ownership,
    before: Mapping[Address, Fields],
    after: Mapping[Address, Fields],
    overrides: Mapping[str, str],
) -> tuple[Refusal, ...]:
    """Return what the rails found. `overrides` maps a rail to the reason for passing it.

    `before` and `after` are all objects of all targets, as they are and as they will be.
    """
    at = Situation(diff, desired, live, ownership, Policy(desired.policy), before, after)
    found = []
    for name, rail in RAILS.items():
        always = name in UNCONDITIONAL
        severity = "refuse" if always else at.policy.severity(name)
        if severity == "off":
            continue
        for diagnostic in rail(at):
            if severity == "warn":
                diagnostic = Diagnostic(
                    diagnostic.code, diagnostic.detail, diagnostic.at, diagnostic.hint, "warning",
                    diagnostic.related,
                )  # fmt: skip
            found.append(Refusal(name, diagnostic, None if always else overrides.get(name)))
    return tuple(found)


def _allow(rail: str) -> str:
    return f'if this is meant: reconciler apply --allow {rail} --reason "..."'


def _names(addresses: Sequence[Address], desired: Mapping[Address, Fields]) -> str:
    """Return who is hit, in people's words: names first, at most five."""

    def name(address: Address) -> str:
        fields = desired.get(address, {})
        label = fields.get("name")
        return f"{label} ({address.key})" if label else str(address)

    shown = ", ".join(name(each) for each in addresses[:5])
    more = len(addresses) - 5
    return f"{shown} and {more} more" if more > 0 else shown


def _too_many(
    at: Situation, rail: str, types: tuple[type[Change], ...], verb: str
) -> Iterator[Diagnostic]:
    """Count changes per kind and target against the limit."""
    groups: dict[tuple[str, str], list[Address]] = {}
    for change in at.changes(*types):
        if writes(change):
            groups.setdefault((change.target, change.address.kind), []).append(change.address)
    limit = at.policy.limit(rail)
    for (target, kind), addresses in sorted(groups.items()):
        there = sum(1 for each in at.live.targets[target].objects if each.kind == kind)
        allowed = limit.allowed(there)
        if len(addresses) > allowed:
            yield Diagnostic(
                rail,
                f"{len(addresses)} of {there} {kind} objects on {_scope(target)} would be {verb} "
                f"(limit: {limit}). Who: {_names(addresses, at.before)}.",
                hint=_allow(rail),
            )


def _scope(target: str) -> str:
    return target.partition("/")[2]


def _too_many_deletes(at: Situation) -> Iterator[Diagnostic]:
    yield from _too_many(at, "too-many-deletes", (Delete, Replace), "deleted")


def _too_many_changes(at: Situation) -> Iterator[Diagnostic]:
    yield from _too_many(at, "too-many-changes", (Update, Move, Adopt), "changed")


def _shrunk_desired(at: Situation) -> Iterator[Diagnostic]:
    """Much less is declared than what we own: a folder that was not given, a file that is lost."""
    owned: dict[tuple[str, str], list[Address]] = {}
    for row in at.ownership.objects.values():
        owned.setdefault((row.target, row.address.kind), []).append(row.address)
    gone: dict[tuple[str, str], list[Address]] = {}
    for change in at.changes(Delete):
        if change.address in at.ownership.objects:
            gone.setdefault((change.target, change.address.kind), []).append(change.address)
    share = at.policy.limit("shrunk-desired").share
    for (target, kind), addresses in sorted(gone.items()):
        there = len(owned[target, kind])
        whole = not any(each.target == target for each in at.desired.resources.values())
        if whole or (share is not None and there > 2 and len(addresses) * 100 > there * share):
            yield Diagnostic(
                "shrunk-desired",
                f"{len(addresses)} of our {there} {kind} objects on {_scope(target)} are not "
                f"declared any more{', like everything else there' if whole else ''} (limit: "
                f"{share or 0:g} %). A folder that was not given or a lost file looks like this.",
                hint=_allow("shrunk-desired"),
            )


def _protected(at: Situation) -> Iterator[Diagnostic]:
    for change in at.changes(Delete, Replace):
        row = at.ownership.objects.get(change.address)
        declared = at.desired.resources.get(change.address)
        if (row and row.protect) or (declared and declared.meta.protect):
            verb = "deleted" if isinstance(change, Delete) else "replaced"
            yield Diagnostic(
                "protected-object",
                f"{change.address} is protected and would be {verb}. The protection was applied "
                "with it and holds although the entry may have left the files.",
                change.origin,
                hint="declare it again without `protect: true`, apply that, then remove it; or "
                + _allow("protected-object"),
            )


def _number_released(at: Situation) -> Iterator[Diagnostic]:
    """A DID goes only when somebody says so by its name, never because a file is gone."""
    said = {each.address for each in at.desired.removed if each.destroy}
    for change in at.changes(Delete):
        if change.address.kind == "inbound_route" and change.address not in said:
            yield Diagnostic(
                "number-release",
                f"{change.address.key} would no longer be routed: {change.address} has left the "
                "files. Numbers are never released as a side effect.",
                hint=f"say it: removed: [{{address: {change.address}, destroy: true}}]; or "
                + _allow("number-release"),
            )


def _emergency_lost(at: Situation) -> Iterator[Diagnostic]:
    before, after = emergency_routes(at.before), emergency_routes(at.after)
    for scope in sorted(before.keys() - after.keys()):
        yield Diagnostic(
            "emergency-route",
            f"After this plan nobody on {scope} could call for help: "
            f"{', '.join(str(each) for each in sorted(before[scope]))} would be gone or without a "
            "usable trunk.",
            hint="keep an outbound route with `emergency: true` over an enabled trunk; or "
            + _allow("emergency-route"),
        )


def _protected_number_lost(at: Situation) -> Iterator[Diagnostic]:
    numbers = at.policy.protected_numbers
    for address, fields in sorted(at.before.items()):
        if address.kind != "inbound_route":
            continue
        declared = at.desired.resources.get(address)
        if address.key not in numbers and not (declared and declared.meta.protect):
            continue
        if reaches_a_person(address, at.before) and not reaches_a_person(address, at.after):
            now = at.after.get(address, {}).get("destination", "nothing")
            yield Diagnostic(
                "protected-number",
                f"{address.key} is protected and would no longer reach a person: it would go to "
                f"{now} (before: {fields.get('destination')}).",
                declared.place_of("destination") if declared else None,
                hint=_allow("protected-number"),
            )


def _foreign_object(at: Situation) -> Iterator[Diagnostic]:
    """Taking over what somebody else made is fine; overwriting it needs a word."""
    for change in at.changes(Adopt, Replace):
        if not isinstance(change, (Adopt, Replace)) or change.address in at.ownership.objects:
            continue
        if _locked(at, change) is not None:
            continue  # the rail below says that it cannot be done at all
        if writes(change):
            what = ", ".join(each.path for each in change.fields) or "lines written by hand"
            yield Diagnostic(
                "foreign-object",
                f"{change.address} exists on {_scope(change.target)} and is not ours; this plan "
                f"would overwrite {what}.",
                change.origin,
                hint=f"take it over first: reconciler adopt {change.address}; or "
                + _allow("foreign-object"),
            )


def _locked_object(at: Situation) -> Iterator[Diagnostic]:
    for change in at.changes(Update, Replace, Delete, Adopt, Move):
        locked = _locked(at, change)
        if locked is not None and writes(change):
            yield Diagnostic(
                "locked-object",
                f"{change.address} cannot be written: {locked}.",
                change.origin,
                hint="remove it from there by hand (apply creates it again in our files), or "
                "declare it as it is",
            )


def _locked(at: Situation, change: Change) -> str | None:
    """Return why the object that a change is about cannot be written, None if it can."""
    target = at.live.targets.get(change.target)
    source = change.source if isinstance(change, Move) else change.address
    found = target.objects.get(source) if target else None
    return found.locked if found is not None else None


def _still_referenced(at: Situation) -> Iterator[Diagnostic]:
    """A delete or a move must not leave somebody else's object pointing at nothing."""
    moved = {each.source for each in at.changes(Move) if isinstance(each, Move)}
    deleted = {each.address for each in at.changes(Delete)} | (moved - at.after.keys())
    if not deleted:
        return
    referrers: dict[Address, list[Address]] = {}
    for address, fields in at.after.items():
        for need in references_in(address, fields) & deleted:
            referrers.setdefault(need, []).append(address)
    for address, who in sorted(referrers.items()):
        verb = "moved" if address in moved else "deleted"
        yield Diagnostic(
            "still-referenced",
            f"{address} would be {verb}, but {', '.join(str(each) for each in sorted(who))} "
            "still refers to it.",
            hint="change or delete what refers to it first; or " + _allow("still-referenced"),
        )


def _pending_reload(at: Situation) -> Iterator[Diagnostic]:
    """Somebody else's unapplied changes would go live with ours."""
    for name, target in sorted(at.live.targets.items()):
        ours = name in at.ownership.owed
        if target.pending_reload and not ours and _has_writes(at, name):
            yield Diagnostic(
                "pending-reload",
                f"{_scope(name)} holds changes of others that are not in effect yet "
                f"({target.pending_reload}); our reload would make them live.",
                hint="apply or discard them on the PBX first; or " + _allow("pending-reload"),
            )


def _reload_with_calls(at: Situation) -> Iterator[Diagnostic]:
    limit = at.policy.max_active_calls
    for name, target in sorted(at.live.targets.items()):
        if limit is None or target.active_calls is None or not _has_writes(at, name):
            continue
        if target.active_calls > limit:
            yield Diagnostic(
                "active-calls",
                f"{target.active_calls} calls are up on {_scope(name)} (policy allows a reload "
                f"with {limit}).",
                hint="wait until they have ended; or " + _allow("active-calls"),
            )


def _toll_fraud(at: Situation) -> Iterator[Diagnostic]:
    """Routes that let anybody dial anything, and forwards to numbers that nobody allowed."""
    prefixes = at.policy.allowed_outbound_prefixes
    for change in at.changes(Create, Update, Replace, Adopt, Move):
        if isinstance(change, (Delete, Forget)) or not writes(change):
            continue
        fields = change.after
        if change.address.kind == "outbound_route":
            guarded = fields.get("emergency") or fields.get("classes") or fields.get("pin")
            patterns = [each.get("match", "") for each in fields.get("patterns") or ()]
            wide = [each for each in patterns if _OPEN.fullmatch(each)]
            if wide and not guarded:
                yield Diagnostic(
                    "toll-fraud",
                    f"{change.address} lets every extension dial anything that matches "
                    f"{', '.join(wide)}, abroad included, without a class of service or a PIN.",
                    change.origin,
                    hint="name the classes that may use it (`classes: [international]`), or "
                    + _allow("toll-fraud"),
                )
        if prefixes:
            # What a user has set from the phone before is not this plan's doing.
            known = outside_numbers(change.address.kind, getattr(change, "before", {}))
            for number in outside_numbers(change.address.kind, fields):
                if number not in known and not number.lstrip("+").startswith(
                    tuple(p.lstrip("+") for p in prefixes)
                ):
                    yield Diagnostic(
                        "toll-fraud",
                        f"{change.address} would send calls to {number}, which begins with none "
                        f"of the allowed prefixes ({', '.join(prefixes)}).",
                        change.origin,
                        hint="add the prefix to policy.allowed_outbound_prefixes, or "
                        + _allow("toll-fraud"),
                    )


def _has_writes(at: Situation, target: str) -> bool:
    return any(writes(each) for each in at.diff.changes if each.target == target)


_OPEN = re.compile(r"_?(\+|00|011)?[XZN]?[.!]")
"""Patterns that match any number, or any number abroad."""

RAILS: Mapping[str, Rail] = {
    "shrunk-desired": _shrunk_desired,
    "too-many-deletes": _too_many_deletes,
    "too-many-changes": _too_many_changes,
    "protected-object": _protected,
    "number-release": _number_released,
    "emergency-route": _emergency_lost,
    "protected-number": _protected_number_lost,
    "toll-fraud": _toll_fraud,
    "foreign-object": _foreign_object,
    "locked-object": _locked_object,
    "still-referenced": _still_referenced,
    "pending-reload": _pending_reload,
    "active-calls": _reload_with_calls,
}
"""Every rail by its id, in the order in which they are shown."""

UNCONDITIONAL = frozenset({"locked-object"})
"""Rails that no flag overrides, because what they stop cannot be done."""
