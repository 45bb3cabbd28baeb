"""Every bad input ends in one clear message with a position, an exit code, and nothing written.

Each case is put beside an estate that is applied and has a change waiting, and `apply` is told to
go ahead: the command that could do the most harm.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.workspace import Workspace, copied

HEAD = "apiVersion: reconciler/v1\npbx: office\n"


class Case(NamedTuple):
    """A file of this content: where the message points, and what it says."""

    text: str
    at: str
    code: str
    says: str


CASES = {
    "colon in a value": Case(
        'extensions:\n  "1": {name: Ada}\n  "2": name: Ben\n', "5:12", "malformed-yaml", ""
    ),
    "tab": Case("extensions:\n\tname: x\n", "4:1", "malformed-yaml", "tab"),
    "unclosed quote": Case('extensions: {"1001": {name: "Ada}}\n', "4:1", "malformed-yaml", ""),
    "unclosed brace": Case("extensions: {\n", "", "malformed-yaml", ""),
    "two documents in one": Case("a: 1\n- b\n", "4:1", "malformed-yaml", ""),
    "duplicate entry": Case(
        'queues:\n  "700": {name: A}\n  "701": {name: B}\n  "700": {name: C}\n',
        "6:3", "duplicate-key", "",
    ),
    "duplicate field": Case(
        'queues: {"700": {name: A, name: B}}\n', "3:27", "duplicate-key", '"name"'
    ),
    "declared in two files": Case(
        'extensions: {"1001": {name: Eve}}\n', "3:14", "duplicate-address", "people.yaml:5"
    ),
    "unknown field": Case(
        'queues: {"700": {name: A, strategi: linear}}\n', "3:27", "unknown-field", '"strategy"'
    ),
    "unknown kind": Case("ringgroups: {}\n", "3:1", "unknown-section", '"ring_groups"'),
    "unknown word": Case(
        'queues: {"700": {name: A, strategy: lineal}}\n', "3:37", "unknown-choice", '"linear"'
    ),
    "text for a number": Case(
        'queues: {"700": {name: A, timeout: soon}}\n', "3:36", "wrong-type", ""
    ),
    "list for a mapping": Case('queues: {"700": [a, b]}\n', "3:17", "wrong-type", ""),
    "text for a section": Case("queues: none\n", "3:9", "wrong-type", ""),
    "number out of range": Case(
        'queues: {"700": {name: A, timeout: 301}}\n', "3:36", "bad-value", "300"
    ),
    "missing field": Case('queues: {"700": {timeout: 10}}\n', "3:10", "missing-field", '"name"'),
    "key that is no number": Case("queues: {sales: {name: A}}\n", "3:10", "bad-key", "sales"),
    "destination in no form": Case(
        'queues: {"700": {name: A, no_answer: 1001}}\n', "3:38", "bad-destination", ""
    ),
    "dangling reference": Case(
        'queues: {"700": {name: A, members: ["1001", "1O02"]}}\n',
        "3:45", "unknown-reference", '"1002"',
    ),
    "dangling destination": Case(
        'queues: {"700": {name: A, no_answer: ivr/mian}}\n', "3:38", "unknown-reference", '"main"'
    ),
    "voicemail of nobody": Case(
        'queues: {"700": {name: A, no_answer: voicemail/1009}}\n', "3:38", "unknown-reference", ""
    ),
    "same number of two kinds": Case(
        'queues: {"600": {name: A}}\n', "3:10", "duplicate-number", "calls.yaml:5"
    ),
    "same number as a field": Case(
        'announcements: {closed: {file: custom/closed, number: "1001"}}\n',
        "3:55", "duplicate-number", "people.yaml:5",
    ),
    "same number, written otherwise": Case(
        'inbound_routes: {"01134960100": {destination: extension/1001}}\n',
        "3:18", "duplicate-did", "+441134960100",
    ),
    "templates in a circle": Case(
        "templates:\n  a: {vendor: any, extends: b}\n  b: {vendor: any, extends: a}\n",
        "4:29", "reference-cycle", "a",
    ),
    "template of itself": Case(
        "templates:\n  a: {vendor: any, extends: a}\n", "4:29", "reference-cycle", ""
    ),
    "alias bomb": Case(
        "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 10)}]\n"
            for n in range(8)
        ),
        "", "alias-bomb", "",
    ),
    "alias of itself": Case(
        'queues: {"700": &a {name: A, caller_id_prefix: *a}}\n', "3:48", "recursive-alias", ""
    ),
    "alias of nothing": Case("queues: *gone\n", "3:9", "unknown-alias", "gone"),
    "too deep": Case("a: " + "[" * 5000 + "]" * 5000 + "\n", "3:", "too-deep", ""),
    "tag that would run code": Case(
        'queues: {"700": {name: !!python/name:os.system x}}\n', "3:24", "custom-tag", ""
    ),
    "secret written down": Case(
        'extensions: {"1007": {name: A, secret: canary-Literal-4rFv}}\n',
        "3:40", "secret-literal", "",
    ),
    "unknown secret scheme": Case(
        'extensions: {"1007": {name: A, secret: {secret: "vualt:x#y"}, '
        'emergency_caller_id: "+441134960107"}}\n',
        "3:49", "unknown-secret-scheme", '"vault"',
    ),
    "secret reference in no form": Case(
        'extensions: {"1007": {name: A, secret: {secret: nonsense}}}\n',
        "3:40", "bad-secret-reference", "",
    ),
    "moved to nowhere": Case(
        "moved: [{from: extension/1001, to: queue/1001}]\n", "3:9", "bad-move", ""
    ),
    "removed and declared": Case(
        "removed: [{address: extension/1001, destroy: true}]\n", "3:21", "bad-removal", ""
    ),
    "unknown version": Case("\n", "1:13", "unknown-api-version", "reconciler/v1"),
    "pbx of nowhere": Case("---\napiVersion: reconciler/v1\npbx: offise\nqueues: "
                           '{"700": {name: A}}\n', "5:6", "unknown-reference", '"office"'),
    "placeholder of nothing": Case(
        'sites: {london: {timezone: Europe/London, country: GB, phones: {adapter: memory}}}\n'
        'phones: {lobby: {site: london, mac: "80:5e:c0:f0:01:21", model: T43U, '
        'lines: [{extension: "1001"}], raw: {x: "{{ phone.nmae }}"}}}\n',
        "4:110", "undefined-variable", "nmae",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def waiting(applied_once: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The applied estate with a change that is waiting to be applied."""
    workspace = copied(applied_once, tmp_path_factory.mktemp("waiting") / "work")
    workspace.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    return workspace


