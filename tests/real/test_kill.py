"""`apply` struck at every step boundary and in mid-request, on a real Asterisk; then run again.

Struck means killed with SIGKILL, stopped by Ctrl-C, or its connection lost. Each boundary is met as
often as an undisturbed run meets it. Afterwards one more `apply` has to make everything as if
nothing had happened: the same files, the same objects in Asterisk, the same secrets, nothing twice,
a ledger and an audit chain that hold.
"""

import os
import re
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from reconciler.adapters.asterisk.sections import FILES
from tests.cli.workspace import COMMAND, DEADLINE_S, Ended, Workspace
from tests.real.ami_proxy import AmiProxy, How, Point
from tests.real.asterisk.fetch import Prefix
from tests.real.asterisk.instance import Asterisk
from tests.real.doomed import PID, DoomedRuns

INVENTORY = """\
apiVersion: reconciler/v1
pbxs:
  office:
    adapter: asterisk
    timezone: Europe/London
    country: GB
    shards: 1
    ami: {{host: 127.0.0.1, port: {port}, password: {{secret: "env:AMI_PASSWORD"}}}}
policy:
  rails:
    too-many-deletes: {{share: 100%, count: 100}}
workspace: {{name: office}}
"""

FIRST = """\
apiVersion: reconciler/v1
pbx: office
extensions:
  "1001": {name: Ada Okafor, secret: {secret: generated}, voicemail: {pin: {secret: generated}}}
  "1002": {name: Ben Roy, secret: {secret: generated}, voicemail: {pin: {secret: generated}}}
  "1003": {name: Cleo Marsh, secret: {secret: generated}, voicemail: {pin: {secret: generated}}}
trunks:
  bandlane: {host: 192.0.2.10, mode: ip, match: [192.0.2.10]}
ring_groups:
  "600": {name: Reception, members: ["1001", "1002"], no_answer: voicemail/1001}
queues:
  "700": {name: Sales, members: ["1001"], max_wait: 60}
ivrs:
  main: {options: {"1": ring_group/600, "2": ivr/more}}
  more: {options: {"9": ivr/main}}
inbound_routes:
  "+441134960100": {name: Main number, destination: ivr/main}
outbound_routes:
  emergency:
    {order: 1, emergency: true, patterns: [{match: "999"}, {match: "112"}], trunks: [bandlane]}
"""
"""Ten objects of seven kinds; the menus lead to each other, so one is created in two steps."""

SECOND = """\
apiVersion: reconciler/v1
pbx: office
extensions:
  "1001": {name: Ada Lind, secret: {secret: generated}, voicemail: {pin: {secret: generated}}}
  "1022": {name: Ben Roy, secret: {secret: generated}, voicemail: {pin: {secret: generated}}}
  "1004": {name: Dan Wu, secret: {secret: generated}, voicemail: {pin: {secret: generated}}}
trunks:
  bandlane: {host: 192.0.2.11, mode: ip, match: [192.0.2.11]}
ring_groups:
  "600": {name: Reception, members: ["1001", "1022"], no_answer: voicemail/1004}
ivrs:
  main: {options: {"1": ring_group/600, "2": extension/1004}}
inbound_routes:
  "+441134960100": {name: Main number, destination: ivr/main}
outbound_routes:
  emergency:
    {order: 1, emergency: true, patterns: [{match: "999"}, {match: "112"}], trunks: [bandlane]}
moved: [{from: extension/1002, to: extension/1022}]
"""
"""One object is created, one moved, three deleted, four updated."""

SCENARIOS = ("first", "changes")
APPLY = ("apply", "--auto-approve")
RUNS = DoomedRuns()
EVERY = os.environ.get("RECONCILER_TEST_EVERY") == "1"
"""Strike at every point in every way, which takes six times as long; else the ways take turns."""

OTHER_WAYS: tuple[How, ...] = (
    *("unheard", "half", "cut-unheard", "signal", "unheard", "cut", "after"),
)
WRITE_STRIKES: tuple[tuple[str, tuple[How, ...]], ...] = (
    *((scenario, ("before",)) for scenario in SCENARIOS),
    *((scenario, OTHER_WAYS) for scenario in SCENARIOS),
)
"""Killed at every boundary; and in mid-request, unheard, cut off or stopped at every write."""

