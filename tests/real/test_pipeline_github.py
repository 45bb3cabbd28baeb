"""The GitHub workflow of the README, run as it is written.

Each job runs on a machine that knows nothing. It gets a fresh checkout, the secrets that the
workflow names, and what earlier jobs have uploaded. `gh` is a script that keeps the last comment.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.execution.secrets.keys import new_key
from reconciler.language.fmt import format_text
from tests.cli.workspace import COMMAND
from tests.real import test_pipeline
from tests.real.test_end_to_end_postgres import KEYS
from tests.real.test_pipeline import ROOT, Team

INVENTORY = """\
apiVersion: reconciler/v1

pbxs:
  office:
    adapter: memory
    timezone: Europe/London
    country: GB
    sip: {{host: pbx.example.test}}
    file: {pbx}
sites:
  desk: {{timezone: Europe/London, country: GB, pbx: office}}
templates:
  house: {{vendor: yealink}}
phones:
  ada: {{site: desk, mac: "80:5e:c0:f0:00:01", model: T54W, template: house, lines: ["1001"]}}
provisioning:
  base_url: https://prov.example.test/p
  store: {url}
  store_password: {{secret: "env:JOURNAL_PASSWORD"}}
  require: [token]
workspace:
  name: ferry
  journal: {url}
  journal_password: {{secret: "env:JOURNAL_PASSWORD"}}
  secrets: {{store: {{in_journal: true}}}}
"""
PEOPLE = format_text(
    test_pipeline.PEOPLE.replace("name: Reception,", "name: Reception, protect: true,")
).value
GH = """\
#!/bin/bash
[ "$1 $2" = "pr comment" ] && [ -n "$GH_TOKEN" ] && [ -s "${@: -1}" ] || exit 1
cp "${@: -1}" COMMENTS/"$3".md
"""
SECRETS = {**KEYS, "JOURNAL_PASSWORD": "canary-journal-pass"}


class Hub:
    """What GitHub does with the README's file for the events of a repository."""

    def __init__(self, team: Team, folder: Path) -> None:
        text = (ROOT / "README.md").read_text(encoding="utf-8")
        block = re.search(r"(?ms)^```yaml\n(# \.github/workflows/.*?)^```$", text)
        assert block is not None
        self.written: dict[str, Any] = yaml.safe_load(block[1])
        self.team = team
        self.secrets = dict(SECRETS)
        self.printed = ""
        self.folder = folder
        self._uploaded: dict[str, dict[str, bytes]] = {}
        self._runs = 0
        (folder / "bin").mkdir(parents=True)
        (folder / "comments").mkdir()
        gh = folder / "bin" / "gh"
        gh.write_text(GH.replace("COMMENTS", str(folder / "comments")))
        gh.chmod(0o755)

    def comment(self) -> str:
        """The one comment under the pull request."""
        return (self.folder / "comments" / "7.md").read_text()

    def run(self, name: str, event: str, branch: str = "main") -> int:
        """Run a job of an event; return how its first failing step ended."""
        job = self.written["jobs"][name]
        about = {"github.event_name": event, "github.actor": "ada", "github.token": "t0ken",
                 "github.event.number": "7",
                 **{f"secrets.{n}": v for n, v in self.secrets.items()}}  # fmt: skip
        assert _holds(job["if"], about, failed=False), f"{name} does not run on {event}"
        self._runs += 1
        checkout = self.folder / f"{self._runs}-{name}"
        subprocess.run(
            ["git", "clone", "-q", "--branch", branch, str(self.team.origin), str(checkout)],
            check=True,
        )
        ended = 0
        for step in job["steps"]:
            if _holds(step.get("if", "true"), about, failed=ended != 0):
                code = self._step(step, checkout, about)
                ended = ended or code
        for every in self.secrets.values():
            assert every not in self.printed + str(self._uploaded)
        return ended

    def _step(self, step: dict[str, Any], checkout: Path, about: dict[str, str]) -> int:
        uses, given = str(step.get("uses", "")), step.get("with", {})
        if uses.startswith("actions/upload-artifact"):
            file = checkout / given["path"]
            self._uploaded[given["name"]] = {file.name: file.read_bytes()}
        elif uses.startswith("actions/download-artifact"):
            for file_name, content in self._uploaded[given["name"]].items():
                (checkout / file_name).write_bytes(content)
        elif not uses:
            environ = {**self.written["env"], **step.get("env", {})}
            done = subprocess.run(
                ["bash", "-e", "-c", step["run"]],
                cwd=checkout,
                env={
                    "PATH": f"{self.folder / 'bin'}:{COMMAND.parent}:{os.environ['PATH']}",
                    **{n: _filled(str(v), about) for n, v in environ.items()},
                },
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            self.printed += done.stdout + done.stderr
            return done.returncode
        return 0


def _filled(text: str, about: dict[str, str]) -> str:
    """Fill in expressions; a secret that nobody has set is empty, as on GitHub."""
    return re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: about.get(found[1], ""), text)


def _holds(condition: str, about: dict[str, str], *, failed: bool) -> bool:
    """Judge the few conditions that are written; without always() nothing runs after a failure."""
    terms = [each.strip() for each in condition.split("&&")]
    if failed and "always()" not in terms:
        return False
    for term in terms:
        said = re.fullmatch(r"([\w.]+) (==|!=) '(\w+)'", term)
        assert said or term in ("always()", "true"), term
        if said and (about[said[1]] == said[3]) is not (said[2] == "=="):
            return False
    return True


@pytest.fixture
def hub(tmp_path: Path, fresh_postgres_url: str) -> Hub:
    team = Team(tmp_path, fresh_postgres_url)
    inventory = INVENTORY.format(pbx=team.pbx, url=fresh_postgres_url)
    (team.mine / "inventory.yaml").write_text(format_text(inventory).value)
    team.push(PEOPLE)
    return Hub(team, tmp_path / "hub")


def test_the_workflow_of_the_readme(hub: Hub) -> None:
    # A key that was made here would be gone with the runner, and phones' files with it.
    assert hub.run("plan", "push") == 1
    assert "error[unreachable]: desk" in hub.printed
    assert "RECONCILER_PUBLISHED_KEY is not set" in hub.printed
    hub.secrets["RECONCILER_PUBLISHED_KEY"] = new_key()
    assert hub.run("plan", "push") == 0
    assert hub.run("apply", "push") == 0
    # What one runner has published is there for the next.
    assert hub.run("drift", "schedule") == 0

    # Proposed: a comment, and always the last state of it.
    hub.team.push(PEOPLE.replace("ring_time: 20", "ring_time: 35"), "proposal")
    assert hub.run("plan", "pull_request", "proposal") == 0
    assert hub.comment().startswith("<!-- reconciler:plan:ferry -->\n")
    assert "+     ring_time: 35 s" in hub.comment()
    hub.team.push(PEOPLE.replace("ring_time: 20", "ring_tme: 35"), "proposal")
    assert hub.run("plan", "pull_request", "proposal") == 1
    assert hub.comment().startswith("<!-- reconciler:plan:ferry -->\n\n### No plan could be made")
    assert 'did you mean "ring_time"?' in hub.comment()
    hub.team.push(PEOPLE.partition("ring_groups")[0], "proposal")
    assert hub.run("plan", "pull_request", "proposal") == 5
    assert "refused: protected-object" in hub.comment()

    hub.team.pbx.write_text(hub.team.pbx.read_text().replace('"ring_time": 20', '"ring_time": 5'))
    assert hub.run("drift", "schedule") == 2
