"""The pipeline of the README, run as it is written: each job on a machine that knows nothing.

A job gets a fresh checkout, the variables that the README names, and the artifacts of earlier
stages: what GitLab gives it. No home, no terminal, no locale.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.workspace import COMMAND
from tests.real.test_end_to_end_postgres import KEYS

ROOT = Path(__file__).parents[2]
INVENTORY = """\
apiVersion: reconciler/v1

pbxs:
  office: {adapter: memory, timezone: Europe/London, country: GB, file: PBX}
workspace:
  name: ferry
  journal: JOURNAL
  journal_password: {secret: "env:JOURNAL_PASSWORD"}
  secrets:
    store: {in_journal: true}
"""
PEOPLE = """\
apiVersion: reconciler/v1
pbx: office

extensions:
  "1001": {name: Ada Okafor, secret: {secret: generated}}
  "1002": {name: Ben Roy, secret: {secret: generated}}
ring_groups:
  "600": {name: Reception, ring_time: 20, members: ["1001", "1002"]}
"""


@dataclass
class Pipeline:
    """What GitLab does with the README's file: jobs by stage, artifacts handed on."""

    written: dict[str, Any]
    origin: Path
    source: str
    """CI_PIPELINE_SOURCE: push, merge_request_event or schedule."""
    branch: str = "main"
    kept: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Artifacts by job."""
    printed: str = ""

    def jobs(self) -> list[str]:
        """Return the jobs that run here, by their rules."""
        jobs = [name for name, each in self.written.items() if "script" in each]
        return [name for name in jobs if self._has(self.written[name]["rules"])]

    def _has(self, rules: list[dict[str, str]]) -> bool:
        said = [re.fullmatch(r'\$CI_PIPELINE_SOURCE (==|!=) "(\w+)"', each["if"]) for each in rules]
        return any(
            (each[2] == self.source) is (each[1] == "==") for each in said if each is not None
        )

    def run(self, name: str, folder: Path) -> int:
        """Run a job on a machine of its own; return how it ended."""
        job = self.written[name]
        stages = self.written["stages"]
        checkout = folder / f"{len(list(folder.iterdir()))}-{name}"
        _git(folder, "clone", "-q", "--branch", self.branch, str(self.origin), str(checkout))
        earlier = stages[: stages.index(job["stage"])]
        for other, files in self.kept.items():
            if self.written[other]["stage"] in earlier:
                for file, content in files.items():
                    (checkout / file).write_bytes(content)
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", "\n".join(job["script"])],
            cwd=checkout,
            env={
                "PATH": f"{COMMAND.parent}:{os.environ['PATH']}",
                "RECONCILER_ACTOR": self.written["variables"]["RECONCILER_ACTOR"].replace(
                    "$GITLAB_USER_LOGIN", "ada"
                ),
                "JOURNAL_PASSWORD": "canary-journal-pass",
                "LC_ALL": "C",
                **KEYS,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        artifacts = job.get("artifacts", {})
        if done.returncode == 0 or artifacts.get("when") == "always":
            self.kept[name] = {
                file: (checkout / file).read_bytes()
                for file in artifacts.get("paths", ())
                if (checkout / file).exists()
            }
        self.printed += done.stdout + done.stderr
        for every in (*KEYS.values(), "canary-journal-pass"):
            assert every not in self.printed + str(self.kept)
        return done.returncode


def _git(folder: Path, *arguments: str) -> None:
    about = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    subprocess.run(["git", *about, *arguments], cwd=folder, check=True, capture_output=True)


class Team:
    """A repository, its people, and the runners."""

    def __init__(self, folder: Path, journal: str) -> None:
        text = (ROOT / "README.md").read_text(encoding="utf-8")
        block = re.search(r"(?ms)^```yaml\n(# \.gitlab-ci\.yml\n.*?)^```$", text)
        assert block is not None
        self.written = yaml.safe_load(block[1])
        self.pbx = folder / "pbx.json"
        self.mine, self.origin, self.machines = (folder / n for n in ("mine", "origin", "machines"))
        self.mine.mkdir(parents=True)
        self.machines.mkdir()
        _git(self.mine, "init", "-q", "-b", "main")
        inventory = INVENTORY.replace("PBX", str(self.pbx)).replace("JOURNAL", journal, 1)
        (self.mine / "inventory.yaml").write_text(inventory)
        self.push(PEOPLE)

    def push(self, people: str, branch: str = "main") -> None:
        """Commit, and push to a branch."""
        (self.mine / "people.yaml").write_text(people)
        _git(self.mine, "add", "-A")
        _git(self.mine, "commit", "-q", "--allow-empty", "-m", "change")
        if not self.origin.exists():
            _git(self.mine, "clone", "-q", "--bare", ".", str(self.origin))
        _git(self.mine, "push", "-q", "-f", str(self.origin), f"HEAD:refs/heads/{branch}")

    def pipeline(self, source: str = "push", branch: str = "main") -> Pipeline:
        """Start a pipeline."""
        return Pipeline(self.written, self.origin, source, branch)

    def run(self, pipeline: Pipeline, **codes: int) -> Pipeline:
        """Run these jobs of a pipeline, which end as said."""
        assert set(codes) <= set(pipeline.jobs())
        for name, code in codes.items():
            assert pipeline.run(name, self.machines) == code, pipeline.printed
        return pipeline


@pytest.fixture
def team(tmp_path: Path, fresh_postgres_url: str) -> Team:
    assert shutil.which("git"), "a pipeline begins with a checkout"
    return Team(tmp_path, fresh_postgres_url)


def test_the_pipeline_of_the_readme(team: Team) -> None:
    assert team.pipeline().jobs() == ["check", "plan", "apply"]
    assert team.pipeline("merge_request_event").jobs() == ["check", "plan"]
    assert team.pipeline("schedule").jobs() == ["drift"]

    team.run(team.pipeline(), check=0, plan=0, apply=0)

    # Proposed: a comment. Merged: the same once more, and two pipelines of which one is late.
    team.push(PEOPLE.replace("ring_time: 20", "ring_time: 35"), "proposal")
    proposed = team.run(team.pipeline("merge_request_event", "proposal"), plan=0)
    comment = proposed.kept["plan"]["plan.md"].decode()
    assert comment.startswith("<!-- reconciler:plan:ferry -->\n")
    assert "+     ring_time: 35 s" in comment
    team.push(PEOPLE.replace("ring_time: 20", "ring_time: 35"))
    first = team.run(team.pipeline(), plan=0)
    team.push(PEOPLE.replace("ring_time: 20", "ring_time: 40"))
    late = team.run(first, apply=7)
    assert "the files have changed since it was made" in late.printed
    team.run(team.pipeline(), plan=0, apply=0)

    # A rail says no: the reviewer reads why, and nobody can apply it.
    team.push(PEOPLE.partition("extensions")[0])
    refused = team.run(team.pipeline(), plan=5, apply=5)
    assert "refused: shrunk-desired" in refused.kept["plan"]["plan.md"].decode()

    # Somebody was there: the pipeline fails, and keeps what it saw.
    team.push(PEOPLE.replace("ring_time: 20", "ring_time: 40"))
    team.pbx.write_text(team.pbx.read_text().replace('"ring_time": 40', '"ring_time": 5'))
    seen = team.run(team.pipeline("schedule"), drift=2)
    assert b'"ring_group/office/600"' in seen.kept["drift"]["drift.json"]
