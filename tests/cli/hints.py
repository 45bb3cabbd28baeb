"""Commands that output tells people to run: each exists, and takes the options that it is given."""

import re
from collections.abc import Iterator

import click

from reconciler.cli import COMMANDS, cli
from reconciler.cli.import_csv import command as import_csv

_SAID = re.compile(r"(?<![\w./-])reconciler ((?:[a-z][a-z-]*)(?: [^\n`;|]*)?)")
_OPTION = re.compile(r"(?<!\S)(--?[a-z][a-z-]*)")
_ENDS = re.compile(r"  |, | and |\. |: | or |\)|\($|\.$")
"""Where prose goes on behind a command."""


def wrong_hints(printed: str) -> Iterator[str]:
    """Yield what is printed as a command and would not be understood."""
    for said in _SAID.findall(printed):
        words = _ENDS.split(said)[0].split()
        if words[0] in COMMANDS and (wrong := _wrong(words)):
            yield f"reconciler {' '.join(words)}: {wrong}"


def _wrong(words: list[str]) -> str:
    context = click.Context(cli)
    command: click.Command | None = cli
    if words[:2] == ["import", "csv"]:  # a command of its own, in a word that is none
        command, words = import_csv, words[2:]
    while isinstance(command, click.Group) and words and words[0][0].isalpha():
        command = command.get_command(context, words[0])
        if command is None:
            return f"no command {words[0]}"
        words = words[1:]
    known = {each for param in command.params for each in param.opts} if command else set()
    given = _OPTION.findall(" ".join(words))
    return ", ".join(each for each in given if each not in {*known, "--help", "-h"})
