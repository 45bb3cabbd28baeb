"""Survey: seal the secrets of what is wanted, read what is there. Writes nothing anywhere."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import date
from time import monotonic
from typing import Final, NamedTuple

from reconciler.adapter import Reloading, Support
from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.errors import AdapterError, ReconcilerError
from reconciler.execution.secrets.seal import Sealed, seal_desired
from reconciler.execution.secrets.sources import qualified
from reconciler.execution.session import Sessions
from reconciler.journal.records import StepRecord
from reconciler.kept.settled import Comparison, answers_of
from reconciler.model.address import Address
from reconciler.model.live import Live, TargetLive, live_fingerprint
from reconciler.model.ownership import Ownership
from reconciler.model.resource import Desired, Resource
from reconciler.model.secret import Secret
from reconciler.model.step import Step
from reconciler.model.value import EMPTY
from reconciler.phonefiles.signature import SIGNATURE
from reconciler.planning.phones.errands import PUSH
from reconciler.planning.phones.swap import (
    known_to_leavers,
    known_to_old_hardware,
    leaving,
    left_behind,
    replaced_by_other_hardware,
    still_known,
)
from reconciler.planning.planfile import show_plan
from reconciler.planning.recover import OpenIntent, Recovered, recover
from reconciler.planning.select import WHOLE, Selection
from reconciler.provisioning.differences import changed_files
from reconciler.provisioning.renderings import SCHEME
from reconciler.provisioning.signing import Signing
from reconciler.workflow.declare import Declared
from reconciler.workspace import Stores, Surroundings

_REMOVED: Final = frozenset({("delete", "done"), ("forget", "done")})
"""How the last step of an object ended that left on purpose."""

_READINGS: Final = 4
"""How often at most a target is read again that may still be carrying out what a run had sent."""


class Survey(NamedTuple):
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
    texts: Mapping[tuple[Address, str], str] = EMPTY
    today: date | None = None
    """Until when waivers hold."""
    comparison: Comparison | None = None
    settled: frozenset[Address] = frozenset()
    """What is known to be as it should be: all that it is compared by is what it was."""
    replaced: tuple[Resource, ...] = ()
    """Phones that are other hardware now."""
    lacking: str = ""
    """Who applied which commit that what is checked out does not have; empty if it has it."""


async def survey(
    declared: Declared,
    stores: Stores,
    sessions: Sessions,
    at: Surroundings,
    *,
    only: Collection[str] | None = None,
    selected: Selection = WHOLE,
) -> Checked[Survey]:
    """Seal the secrets of what is wanted and read what is there. Writes nothing anywhere.

    `only` are the targets that are asked, where not all are: of the others nothing is known. A
    phone that leaves and is not `selected` stays, and so does what it knows.
    """
    desired = declared.desired
    derive(declared, stores)
    started = sessions.since or monotonic()
    wanted = {n for n, each in desired.targets.items() if each.adapter in at.adapters}
    asked = wanted - _unused(desired, stores)
    found, failures = await sessions.read_all(asked if only is None else asked & set(only))
    open_intents = [
        # A phone's own interface is read again when it is gone to.
        each
        for each in stores.journal.open_intents()
        if not each.step.startswith(PUSH)
    ]
    if unsure := {each.target for each in open_intents} & found.keys():
        again, failed = await _until_settled({name: found[name] for name in unsure}, sessions)
        found, failures = {**found, **again}, (*failures, *failed)
    live = Live(await _with_reloads(found, stores, sessions))
    seals: dict[str, Sealed] = {}
    comparison = Comparison(
        at.folder / "cache" if at.use_cache else None,
        stores.fingerprints,
        answers_of(desired, live, at.adapters),
        declared.traces,
    )
    replaced = replaced_by_other_hardware(desired, live, comparison.alike)
    stores.secrets.renew(known_to_old_hardware(replaced, desired))
    stores.secrets.renew(_known_to_those_before(desired, live, stores))
    if gone := [each for each in leaving(desired, live) if selected.takes(each)]:
        stores.secrets.renew(known_to_leavers(gone, desired, stores.journal.ownership()))
    sealed = seal_desired(
        desired, stores.secrets, stores.fingerprints, known=comparison.sealed, sealed=seals
    )
    texts = await _texts(sealed.value, live, sessions) if declared.renderings.files else {}
    recovered = _recover(open_intents, live, sealed.value, stores, at)
    files = comparison.settled(recovered.ownership.trace, seals)
    settled = (a for a, each in desired.resources.items() if each.origin.file in files)
    told = _told(sealed, at)
    weak = tuple(d for d in told if d.code == "weak-secret" and d.severity != "info")
    seconds = monotonic() - started
    survey = Survey(
        sealed.value, live, recovered.ownership, failures, recovered, seconds, weak, texts,
        at.now().date(), comparison, frozenset(settled), replaced, _lacking(stores, at),
    )  # fmt: skip
    return Checked(survey, (*told, *still_known(replaced, desired)))


def _lacking(stores: Stores, at: Surroundings) -> str:
    """Return who applied last what is not in the history of what is checked out."""
    last = stores.journal.last_applied() if at.commit else None
    if last is None:
        return ""
    run, actor, applied = last
    commit = applied.rstrip("+")
    same = commit.startswith(at.commit.rstrip("+")) or at.commit.startswith(commit)
    return "" if same or not at.lacks(commit) else f"run {run} by {actor} applied commit {commit}"


def _told(sealed: Checked[Desired], at: Surroundings) -> tuple[Diagnostic, ...]:
    """Return what was found about secrets, as policy and waivers have it."""
    if not sealed.diagnostics:
        return ()
    from reconciler.rules import apply_waivers  # with all rules: only where there is a finding

    return apply_waivers(sealed.diagnostics, sealed.value, today=at.now().date())


def _known_to_those_before(desired: Desired, live: Live, stores: Stores) -> list[str]:
    """Return the secrets of objects to be created that are left from one that we removed."""
    waiting = left_behind(desired, live)
    names: list[str] = []
    for kind in {address.kind for address in waiting}:
        for address, ended in stores.journal.last_endings(kind).items():
            if ended in _REMOVED:
                names += waiting.get(address, ())
    return names


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
    return unused - stores.journal.targets() if unused else unused


async def _texts(
    desired: Desired, live: Live, sessions: Sessions
) -> Mapping[tuple[Address, str], str]:
    """Return the texts, as they are now, of files that will be others."""
    texts: dict[tuple[Address, str], str] = {}
    for name, addresses in changed_files(desired, live).items():
        with suppress(AdapterError):  # then the plan says that they change, and not how
            texts.update(await sessions.masked(name, addresses))
    return texts


async def _with_reloads(
    found: Mapping[str, TargetLive], stores: Stores, sessions: Sessions
) -> Mapping[str, TargetLive]:
    """Return answers with what is said of a reload, of targets where something is not in effect."""
    owed, told = stores.journal.owed(), dict(found)
    for name, each in found.items():
        if each.unreachable is None and (each.pending_reload or name in owed):
            with suppress(AdapterError):  # whoever writes will be told
                connection = await sessions.connection(name)
                if isinstance(connection, Reloading):
                    told[name] = each._replace(reloading=await connection.reloading())
    return told


async def _until_settled(
    found: Mapping[str, TargetLive], sessions: Sessions
) -> tuple[Mapping[str, TargetLive], tuple[ReconcilerError, ...]]:
    """Read targets again until two answers are the same, or often enough.

    What a killed run has sent may be carried out while we read: then one part of an answer is from
    before and another from after it, and what is ours looks as if others had written it. What
    comes after that, the look before the write finds.
    """
    settled: dict[str, TargetLive] = {}
    moving = {name: each for name, each in found.items() if each.unreachable is None}
    for _ in range(_READINGS):
        again, failures = await sessions.read_all(moving)
        settled |= again
        if failures:
            return settled, failures
        moving = {n: each for n, each in again.items() if not each.says_as(moving[n])}
        if not moving:
            break
    return settled, ()


def _recover(
    records: Iterable[StepRecord], live: Live, desired: Desired, stores: Stores, at: Surroundings
) -> Recovered:
    """Find out what became of steps that a killed run left open; nothing is recorded yet."""
    intents: list[OpenIntent] = []
    steps: dict[int, Mapping[str, Step]] = {}
    for record in records:
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
