"""`reconciler queues`: live members, until they are removed or the PBX forgets them."""

from pathlib import Path

import click

from reconciler.adapter import CallControl
from reconciler.cli.acting import MEMBER, act, said, where
from reconciler.model.address import Address
from reconciler.workflow.declare import Declared


@click.group("queues")
def command() -> None:
    """Add and remove live members of queues. Declared members are changed in the files."""


def _checked(queue: str, member: str) -> None:
    for name in (queue, member):
        if not MEMBER.fullmatch(name):
            raise click.UsageError(f'"{name}": letters, digits, "_" and "-" only')


@command.command("add-member")
@click.argument("queue")
@click.argument("member")
@click.option("--penalty", type=click.IntRange(0, 100), default=0, show_default=True, metavar="N",
              help="Members with a smaller one are rung first.")  # fmt: skip
@where
def add_member(
    queue: str, member: str, penalty: int, paths: tuple[Path, ...], pbx: str | None
) -> int:
    """Let extension MEMBER take calls of QUEUE from now on."""
    _checked(queue, member)

    async def add(connection: CallControl, declared: Declared, target: str) -> str:
        done = await connection.add_queue_member(queue, member, penalty)
        scope = target.partition("/")[2]
        if Address("extension", scope, member) not in declared.desired.resources:
            done += f". No extension {member} is declared on {scope}: make sure that there is one."
        return done

    return said(act(paths, pbx, add))


@command.command("remove-member")
@click.argument("queue")
@click.argument("member")
@where
def remove_member(queue: str, member: str, paths: tuple[Path, ...], pbx: str | None) -> int:
    """Take extension MEMBER out of QUEUE; members that the files declare stay."""
    _checked(queue, member)

    async def remove(connection: CallControl, declared: Declared, target: str) -> str:
        return await connection.remove_queue_member(queue, member)

    return said(act(paths, pbx, remove))
