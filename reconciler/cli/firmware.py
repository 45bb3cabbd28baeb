"""`reconciler firmware`: who has which version, and getting phones to the wanted one."""

import asyncio
import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from reconciler.cli.discover import contact_rows
from reconciler.cli.exits import DONE, PENDING
from reconciler.cli.options import json_option, path_option
from reconciler.cli.phones.choosing import (
    Ground,
    Selecting,
    Sparing,
    choosing_options,
    consent,
    print_results,
    run_on,
    sparing_options,
    standing_on,
)
from reconciler.cli.running import checked
from reconciler.cli.screen import look
from reconciler.cli.workspace import surroundings
from reconciler.device import Device
from reconciler.discovery.agents import recognise
from reconciler.errors import NotPossible, ReconcilerError, Refused
from reconciler.firmware.compliance import Standing, counts, standings
from reconciler.firmware.image import check_image
from reconciler.firmware.proposing import BY_FILE
from reconciler.firmware.tracks import Release, Track, Wanted, tracks_of, wanted_for, way_to
from reconciler.firmware.upgrading import Watch, trigger, wait_for
from reconciler.kinds.firmware import Firmware
from reconciler.phones.acting import Manners, Result
from reconciler.phones.declared import declared_phones
from reconciler.phones.meant import Placed
from reconciler.planning.phones.windows import When, closed_sites, too_late
from reconciler.views.described import felt
from reconciler.views.terminal.page import Page
from reconciler.views.terminal.table import Cell, table
from reconciler.views.words import count
from reconciler.workflow.declare import Declared
from reconciler.workspace import Surroundings, firmware_folder


@click.group("firmware")
def command() -> None:
    """Say who has which version, and get phones to the wanted one."""


@command.command("compliance")
@path_option
@click.option("--site", "sites", multiple=True, metavar="NAME", help="Only this site.")
@click.option("--ask-phones", is_flag=True, help="Ask phones themselves, where logins are saved.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table",
    show_default=True, help="How to print it.",
)  # fmt: skip
@json_option
@click.option(
    "--detailed-exitcode", is_flag=True, help="Exit with 2 when a phone is not as wanted."
)
def compliance(
    paths: tuple[Path, ...], sites: tuple[str, ...], ask_phones: bool, form: str,
    as_json: bool, detailed_exitcode: bool,
) -> int:  # fmt: skip
    """Compare the firmware of phones with what is declared.

    What they have is known from their registrations (User-Agent), and from themselves if asked.
    """
    at = surroundings(paths)
    declared = checked(paths, at, planned=False, brief=True)
    phones = tuple(
        each
        for each in declared_phones(declared)
        if (not sites or each.address.scope in sites) and each.lifecycle != "decommissioned"
    )
    known = asyncio.run(_versions(phones, declared, at))
    if ask_phones:
        known |= asyncio.run(_asked(paths, phones))
    found = standings(phones, known, tracks_in(declared), today=at.stamp()[:10])
    click.echo({"json": _json, "csv": _csv, "table": _table}["json" if as_json else form](found))
    wrong = any(each.state in ("behind", "ahead", "differs") for each in found)
    return PENDING if detailed_exitcode and wrong else DONE


def tracks_in(declared: Declared) -> tuple[Track, ...]:
    """Return the declared tracks."""
    if Firmware.kind not in declared.kinds:
        return ()
    entries = declared.declarations.of(Firmware.kind)
    base_url = declared.desired.provisioning.get("base_url")
    return tracks_of(((each.key, each.entry.__dict__) for each in entries), base_url)


async def _versions(
    phones: tuple[Placed, ...], declared: Declared, at: Surroundings
) -> dict[Placed, str]:
    """Return versions out of the User-Agents of registrations."""
    agents: dict[tuple[str, str], str] = {}
    for _host, pbx, extension, agent in await contact_rows(declared, at):
        agents[pbx, extension] = agent
    found: dict[Placed, str] = {}
    for each in phones:
        for line in each.lines:
            seen = recognise(agents.get(line, ""), "pbx")
            if seen is not None and seen.vendor == each.vendor and seen.firmware:
                found[each] = seen.firmware
    return found


async def _asked(paths: tuple[Path, ...], phones: tuple[Placed, ...]) -> dict[Placed, str]:
    """Return versions that phones tell; who cannot be asked is left out."""
    said = Selecting(names=tuple(each.name for each in phones), paths=paths)
    found: dict[Placed, str] = {}

    async def act(device: Device, phone: Placed) -> tuple[str, Mapping[str, Any]]:
        found[phone] = (await device.status()).identity.firmware
        return "", {}

    if phones:
        async with standing_on(said, most=None) as ground:
            await run_on(ground, act, Manners(), command="firmware compliance", recorded=False)
    return {phone: version for phone, version in found.items() if version}


