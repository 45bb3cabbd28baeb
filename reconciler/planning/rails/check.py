"""Safety rails: what a plan must not do unless somebody says why. Each refusal is a diagnostic.

A rail says what, how many against which limit, who is hit, and the exact flag that overrides it.
Objects that were not read are no business of the rails: no change is planned for them at all.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.model.address import Address
from reconciler.model.change import Adopt, Change, Delete, Move, Replace, Update
from reconciler.model.live import Live
from reconciler.model.ownership import Ownership
from reconciler.model.plan import Refusal
from reconciler.model.resource import Desired
from reconciler.model.value import Fields
from reconciler.planning.diff import Diff
from reconciler.planning.heirs import Heirs
from reconciler.planning.impact.names import kind_words
from reconciler.planning.lower import writes
from reconciler.planning.policy import Policy
from reconciler.planning.rails.entrances import emergency_context
from reconciler.planning.rails.locked import (
    change_loses,
    leads_to_locked,
    locked_object,
    why_locked,
)
from reconciler.planning.rails.lost import is_replaced, lost_secrets
from reconciler.planning.rails.openings import open_acl, open_mailbox, toll_fraud, weak_secret
from reconciler.planning.rails.reach import emergency_routes, numbers_lost, reaches_a_person
from reconciler.planning.rails.referenced import still_referenced
from reconciler.planning.rails.reloads import capacity, pending_reload, reload_with_calls
from reconciler.planning.rails.renumbered import unsaid_move
from reconciler.planning.rails.situation import Situation, allow, few, who
from reconciler.planning.rails.stays import removed_stays
from reconciler.planning.rails.taken import number_overlap, number_taken
from reconciler.planning.resettled import resettled

Rail = Callable[[Situation], Iterator[Diagnostic]]


def check_rails(
    diff: Diff,
    desired: Desired,
    live: Live,
    ownership: Ownership,
    before: Mapping[Address, Fields],
    after: Mapping[Address, Fields],
    overrides: Mapping[str, str],
    weak: Sequence[Diagnostic] = (),
    today: date | None = None,
    lacking: str = "",
) -> tuple[Refusal, ...]:
    """Return what the rails found. `overrides` maps a rail to the reason for passing it.

    `before` and `after` are all objects of all targets, as they are and as they will be; `weak`
    are the secrets that were found to be easily guessed. Without `today` waivers hold for
    ever. `lacking` says who applied what is not in the history of the files.
    """
    policy = Policy(desired.policy)
    at = Situation(
        diff, desired, live, ownership, policy, before, after, tuple(weak), today, lacking
    )
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
            allowed = None if name in FLAGLESS else overrides.get(name)
            found.append(Refusal(name, diagnostic, allowed))
    return tuple(found)


def _too_many(
    at: Situation, rail: str, types: tuple[type[Change], ...], verb: str
) -> Iterator[Diagnostic]:
    """Count changes per kind and target against the limit."""
    groups: dict[tuple[str, str], list[Address]] = {}
    elsewhere = resettled(at.diff.changes, at.desired.moved)
    for change in at.changes(*types):
        if writes(change) and change.address not in elsewhere:
            groups.setdefault((change.target, change.address.kind), []).append(change.address)
    limit = at.policy.limit(rail)
    for (target, kind), addresses in sorted(groups.items()):
        there = sum(1 for each in at.live.targets[target].objects if each.kind == kind)
        allowed = limit.allowed(there)
        if len(addresses) > allowed:
            yield Diagnostic(
                rail,
                f"{len(addresses)} of {there} {kind} objects on {_scope(target)} would be {verb} "
                f"(limit: {limit}). Who: {who(addresses, at.before)}.",
                hint=allow(rail),
            )


def _scope(target: str) -> str:
    return target.partition("/")[2]


def _too_many_deletes(at: Situation) -> Iterator[Diagnostic]:
    yield from _too_many(at, "too-many-deletes", (Delete, Replace), "deleted")


def _too_many_changes(at: Situation) -> Iterator[Diagnostic]:
    yield from _too_many(at, "too-many-changes", (Update, Move, Adopt), "changed")


def _shrunk_desired(at: Situation) -> Iterator[Diagnostic]:
    """Much less is declared than what we own: a folder that was not given, a file that is lost."""
    gone: dict[tuple[str, str], list[Address]] = {}
    elsewhere = resettled(at.diff.changes, at.desired.moved)
    for change in at.changes(Delete):
        if change.address in at.ownership.objects and change.address not in elsewhere:
            gone.setdefault((change.target, change.address.kind), []).append(change.address)
    if not gone:
        return
    owned = Counter((row.target, row.address.kind) for row in at.ownership.objects.values())
    emptied = {t for t, _ in gone} - {each.target for each in at.desired.resources.values()}
    for target in sorted(emptied):
        whole = [each for (at_, _), own in gone.items() if at_ == target for each in own]
        yield Diagnostic(
            "shrunk-desired",
            f"Nothing is declared on {_scope(target)} any more, where {len(whole)} objects are "
            f"ours ({_kinds(whole)}). A folder that was not given or a lost file looks like this.",
            hint=allow("shrunk-desired"),
        )
    share = at.policy.limit("shrunk-desired").share
    for (target, kind), addresses in sorted(gone.items()):
        there = owned[target, kind]
        too_many = share is not None and there > 2 and len(addresses) * 100 > there * share
        if too_many and target not in emptied:
            yield Diagnostic(
                "shrunk-desired",
                f"{len(addresses)} of our {there} {kind} objects on {_scope(target)} are not "
                f"declared any more (limit: {share or 0:g} %). A folder that was not given or a "
                "lost file looks like this.",
                hint=allow("shrunk-desired"),
            )


def _kinds(addresses: Sequence[Address]) -> str:
    """Return how many there are of each kind: `2 extensions, 1 trunk`."""
    counts = Counter(each.kind for each in addresses)
    return ", ".join(f"{many} {kind_words(kind, many)}" for kind, many in sorted(counts.items()))


def _protected(at: Situation) -> Iterator[Diagnostic]:
    deletes = at.changes(Delete)
    heirs = Heirs(at.desired, at.ownership).among(deletes)
    for change in at.changes(Delete, Replace):
        heir = heirs.get(change.address)
        if heir is not None and at.desired.resources[heir].meta.protect:
            continue  # it goes on elsewhere, protected as it was
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
                + allow("protected-object"),
            )


def _number_released(at: Situation) -> Iterator[Diagnostic]:
    """A DID goes only when somebody says so by its name, never because a file is gone."""
    said = {each.address for each in at.desired.removed if each.destroy}
    deletes = at.changes(Delete)
    said |= Heirs(at.desired, at.ownership).among(deletes).keys()
    for change in deletes:
        if change.address.kind == "inbound_route" and change.address not in said:
            yield Diagnostic(
                "number-release",
                f"{change.address.key} would no longer be routed: {change.address} has left the "
                "files. Numbers are never released as a side effect.",
                hint=f"say it: removed: [{{address: {change.address}, destroy: true}}]; or "
                + allow("number-release"),
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
            + allow("emergency-route"),
        )
    for scope, numbers in numbers_lost(at.diff.changes, at.before, at.after).items():
        yield Diagnostic(
            "emergency-route",
            f"After this plan no emergency route on {scope} would take {few(numbers)} any more.",
            hint="keep it among the `patterns` of a route with `emergency: true`, and no route "
            "with a lower `order` that takes it first; or " + allow("emergency-route"),
        )


def _protected_number_lost(at: Situation) -> Iterator[Diagnostic]:
    numbers = at.policy.protected_numbers
    heirs = Heirs(at.desired, at.ownership).among(at.changes(Delete))
    routes = sorted(each for each in at.before if each.kind == "inbound_route")
    for address in routes:
        fields = at.before[address]
        declared = at.desired.resources.get(address)
        if address.key not in numbers and not (declared and declared.meta.protect):
            continue
        heir = heirs.get(address, address)
        if reaches_a_person(address, at.before) and not reaches_a_person(heir, at.after):
            now = at.after.get(heir, {}).get("destination", "nothing")
            yield Diagnostic(
                "protected-number",
                f"{address.key} is protected and would no longer reach a person: it would go to "
                f"{now} (before: {fields.get('destination')}).",
                declared.place_of("destination") if declared else None,
                hint=allow("protected-number"),
            )


def _recover(target: str) -> str:
    return f"reconciler secrets recover {_scope(target)}"


def _foreign_object(at: Situation) -> Iterator[Diagnostic]:
    """Taking over what somebody else made is fine; overwriting it needs a word."""
    for change in at.changes(Adopt, Replace):
        if not isinstance(change, (Adopt, Replace)) or change.address in at.ownership.objects:
            continue
        if why_locked(at, change) is not None:
            continue  # the rail below says that it cannot be done at all
        if writes(change):
            what = ", ".join(each.path for each in change.fields) or "lines written by hand"
            keep = f"keep the password that is there: {_recover(change.target)}; or "
            yield Diagnostic(
                "foreign-object",
                f"{change.address} exists on {_scope(change.target)} and is not ours; this plan "
                f"would overwrite {what}.",
                change.origin,
                hint=(keep if is_replaced(change.fields) else "")
                + f"take it over first: reconciler adopt {change.address}; or "
                + allow("foreign-object"),
            )


def _not_in_history(at: Situation) -> Iterator[Diagnostic]:
    """An older checkout, or a branch without what was applied: the plan undoes that."""
    if at.lacking and any(writes(each) for each in at.diff.changes):
        yield Diagnostic(
            "not-in-history",
            f"{at.lacking[0].upper()}{at.lacking[1:]}, which is not in the history of what is "
            "checked out here: this plan may undo it. An older checkout or another branch looks "
            "like this.",
            hint="git pull or merge first; or " + allow("not-in-history"),
        )


RAILS: Mapping[str, Rail] = {
    "not-in-history": _not_in_history,
    "shrunk-desired": _shrunk_desired,
    "too-many-deletes": _too_many_deletes,
    "too-many-changes": _too_many_changes,
    "unsaid-move": unsaid_move,
    "lost-secrets": lost_secrets,
    "protected-object": _protected,
    "number-release": _number_released,
    "emergency-route": _emergency_lost,
    "emergency-context": emergency_context,
    "protected-number": _protected_number_lost,
    "toll-fraud": toll_fraud,
    "open-acl": open_acl,
    "weak-secret": weak_secret,
    "open-mailbox": open_mailbox,
    "foreign-object": _foreign_object,
    "locked-object": locked_object,
    "leads-to-locked": leads_to_locked,
    "change-loses": change_loses,
    "still-referenced": still_referenced,
    "removed-stays": removed_stays,
    "number-taken": number_taken,
    "number-overlap": number_overlap,
    "pending-reload": pending_reload,
    "active-calls": reload_with_calls,
    "capacity": capacity,
}
"""Every rail by its id, in the order in which they are shown."""

UNCONDITIONAL = frozenset({"locked-object"})
"""Rails that always refuse, whatever the policy says."""

FLAGLESS = UNCONDITIONAL | {"change-loses", "removed-stays"}
"""Rails that no flag overrides, because what they stop cannot be done."""
