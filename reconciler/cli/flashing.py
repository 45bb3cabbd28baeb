"""Firmware in plan and apply: what is known of phones, what is planned, and carrying it out."""

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import click

from reconciler.adapter import Rollcall
from reconciler.adapters.devices import DEVICES
from reconciler.cli.asking import Asking
from reconciler.cli.firmware import tracks_in
from reconciler.cli.running import Ready
from reconciler.discovery.agents import version_told
from reconciler.errors import ReconcilerError
from reconciler.firmware.carrying import Book, Flashing
from reconciler.firmware.evidence import Known, asked_versions, seen_versions, standings_of
from reconciler.firmware.image import check_image
from reconciler.firmware.interrupted import judged, open_upgrades
from reconciler.firmware.proposing import (
    Ground,
    firmware_of,
    propose_firmware,
    wanted_versions,
    with_firmware,
)
from reconciler.firmware.tracks import Track, Wanted
from reconciler.firmware.upgrading import Watch
from reconciler.journal.records import intent_of
from reconciler.model.address import Address
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.model.standing import Lifecycle, Standing
from reconciler.model.step import Step
from reconciler.phones.acting import Opening
from reconciler.phones.declared import admin_passwords, declared_phones
from reconciler.phones.logins import Logins
from reconciler.phones.meant import Placed
from reconciler.phones.pbx import Pbxs
from reconciler.phones.reaching import Whereabouts, seen_in
from reconciler.planning.phones.windows import closed_sites, too_late, with_windows
from reconciler.planning.select import WHOLE
from reconciler.workflow.ending import Applied
from reconciler.workspace import Surroundings, firmware_folder


@dataclass(frozen=True, slots=True)
class _Scene:
    """The phones that shall have some version, and what reaches them."""

    wanted: Mapping[Placed, Wanted]
    tracks: Sequence[Track]
    opening: Opening
    pbxs: Pbxs
    targets: Mapping[str, str]
    lives: Mapping[Address, Standing]
    telling: frozenset[str]


async def plan_firmware(
    planned: Plan, ready: Ready, at: Surroundings, asking: Asking, *, settle: bool = False
) -> Plan:
    """Return the plan with firmware.

    With `settle` (under the lock) it is noted what became of upgrades that were left open, and how
    far their phones' lives have come.
    """
    scene = await _scene(ready, at, asking)
    journal = ready.stores.journal
    left = open_upgrades(journal.open_intents())
    lives = scene.lives
    if not scene.wanted and not left:
        if settle:
            await _note_lives(left, lives, ready)
        return planned
    known = await _known(scene, ready, lives, left)
    if settle:
        limits_s = {name: DEVICES[name].upgrade_s for name in {e.vendor for e in known}}
        for run, outcomes in judged(left, known, limits_s, at.now()).items():
            journal.settle(run, outcomes)
        left = open_upgrades(journal.open_intents())
        await _note_lives(left, lives, ready)
        scene.opening.logins.keep()
    logins = scene.opening.logins
    ground = Ground(
        scene.tracks, DEVICES, at.stamp()[:10], lives, scene.telling, left,
        journal.last_steps("firmware"),
        frozenset(e.address for e in known if logins.of(e.address) is not None),
        {e.address: logins.wire(e.address).generation or "" for e in known},
        asking.insisted, asking.accept_one_way,
    )  # fmt: skip
    # A version that no section declares is nothing that could be installed, unless it differs.
    tracked = {firmware_of(e.address) for e, want in scene.wanted.items() if want.track}
    found = [
        (row, step)
        for row, step in propose_firmware(scene.wanted, known, ground)
        if row.now or row.state != "unknown" or row.address in tracked
    ]
    more = with_firmware(planned, found)
    return with_windows(more, ready.survey.desired, DEVICES)


async def _scene(ready: Ready, at: Surroundings, asking: Asking) -> _Scene:
    declared = ready.declared
    tracks = tracks_in(declared)
    phones = [
        each
        for each in declared_phones(declared)
        if asking.only.takes(firmware_of(each.address), each.address)
    ]
    lives, telling = await standings_of((e.address.scope for e in phones), ready.sessions)
    ground = Ground(tracks, DEVICES, at.stamp()[:10], lives, telling)
    wanted = wanted_versions(phones, ground)
    targets = {
        each.scope: each.id
        for each in declared.desired.targets.values()
        if each.id.startswith("pbx/") and each.adapter in at.adapters
    }
    pbxs = Pbxs(ready.sessions, targets)
    logins = Logins(ready.stores.store)
    lost = tuple(e for e in wanted if e.host is None and logins.wire(e.address).host is None)
    known = Whereabouts(await pbxs.contacts(lost), seen_in(lives.values())) if lost else None
    opening = Opening(
        DEVICES, logins, known or Whereabouts(), pbxs, timeout_s=min(at.timeout_s, 5.0),
        declared=admin_passwords(declared, ready.stores.secrets),
    )  # fmt: skip
    return _Scene(wanted, tracks, opening, pbxs, targets, lives, telling)


async def _known(
    scene: _Scene, ready: Ready, lives: Mapping[Address, Standing], left: Mapping[Address, object]
) -> dict[Placed, Known]:
    phones = tuple(scene.wanted)
    known = await seen_versions(phones, lives, ready.sessions, scene.targets, _version_in)
    sure = frozenset(each for each in phones if firmware_of(each.address) in left)
    versions = {each: want.version for each, want in scene.wanted.items()}

    def begin(count: int) -> None:
        if count and sys.stderr.isatty():
            click.echo(f"Asking {count:,} phones for their firmware.", err=True)

    return await asked_versions(phones, known, versions, scene.opening, scene.pbxs, sure, begin)


