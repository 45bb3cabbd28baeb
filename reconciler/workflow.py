"""READ THIS FIRST: the stages composed, one line per stage.

    declare   files -> Declared      load, parse, decode, resolve, check, render    no platform
    survey    Declared -> Survey     seal secrets, read targets, recover            reads only
    propose   Survey -> Plan         diff, order, lower, rails                      pure
    carry_out Plan -> Applied        replay steps, read again, verdict, record      writes

A command is a few of these with a view at the end. Everything that a stage needs from outside
(clock, environment, folder, who asks) comes in `Surroundings`, made by the command line.
"""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Literal

from reconciler import __version__
from reconciler.adapter import Support
from reconciler.adapters.devices import DEVICES
from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.errors import AdapterError, ReconcilerError, WorkspaceError
from reconciler.execution.apply import Stop, apply
from reconciler.execution.progress import Show, silent
from reconciler.execution.secrets.files import ensure_folder
from reconciler.execution.secrets.seal import make_generated, seal_desired
from reconciler.execution.secrets.sources import installed_schemes, qualified
from reconciler.execution.session import Sessions
from reconciler.journal.records import Deferred, RunRecord, intent_of
from reconciler.kept.estate import Estate
from reconciler.kept.keeping import keeping
from reconciler.kinds.declaration import Declarations
from reconciler.language.cache import remember
from reconciler.language.load import load
from reconciler.language.node import Skipped
from reconciler.language.reading import Reading
from reconciler.language.source import Source, Sources
from reconciler.model.address import Address
from reconciler.model.change import Move
from reconciler.model.codec import canonical, to_json
from reconciler.model.live import Live, live_fingerprint
from reconciler.model.outcome import Outcome
from reconciler.model.ownership import Owned, Ownership
from reconciler.model.plan import Plan
from reconciler.model.resource import Desired
from reconciler.model.secret import SCHEMES, Secret
from reconciler.model.step import Commit, Step
from reconciler.phonefiles.signature import SIGNATURE
from reconciler.planning.delivery import check_pushed
from reconciler.planning.diff import Diff, diff
from reconciler.planning.errands import PUSH, is_errand
from reconciler.planning.held import check_held
from reconciler.planning.lower import commits
from reconciler.planning.plan import estates, plan
from reconciler.planning.planfile import Header, show_plan, sign_plan
from reconciler.planning.policy import Policy
from reconciler.planning.rails import check_rails
from reconciler.planning.record import refreshed
from reconciler.planning.recover import OpenIntent, Recovered, recover
from reconciler.planning.select import WHOLE, Selection
from reconciler.planning.swap import known_to_old_hardware, still_known
from reconciler.planning.telling import with_disruptions
from reconciler.planning.windows import with_windows
from reconciler.provisioning.differences import changed_files, file_changes
from reconciler.provisioning.renderings import SCHEME, Renderings, is_rendered
from reconciler.provisioning.signing import Signing
from reconciler.resolve.resolve import resolve
from reconciler.rules import check, check_secrets
from reconciler.workspace import Stores, Surroundings, with_store

if TYPE_CHECKING:
    # Only named here: importing it loads SQLAlchemy, which `validate` has no use for.
    from reconciler.journal import Journal


@dataclass(frozen=True, slots=True)
class Declared:
    """What the files say. `sources` are kept for positions, `skipped` for -v.

    `renderings` are the files that devices will be given. `reading` gives the files entry by entry:
    what they add up to may be known from before, and few ask for more. `kinds` are those of which
    they declare anything.
    """

    desired: Desired
    reading: Reading
    sources: Sources
    skipped: tuple[Skipped, ...]
    paths: tuple[str, ...]
    config_hash: str
    renderings: Renderings = field(default_factory=Renderings)
    kinds: frozenset[str] = frozenset()

    @property
    def declarations(self) -> Declarations:
        """Every entry of the files as it was written."""
        return self.reading.declarations.value


