"""The stage of the demo: commands are shown and run as a person would, and what befalls is told."""

import difflib
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from types import TracebackType
from typing import Final, NoReturn, Self

import click

from reconciler.cli.exits import ERROR
from reconciler.cli.running import Stopped
from reconciler.cli.screen import style_for, width

OWN_VARIABLES: Final = ("RECONCILER_JOURNAL", "RECONCILER_WORKSPACE_KEY", "RECONCILER_STORE_KEY",
                        "RECONCILER_PUBLISHED_KEY")  # fmt: skip
"""What would lead the demo into somebody's own workspace."""
_WIDEST: Final = 88
_LOOK_S: Final = 0.1


class Stage:
    """A folder that commands run in. What was started is ended when it is left."""

    def __init__(self, folder: Path, *, no_color: bool) -> None:
        self.folder = folder
        self.style = style_for(no_color=no_color)
        self._no_color = no_color
        self._chapters = 0
        self._started: list[tuple[str, subprocess.Popen[bytes], Path]] = []
        self.stack = ExitStack()
        self._compiled = self.stack.enter_context(TemporaryDirectory(prefix="reconciler-demo-"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stack.close()

    # -- telling --

    def chapter(self, title: str, text: str) -> None:
        """Begin a chapter."""
        self._chapters += 1
        head = f"{self._chapters}  {title}"
        line = "─" if (sys.stdout.encoding or "").lower().startswith("utf") else "-"
        rest = line * max(4, min(width(), _WIDEST) - len(head) - 4)
        click.echo(f"\n{self.style(f'{line * 2} {head} {rest}', 'strong')}")
        self.say(text)

    def say(self, text: str) -> None:
        """Print what happens."""
        columns = min(width(), _WIDEST)
        click.echo(self.style(click.wrap_text(f"# {text}", columns, "", "# "), "note"))

    # -- commands --

    def run(self, *arguments: str, expect: int = 0, typed: str | None = None) -> None:
        """Show a command and run it, its output as it comes. Another end than expected is ours.

        `typed` is what it is given on its standard input.
        """
        self._show(*arguments)
        ended = subprocess.run(  # noqa: S603 - our own command, with our own arguments
            [*_command(), *arguments], cwd=self.folder, env=self._environ(), check=False,
            input=(typed or "").encode(), stderr=subprocess.STDOUT,
        )  # fmt: skip
        if ended.returncode != expect:
            self._give_up(f"exit {ended.returncode}; the demo expected {expect}")
        if ended.returncode:
            click.echo(self.style(f"(exit {ended.returncode})", "dim"))

    def serve(self, *, log: str, options: Sequence[str] = ()) -> Path:
        """Show the server and start it in the background; return the file that it writes into.

        It ends with the demo, however that ends.
        """
        arguments = ("provision", "serve", *options)
        self._show(*arguments, after=f" 2> {log} &")
        file = self.stack.enter_context((self.folder / log).open("wb"))
        process = subprocess.Popen(  # noqa: S603 - our own command, with our own arguments
            [*_command(), *arguments, "--until-eof"], cwd=self.folder, env=self._environ(),
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=file,
            start_new_session=True,
        )  # fmt: skip
        self.stack.callback(_end, process)
        self._started.append((shlex.join(arguments), process, self.folder / log))
        return self.folder / log

    def _look_after(self) -> None:
        """End the demo if something that was started in the background has ended."""
        for line, process, _ in self._started:
            code = process.poll()
            if code is not None:
                self._give_up(f"reconciler {line} has ended with {code}")

    def _give_up(self, why: str) -> NoReturn:
        """Say why the demo ends here, with all that was said in the background."""
        for line, _, log in self._started:
            said = log.read_text(encoding="utf-8", errors="replace").rstrip()
            click.echo(f"\n--- reconciler {line}:\n{said}", err=True)
        click.echo(f"({why})", err=True)
        raise Stopped(ERROR)

    def _show(self, *arguments: str, after: str = "") -> None:
        click.echo(self.style(f"$ reconciler {shlex.join(arguments)}{after}", "good"))
        sys.stdout.flush()

    def _environ(self) -> dict[str, str]:
        environ = {k: v for k, v in os.environ.items() if k not in OWN_VARIABLES}
        environ["RECONCILER_ACTOR"] = "you@demo"
        if environ.pop("PYTHONDONTWRITEBYTECODE", ""):
            # Compiling everything anew for each command would take most of the time.
            environ["PYTHONPYCACHEPREFIX"] = self._compiled
        if self._no_color:
            environ["NO_COLOR"] = "1"
        return environ

    # -- files --

    def excerpt(self, name: str, start: str, count: int) -> None:
        """Show lines of a file, from one that begins so."""
        lines = (self.folder / name).read_text(encoding="utf-8").splitlines()
        first = next(at for at, line in enumerate(lines) if line.startswith(start))
        click.echo(self.style(f"{name}:{first + 1}", "bold"))
        for line in lines[first : first + count]:
            click.echo(f"  {self._fitting(line, width() - 2)}")
        click.echo("")

    @staticmethod
    def _fitting(line: str, columns: int) -> str:
        return line if len(line) <= columns else f"{line[: columns - 4]} ..."

    def edit(self, name: str, *changes: tuple[str, str]) -> None:
        """Change a file as a person with an editor would, and show the difference."""
        file = self.folder / name
        before = after = file.read_text(encoding="utf-8")
        for old, new in changes:
            if after.count(old) != 1:
                raise AssertionError(f"{name} holds {old!r} {after.count(old)} times")
            after = after.replace(old, new)
        file.write_text(after, encoding="utf-8")
        self._difference(name, before, after)

    def _difference(self, name: str, before: str, after: str) -> None:
        lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
        click.echo(self.style(name, "bold"))
        for line in list(lines)[2:]:
            if line[:1] in "+-":
                shown = self._fitting(line, width())
                click.echo(self.style(shown, "add" if line[0] == "+" else "destroy"))

    # -- waiting --

    def wait(self, what: Callable[[], str], claim: Callable[[], bool], timeout_s: float) -> None:
        """Wait until something is so; on a terminal `what` is shown meanwhile."""
        ends, live = monotonic() + timeout_s, sys.stdout.isatty()
        while not claim():
            self._look_after()
            if monotonic() > ends:
                self._give_up(f"the demo waited {timeout_s:g} s in vain: {what()}")
            if live:
                shown = self._fitting(what(), width() - 1)
                click.echo(f"\r\033[K{self.style(shown, 'dim')}", nl=False)
            sleep(_LOOK_S)
        click.echo(f"\r\033[K{what()}" if live else what())


def _command() -> Sequence[str]:
    """Return the installed command; without one (a path that was never installed) the module."""
    script = Path(sys.executable).with_name("reconciler")
    return [str(script)] if script.exists() else [sys.executable, "-m", "reconciler"]


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