def _json(found: tuple[Standing, ...]) -> str:
    rows = [_row(each) for each in found]
    said = {"version": 1, "command": "firmware compliance", "counts": counts(found)}
    return json.dumps({**said, "phones": rows})


def _csv(found: tuple[Standing, ...]) -> str:
    out = io.StringIO()
    names = ("phone", "vendor", "model", "current", "wanted", "state", "stable", "why")
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_row(each) for each in found)
    return out.getvalue().rstrip("\n")


def _row(standing: Standing) -> dict[str, Any]:
    phone = standing.phone
    return {
        "phone": str(phone.address), "vendor": phone.vendor, "model": phone.model,
        "current": standing.current, "wanted": standing.wanted, "state": standing.state,
        "stable": standing.stable, "why": standing.why,
    }  # fmt: skip


def _table(found: tuple[Standing, ...]) -> str:
    page = Page(look())
    if not found:
        page.add("No phones are declared, or none that was asked for.")
        return page.text()
    roles: dict[str, Any] = {"compliant": "good", "behind": "warn", "differs": "warn"}
    body: list[list[Cell]] = [
        [each.phone.name, each.phone.model, each.current or "?", each.wanted or "-",
         (each.state + (", not stable" if each.stable is False else ""),
          roles.get(each.state, ""))]
        for each in found
    ]  # fmt: skip
    table(page, ("phone", "model", "has", "shall have", ""), body, indent=0)
    said = ", ".join(f"{number:,} {state}" for state, number in sorted(counts(found).items()))
    page.add(f"{count(len(found), 'phone')}: {said or 'none'}.")
    return page.text()


@command.command("upgrade")
@choosing_options
@sparing_options
@click.option("--to", "version", metavar="VERSION", help="This version; the wanted one if unset.")
@click.option("--accept-one-way", is_flag=True, help="Go on where there is no way back.")
@click.option("--no-checksum", is_flag=True, help="Take a file that no checksum is declared for.")
@click.option(
    "--window", type=click.Choice(["now"]), help="Now, whatever the window of the site is."
)
@click.option(
    "--limit",
    "limit_s",
    type=click.FloatRange(1, 7200),
    metavar="SECONDS",
    help="When a phone counts as lost; the vendor's figure if unset.",
)
@click.option("--poll", "poll_s", type=click.FloatRange(0.1, 600), default=10.0, hidden=True)
def upgrade(
    version: str | None, accept_one_way: bool, no_checksum: bool, window: str | None,
    limit_s: float | None, poll_s: float, **given: Any,
) -> int:  # fmt: skip
    """Get phones to the wanted firmware, one step at a time, each proved by the phone itself.

    The file's checksum is compared first. A phone that is in a call or outside its site's window
    is left alone. One that does not come back is reported and not tried again.
    """
    sparing = Sparing(**{name: given.pop(name) for name in Sparing.__slots__})
    said = Selecting(**given)
    watch = Watch(poll_s, limit_s)

    async def run() -> int:
        async with standing_on(said, most=None if sparing.many else 200) as ground:
            tracks = tracks_in(ground.declared)
            wanted = {each: _wanted(each, tracks, version, ground) for each in ground.phones}
            when: When | None = "now" if window else None
            _need_window(ground, when)
            images = await _checked_images(wanted, ground, no_checksum=no_checksum)
            _ask(ground, wanted, images, sparing)
            act = _Upgrade(ground, wanted, watch, when, accept_one_way=accept_one_way)

            manners = sparing.manners(len(ground.phones), said.at_once, spares=True)
            results = await run_on(
                ground, act, manners, command="firmware upgrade", turns=True, after=act.finish
            )
            return print_results(results, as_json=said.as_json)

    return asyncio.run(run())


def _wanted(
    phone: Placed, tracks: tuple[Track, ...], version: str | None, ground: Ground
) -> Wanted:
    """Return what a phone shall get. Ends the command where nobody says, or its file differs."""
    found = wanted_for(phone, tracks, today=ground.at.stamp()[:10])
    if version is not None:
        from reconciler.firmware.tracks import track_for

        found = Wanted(version, "--to", track_for(phone, tracks))
    if found is None:
        raise click.UsageError(f"{phone.name}: no firmware is declared for a {phone.model}.")
    if phone.vendor in BY_FILE and phone.firmware != found.version:
        raise click.UsageError(
            f"{phone.name}: a {phone.model} takes the firmware that its file names. Write "
            f"`firmware: {found.version}` at the phone or its template, and apply, first."
        )
    return found


def _need_window(ground: Ground, when: When | None) -> None:
    sites = sorted({each.address.scope for each in ground.phones})
    for until in closed_sites(ground.declared.desired, sites, ground.at.now(), when).values():
        raise click.UsageError(f"Not now: {until}. Wait, or say --window now.")


