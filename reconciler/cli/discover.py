"""`reconciler discover`: find phones, safely, and write them down as candidates."""

import asyncio
import json
import signal
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, Final

import click

from reconciler.adapters.devices import DEVICES
from reconciler.cli.exits import DONE, ERROR, INTERRUPTED
from reconciler.cli.options import json_option, path_option
from reconciler.cli.running import checked
from reconciler.cli.screen import look
from reconciler.cli.workspace import surroundings
from reconciler.discovery import scan as scans
from reconciler.discovery.evidence import Candidate, Host, conclude_all
from reconciler.discovery.linking import declared_as
from reconciler.discovery.subnet import NotLookedAt, hosts_of
from reconciler.discovery.writing import write_candidates
from reconciler.phones.declared import declared_phones
from reconciler.views.terminal.page import Page
from reconciler.views.terminal.table import Cell, table
from reconciler.views.words import count
from reconciler.workflow.declare import Declared
from reconciler.workspace import Surroundings

_STATE: Final = "discovery.json"
_SAVE_EVERY_S: Final = 2.0


@click.command("discover")
@click.argument("where", metavar="SITE|NETWORK", nargs=-1, required=True)
@click.option(
    "--type",
    "kind",
    type=click.Choice(["full", "arp", "sip", "http"]),
    default="full",
    show_default=True,
    help="How hosts are looked at.",
)
@path_option
@click.option("--site", metavar="NAME", help="Site of phones found in a NETWORK.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the candidates; discovered-SITE.yaml when not given.",
)
@click.option("--no-write", is_flag=True, help="Write no file.")
@click.option("--resume", is_flag=True, help="Go on with the scan that was stopped.")
@click.option(
    "--at-once", type=click.IntRange(1, 50), default=50, show_default=True, metavar="N",
    help="How many hosts are looked at together.",
)  # fmt: skip
@click.option(
    "--per-second",
    type=click.FloatRange(1, 1000),
    default=100.0,
    show_default=True,
    metavar="N",
    help="How many hosts are begun with in a second.",
)
@click.option(
    "--timeout", "timeout_s", type=click.FloatRange(0.1, 30), default=2.0, show_default=True,
    metavar="SECONDS", help="How long a host may take to answer.",
)  # fmt: skip
@click.option("--large", is_flag=True, help="More than 4,096 addresses are meant.")
@click.option("--loopback", is_flag=True, help="Look at this machine itself: emulated phones.")
@click.option(
    "--sip-port", type=click.IntRange(1, 65535), default=5060, show_default=True, metavar="PORT",
    help="Where phones answer SIP (UDP).",
)  # fmt: skip
@click.option(
    "--http-port",
    type=click.IntRange(1, 65535),
    metavar="PORT",
    help="Port of their web pages; 80 if unset.",
)
@click.option(
    "--https-port",
    type=click.IntRange(1, 65535),
    metavar="PORT",
    help="The same over TLS; 443 if unset.",
)
@json_option
def command(
    where: tuple[str, ...], kind: scans.Type, paths: tuple[Path, ...], site: str | None,
    out: Path | None, no_write: bool, resume: bool, at_once: int, per_second: float,
    timeout_s: float, large: bool, loopback: bool, sip_port: int, http_port: int | None,
    https_port: int | None, as_json: bool,
) -> int:  # fmt: skip
    """Find phones in a site's subnets or a network (192.0.2.0/24).

    Looks at the neighbour table, asks SIP OPTIONS and looks at web pages, without any login, each
    host once and gently; phones that are registered on a PBX are found by that. Nothing is changed
    anywhere: what is found is written as YAML with `lifecycle: discovered`. Ctrl-C stops, and
    --resume goes on.
    """
    at = surroundings(paths)
    declared = checked(paths, at, planned=False, brief=True)
    site, networks = _meant(where, site, declared)
    addresses = _addresses(networks, large=large, loopback=loopback)
    ports = {"http": http_port, "https": https_port}
    scan = scans.Scan(
        kind,
        addresses,
        DEVICES,
        scans.Pace(at_once, per_second, timeout_s),
        sip_port,
        {name: port for name, port in ports.items() if port is not None},
    )
    progress, stopped = asyncio.run(_scan(scan, at, resume=resume))
    hosts = asyncio.run(_with_contacts(progress.hosts, declared, at, kind))
    found = conclude_all(hosts.values())
    phones = declared_phones(declared)
    known = {each: declared_as(each, phones) for each in found}
    new = [each for each, name in known.items() if name is None]
    file = None
    if new and not no_write:
        file = _write(new, site, declared, out, " ".join(where), at)
    _print(known, file, progress, at, as_json=as_json)
    if stopped:
        click.echo(f"Stopped after {len(progress.done):,} of {progress.total:,} addresses; "
                   "--resume goes on.", err=True)  # fmt: skip
        return INTERRUPTED
    return DONE if not progress.total or progress.done else ERROR


def _meant(
    where: tuple[str, ...], site: str | None, declared: Declared
) -> tuple[str, tuple[str, ...]]:
    """Return the site that candidates belong to, and the networks to look at."""
    sites = declared.desired.sites
    networks: list[str] = []
    for each in where:
        if each in sites:
            site = site or each
            networks += map(str, sites[each].get("subnets") or [])
            if not sites[each].get("subnets"):
                raise click.UsageError(f"Site {each} has no subnets: name a network instead.")
        elif "." in each:
            networks.append(each)
        else:
            known = ", ".join(sorted(sites)) or "none"
            raise click.UsageError(f'"{each}" is neither a site ({known}) nor a network.')
    if site is None and len(sites) == 1:
        site = next(iter(sites))
    if not sites:
        raise click.UsageError(
            "No site is declared, and phones have to be somewhere: sites: {main: {timezone: ..., "
            "country: ..., phones: {adapter: phones}}}"
        )
    if site is None or site not in sites:
        raise click.UsageError(
            f"Say with --site whose phones they are: {', '.join(sorted(sites))}."
        )
    return site, tuple(networks)


