"""`reconciler provision`: what phones fetch from, and everything around it."""

from importlib import import_module

import click

from reconciler.cli import tell_whole

COMMANDS: dict[str, str] = {
    "serve": "Serve devices their files, until told to stop.",
    "status": "Show how far each device is.",
    "check": "Fetch an address as a phone would; say what it gets and why.",
    "sign-url": "Print the signed address of a phone.",
    "tokens": "List, rotate, revoke and issue tokens.",
    "dhcp": "Write what a DHCP server tells a site's phones.",
}


class _Lazy(click.Group):
    """Imports a command's file when it is run or asked for help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = import_module(f"reconciler.cli.provision_{name.replace('-', '_')}")
        command: click.Command = module.command
        command.short_help = COMMANDS[name]
        tell_whole(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group("provision", cls=_Lazy)
def command() -> None:
    """Serve devices their files, and everything around it.

    `apply` publishes; `provision serve` hands out exactly what was applied last, to whoever shows
    what `provisioning: {require: [...]}` asks for. See reconciler/provisioning/README.md.
    """
