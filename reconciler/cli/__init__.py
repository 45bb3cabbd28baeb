"""The command line: one file per command, loaded when asked for. Arguments in, exit code out."""

import gc
import os
import signal
import sys
import time
from _thread import get_ident, start_new_thread
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from reconciler.cli.exits import INTERRUPTED, USAGE

COMMANDS: dict[str, str] = {
    "init": "Start a workspace in a folder: inventory, first files, keys.",
    "validate": "Check files; say everything that is wrong, with positions.",
    "fmt": "Write files in canonical order; comments are kept.",
    "schema": "Print or write the JSON Schemas that editors complete from.",
    "explain": "Explain a code, or where each setting of an object comes from.",
    "render": "Print or write the files that phones are given.",
    "softphone": "Give a person an app's account: QR code, link or page.",
    "provision": "Serve phones their files; addresses, tokens, DHCP, checks.",
    "plan": "Show what apply would do. Changes nothing.",
    "show": "Show a saved plan.",
    "apply": "Carry a plan out, safely and resumably.",
    "drift": "Say what others have changed on what is ours.",
    "adopt": "Take ownership of objects that exist.",
    "import": "Write YAML for what exists on a PBX.",
    "status": "Show what is ours, what is owed, and what goes on now.",
    "history": "List runs; show one with its steps.",
    "rollback": "Put back what a run changed.",
    "unlock": "Remove the lock of a run that is gone.",
    "calls": "List, start, end and transfer calls.",
    "queues": "Add and remove live members of queues.",
    "discover": "Find phones in a network, and write them down as candidates.",
    "onboard": "Take discovered phones into use: an edit of your files.",
    "firmware": "Say who has which firmware, and get phones to the wanted one.",
    "phones": "Look at live phones and act on them.",
    "secrets": "Keep secrets in the workspace's encrypted store.",
    "doctor": "Check that a PBX is set up for reconciler.",
    "adapters": "List adapters and what each holds.",
    "lab": "Run pretend PBXs and phones to try files and programs on.",
    "demo": "Run plan, apply and drift on a pretend FreePBX with a dozen phones.",
}
"""Every command with its line in the help: listing them imports none."""


class _Lazy(click.Group):
    """Imports a command's file when it is run or asked for help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = import_module(f"reconciler.cli.{name if name != 'import' else 'import_'}")
        command: click.Command = module.command
        command.short_help = COMMANDS[name]
        tell_whole(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            from reconciler.cli.familiar import COMMANDS as FAMILIAR
            from reconciler.diagnostics.suggest import closest

            near = closest(name, COMMANDS)
            hint = FAMILIAR.get(name) or (f'Did you mean "{near}"?' if near else "")
            raise click.UsageError(f'There is no command "{name}". {hint}'.rstrip(), ctx)
        return super().resolve_command(ctx, args)


def tell_whole(command: click.Command) -> None:
    """Have commands of a group listed with the first sentence of their help, not a part of it."""
    for each in getattr(command, "commands", {}).values():
        if each.short_help is None and each.help:
            first = " ".join(each.help.partition("\n\n")[0].split())
            each.short_help = f"{first.partition('. ')[0].removesuffix('.')}."
        tell_whole(each)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(None, "-V", "--version", package_name="reconciler", prog_name="reconciler")
def cli() -> None:
    """Infrastructure as code for telephony: plan and apply for PBXs and phones.

    Declare extensions, trunks, ring groups, queues, IVRs, numbers and routes in YAML; see what
    would change; apply exactly that; learn what others changed by hand.
    """


def _open_closed_streams() -> None:
    """Let streams that cron or a service has closed lead nowhere.

    The next file that is opened would get their number, and what is printed would go into it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free: this one
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))


def run() -> NoReturn:
    """Be the program `reconciler`: run the command line and leave with its exit code."""
    from reconciler.cli.exiting import leave

    sys.unraisablehook = _press_again
    leave(main())


def main() -> int:
    """Run the command line and return its exit code."""
    _open_closed_streams()
    if not any("json" in each for each in sys.argv):
        return _run()
    from reconciler.cli.unanswered import answering, wants_json

    return answering(_run, _named) if wants_json(sys.argv[1:]) else _run()


def _named() -> str:
    """Return the name of the command that the command line calls: "phones live-status"."""
    context = click.Context(cli)
    group: click.Command | None = cli
    said: list[str] = []
    for each in sys.argv[1:]:
        if not isinstance(group, click.Group):
            break
        if (group := group.get_command(context, each)) is None:
            break
        said.append(each)
    return " ".join(said)


def _run() -> int:
    """Run the command line; failures get their words here."""
    from reconciler.cli.failures import report

    # Packages that look into other people's models: reading what is installed takes a while, and
    # nobody has to see what goes through ours.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # A command lives for seconds and makes millions of small objects that all stay until the end:
    # looking for garbage among them again and again costs up to half of its time.
    gc.disable()
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        return _interrupted()
    except click.ClickException as error:
        return _misunderstood(error)
    except Exception as error:  # noqa: BLE001 - the last place where a failure gets its words
        # While a class is made, Python 3.11 turns Ctrl-C into an error that has it as its cause.
        if isinstance(error.__cause__, KeyboardInterrupt):
            return _interrupted()
        return report(error)
    return code if isinstance(code, int) else 0


def _press_again(lost: "sys.UnraisableHookArgs") -> None:
    """Have a Ctrl-C that ended nothing come again, a moment later.

    Python drops one that comes while a finalizer runs, or while an import lets go of its lock.
    """
    if not issubclass(lost.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
        return

    def press(thread: int) -> None:
        time.sleep(0.01)  # in this hook it would be lost as well
        signal.pthread_kill(thread, signal.SIGINT)

    start_new_thread(press, (get_ident(),))


def _misunderstood(error: click.ClickException) -> int:
    from reconciler.cli.problems import PROBLEMS

    if isinstance(error, click.NoSuchOption):
        error = _pointing_elsewhere(error, sys.argv[1:])
    PROBLEMS.note_failure("usage", error.format_message())
    error.show()
    return USAGE


def _pointing_elsewhere(error: click.NoSuchOption, given: Sequence[str]) -> click.NoSuchOption:
    """Return the error with what there is in place of an option that is known from other tools."""
    from reconciler.cli.familiar import instead_of

    params = error.ctx.command.params if error.ctx else ()
    known = {name for each in params for name in each.opts}
    instead = instead_of(error.option_name, given, known)
    if instead is None:
        return error
    return click.NoSuchOption(error.option_name, f"{error.message} {instead}", ctx=error.ctx)


def _interrupted() -> int:
    from reconciler.cli.problems import PROBLEMS

    said = "nothing was begun."
    if PROBLEMS.run is not None:
        said = (
            f"what run {PROBLEMS.run} has done stays (reconciler history {PROBLEMS.run}). Phones "
            "that were not told yet are told by the next reconciler apply."
        )
    click.echo(f"Interrupted; {said}", err=True)
    return INTERRUPTED
