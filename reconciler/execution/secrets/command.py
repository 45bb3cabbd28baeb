"""Secrets that a program prints: a password manager's command line, run without a shell."""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from reconciler.errors import SecretUnavailable
from reconciler.execution.secrets import fingerprint, keys
from reconciler.model.secret import Clear

TIMEOUT_S = 10.0
_OUR_KEYS = (fingerprint.KEY_VARIABLE, keys.KEY_VARIABLE)


def run_command(
    reference: str,
    command: str | Sequence[str],
    argument: str,
    environ: Mapping[str, str],
    folder: Path,
    *,
    timeout_s: float,
) -> Clear:
    """Run a command of the inventory and return its output without the trailing line feed.

    `{}` in the command stands for `argument` (`command:pass:voip/1001`). Our own keys are not in
    the program's environment, and what it writes to stderr is not repeated. Raises
    SecretUnavailable.
    """
    argv = shlex.split(command) if isinstance(command, str) else list(command)
    if argument.startswith("-") or ("{}" not in " ".join(argv)) == bool(argument):
        raise SecretUnavailable(
            f"The secret {reference} does not fit its command: an argument stands where the "
            f"command has {{}}, and does not begin with a dash.",
        )
    argv = [part.replace("{}", argument) for part in argv]
    given = {name: value for name, value in environ.items() if name not in _OUR_KEYS}
    try:
        done = subprocess.run(  # noqa: S603 - listed in the inventory, no shell
            argv,
            cwd=folder,
            env=given,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _failed(reference, argv, f"it did not end within {timeout_s:g} s") from None
    except (OSError, IndexError, ValueError) as failure:
        why = failure.strerror if isinstance(failure, OSError) else "it is not a command line"
        raise _failed(reference, argv, f"it cannot be run ({why})") from None
    if done.returncode != 0:
        raise _failed(reference, argv, f"it ended with exit code {done.returncode}")
    try:
        value = done.stdout.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise _failed(reference, argv, "its output is not text") from None
    if not value:
        raise _failed(reference, argv, "it printed nothing")
    return Clear(value)


def _failed(reference: str, argv: Sequence[str], why: str) -> SecretUnavailable:
    program = argv[0] if argv else "the command"
    return SecretUnavailable(
        f"The secret {reference} is not available: {program}: {why}.",
        hint="run the command by hand to see what it says",
    )
