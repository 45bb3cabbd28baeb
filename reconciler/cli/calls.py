"""`reconciler calls`: list, start, end and transfer calls."""

from pathlib import Path

import click

from reconciler.adapter import CallControl, LiveState, Watcher
from reconciler.cli.acting import act, allowed_context, allowed_number, said, where
from reconciler.cli.exits import DONE
from reconciler.cli.options import json_option
from reconciler.cli.screen import look
from reconciler.workflow.declare import Declared


@click.group("calls")
def command() -> None:
    """List, start, end and transfer calls."""


@command.command("active")
@where
@json_option
def active(paths: tuple[Path, ...], pbx: str | None, as_json: bool) -> int:
    """List the calls that are up now."""
    from reconciler.views.machine import calls_json
    from reconciler.views.terminal.live import calls_text

    async def read(connection: Watcher, declared: Declared, target: str) -> LiveState:
        return await connection.live_state()

    state: LiveState = act(paths, pbx, read, Watcher)
    if as_json:
        click.echo(calls_json(state.calls))
    else:
        click.echo(calls_text(state.calls, look()))
    return DONE


@command.command("originate")
@click.argument("extension")
@click.argument("number")
@where
@click.option("--context", metavar="NAME", help="Context to dial from; the PBX's internal one.")
@click.option("--caller-id", metavar="NUMBER", help="What the extension sees while it rings.")
@click.option(
    "--timeout", "timeout_s", type=click.FloatRange(1, 300), default=30.0, show_default=True,
    metavar="SECONDS", help="How long the extension rings.",
)  # fmt: skip
def originate(
    extension: str,
    number: str,
    paths: tuple[Path, ...],
    pbx: str | None,
    context: str | None,
    caller_id: str | None,
    timeout_s: float,
) -> int:
    """Ring EXTENSION and, when it answers, dial NUMBER from there.

    Outside numbers need a prefix in policy.allowed_outbound_prefixes.
    """

    async def start(connection: CallControl, declared: Declared, target: str) -> str:
        dialled = allowed_number(number, declared.desired)
        at = allowed_context(context, declared.desired, target)
        return await connection.originate(
            extension, dialled, at, caller_id=caller_id, timeout_s=timeout_s
        )

    return said(act(paths, pbx, start))


@command.command("hangup")
@click.argument("channel")
@where
def hangup(channel: str, paths: tuple[Path, ...], pbx: str | None) -> int:
    """End the leg CHANNEL (as `calls active` names it)."""

    async def end(connection: CallControl, declared: Declared, target: str) -> str:
        return await connection.hang_up(channel)

    return said(act(paths, pbx, end))


@command.command("transfer")
@click.argument("channel")
@click.argument("number")
@where
@click.option("--context", metavar="NAME", help="Context to dial from; the PBX's internal one.")
def transfer(
    channel: str, number: str, paths: tuple[Path, ...], pbx: str | None, context: str | None
) -> int:
    """Send the leg CHANNEL to NUMBER."""

    async def send(connection: CallControl, declared: Declared, target: str) -> str:
        dialled = allowed_number(number, declared.desired)
        at = allowed_context(context, declared.desired, target)
        return await connection.transfer(channel, dialled, at)

    return said(act(paths, pbx, send))
