"""What is written about the house is so: links lead somewhere, shell blocks run, tables are fresh.

A block marked `sh` is run as it stands, one after the other, in a copy of the repository's
documents with the installed command on the path. A block marked `console` needs a PBX of one's own:
its commands have to be understood by the command line (`test_first_ten_minutes` carries them out).
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import click
import pytest

from reconciler.cli import cli
from tests.architecture.generated import PARTS, ROOT, names_in, readmes, renewed
from tests.cli.workspace import OWN_KEYS

FENCE = re.compile(r"(?ms)^```(\w+)\n(.*?)^```$")
LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"(?s)```.*?```|`[^`\n]*`")
DOCUMENTS = ("examples", "inventory", "schemas")

MODULES = {
    each.relative_to(ROOT).as_posix()
    for top in ("reconciler", "tests")
    for each in (ROOT / top).rglob("*.py")
}

each_readme = pytest.mark.parametrize(
    "file", readmes(), ids=lambda each: str(each.relative_to(ROOT))
)


def blocks(file: Path, language: str) -> list[str]:
    """Return the text of a README's blocks of one language."""
    return [text for name, text in FENCE.findall(file.read_text("utf-8")) if name == language]


def anchors(file: Path) -> set[str]:
    """Return the anchors that a Markdown file's headings get."""
    text = re.sub(r"(?ms)^```.*?^```$", "", file.read_text("utf-8"))
    headings = re.findall(r"(?m)^#+ (.+)$", text)
    return {re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in headings}


@each_readme
def test_every_relative_link_leads_somewhere(file: Path) -> None:
    for target in LINK.findall(CODE.sub("", file.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (file.parent / path).resolve() if path else file
        assert found.exists(), f"{target} leads nowhere"
        assert not anchor or anchor in anchors(found), f"there is no {target}"


MODULE = re.compile(r"`([a-z_][\w/]*\.py)`")


@each_readme
def test_every_module_that_is_named_is_there(file: Path) -> None:
    """By its name, or with the folders before it: what was moved or renamed is not told of."""
    for name in set(MODULE.findall(file.read_text("utf-8"))):
        assert name in MODULES or any(each.endswith(f"/{name}") for each in MODULES), name


@each_readme
def test_every_generated_part_is_fresh(file: Path) -> None:
    text = file.read_text("utf-8")
    assert renewed(text) == text, "stale; write it anew: python -m tests.architecture.generated"


def test_every_generated_part_is_used() -> None:
    used = {name for file in readmes() for name in names_in(file.read_text("utf-8"))}
    assert used == set(PARTS)


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """A folder of programs in front of the path: the installed command, and a make that only looks.

    `make demo` and `make test` are what they say, and are run by people and by CI.
    """
    programs = tmp_path / "programs"
    programs.mkdir()
    real = {
        "reconciler": str(Path(sys.executable).with_name("reconciler")),
        "python": sys.executable,
        "make": f"{shutil.which('make')} -n -C {shlex.quote(str(ROOT))}",
    }
    for name, command in real.items():
        (programs / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (programs / name).chmod(0o755)
    clean = {name: value for name, value in os.environ.items() if name not in OWN_KEYS}
    return {**clean, "PATH": f"{programs}{os.pathsep}{clean['PATH']}", "PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize(
    "file",
    [each for each in readmes() if blocks(each, "sh")],
    ids=lambda each: str(each.relative_to(ROOT)),
)
def test_every_shell_block_runs(file: Path, shell: dict[str, str], tmp_path: Path) -> None:
    here = tmp_path / "repository"
    for name in DOCUMENTS:
        shutil.copytree(ROOT / name, here / name)
    folder = here / file.relative_to(ROOT).parent
    start = folder if folder.is_dir() and "examples" in folder.parts else here
    if file == ROOT / "examples" / "README.md":
        start = here
    script = "\n".join(blocks(file, "sh"))
    script = script.replace(
        "-m tests.architecture.generated", "-m tests.architecture.generated --check"
    )
    done = subprocess.run(
        ["sh", "-eu", "-c", script],
        cwd=start,
        env=shell,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"


@each_readme
def test_every_command_that_is_shown_is_understood(file: Path) -> None:
    text = file.read_text("utf-8")
    shown = re.findall(r"(?m)^(?:\$ )?(reconciler [^|>#\n]*)", "\n".join(blocks(file, "console")))
    jobs = "\n".join(blocks(file, "yaml"))
    shown += re.findall(r"(?:- |run: |exec )(reconciler [^|>#\n]*)", jobs)
    shown += re.findall(r"`(reconciler [a-z][^`\n]*)`", re.sub(r"(?ms)^```.*?^```$", "", text))
    for each in shown:
        words = [word for word in shlex.split(each)[1:] if not word.isupper()]
        _understood(cli, words, each)


def _understood(command: click.Command, words: list[str], line: str) -> None:
    """Check command names and options; arguments may be anything, and may be left out."""
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        context = click.Context(command)
        found = command.get_command(context, words[0])
        assert found is not None, f"{line}: there is no command {words[0]}"
        command, words = found, words[1:]
    with suppress(click.UsageError):  # a command may hand over to another by its first word
        command = command.make_context(line, list(words), resilient_parsing=True).command
    known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    for word in words:
        if word.startswith("-") and word != "-":
            assert word.partition("=")[0] in known | {"--help"}, f"{line}: no option {word}"