def _addresses(networks: tuple[str, ...], *, large: bool, loopback: bool) -> tuple[str, ...]:
    found: dict[str, None] = {}
    try:
        for each in networks:
            found.update(dict.fromkeys(hosts_of(each, large=large, loopback=loopback)))
    except NotLookedAt as error:
        raise click.UsageError(str(error)) from None
    return tuple(found)


async def _scan(scan: scans.Scan, at: Surroundings, *, resume: bool) -> tuple[scans.Progress, bool]:
    """Run a scan, keep how far it is, and stop at the first Ctrl-C."""
    from reconciler.execution.secrets.files import ensure_folder

    what = {"kind": scan.kind, "addresses": list(scan.addresses), "sip": scan.sip_port,
            "ports": dict(scan.ports)}  # fmt: skip
    ensure_folder(at.folder)
    state = at.folder / _STATE
    progress = scans.load(state, what, len(scan.addresses)) if resume else None
    progress = progress or scans.Progress(len(scan.addresses))
    asked = asyncio.Event()
    with suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, asked.set)
    saved_at = monotonic()

    def show(now: scans.Progress) -> None:
        nonlocal saved_at
        if monotonic() - saved_at > _SAVE_EVERY_S:
            scans.save(now, state, what)
            saved_at = monotonic()
        if sys.stderr.isatty():
            click.echo(f"\r{len(now.done):,} of {now.total:,} addresses, "
                       f"{len(now.hosts):,} answer ", nl=False, err=True)  # fmt: skip

    await scans.run(scan, progress, show=show, stopped=asked.is_set)
    if sys.stderr.isatty():
        click.echo("", err=True)
    if asked.is_set():
        scans.save(progress, state, what)
    else:
        state.unlink(missing_ok=True)
    return progress, asked.is_set()


async def _with_contacts(
    hosts: dict[str, Host], declared: Declared, at: Surroundings, kind: str
) -> dict[str, Host]:
    """Add what the PBXs know of who is registered from where."""
    if kind != "full":
        return hosts
    rows = await contact_rows(declared, at)
    return scans.registered(rows, hosts)


async def contact_rows(declared: Declared, at: Surroundings) -> list[tuple[str, str, str, str]]:
    """Return (address, PBX, extension, User-Agent) of everybody who is registered."""
    from reconciler.adapter import Watcher
    from reconciler.cli.failures import tell
    from reconciler.errors import ReconcilerError
    from reconciler.phones.reaching import host_of_contact
    from reconciler.workspace import open_sessions, open_stores

    rows: list[tuple[str, str, str, str]] = []
    with open_stores(at, declared.desired) as stores:
        async with open_sessions(declared.desired, stores, at) as sessions:
            for target in declared.desired.targets.values():
                if not target.id.startswith("pbx/") or target.adapter not in at.adapters:
                    continue
                try:
                    connection: Any = await sessions.connection(target.id)
                    if not isinstance(connection, Watcher):
                        continue
                    state = await connection.live_state()
                except ReconcilerError as error:
                    tell(error)
                    continue
                for each in state.registrations:
                    host = host_of_contact(each.contact)
                    if host is not None and each.address.kind == "extension":
                        rows.append((host, target.scope, each.address.key, each.user_agent))
    return rows


def _write(
    new: list[Candidate], site: str, declared: Declared, out: Path | None, where: str,
    at: Surroundings,
) -> Path:  # fmt: skip
    file = out or at.cwd / f"discovered-{site}.yaml"
    if file.exists() and out is None:
        number = 2
        while (at.cwd / f"discovered-{site}-{number}.yaml").exists():
            number += 1
        file = at.cwd / f"discovered-{site}-{number}.yaml"
    if file.exists():
        raise click.UsageError(f"{file} exists; candidates are written into a new file.")
    taken = {each.address.key for each in declared_phones(declared) if each.address.scope == site}
    text = write_candidates(new, site, taken, where=where, when=at.stamp()[:10])
    file.write_text(text, encoding="utf-8")
    return file


def _print(
    known: dict[Candidate, str | None], file: Path | None, progress: scans.Progress,
    at: Surroundings, *, as_json: bool,
) -> None:  # fmt: skip
    if as_json:
        rows = [{**scans.row_of(each), "declared": name} for each, name in known.items()]
        said = {"version": 1, "command": "discover", "looked_at": len(progress.done),
                "of": progress.total, "phones": rows,
                "file": str(file) if file else None}  # fmt: skip
        click.echo(json.dumps(said, ensure_ascii=False))
        return
    page = Page(look())
    body: list[list[Cell]] = [
        [each.address, f"{each.vendor} {each.model}".strip(), each.mac or "-", each.sure,
         name or "; ".join(dict.fromkeys(each.why))]
        for each, name in known.items()
    ]  # fmt: skip
    if body:
        table(
            page, ("address", "phone", "mac", "sure", "why, or what it is already"), body, indent=0
        )
    page.add(f"{count(len(known), 'phone')} at {len(progress.done):,} addresses.")
    if file is not None:
        shown = file.relative_to(at.cwd) if file.is_relative_to(at.cwd) else file
        page.add(f"Written to {shown}; next: reconciler onboard '*'")
    click.echo(page.text())
