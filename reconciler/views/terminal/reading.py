"""What was read: how many PBXs and phones, what did not answer, and a target's title."""

from reconciler.model.plan import Plan, TargetSummary
from reconciler.planning.diff import RESTING
from reconciler.views.words import count, scope_of, span


def reading(plan: Plan, read_s: float | None) -> str:
    """Return `read 2 PBXs and 34 phones in 3.1 s (1 phone not reachable)`."""
    when = f" in {span(read_s)}" if read_s is not None else ""
    missing = _missing(plan)
    return f"read {_machines(plan)}{when}" + (f" ({', '.join(missing)})" if missing else "")


def judged(plan: Plan) -> str:
    """Return `412 objects on 2 PBXs and 34 phones`."""
    return f"{count(plan.matching, 'object')} on {_machines(plan)}"


def asides(plan: Plan, read_s: float | None) -> str:
    """Return ` (read in 3.1 s, 1 phone not reachable)`, as far as there is something to say."""
    said = [f"read in {span(read_s)}"] if read_s is not None else []
    said += _missing(plan)
    return f" ({', '.join(said)})" if said else ""


def _machines(plan: Plan) -> str:
    answered = [each for each in plan.targets if each.unreachable is None]
    pbxs = sum(1 for each in answered if each.target.startswith("pbx/"))
    phones = sum(each.objects for each in answered if _is_site(each))
    parts = [count(pbxs, "PBX", "PBXs")] if pbxs or not phones else []
    parts += [count(phones, "phone")] if phones else []
    return " and ".join(parts)


def _missing(plan: Plan) -> list[str]:
    down = {each.target for each in plan.targets if each.unreachable is not None}
    phones = sum(
        1
        for each in plan.waiting
        if each.address.kind == "phone" and each.target not in down and each.reason != RESTING
    )
    parts = [f"{count(phones, 'phone')} not reachable"] if phones else []
    if down:
        parts.append(f"{', '.join(sorted(map(scope_of, down)))} not reachable")
    return parts


def _is_site(target: TargetSummary) -> bool:
    return target.target.startswith("site/")


def title(name: str, summary: TargetSummary | None) -> str:
    """Return a target's title: `ferrybank (FreePBX 17.0.28)`, `fb-main (12 phones)`."""
    if summary is None:
        return scope_of(name)
    if _is_site(summary) and summary.objects:
        about = count(summary.objects, "phone")
    else:
        version = summary.version.partition("+")[0]  # without what a distribution adds to it
        known = version.startswith(summary.adapter)
        about = version if known else f"{summary.adapter} {version}".strip()
    return f"{scope_of(name)} ({about})" if about else scope_of(name)
