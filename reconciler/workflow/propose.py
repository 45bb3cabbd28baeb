"""Propose: a survey becomes a plan; a plan that was saved is looked at again. Pure."""

import hashlib
from collections.abc import Iterator, Mapping

from reconciler import __version__
from reconciler.adapters.devices import DEVICES
from reconciler.model.address import Address
from reconciler.model.change import Delete
from reconciler.model.codec import canonical, to_json
from reconciler.model.live import live_fingerprint
from reconciler.model.plan import Plan
from reconciler.model.step import Commit, Step
from reconciler.planning.diff import Diff, diff
from reconciler.planning.lower import commits
from reconciler.planning.phones.telling import with_disruptions
from reconciler.planning.phones.windows import with_windows
from reconciler.planning.places import is_reordered, standing
from reconciler.planning.plan import estates, plan
from reconciler.planning.planfile import Header
from reconciler.planning.policy import Policy
from reconciler.planning.rails.check import check_rails
from reconciler.planning.select import WHOLE, Selection
from reconciler.provisioning.differences import file_changes
from reconciler.workflow.declare import Declared
from reconciler.workflow.survey import Survey
from reconciler.workspace import Surroundings


def propose(
    survey: Survey,
    declared: Declared,
    at: Surroundings,
    *,
    overrides: Mapping[str, str] | None = None,
    only: Selection = WHOLE,
) -> Plan:
    """Return what would be done. Pure."""
    planned = plan(
        survey.desired,
        survey.live,
        survey.ownership,
        at.adapters,
        config_hash=declared.config_hash,
        policy_hash=hashlib.sha256(canonical(to_json(survey.desired.policy)).encode()).hexdigest(),
        overrides=overrides,
        only=only,
        weak=survey.weak,
        today=survey.today,
        settled=survey.settled,
        lacking=survey.lacking,
    )
    files = file_changes(planned.changes, survey.texts, declared.renderings)
    felt = with_disruptions(planned._replace(files=files), DEVICES)
    return with_windows(felt, survey.desired, DEVICES)


def keep_settled(planned: Plan, survey: Survey) -> None:
    """Keep of which files all is as it should be, as a whole plan has it: IO, never raises."""
    if survey.comparison is None:
        return
    told = [each.address for each in (*planned.changes, *planned.waiting)]
    resources = survey.desired.resources
    unsettled = [*survey.replaced, *(resources[each] for each in told if each in resources)]
    survey.comparison.keep({each.origin.file for each in unsettled})


def header_of(declared: Declared, at: Surroundings) -> Header:
    """Return where and when a plan is made, and until when it may be applied."""
    lasts = Policy(declared.desired.policy).plan_expires_s
    return Header(
        tool=__version__,
        created=at.stamp(),
        expires=at.stamp(lasts),
        commit=at.commit,
        actor=at.actor,
        workspace=str(declared.desired.workspace.get("name") or at.folder.parent.resolve().name),
        paths=declared.paths,
        adapters={each.id: each.adapter for each in declared.desired.targets.values()},
    )


def stale_in(
    planned: Plan, survey: Survey, declared: Declared, at: Surroundings
) -> tuple[str, ...]:
    """Return why a saved plan does not fit any more: changed files, changed or lost live objects.

    So does a commit that would be another one now: it takes in what it does not change itself, and
    what an earlier run has left behind.
    """
    reasons = []
    made = {each.address for each in planned.steps}
    if planned.config_hash != declared.config_hash:
        reasons.append("the files have changed since it was made")
    for step in planned.steps:
        target = survey.live.targets.get(step.target)
        if step.phase == "link" or target is None or not step.requests:
            continue
        source = getattr(step.change, "source", step.address)
        if live_fingerprint(target.objects.get(source)) != step.before:
            reasons.append(f"{step.address} has changed on {step.target}")
        gone = _gone_needs(step, survey) - made
        reasons += [f"{each}, which {step.address} needs, is gone" for each in sorted(gone)]
    reasons += _reordered(planned, survey, at)
    now = commits(planned.changes, survey.desired, survey.live, at.adapters, survey.ownership)
    fitting = {each.target: _told(each) for each in now}
    for commit in planned.commits:
        target = survey.live.targets.get(commit.target)
        if target is None or target.unreachable is not None:
            continue
        if set(survey.ownership.unproved.get(commit.target, ())) - set(commit.proves):
            reasons.append(
                f"a run was stopped on {commit.target} before all that it wrote took effect"
            )
        elif _told(commit) != fitting.get(commit.target):
            reasons.append(f"other things have changed on {commit.target}, which it takes in")
    return tuple(reasons)


def _reordered(planned: Plan, survey: Survey, at: Surroundings) -> Iterator[str]:
    """Yield where objects stand in another order than when the plan was made, if it matters."""
    for summary in planned.targets:
        name = summary.target
        if name not in survey.live.targets or name not in survey.desired.targets:
            continue
        supports = at.adapters[survey.desired.targets[name].adapter].supports
        for kind in sorted({each.kind for each in summary.order}):
            then = [each for each in summary.order if each.kind == kind]
            if is_reordered(then, standing(survey.live.targets[name], supports[kind])):
                yield f"the order of the {kind} objects has changed on {name}"


def _gone_needs(step: Step, survey: Survey) -> frozenset[Address]:
    """Return what an object needs and what is not on its target, as far as that is known."""
    if isinstance(step.change, Delete):
        return frozenset()
    found = set()
    for each in step.change.needs:
        resource = survey.desired.resources.get(each)
        target = survey.live.targets.get(resource.target) if resource is not None else None
        if target is not None and target.has(each) is False:
            found.add(each)
    return frozenset(found)


def _told(commit: Commit) -> str:
    return canonical([[each.verb, to_json(each.args)] for each in commit.requests])


def look_again(planned: Plan, survey: Survey, overrides: Mapping[str, str]) -> Plan:
    """Return a saved plan with what the rails say now: calls may be up that were not then.

    What was allowed when the plan was made stays allowed; `overrides` add to it.
    """
    found = Diff(planned.changes, planned.waiting, planned.matching, {})
    before, after = estates(survey.live, planned.changes)
    passed = {**planned.overrides, **overrides}
    refusals = check_rails(
        found, survey.desired, survey.live, survey.ownership, before, after, passed, survey.weak,
        survey.today, survey.lacking,
    )  # fmt: skip
    return planned._replace(refusals=refusals, overrides=passed)


def unpublished_phones(
    survey: Survey, at: Surroundings, after: Diff | None = None
) -> frozenset[Address]:
    """Return the phones for which something else is declared than what is published.

    `after` is the comparison of a run that has just ended, where there was one.
    """
    found = after or diff(survey.desired, survey.live, survey.ownership, at.adapters)
    waiting = (*(each.address for each in found.changes), *(e.address for e in found.waiting))
    return frozenset(each for each in waiting if each.kind == "phone")