def declare(
    paths: Sequence[Path],
    at: Surroundings,
    *,
    rendered: bool = True,
    beside: Sequence[Source] = (),
) -> Checked[Declared]:
    """Read and check files, without any platform. Reports every problem of every file.

    Who plans nothing has no use for what devices would be given. `beside` are texts that count as
    files of the estate although they are not written yet. Files that add up to what they did before
    are not looked into (`kept`).
    """
    sources = load(paths, cwd=at.cwd)
    if beside:
        files = {**sources.value.files, **{each.file: each for each in beside}}
        sources = replace(sources, value=Sources(files))
    cache = at.folder / "cache" if at.use_cache else None
    reading = Reading(sources.value, cache, lambda: (*SCHEMES, *installed_schemes()))
    kept = keeping(sources, cache, at.adapters, today=at.now().date(), rendered=rendered)
    estate = kept.take()
    if estate is None:
        estate = _work_out(reading, at, rendered=rendered)
        diagnostics = (*sources.diagnostics, *estate.diagnostics)
        if cache is not None and reading.nodes.value.documents:
            with suppress(WorkspaceError):  # what cannot be kept is worked out again
                ensure_folder(at.folder)
            remember(cache, reading.nodes.value, diagnostics)
            kept.put(estate)
        del reading.nodes  # very many values that nobody asks for again
    declared = Declared(
        with_store(estate.desired, at),
        reading,
        sources.value,
        estate.skipped,
        tuple(str(each) for each in paths),
        _config_hash(sources.value),
        estate.renderings,
        estate.kinds,
    )
    return Checked(declared, (*sources.diagnostics, *estate.diagnostics))


def _work_out(reading: Reading, at: Surroundings, *, rendered: bool) -> Estate:
    """Return what files add up to. Pure: `kept/inputs.py` lists all that it depends on."""
    nodes, declarations = reading.nodes, reading.declarations
    resolved = resolve(declarations.value, at.adapters)
    checked = check(resolved.value, today=at.now().date())
    held = check_held(checked.value, at.adapters)
    given = (
        render(checked.value, declarations.value, at)
        if rendered
        else Checked((checked.value, Renderings()))
    )
    desired, renderings = given.value
    shown = (e for e in desired.resources.values() if is_rendered(e, desired, at.adapters))
    unpushable = check_pushed(shown, DEVICES) if rendered else ()
    found = (nodes, declarations, resolved, checked)
    diagnostics = [each for stage in found for each in stage.diagnostics]
    return Estate(
        desired,
        renderings,
        nodes.value.skipped,
        (*diagnostics, *held, *given.diagnostics, *unpushable),
        frozenset(declarations.value.entries),
    )


def render(
    desired: Desired, declarations: Declarations, at: Surroundings
) -> Checked[tuple[Desired, Renderings]]:
    """Render the files of devices whose platform holds those, and say where they are published.

    Whoever changes what is desired afterwards renders again.
    """
    if not any(is_rendered(each, desired, at.adapters) for each in desired.resources.values()):
        return Checked((desired, Renderings()))
    from reconciler.adapters.renderers import RENDERERS
    from reconciler.provisioning.rendering import render_desired

    return render_desired(desired, declarations, RENDERERS, at.adapters)


def redeclare(declared: Declared, desired: Desired, at: Surroundings) -> Checked[Declared]:
    """Return the files' declarations with another estate in place of theirs (a rollback)."""
    given = render(desired, declared.declarations, at)
    again, renderings = given.value
    return Checked(replace(declared, desired=again, renderings=renderings), given.diagnostics)