READ_STRIKES: tuple[How, ...] = ("before", "cut")
SLICES = 2
"""Each loop over the points comes in so many tests, so that two workers share them."""


class Office(Workspace):
    """A workspace in front of an Asterisk; every command runs in a process group of its own."""

    def run(self, *arguments: str, expect: int | None = 0, **options: Any) -> Ended:  # type: ignore[override]
        """Run the command; None expects any exit code."""
        environ = self.environment({PID: str(self.pid_file)})
        ended = RUNS.run(arguments, cwd=self.folder, environ=environ, die=options.get("die"))
        return self.ended(arguments, *ended, expect)

    @property
    def pid_file(self) -> Path:
        """Where a run writes its process id."""
        return self.folder.parent / f"{self.folder.name}.pid"

    def strike(self, number: signal.Signals) -> None:
        """Send a signal to the process group of the command that runs now."""
        os.killpg(int(self.pid_file.read_text()), number)


@dataclass(frozen=True)
class State:
    """What an Asterisk holds: our files and what is loaded, secrets masked."""

    files: Mapping[str, str]
    loaded: Mapping[str, list[str]]


@dataclass
class Bench:
    """One Asterisk behind a proxy, put back to where a scenario begins before each strike."""

    pbx: Asterisk
    proxy: AmiProxy
    folder: Path
    count: int = 0

    def office(self, scenario: str) -> Office:
        """Return a workspace in which the scenario's `apply` is about to be run."""
        self.count += 1
        folder = self.folder / str(self.count)
        begin = self.folder / "first-applied"
        if scenario == "changes":
            if not begin.exists():
                self.pbx.put_files({})
                self._fresh(begin, FIRST).run(*APPLY)
                shutil.copytree(self.pbx.etc, self.folder / "etc", dirs_exist_ok=True)
            shutil.copytree(begin, folder)
            (folder / "office.yaml").write_text(SECOND)
            etc = (self.folder / "etc").glob("rec_*")
            self.pbx.put_files({each.name: each.read_bytes() for each in etc})
            return self._office(folder)
        self.pbx.put_files({})
        return self._fresh(folder, FIRST)

    def _fresh(self, folder: Path, estate: str) -> Office:
        office = self._office(folder)
        office.write("inventory.yaml", INVENTORY.format(port=self.proxy.port))
        office.write("office.yaml", estate)
        return office

    def _office(self, folder: Path) -> Office:
        return Office(folder, {"AMI_PASSWORD": self.pbx.ami.password})

    # -- looking --

    def secrets(self) -> dict[str, str]:
        """Return the secrets in our files, by what they belong to."""
        found = {}
        for (family, name), lines in sections_of(self.pbx).items():
            for variable, value in lines:
                if variable == "password":
                    found[name] = value
                elif family == "vm" and variable.isdigit():
                    found[f"box {variable}"] = value.split(",")[0]
        return found

    def state(self) -> State:
        """Return what is in our files, and what Asterisk has loaded."""
        files: dict[str, list[str]] = {}
        for (family, name), lines in sorted(sections_of(self.pbx).items()):
            # The order of boxes is that in which they came.
            ordered = sorted(lines) if family == "vm" else lines
            body = "".join(f"{variable} = {value}\n" for variable, value in ordered)
            files.setdefault(family, []).append(f"[{name}]\n{body}")
        loaded = {
            command: sorted(
                part for part in re.split(pattern, self._shown(command)) if ours in part
            )
            for command, pattern, ours in (
                ("pjsip show endpoints", r"\n\n", "Endpoint"),
                ("dialplan show", r"\n(?=\[ Context|-= )", "created by 'pbx_config'"),
                ("queue show", r"\n\n", ""),
                ("voicemail show users", r"\n", ""),
            )
        }
        masked = {family: self._masked("\n".join(texts)) for family, texts in files.items()}
        return State(masked, loaded)

    def _shown(self, command: str) -> str:
        text = self.pbx.cli(command)
        text = re.sub(r"\b(?:NonQual|Unknown|Unavail|Avail)\s+\S+$", "", text, flags=re.MULTILINE)
        return re.sub(
            r"login was \d+ secs ago|\[\S+\.conf:\d+\]|\s+$", "", text, flags=re.MULTILINE
        )

    def _masked(self, text: str) -> str:
        for value in sorted(set(self.secrets().values()), key=len, reverse=True):
            text = re.sub(rf"(?<![0-9A-Za-z]){re.escape(value)}(?![0-9A-Za-z])", "***", text)
        return text