def refused(workspace: Workspace, *arguments: str, code: int = 1) -> str:
    """Run a command that has to end in one message and nothing else; return that."""
    with workspace.untouched():
        told = workspace.run(*arguments, expect=code)
    assert told.err.count("error[") == 1, told
    assert told.out == "", told
    return told.err


@pytest.mark.parametrize("name", CASES)
def test_a_file_that_is_wrong(waiting: Workspace, name: str) -> None:
    case = CASES[name]
    waiting.planted.add("canary-Literal-4rFv")
    head = HEAD.replace("v1", "v9") if name == "unknown version" else HEAD
    bad = waiting.write("wrong.yaml", head + case.text)
    try:
        said = refused(waiting, "apply", "--auto-approve")
        assert f"error[{case.code}]: " in said, said
        assert f"--> wrong.yaml:{case.at}" in said, said
        assert case.says in said, said
        assert "1 error" in said
        with waiting.untouched():
            line = waiting.run("validate", "--format", "line", expect=1)
        assert len(line.out.splitlines()) == 1
        assert line.out.startswith(f"wrong.yaml:{case.at}")
    finally:
        bad.unlink()
    assert waiting.leaks() == []


def test_all_mistakes_at_once(waiting: Workspace) -> None:
    bad = waiting.write(
        "wrong.yaml",
        HEAD + 'queues:\n  "700": {name: A, timeout: soon, membrs: []}\n  "600": {name: B}\n'
        'ivrs: {x: {options: {"1": extension/1999}}}\n',
    )
    try:
        with waiting.untouched():
            told = waiting.run("plan", expect=1)
        told.says("wrong.yaml:4:29", "wrong.yaml:4:35", "wrong.yaml:5:3", "wrong.yaml:6:27")
        told.says("4 errors")
    finally:
        bad.unlink()


def hundred_megabytes(folder: Path) -> None:
    with (folder / "wrong.yaml").open("wb") as out:
        out.write(HEAD.encode())
        out.truncate(100_000_000)


def not_text(folder: Path) -> None:
    (folder / "wrong.yaml").write_bytes(HEAD.encode() + b"queues: \xff\xfe\n")


def a_pipe(folder: Path) -> None:
    os.mkfifo(folder / "wrong.yaml")


def a_loop(folder: Path) -> None:
    (folder / "wrong.yaml").symlink_to("wrong.yaml")


@pytest.mark.parametrize(
    ("put", "code", "says"),
    [
        (hundred_megabytes, "file-too-large", "100.0 MB"),
        (not_text, "file-not-utf8", "wrong.yaml:3:9"),
        (a_pipe, "file-unreadable", "is not a regular file"),
        (a_loop, "file-unreadable", "wrong.yaml"),
    ],
)
def test_a_file_that_cannot_be_read(
    waiting: Workspace, put: Callable[[Path], None], code: str, says: str
) -> None:
    bad = waiting.folder / "wrong.yaml"
    put(waiting.folder)
    moved = waiting.folder.parent / "aside"
    try:
        said = waiting.run("apply", "--auto-approve", expect=1).says(f"error[{code}]", says)
        assert said.err.count("error[") == 1
    finally:
        bad.rename(moved)
    moved.unlink()


