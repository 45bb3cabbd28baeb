"""`reconciler lab up`: emulated phones that boot, fetch, register and answer."""

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

import click

from reconciler.cli.exits import DONE, ERROR
from reconciler.cli.lab_watch import Watched
from reconciler.cli.options import no_color_option, paths_argument
from reconciler.cli.screen import look
from reconciler.views.terminal.page import Look

if TYPE_CHECKING:
    from reconciler.lab.room import Furniture, Room, Seen

_LOOK_S: Final = 0.1
_SHOWN: Final = 40
"""How many phones are listed; of more, those that are not as they should be come first."""


PORT: Final = click.IntRange(0, 65535)


@click.command("up")
@paths_argument
@click.option(
    "--fleet", type=click.IntRange(1, 60000), metavar="N",
    help="So many phones of all vendors, instead of an estate's.",
)  # fmt: skip
@click.option(
    "--model", "models", multiple=True, metavar="MODEL",
    help="Models of the fleet, in turn. Repeatable.",
)  # fmt: skip
@click.option(
    "--from", "fetch_from", metavar="URL",
    help="Send the phones to this provisioning server for their files.",
)  # fmt: skip
@click.option(
    "--map", "mapped", multiple=True, metavar="HOST=ADDRESS[:PORT]",
    help="Where a host that files name is on this machine. Repeatable.",
)  # fmt: skip
@click.option("--no-pbx", is_flag=True, help="Without the lab's own PBX: hosts have to be mapped.")
@click.option(
    "--once", is_flag=True,
    help="End when every phone has registered or failed; exits with 1 when one is not as declared.",
)  # fmt: skip
@click.option(
    "--timeout", "timeout_s", type=click.FloatRange(0.1, 3600), default=60.0, show_default=True,
    metavar="SECONDS", help="How long --once waits.",
)  # fmt: skip
@click.option(
    "--addresses", type=click.Path(path_type=Path, dir_okay=False),
    help="Write where everything is into this file (JSON).",
)  # fmt: skip
@click.option(
    "--declare", "declaring", type=click.Path(path_type=Path, dir_okay=False),
    help="Write the fleet into this file as YAML, for other commands to work on.",
)  # fmt: skip
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="How to print what was found with --once.",
)  # fmt: skip
@click.option("--http-port", type=PORT, default=0, metavar="PORT", help="Port of web pages.")
@click.option("--https-port", type=PORT, default=0, metavar="PORT", help="The same over TLS.")
@click.option("--sip-port", type=PORT, default=0, metavar="PORT", help="Port of SIP (UDP).")
@click.option(
    "--own-ports", is_flag=True,
    help="All phones on 127.0.0.1 with ports of their own; elsewhere than on Linux that is so.",
)  # fmt: skip
@click.option(
    "--latency", "latency_ms", type=click.FloatRange(0, 60000), default=0.0, metavar="MS",
    help="How long each web answer takes.",
)  # fmt: skip
@no_color_option
def up(
    paths: tuple[Path, ...], fleet: int | None, models: tuple[str, ...], fetch_from: str | None,
    mapped: tuple[str, ...], no_pbx: bool, once: bool, timeout_s: float, addresses: Path | None,
    declaring: Path | None, format_: str, http_port: int, https_port: int, sip_port: int,
    own_ports: bool, latency_ms: float, no_color: bool,
) -> int:  # fmt: skip
    """Start emulated phones that boot, fetch their files, register and answer.

    The phones are those that the files under PATHS declare (the current folder when none is
    given): each is given the files that it would be given, and registers on the lab's own PBX with
    a made-up password; no secret of yours is read. With --from they fetch from a server of yours,
    and with --map they register on a PBX of yours on this machine. With --fleet there are no files.

    They run until you end them (Ctrl-C); whenever a file under PATHS is saved, the phones whose
    files have changed are told and fetch them. In a pipeline, --once tells whether every phone
    takes its files and registers.
    """
    from reconciler.lab.phones.hosts import Hosts
    from reconciler.lab.room import Ports, Room

    if fleet is not None and paths:
        raise click.UsageError("Give files or --fleet, not both.")
    if models and fleet is None:
        raise click.UsageError("--model goes with --fleet.")
    if declaring is not None and fleet is None:
        raise click.UsageError("--declare goes with --fleet: the phones of files are declared.")
    if format_ == "json" and not once:
        raise click.UsageError("--format json goes with --once; a lab that runs has --addresses.")
    places = _places(mapped)
    try:
        Hosts(places)
    except ValueError as error:
        raise click.UsageError(f"--map {error}") from None
    # Looked at before they are read: what is saved meanwhile is seen.
    is_fixed = once or fleet is not None or fetch_from
    watched = None if is_fixed else Watched(paths, no_color=no_color)
    room = Room(
        _furniture(paths, fleet, models, no_color=no_color), fetch_from=fetch_from, mapped=places,
        has_pbx=not no_pbx, latency_s=latency_ms / 1000,
        ports=Ports(http_port, https_port, sip_port, own_ports or sys.platform != "linux"),
    )  # fmt: skip
    if declaring is not None:
        room.on_start = partial(_declare, declaring)
    page = look(no_color=no_color)
    try:
        if once:
            return asyncio.run(_once(room, timeout_s, addresses, format_, page))
        return asyncio.run(_run(room, addresses, page, watched))
    except OSError as error:
        click.echo(f"The lab cannot listen: {error}. Another port may be free: --http-port 0.",
                   err=True)  # fmt: skip
        return ERROR