def sections_of(pbx: Asterisk) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Return the sections of our files by family and name; fail when there is one twice."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    seen: Counter[tuple[str, str]] = Counter()
    for family, pattern in FILES.items():
        at = (family, "")
        for file in sorted(pbx.etc.glob(pattern.format(shard=0).replace("00", "[0-9][0-9]"))):
            for line in file.read_text(encoding="utf-8").splitlines():
                if header := re.match(r"\[(.*?)\]", line):
                    at = (family, header[1].lower())
                    seen[at] += 1
                    found[at] = []
                elif line and not line.startswith(";"):
                    variable, _, value = line.partition("=")
                    found[at].append((variable.strip(), value.removeprefix(">").strip()))
    assert [each for each, times in seen.items() if times > 1] == []
    return found


# -- what an undisturbed run does --


@dataclass(frozen=True)
class Undisturbed:
    """What nobody disturbed: the state at the end, and the actions on the way."""

    state: State
    seen: Mapping[str, Sequence[str]]


@pytest.fixture(scope="module")
def undisturbed(
    asterisk_prefix: Prefix, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Undisturbed]:
    """Both scenarios on an Asterisk of their own, to compare with."""
    found = {}
    with Asterisk(asterisk_prefix) as pbx, AmiProxy(pbx.ami.port) as proxy:
        bench = Bench(pbx, proxy, tmp_path_factory.mktemp("undisturbed"))
        for scenario in SCENARIOS:
            office = bench.office(scenario)
            proxy.watch()
            office.run(*APPLY)
            seen = {at: tuple(actions) for at, actions in proxy.seen.items()}
            found[scenario] = Undisturbed(bench.state(), seen)
    return found