def _config_hash(sources: Sources) -> str:
    hashes = sorted((file, source.sha256) for file, source in sources.files.items())
    return hashlib.sha256(canonical(hashes).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Survey:
    """What is wanted, what is there, what is ours, and what could not be found out.

    `ownership` already knows what became of steps that an earlier run left open (`recovered`).
    `texts` are the files that will be others, as they are now, with secrets masked: by address and
    field's path.
    """

    desired: Desired
    live: Live
    ownership: Ownership
    failures: tuple[ReconcilerError, ...]
    recovered: Recovered
    seconds: float
    weak: tuple[Diagnostic, ...] = ()
    """Secrets that are easily guessed."""
    texts: Mapping[tuple[Address, str], str] = field(default_factory=dict)


async def survey(
    declared: Declared, stores: Stores, sessions: Sessions, at: Surroundings
) -> Checked[Survey]:
    """Seal the secrets of what is wanted and read what is there. Writes nothing anywhere."""
    desired = declared.desired
    derive(declared, stores)
    started = monotonic()
    wanted = {n for n, each in desired.targets.items() if each.adapter in at.adapters}
    found, failures = await sessions.read_all(wanted - _unused(desired, stores))
    live = Live(found)
    stores.secrets.renew(known_to_old_hardware(desired, live))
    sealed = seal_desired(desired, stores.secrets, stores.fingerprints)
    texts = await _texts(sealed.value, live, sessions) if declared.renderings.files else {}
    recovered = _recover(live, sealed.value, stores, at)
    told = check_secrets(sealed.diagnostics, sealed.value, today=at.now().date())
    weak = tuple(d for d in told if d.code == "weak-secret" and d.severity != "info")
    seconds = monotonic() - started
    survey = Survey(
        sealed.value, live, recovered.ownership, failures, recovered, seconds, weak, texts
    )
    return Checked(survey, (*told, *still_known(desired, live)))


def derive(declared: Declared, stores: Stores) -> None:
    """Let secrets be made of others: files of the passwords in them, signatures of their key."""
    key = declared.desired.provisioning.get("signing_key")
    reference = key.reference if isinstance(key, Secret) else None
    at = Address("provisioning", "", "provisioning")
    named = qualified(reference, at, "signing_key") if reference else None
    stores.secrets.derive(SCHEME, declared.renderings)
    stores.secrets.derive(SIGNATURE, Signing(named))


def _unused(desired: Desired, stores: Stores) -> set[str]:
    """Return the targets that nobody wrote down and that nothing is declared or owned on."""
    used = {each.target for each in desired.resources.values()}
    unused = {n for n, each in desired.targets.items() if each.on_demand} - used
    if unused:
        unused -= {each.target for each in stores.journal.ownership().objects.values()}
    return unused


async def _texts(
    desired: Desired, live: Live, sessions: Sessions
) -> Mapping[tuple[Address, str], str]:
    """Return the texts, as they are now, of files that will be others."""
    texts: dict[tuple[Address, str], str] = {}
    for name, addresses in changed_files(desired, live).items():
        with suppress(AdapterError):  # then the plan says that they change, and not how
            texts.update(await sessions.masked(name, addresses))
    return texts


def _recover(live: Live, desired: Desired, stores: Stores, at: Surroundings) -> Recovered:
    """Find out what became of steps that a killed run left open; nothing is recorded yet."""
    intents: list[OpenIntent] = []
    steps: dict[int, Mapping[str, Step]] = {}
    for record in stores.journal.open_intents():
        if record.step.startswith(PUSH):
            continue  # a phone's own interface: it is read again when it is gone to
        if record.run not in steps:
            text = stores.journal.run(record.run).plan
            known = show_plan(text, stores.key)[0].steps if text else ()
            steps[record.run] = {each.id: each for each in known}
        step = steps[record.run].get(record.step)
        source = getattr(step.change, "source", None) if step else None
        intents.append(
            OpenIntent(
                record.run,
                record.step,
                record.target,
                record.address,
                step.before if step else "",
                step.owned if step else None,
                source,
            )
        )

    def support(target: str, kind: str) -> Support:
        adapter = at.adapters[desired.targets[target].adapter]
        return adapter.supports.get(kind, Support(kind))

    def fingerprint_of(target: str, address: Address) -> str:
        return live_fingerprint(live.targets[target].objects.get(address))

    return recover(intents, live, stores.journal.ownership(), support, fingerprint_of)


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
    )
    files = file_changes(planned.changes, survey.texts, declared.renderings)
    felt = with_disruptions(replace(planned, files=files), DEVICES)
    return with_windows(felt, survey.desired, DEVICES)


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
    """Return why a saved plan does not fit any more: changed files, changed live objects.

    So does a commit that would be another one now: it takes in what it does not change itself, and
    what an earlier run has left behind.
    """
    reasons = []
    if planned.config_hash != declared.config_hash:
        reasons.append("the files have changed since it was made")
    for step in planned.steps:
        target = survey.live.targets.get(step.target)
        if step.phase == "link" or target is None or not step.requests:
            continue
        source = getattr(step.change, "source", step.address)
        if live_fingerprint(target.objects.get(source)) != step.before:
            reasons.append(f"{step.address} has changed on {step.target}")
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
        found, survey.desired, survey.live, survey.ownership, before, after, passed, survey.weak
    )
    return replace(planned, refusals=refusals, overrides=passed)