def _places(mapped: Sequence[str]) -> dict[str, str]:
    pairs = [each.partition("=") for each in mapped]
    wrong = next((name for name, equals, place in pairs if not (equals and name and place)), None)
    if wrong is not None:
        raise click.UsageError(f"--map {wrong}: write HOST=ADDRESS[:PORT] (pbx.example.com="
                               "127.0.0.1:5060)")  # fmt: skip
    return {name: place for name, _, place in pairs}


def _furniture(
    paths: Sequence[Path], fleet: int | None, models: Sequence[str], *, no_color: bool
) -> "Furniture":
    from reconciler.lab.phones.catalog import UnknownModelError
    from reconciler.lab.room import furnish

    if fleet is None:
        from reconciler.cli.lab_estate import furnish_from

        return furnish_from(paths, no_color=no_color)
    try:
        return furnish(fleet, models)
    except UnknownModelError as error:
        raise click.UsageError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None


def _declare(file: Path, room: "Room") -> None:
    from reconciler.lab.declared import declared

    if file.exists():
        raise click.UsageError(f"{file} exists, and may be somebody's work: name another file.")
    file.write_text(declared(room.seen()), encoding="utf-8")


def _write(room: "Room", file: Path | None) -> None:
    if file is not None:
        draft = file.with_name(f".{file.name}.tmp")
        draft.write_text(json.dumps(room.addresses(), indent=1) + "\n", encoding="utf-8")
        draft.replace(file)


async def _once(
    room: "Room", timeout_s: float, addresses: Path | None, format_: str, page: Look
) -> int:
    async with room:
        _write(room, addresses)
        end = monotonic() + timeout_s
        while not room.is_settled and monotonic() < end:
            await asyncio.sleep(_LOOK_S)
        _write(room, addresses)
        seen = room.seen()
        if format_ == "json":
            click.echo(json.dumps(room.addresses(), indent=1))
        else:
            click.echo(_page(seen, _SHOWN, page))
        return DONE if all(each.good for each in seen) else ERROR


async def _run(room: "Room", addresses: Path | None, page: Look, watched: Watched | None) -> int:
    from reconciler.lab.listing import opening

    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, ended.set)
    async with room:
        _write(room, addresses)
        click.echo(opening(room.addresses(), page, elsewhere=room.fetch_from is not None))
        renewing = loop.create_task(watched.renew(room)) if watched is not None else None
        if sys.stdout.isatty():
            await _live(room, ended, page)
        else:
            await _told(room, ended)
        if renewing is not None:
            renewing.cancel()
        _write(room, addresses)
        click.echo(_page(room.seen(), _SHOWN, page))
    return DONE


def _page(seen: "Sequence[Seen]", most: int, page: Look) -> str:
    from reconciler.lab.listing import listing, summary

    return f"{listing(seen, most, page)}\n{summary(seen, page)}"


async def _live(room: "Room", ended: asyncio.Event, page: Look) -> None:
    """Show the phones on a terminal as they change."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console()
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while not ended.is_set():
            rows = max(5, console.height - 4)
            live.update(Text.from_ansi(_page(room.seen(), rows, page)), refresh=True)
            await _pause(ended, 0.5)


async def _told(room: "Room", ended: asyncio.Event) -> None:
    """Print a line for each phone whose state changes."""
    before: dict[str, str] = {}
    while not ended.is_set():
        for each in room.seen():
            if before.get(each.name) != each.state:
                before[each.name] = each.state
                click.echo(f"{each.name} {each.model}: {each.state}")
        sys.stdout.flush()
        await _pause(ended, 0.2)


async def _pause(ended: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(ended.wait(), seconds)
    except TimeoutError:
        return