@pytest.fixture(scope="module")
def bench(asterisk_prefix: Prefix, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """An Asterisk behind a proxy."""
    with Asterisk(asterisk_prefix) as pbx, AmiProxy(pbx.ami.port) as proxy:
        yield Bench(pbx, proxy, tmp_path_factory.mktemp("struck"))


@pytest.fixture(scope="module", autouse=True)
def _runs() -> Iterator[None]:
    yield
    RUNS.close()


# -- strikes --

ALIASES = {"1022-auth": "1002-auth", "box 1022": "box 1002"}
"""What is called otherwise after the move."""

MEANT: Mapping[How, int | None] = {
    "signal": None,
    "cut": None,
    "cut-unheard": None,
}
"""How the struck run ends, where it is not by SIGKILL; None when it may have got over it."""


def converges(bench: Bench, office: Office, struck: Ended, wanted: State) -> None:
    """Run again and look at everything."""
    sent = bench.secrets()
    if struck.code != 0:
        print(office.run(*APPLY))  # noqa: T201
    # Drift would be a change, too: nothing is to be done means that nothing is otherwise.
    office.run("plan", "--detailed-exitcode").says("No changes.")
    office.prove_chain()
    kept = bench.secrets()
    for name, value in kept.items():
        before = sent.get(name, sent.get(ALIASES.get(name, "")))
        assert before in (None, value), f"the secret of {name} was made anew"
    found = bench.state()
    for name in {**wanted.files, **found.files}:
        assert found.files[name].splitlines() == wanted.files[name].splitlines()
    for command, shown in found.loaded.items():
        assert shown == wanted.loaded[command]
    office.planted |= set(kept.values()) | {bench.pbx.ami.password}
    assert office.leaks() == []


def strike(bench: Bench, scenario: str, point: Point, wanted: State) -> None:
    """Strike a run at a point, run again, and expect what nobody disturbed."""
    print(f"----- {scenario}: {point}")  # noqa: T201 - pytest shows it when a test fails
    office = bench.office(scenario)
    number = signal.SIGINT if point.how == "signal" else signal.SIGKILL
    bench.proxy.watch(point, lambda: office.strike(number))
    code = MEANT.get(point.how, -signal.SIGKILL)
    ended = office.run(*APPLY, expect=None)
    if ended.code != -signal.SIGKILL:
        print(ended)  # noqa: T201
    if bench.proxy.struck is None:
        # Reads are repeated while something takes effect slowly: there may be fewer of them.
        assert point.at == "read"
        assert ended.code == 0, ended
    elif code is not None:
        assert ended.code == code, ended
    elif ended.code != 0 and point.how == "signal":
        assert ended.code == 130, ended
    elif ended.code != 0:
        assert ended.code in (1, 3), ended
        assert re.search(r"connection was\s+lost|closed the\s+connection", ended.both), ended
    bench.proxy.watch()
    converges(bench, office, ended, wanted)


def points(
    seen: Mapping[str, Sequence[str]], at: Literal["write", "read"], ways: Sequence[How]
) -> list[Point]:
    """Return all points at which an undisturbed run can be struck, the ways taking turns."""
    numbers = range(1, len(seen[at]) + 1)
    if EVERY:
        every = dict.fromkeys(ways)
        return [Point(at, number, how) for number in numbers for how in every]
    return [Point(at, number, ways[number % len(ways)]) for number in numbers]


@pytest.mark.parametrize("part", range(SLICES))
@pytest.mark.parametrize(
    ("scenario", "ways"),
    [pytest.param(*each, id=f"{each[0]}-{each[1][0]}") for each in WRITE_STRIKES],
)
def test_struck_at_every_write(
    bench: Bench,
    undisturbed: dict[str, Undisturbed],
    scenario: str,
    ways: tuple[How, ...],
    part: int,
) -> None:
    calm = undisturbed[scenario]
    assert Counter(calm.seen["write"])["Reload"] >= 4
    for point in points(calm.seen, "write", ways)[part::SLICES]:
        strike(bench, scenario, point, calm.state)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_struck_at_every_stretch_of_reads(
    bench: Bench, undisturbed: dict[str, Undisturbed], scenario: str
) -> None:
    calm = undisturbed[scenario]
    for point in points(calm.seen, "read", READ_STRIKES):
        strike(bench, scenario, point, calm.state)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", ["begin", "intend", "settle", "end", "secrets"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_killed_around_every_record(
    bench: Bench, undisturbed: dict[str, Undisturbed], scenario: str, at: str, after: bool
) -> None:
    """The journal's side of a step: the run kills itself around the nth call, for every n."""
    for call in range(1, 100):
        office = bench.office(scenario)
        die = {"at": at, "call": call, "after": after}
        ended = office.run(*APPLY, expect=None, die=die)
        if ended.code == 0:
            assert call > 1, "no such boundary was met"
            return
        assert ended.code == -signal.SIGKILL, ended
        converges(bench, office, ended, undisturbed[scenario].state)
    pytest.fail("it never ends")


@pytest.mark.parametrize("how", ["before", "half", "unheard", "after"])
def test_the_console_script_itself(
    bench: Bench, undisturbed: dict[str, Undisturbed], how: How
) -> None:
    """Nothing in between: the installed script, killed in the middle of its writes."""
    calm = undisturbed["changes"]
    office = bench.office("changes")
    middle = len(calm.seen["write"]) // 2
    with subprocess.Popen(
        [str(COMMAND), *APPLY],
        cwd=office.folder,
        env=office.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        bench.proxy.watch(
            Point("write", middle, how), lambda: os.killpg(process.pid, signal.SIGKILL)
        )
        out, _ = process.communicate(timeout=DEADLINE_S)
    ended = office.ended(APPLY, process.returncode, out, "", -signal.SIGKILL)
    bench.proxy.watch()
    converges(bench, office, ended, calm.state)
    office.run("drift").says("No drift.")
    office.run("history", "--verify").says("The audit chain holds")
