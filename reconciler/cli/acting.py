"""Commands that act on calls and queues: one connection, one request, policy enforced before."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import click

from reconciler.adapter import CallControl
from reconciler.cli.exits import DONE
from reconciler.cli.options import all_of, path_option
from reconciler.cli.running import Stopped, checked
from reconciler.cli.workspace import surroundings
from reconciler.errors import NotPossible
from reconciler.model.resource import Desired
from reconciler.planning.policy import Policy
from reconciler.workflow.declare import Declared
from reconciler.workspace import open_sessions, open_stores

INTERNAL = re.compile(r"from-internal(-additional)?")
"""The contexts that calls may be started or transferred into, beside the PBX's own one."""
MEMBER = re.compile(r"[\w\-]+", re.ASCII)
"""What a queue's member may be called."""


where = all_of(
    path_option, click.option("--pbx", metavar="NAME", help="Which PBX, when several are declared.")
)
"""Which files and which PBX."""


def act(
    paths: tuple[Path, ...],
    pbx: str | None,
    action: Callable[[Any, Declared, str], Awaitable[Any]],
    needed: type = CallControl,
) -> Any:
    """Open the PBX and let `action` do its one thing; return what it returned.

    `needed` is what its connection has to be. Raises NotPossible where it is not that.
    """
    at = surroundings(paths)
    declared = checked(paths, at, brief=True)
    target = chosen(declared.desired, pbx)

    async def run() -> Any:
        with open_stores(at, declared.desired) as stores:
            async with open_sessions(declared.desired, stores, at) as sessions:
                connection = await sessions.connection(target)
                if not isinstance(connection, needed):
                    named = declared.desired.targets[target]
                    raise NotPossible(
                        named.scope,
                        "acting on calls",
                        f"adapter {named.adapter} has no way to do that",
                    )
                return await action(connection, declared, target)

    return asyncio.run(run())


def chosen(desired: Desired, pbx: str | None) -> str:
    """Return the target's id: the PBX named, or the only one."""
    names = sorted(each.scope for each in desired.targets.values() if each.id.startswith("pbx/"))
    if pbx is None and len(names) == 1:
        return f"pbx/{names[0]}"
    if pbx not in names:
        raise click.UsageError(f"say which PBX with --pbx: {', '.join(names) or 'none declared'}")
    return f"pbx/{pbx}"


def allowed_number(number: str, desired: Desired) -> str:
    """Return the number if policy lets calls be started to it.

    Numbers of the PBX's own dial plan are always allowed; others must begin with one of
    `policy.allowed_outbound_prefixes`.
    """
    if not re.fullmatch(r"\+?[0-9*#]{1,32}", number):
        raise click.UsageError(f'"{number}" is not a number that can be dialled')
    internal = {
        each.key
        for each in desired.resources
        if each.kind in ("extension", "ring_group", "queue", "conference", "paging_group")
    } | {
        str(each.fields["number"]) for each in desired.resources.values() if "number" in each.fields
    }
    prefixes = Policy(desired.policy).allowed_outbound_prefixes
    if number in internal or any(number.startswith(each) for each in prefixes):
        return number
    said = ", ".join(prefixes) or "none"
    click.echo(
        f"refused[toll-fraud]: calls may not be started to {number}: it is no number of the PBX "
        f"and begins with none of policy.allowed_outbound_prefixes ({said})",
        err=True,
    )
    raise Stopped(5)


def allowed_context(context: str | None, desired: Desired, target: str) -> str:
    """Return the context to act in: the PBX's own internal one, or an allowed other."""
    settings = desired.targets[target].settings
    own = str(settings.get("internal_context") or "from-internal")
    if context is None or context == own or INTERNAL.fullmatch(context):
        return context or own
    raise click.UsageError(
        f'the context "{context}" is not allowed: only {own} and from-internal(-additional) are'
    )


def said(answer: object) -> int:
    """Print what the platform answered."""
    click.echo(str(answer))
    return DONE