async def _checked_images(
    wanted: Mapping[Placed, Wanted], ground: Ground, *, no_checksum: bool
) -> dict[str, str]:
    """Check each image once, steps between included. Raises AdapterError."""
    provisioning = ground.declared.desired.provisioning
    own = provisioning.get("base_url")
    releases: dict[str, Release] = {}
    for each in wanted.values():
        for release in each.track.releases if each.track is not None else ():
            if release.version == each.version or _leads_to(release, each):
                releases[f"{release.version} {release.url}"] = release
    return {
        release.version: await check_image(
            release,
            own=str(own) if own else None,
            allow_unchecked=no_checksum,
            folder=firmware_folder(provisioning, ground.at),
        )
        for release in releases.values()
    }


def _leads_to(release: Release, wanted: Wanted) -> bool:
    """Whether a version may be a step on the way: another's `from` names it, and it has a url."""
    assert wanted.track is not None
    named = {needed for each in wanted.track.releases for needed in each.needs or ()}
    return release.version in named and release.url is not None


def _ask(
    ground: Ground, wanted: Mapping[Placed, Wanted], images: Mapping[str, str], sparing: Sparing
) -> None:
    lines = [f"  {version}: {text}" for version, text in images.items()]
    for each in ground.phones:
        consequence = ground.opening.devices[each.vendor].consequence("upgrade", each.model, {})
        lines.append(f"  {each.name}  {each.model}  to {wanted[each].version}, "
                     f"{felt(consequence.disruption)}")  # fmt: skip
    title = f"firmware upgrade: {count(len(ground.phones), 'phone')}"
    consent("Go on?", "\n".join([title, *lines]), sparing)


class _Upgrade:
    """Triggers a phone's first step while it is open; `finish` watches and goes on from there."""

    def __init__(
        self, ground: Ground, wanted: Mapping[Placed, Wanted], watch: Watch, when: When | None, *,
        accept_one_way: bool,
    ) -> None:  # fmt: skip
        self._ground, self._wanted, self._watch, self._when = ground, wanted, watch, when
        self._accept = accept_one_way
        self._steps: dict[Placed, tuple[Release, ...]] = {}

    async def __call__(self, device: Device, phone: Placed) -> tuple[str, Mapping[str, Any]]:
        """Work out the way from what the phone has, and trigger the first step."""
        identity = (await device.status()).identity
        doing = "preparing firmware"
        way = way_to(
            phone, identity.firmware, self._wanted[phone],
            hw_revision=identity.hw_revision or phone.hw_revision or "",
            accept_one_way=self._accept,
        )  # fmt: skip
        if way.refusal:
            raise NotPossible(str(phone.address), doing, way.refusal, hint=way.hint)
        self._steps[phone] = way.steps
        if not way.steps:
            return f"it has {identity.firmware} already", {}
        if len(way.steps) > 1 and phone.vendor in BY_FILE:
            names = " -> ".join(each.version for each in way.steps)
            raise NotPossible(
                str(phone.address), doing, f"it needs steps ({names}), and its file names one",
                hint=f"write `firmware: {way.steps[0].version}` and apply first",
            )  # fmt: skip
        late = self._too_late(phone, len(way.steps))
        if late:
            raise NotPossible(str(phone.address), doing, late, hint="wait, or say --window now")
        return await trigger(device, way.steps[0]), {}

    def _too_late(self, phone: Placed, steps: int) -> str:
        """Return why the phone's window would close before it has its firmware, or ""."""
        at = self._ground
        one = at.opening.devices[phone.vendor].consequence("upgrade", phone.model, {})
        seconds = one.disruption.seconds
        takes_s = None if seconds is None else seconds * steps
        return too_late(at.declared.desired, phone.address.scope, at.at.now(), takes_s, self._when)

    async def finish(self, results: list[Result]) -> list[Result]:
        """Watch every phone that was triggered until it says the version."""
        return list(await asyncio.gather(*(self._finish(each) for each in results)))

    async def _finish(self, result: Result) -> Result:
        phone, opening = result.phone, self._ground.opening
        steps = self._steps.get(phone, ())
        if result.state != "done" or not steps:
            return result
        try:
            said = ""
            for number, step in enumerate(steps):
                if number:
                    async with opening.device(phone) as device:
                        if (await device.status()).in_call:
                            raise Refused(str(phone.address), "next step", "it is in a call")
                        await trigger(device, step)
                said = await wait_for(phone, step, opening, self._watch)
            return Result(phone, "done", said, {"firmware": steps[-1].version})
        except ReconcilerError as error:
            reply = getattr(error, "reply", str(error))
            return Result(phone, "failed", reply, hint=error.hint, code=error.code)
