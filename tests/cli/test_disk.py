"""A full disk, at any moment: one message, nothing by halves, and afterwards all goes on.

The disk is a real one, small, mounted in a namespace that ends with the test.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.forkserver import ForkServer, fill_up
from tests.cli.workspace import Ended, Workspace, copied, fill

HOLD = 'mount -t tmpfs -o size="$2" none "$1" && cp -a "$3"/. "$1" && echo ready && exec sleep 600'


class Disk:
    """A small disk mounted on one of the workspace's folders, and commands that see it."""

    def __init__(self, workspace: Workspace, folder: str, size: str = "1m") -> None:
        self.workspace = workspace
        self.at = workspace.folder / folder
        aside = workspace.folder.parent / "content"
        if self.at.exists():
            self.at.rename(aside)
        aside.mkdir(exist_ok=True)
        self.at.mkdir()
        for way in (("-m",), ("-rm",)):
            self._holder = subprocess.Popen(
                ["unshare", *way, "sh", "-c", HOLD, "sh", str(self.at), size, str(aside)],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            assert self._holder.stdout is not None
            if self._holder.stdout.readline() == "ready\n":
                more = ("-U", "--preserve-credentials") if way == ("-rm",) else ()
                self._forks = ForkServer("nsenter", "-t", str(self._holder.pid), "-m", *more, "--")
                return
        pytest.skip("not allowed to mount a small file system")

    @property
    def seen(self) -> Path:
        """The disk's folder as it is seen from outside of the namespace."""
        return Path(f"/proc/{self._holder.pid}/root{self.at}")

    def run(
        self, *arguments: str, expect: int = 0, full: dict[str, Any] | None = None, stdin: str = ""
    ) -> Ended:
        """Run a command there; `full` says at which moment the disk is full."""
        ended = self._forks.run(
            arguments,
            cwd=self.workspace.folder,
            environ=self.workspace.environment(),
            stdin=stdin,
            die=full and {**full, "fill": str(self.at)},
        )
        return self.workspace.ended(arguments, *ended, expect)

    def make_room(self) -> None:
        """Remove what filled the disk."""
        (self.seen / "filler").unlink()

    def close(self) -> None:
        """Unmount it."""
        self._forks.close()
        self._holder.kill()
        self._holder.wait()


@pytest.fixture
def disks() -> Iterator[list[Disk]]:
    """Disks that are unmounted at the end."""
    made: list[Disk] = []
    yield made
    for each in made:
        each.close()


@pytest.mark.parametrize(
    ("moment", "sent"),
    [
        ({"at": "begin", "call": 1}, False),
        ({"at": "intend", "call": 1}, False),
        ({"at": "settle", "call": 1}, True),
        ({"at": "settle", "call": 2}, True),
        ({"at": "end", "call": 1}, True),
    ],
)
def test_the_journals_disk_is_full(
    applied: Workspace, disks: list[Disk], moment: dict[str, Any], sent: bool
) -> None:
    applied.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    applied.edit("people.yaml", "name: Lobby", "name: Foyer")
    applied.append("calls.yaml", '\nqueues: {"700": {name: Sales, no_answer: ivr/main}}\n')
    applied.edit("calls.yaml", '"9": ivr/main', '"9": queue/700')
    before = applied.pbx
    disk = Disk(applied, ".reconciler")
    disks.append(disk)
    told = disk.run("apply", "--auto-approve", full=moment, expect=1)
    told.says("error[workspace-failed]", "the disk is full", "make room on the disk")
    assert told.err.count("error[") == 1
    assert (applied.pbx != before) is sent
    disk.make_room()
    # What is known is known, what is in doubt is read again, nothing is done twice.
    again = disk.run("apply", "--auto-approve")
    after = applied.pbx
    assert after["ring_group"]["600"]["ring_time"] == 35
    assert after["extension"]["1005"]["name"] == "Foyer"
    assert after["ivr"]["more"]["options"] == {"9": "queue/700"}
    assert after["queue"] == {"700": {"name": "Sales", "no_answer": "ivr/main"}}
    assert again.code == 0
    disk.run("plan").says("No changes.")
    disk.run("drift")
    disk.run("history", "--verify").says("14 objects in the ledger")
    runs = disk.run("history", "--json").json["runs"]
    assert [each["state"] for each in runs if each["state"] == "running"] == []


def test_the_platforms_disk_is_full(applied: Workspace, disks: list[Disk]) -> None:
    """The platform says no and keeps what it had; we say so, and go on later."""
    (applied.folder / "platform").mkdir()
    applied.pbx_file.rename(applied.folder / "platform" / "pbx.json")
    applied.edit("inventory.yaml", "file: pbx.json", "file: platform/pbx.json")
    applied.edit("people.yaml", "name: Lobby", "name: Foyer")
    disk = Disk(applied, "platform", "100k")
    disks.append(disk)
    before = (disk.seen / "pbx.json").read_bytes()
    told = disk.run("apply", "--auto-approve", full={"at": "platform", "call": 1}, expect=1)
    told.says("office: saving:", "No space left on device", "reconciler apply --resume 2")
    assert (disk.seen / "pbx.json").read_bytes() == before
    disk.make_room()
    disk.run("apply", "--resume", "2", "--auto-approve").says("1 changed")
    assert b"Foyer" in (disk.seen / "pbx.json").read_bytes()
    disk.run("plan").says("No changes.")
    disk.run("history", "--verify")
    told.says_not("Traceback")


def test_the_stores_disk_is_full(applied: Workspace, disks: list[Disk]) -> None:
    """Generated secrets are kept before they are sent: no store, no step."""
    applied.add_person("1006", "Eve")
    before = applied.pbx
    disk = Disk(applied, ".reconciler")
    disks.append(disk)
    kept = (disk.seen / "secrets.store").read_bytes()
    full = {"at": "secrets", "call": 1}
    told = disk.run("apply", "--auto-approve", full=full, expect=1)
    told.says("error[workspace-failed]")
    assert told.err.count("error[") == 1
    assert applied.pbx == before
    assert (disk.seen / "secrets.store").read_bytes() == kept
    fill_up(disk.seen)
    disk.run("secrets", "set", "new", stdin="canary-Never-8kUj", expect=1).says("cannot be used")
    assert (disk.seen / "secrets.store").read_bytes() == kept
    disk.make_room()
    disk.run("apply", "--auto-approve").says("1 added")
    assert len(applied.pbx["extension"]["1006"]["secret"]) == 32
    disk.run("plan").says("No changes.")
    disk.run("history", "--verify")


def test_files_are_written_whole_or_not_at_all(applied: Workspace, disks: list[Disk]) -> None:
    """Plan files, formatted files, imported files."""
    (applied.folder / "small").mkdir()
    untidy = "pbx: office\napiVersion: reconciler/v1\nqueues: {}\n" + "# long\n" * 2000
    (applied.folder / "small" / "untidy.yaml").write_text(untidy)
    with applied.by_hand() as pbx:
        pbx["extension"]["9001"] = {"name": "Old fax"}
    disk = Disk(applied, "small", "64k")
    disks.append(disk)
    fill_up(disk.seen)
    disk.run("plan", "--out", "small/plan.json", expect=1).says("small", "No space left")
    disk.run("fmt", "small", expect=1).says("No space left")
    assert (disk.seen / "untidy.yaml").read_text() == untidy
    assert sorted(each.name for each in disk.seen.iterdir()) == ["filler", "untidy.yaml"]


def test_output_that_goes_nowhere(tmp_path: Path, applied_once: Workspace) -> None:
    """A full disk behind `>`: what is under way goes on to its end, and no traceback."""
    workspace = copied(applied_once, tmp_path / "work")
    workspace.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    workspace.run("plan", "--out", "plan.json")
    full = 'exec "$@" > /dev/full'
    told = workspace.run("plan", before=("sh", "-c", full, "sh"), expect=1)
    assert told.err == "error[files]: No space left on device\n"
    workspace.run("apply", "plan.json", before=("sh", "-c", full, "sh"))
    assert workspace.pbx["ring_group"]["600"]["ring_time"] == 35
    assert workspace.run("history", "--json").json["runs"][0]["state"] == "done"
    assert fill(tmp_path / "other").leaks() == []
