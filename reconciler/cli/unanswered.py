"""The JSON document of a command that ends without its own: a pipeline always gets one.

Shape and promise: views/README.md, "a command that ends early".
"""

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import click

from reconciler.cli.exits import (
    DONE,
    ERROR,
    INTERRUPTED,
    LOCKED,
    PARTLY,
    PENDING,
    REFUSED,
    STALE,
    USAGE,
)
from reconciler.cli.failures import report
from reconciler.cli.overheard import Overheard
from reconciler.cli.problems import PROBLEMS, Problems

_ENDED: Final = {
    DONE: "done",
    ERROR: "error",
    PENDING: "pending",
    PARTLY: "partly",
    REFUSED: "refused",
    LOCKED: "locked",
    STALE: "stale",
    USAGE: "usage",
    INTERRUPTED: "interrupted",
}
"""What an exit code means, in a word."""


def wants_json(arguments: Sequence[str]) -> bool:
    """Tell whether a command line asks for JSON, even one that cannot be understood."""
    pairs = zip(arguments, (*arguments[1:], ""), strict=True)
    return any(
        each in ("--json", "--format=json") or (each, following) == ("--format", "json")
        for each, following in pairs
    )


def answering(command: Callable[[], int], named: Callable[[], str]) -> int:
    """Run a command; print how it ended when it printed nothing. Returns its exit code.

    What people are told on stderr they are told as ever. `named` gives the command's name.
    """
    out, err = sys.stdout, sys.stderr
    answer, said = Overheard(out), Overheard(err)
    sys.stdout, sys.stderr = answer, said
    try:
        code = command()
    finally:
        sys.stdout, sys.stderr = out, err
    if any(answer.said):
        return code
    try:
        click.echo(_document(named(), code, PROBLEMS, click.unstyle("".join(said.said))))
    except OSError as error:  # a full disk, or nobody who reads
        return report(error)
    return code


def _document(command: str, code: int, problems: Problems, said: str) -> str:
    found: dict[str, Any] = {"errors": 0, "warnings": 0, "diagnostics": []}
    if problems.diagnostics:
        from reconciler.views.diagnostics import machine

        found = machine(problems.diagnostics, problems.texts, command)
    return json.dumps(
        {
            "version": 1,
            "command": command,
            **found,
            "ended": _ENDED.get(code, "error"),
            "exit_code": code,
            "failures": [each._asdict() for each in problems.failures],
            "said": said.splitlines(),
        },
        indent=2,
        ensure_ascii=False,
    )