def _version_in(agent: str, phone: Placed) -> str:
    return version_told(agent, phone.vendor, phone.model, phone.mac)


async def _note_lives(
    left: Mapping[Address, object], lives: Mapping[Address, Standing], ready: Ready
) -> None:
    """Let phones out of firmware_updating of whose upgrade it is known how it ended."""
    for address, standing in lives.items():
        if standing.lifecycle == "firmware_updating" and firmware_of(address) not in left:
            await _record(ready, {address: "maintenance"})


async def _record(ready: Ready, lives: Mapping[Address, Lifecycle]) -> None:
    for address, state in lives.items():
        connection = await ready.sessions.connection(f"site/{address.scope}")
        if isinstance(connection, Rollcall):
            await connection.record({address: state}, {})


async def flash(
    due: Sequence[Step],
    applied: Applied,
    ready: Ready,
    at: Surroundings,
    asking: Asking,
    *,
    stopped: Callable[[], bool],
    show: Callable[[Outcome, int, int], None],
) -> list[Outcome]:
    """Carry firmware steps out in a run that has done all else. Returns their outcomes."""
    scene = await _scene(ready, at, asking._replace(only=WHOLE))
    journal, run = ready.stores.journal, applied.run
    done = {each.step for each in applied.outcomes if each.state == "done"}
    steps, outcomes = await _fit(due, done, scene, ready, at)
    ids = {each.address for each in steps}
    takes = {each.address: _takes_s(each) for each in steps}
    desired = ready.survey.desired

    def may_begin(phone: Placed) -> str:
        if stopped():
            return "interrupted before it was begun"
        site, now = phone.address.scope, at.now()
        closed = closed_sites(desired, [site], now, asking.window).get(site)
        takes_s = takes.get(firmware_of(phone.address))
        return closed or too_late(desired, site, now, takes_s, asking.window)

    async def live(lives: Mapping[Address, Lifecycle]) -> None:
        await _record(ready, lives)
        for address, state in lives.items():
            journal.note(run, "life", {"phone": str(address), "state": state})

    book = Book(
        lambda some: journal.intend(run, [intent_of(each) for each in some]),
        lambda some: journal.settle(run, some),
        live,
    )
    wanted = {e: w for e, w in scene.wanted.items() if firmware_of(e.address) in ids}
    flashing = Flashing(
        wanted, scene.opening, scene.pbxs, book, Watch(asking.poll_s, asking.limit_s), may_begin,
        on_call=asking.on_call, wait_up_to_s=asking.wait_s, show=show,
    )  # fmt: skip
    try:
        outcomes += await flashing.carry_out(steps)
    finally:
        scene.opening.logins.keep()
    return outcomes


async def _fit(
    due: Sequence[Step], done: Collection[str], scene: _Scene, ready: Ready, at: Surroundings
) -> tuple[list[Step], list[Outcome]]:
    """Return the steps that can be begun, and what became of the others.

    What they need is done, their images are right, and none of them is open already.
    """
    left = open_upgrades(ready.stores.journal.open_intents())
    wrong = await _wrong_images(scene, due, ready, at)
    phones = {firmware_of(each.address): want for each, want in scene.wanted.items()}
    steps: list[Step] = []
    outcomes: list[Outcome] = []
    for each in due:
        want = phones.get(each.address)
        why = ""
        missing = next((need for need in each.needs if need not in done), None)
        if missing is not None:
            why = f"needs {missing}, which was not done"
        elif each.address in left:
            why = "an upgrade of it was begun before, and nobody knows how it ended"
        elif want is None:
            why = "it is not declared any more"
        else:
            names = (*_through(each), want.version)
            why = next((wrong[name] for name in names if name in wrong), "")
        if why:
            outcomes.append(Outcome(each.id, each.target, each.address, "skipped", why))
        else:
            steps.append(each)
    return steps, outcomes


def _takes_s(step: Step) -> int | None:
    """Return about how long a step takes, all versions on its way together, in seconds."""
    one = step.disruption.seconds
    return None if one is None else one * (1 + len(_through(step)))


def _through(step: Step) -> tuple[str, ...]:
    return tuple(getattr(step.change, "after", {}).get("through") or ())


async def _wrong_images(
    scene: _Scene, due: Sequence[Step], ready: Ready, at: Surroundings
) -> dict[str, str]:
    """Return the versions whose files are not as declared, with what is wrong."""
    provisioning = ready.declared.desired.provisioning
    own = provisioning.get("base_url")
    through = {each.address: _through(each) for each in due}
    wrong: dict[str, str] = {}
    seen: set[tuple[str, str | None]] = set()
    for phone, want in scene.wanted.items():
        own_way = through.get(firmware_of(phone.address))
        if own_way is None or want.track is None:
            continue
        for release in want.track.releases:
            place = (release.version, release.url)
            if release.version not in (*own_way, want.version) or place in seen:
                continue
            seen.add(place)
            try:
                said = await check_image(
                    release, own=str(own) if own else None, allow_unchecked=False,
                    folder=firmware_folder(provisioning, at),
                )  # fmt: skip
                click.echo(f"Firmware {release.version}: {said}.", err=True)
            except ReconcilerError as error:
                wrong[release.version] = str(error)
    return wrong