# -- what is not a file of the estate --


@pytest.mark.parametrize("text", ["{ not json", "[1, 2]", '{"extension": []}', ""])
def test_a_pbx_that_cannot_be_read(waiting: Workspace, text: str) -> None:
    kept = waiting.pbx_file.read_text()
    waiting.pbx_file.write_text(text)
    try:
        for arguments in (
            ("plan",),
            ("apply", "--auto-approve"),
            ("import", "office", "--out", "x"),
            ("status",),
            ("drift",),
        ):
            with waiting.untouched():
                told = waiting.run(*arguments, expect=1)
            assert told.err.count("error[unreachable]: office: reading:") == 1, told
            assert told.err.count("error[") == 1, told
    finally:
        waiting.pbx_file.write_text(kept)


def test_one_pbx_of_two_that_cannot_be_read(applied: Workspace) -> None:
    """The other goes on; nothing is planned for what was not read, above all no delete."""
    applied.edit(
        "inventory.yaml",
        "workspace:",
        "  annex: {adapter: memory, file: annex.json, timezone: Europe/London, country: GB}\n"
        "workspace:",
    )
    annex = applied.write(
        "annex.yaml",
        "apiVersion: reconciler/v1\npbx: annex\n"
        'extensions: {"2001": {name: Store, secret: {secret: generated}}}\n',
    )
    applied.run("apply", "--auto-approve")
    (applied.folder / "annex.json").rename(applied.folder / "annex.aside")
    (applied.folder / "annex.json").mkdir()
    annex.unlink()
    applied.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    told = applied.run("plan", expect=1)
    told.says("error[unreachable]: annex", "0 to add, 1 to change, 0 to destroy, 1 waiting")
    applied.run("apply", "--auto-approve", expect=3).says("1 changed")
    assert applied.pbx["ring_group"]["600"]["ring_time"] == 35
    assert "extension/annex/2001" in applied.owned()
    (applied.folder / "annex.json").rmdir()
    (applied.folder / "annex.aside").rename(applied.folder / "annex.json")


def test_a_journal_of_a_newer_reconciler(applied: Workspace) -> None:
    applied.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    with sqlite3.connect(applied.journal_file) as journal:
        journal.execute("UPDATE journal SET version = 99")
    journal.close()
    for arguments in (("plan",), ("apply", "--auto-approve"), ("history",), ("unlock",)):
        said = refused(applied, *arguments)
        assert "error[journal-too-new]" in said
        assert "schema version 99" in said


@pytest.mark.parametrize("content", [b"not a database, " * 100, b"\0" * 9000, b"SQLite format 3\0"])
def test_a_journal_that_is_none(applied: Workspace, content: bytes) -> None:
    for file in applied.journal_file.parent.glob("journal.db*"):
        file.unlink()
    applied.journal_file.write_bytes(content)
    before = applied.pbx
    told = applied.run("apply", "--auto-approve", expect=1)
    told.says("error[journal-failed]", "journal.db", "adopt")
    assert told.err.count("error[") == 1
    assert applied.pbx == before
    assert applied.journal_file.read_bytes() == content
    applied.journal_file.unlink()


def test_a_folder_that_is_read_only(applied: Workspace) -> None:
    """As a user who may read everything and write nothing: in a namespace when we are root."""
    before = {f: f.read_bytes() for f in applied.folder.rglob("*") if f.is_file()}
    applied.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    mount = 'mount --bind -o ro "$1" "$1" && shift && cd "$PWD" && exec "$@"'
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("not allowed to make a mount namespace")
    inside = ("unshare", "-m", "sh", "-c", mount, "sh", str(applied.folder))
    told = applied.run("apply", "--auto-approve", before=inside, expect=1)
    told.says("error[workspace-failed]", "journal.db")
    assert told.err.count("error[") == 1
    applied.run("plan", "--out", "p.json", before=inside, expect=1)
    applied.run("validate", before=inside)
    applied.run("fmt", before=inside, expect=1).says("calls.yaml", "ead-only file system")
    applied.run("secrets", "set", "x", stdin="y" * 12, before=inside, expect=1)
    applied.edit("calls.yaml", "ring_time: 35", "ring_time: 20")
    after = {f: f.read_bytes() for f in applied.folder.rglob("*") if f.is_file()}
    assert {k: v for k, v in after.items() if "cache" not in k.parts} == {
        k: v for k, v in before.items() if "cache" not in k.parts
    }
    shutil.rmtree(applied.folder / ".reconciler" / "cache")