State = Literal["done", "partly", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a plan. `after` compares again: what is still not as declared."""

    run: int
    state: State
    outcomes: tuple[Outcome, ...]
    after: Diff | None
    seconds: float


@dataclass
class _Recorder:
    """Writes intents and outcomes of one run into the journal."""

    journal: "Journal"
    run: int

    def intend(self, steps: Sequence[Step | Commit], owed: Mapping[str, str]) -> None:
        self.journal.intend(self.run, [intent_of(each) for each in steps], owed)

    def settle(
        self,
        outcomes: Sequence[Outcome],
        owned: Sequence[Owned],
        disowned: Sequence[Address],
        paid: Sequence[str],
    ) -> None:
        owed: dict[str, str | None] = dict.fromkeys(paid)
        self.journal.settle(self.run, outcomes, owned, disowned, owed)


def record_recovered(survey: Survey, stores: Stores) -> None:
    """Write down what became of the steps that earlier runs left open, and what nobody owes."""
    paid: dict[str, str | None] = dict.fromkeys(survey.recovered.paid)
    for run, outcomes in survey.recovered.outcomes.items():
        steps = {each.address for each in outcomes}
        stores.journal.settle(
            run,
            outcomes,
            [each for each in survey.recovered.owned if each.address in steps],
            survey.recovered.disowned,
            paid,
        )


async def carry_out(
    planned: Plan,
    header: Header,
    survey: Survey,
    stores: Stores,
    sessions: Sessions,
    at: Surroundings,
    *,
    command: str = "apply",
    held: Mapping[str, str] | None = None,
    later: Mapping[str, str] | None = None,
    stop: Stop | None = None,
    show: Show = silent,
) -> Applied:
    """Replay the plan's steps, read again, and say how it is now. Holds the journal's lock.

    `held` are steps that have to wait, by id, with the reason: `apply --resume` does them. `later`
    are steps that the caller carries out afterwards (`go_on`): until then they wait, too.

    The caller has taken the lock. Raises JournalError or WorkspaceError when the journal cannot
    be written; the run stays open there and the next one settles it.
    """
    started = monotonic()
    record_recovered(survey, stores)
    text, hashed = sign_plan(planned, header, stores.key)
    run = stores.journal.begin(
        command,
        at.actor,
        commit=header.commit,
        digest=hashed,
        plan=text,
        overrides={
            each.rail: each.allowed for each in planned.refusals if each.allowed is not None
        },
    )
    if at.reason:
        stores.journal.note(run, "reason", {"text": at.reason})
    held, later = held or {}, later or {}
    waiting = [Deferred(w.target, w.address, w.reason) for w in planned.waiting]
    kept = [each for each in planned.steps if each.id in held]
    reasons = {**later, **held}
    waiting += [
        Deferred(each.target, each.address, reasons[each.id], each.id)
        for each in planned.steps
        if each.id in reasons
    ]
    stores.journal.defer(run, waiting)
    steps = [each for each in planned.steps if each.id not in reasons]
    make_generated(steps, stores.secrets)
    stop = stop or Stop()
    outcomes = await apply(
        steps,
        planned.commits,
        survey.desired.targets,
        survey.ownership,
        sessions,
        _Recorder(stores.journal, run),
        stores.values,
        stop=stop,
        show=show,
    )
    state = _state(outcomes, stop)
    if kept and state != "interrupted" and {each.state for each in outcomes} <= {"done", "skipped"}:
        # Nothing went wrong: it waits, and a reload had nothing to do.
        state = "partly"
    outcomes += tuple(
        Outcome(each.id, each.target, each.address, "skipped", held[each.id]) for each in kept
    )
    after = await _verdict(planned, survey, stores, sessions, at, run)
    stores.journal.end(run, state, {**_counts(outcomes), "unmanaged": _unmanaged(after)})
    return Applied(run, state, outcomes, after, monotonic() - started)


def go_on(
    applied: Applied, outcomes: Sequence[Outcome], stores: Stores, stop: Stop, *, seconds: float
) -> Applied:
    """Return a run with what was carried out after it (`later`), and note how it has ended now."""
    told = (*applied.outcomes, *outcomes)
    state = _state(told, stop)
    if state == "failed" and {each.state for each in told} <= {"done", "skipped"}:
        state = "partly"  # nothing went wrong: it waits
    unmanaged = {"unmanaged": _unmanaged(applied.after)} if applied.after is not None else {}
    stores.journal.end(applied.run, state, {**_counts(told), **unmanaged})
    return replace(applied, state=state, outcomes=told, seconds=applied.seconds + seconds)


def in_part(applied: Applied, stores: Stores) -> Applied:
    """Return a run that was done, but for phones that have not got or do not use it, as such."""
    if applied.state != "done":
        return applied
    unmanaged = {"unmanaged": _unmanaged(applied.after)} if applied.after is not None else {}
    stores.journal.end(applied.run, "partly", {**_counts(applied.outcomes), **unmanaged})
    return replace(applied, state="partly")


async def _verdict(
    planned: Plan,
    survey: Survey,
    stores: Stores,
    sessions: Sessions,
    at: Surroundings,
    run: int,
) -> Diff:
    """Read again what was written to; bring the ledger's rows of unchanged objects up to date."""
    touched = {each.target for each in planned.steps} | {each.target for each in planned.commits}
    sessions.show = silent
    found, _ = await sessions.read_all(touched)
    live = Live({**survey.live.targets, **found})
    sealed = seal_desired(survey.desired, stores.secrets, stores.fingerprints)
    ownership = stores.journal.ownership()
    after = diff(sealed.value, live, ownership, at.adapters)
    changed = {each.address for each in after.changes} | {each.address for each in after.waiting}
    rows = refreshed(sealed.value, ownership, frozenset(changed))
    if rows:
        stores.journal.settle(run, (), rows)
    return after


def unpublished_phones(
    survey: Survey, at: Surroundings, after: Diff | None = None
) -> frozenset[Address]:
    """Return the phones for which something else is declared than what is published.

    `after` is the comparison of a run that has just ended, where there was one.
    """
    found = after or diff(survey.desired, survey.live, survey.ownership, at.adapters)
    waiting = (*(each.address for each in found.changes), *(e.address for e in found.waiting))
    return frozenset(each for each in waiting if each.kind == "phone")


def moves_of(record: RunRecord, stores: Stores) -> Mapping[Address, Address]:
    """Return new address -> old address of the objects that a run moved."""
    steps = show_plan(record.plan, stores.key)[0].steps if record.plan else ()
    return {e.address: e.change.source for e in steps if isinstance(e.change, Move)}


def left_undone(run: int, stores: Stores) -> tuple[str, ...]:
    """Return the addresses that a run planned to change and did not. Raises JournalError."""
    record = stores.journal.run(run)
    done = {each.step for each in record.steps if each.state == "done"}
    planned = show_plan(record.plan, stores.key)[0].steps if record.plan else ()
    left = [str(each.address) for each in planned if each.id not in done]
    left += [str(e.address) for e in record.steps if is_errand(e.step) and e.step not in done]
    return tuple(dict.fromkeys(left))


def refresh_ledger(survey: Survey, stores: Stores, at: Surroundings) -> int:
    """Remember what entries newly say of objects that need no change. Returns how many rows."""
    after = diff(survey.desired, survey.live, survey.ownership, at.adapters)
    changed = {each.address for each in after.changes} | {each.address for each in after.waiting}
    rows = refreshed(survey.desired, survey.ownership, frozenset(changed))
    record_recovered(survey, stores)
    stores.journal.end_killed(at.actor)
    if rows:
        stores.journal.change_ownership("remember", at.actor, owned=rows, commit=at.commit)
    return len(rows)


def _state(outcomes: Sequence[Outcome], stop: Stop) -> State:
    """Return how a run ended. The last word on a step counts."""
    final = {each.step: each.state for each in outcomes}
    states = set(final.values())
    if stop.asked and "skipped" in states:
        return "interrupted"
    if states <= {"done"}:
        return "done"
    wrote = any(each.state == "done" and each.address is not None for each in outcomes)
    return "partly" if wrote else "failed"


def _unmanaged(after: Diff) -> dict[str, list[str]]:
    """Return what is not ours by target: what appears later was added by somebody else."""
    return {target: [str(each) for each in found] for target, found in after.unmanaged.items()}


def added_since(planned: Plan, stores: Stores) -> tuple[Address, ...]:
    """Return objects that others added to targets since our last run there.

    Targets that no run of ours has seen are left out: nobody knows what is new on them.
    """
    known: dict[str, frozenset[str]] = {}
    for run in stores.journal.history(200):
        for target, addresses in (run.summary.get("unmanaged") or {}).items():
            known.setdefault(target, frozenset(addresses))
    return tuple(
        address
        for target in planned.targets
        if target.target in known
        for address in target.unmanaged
        if str(address) not in known[target.target]
    )


def _counts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    final = {each.step: each.state for each in outcomes}
    counts: dict[str, int] = {}
    for state in final.values():
        counts[state] = counts.get(state, 0) + 1
    return counts
