"""Phones' files: what a rendering costs, beside ansible-core's template module on the same phones.

Ansible is given what it needs and no more: a template of a Yealink phone with 20 keys, a variable
for each phone, one task in a loop, without gathering facts. Ours has phones of every vendor with 20
keys, is checked for what a model cannot hold, and writes every file that a phone asks for.

    python -m tests.benchmarks.rendering ESTATE OUT     the rendering alone, in this process
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time

from tests.benchmarks.competitors import Missing, installed
from tests.benchmarks.estate import secrets
from tests.benchmarks.measure import Cost, run, run_once, together
from tests.benchmarks.table import Row, say

PART = "rendering"
PHONES = 1_000
ANSIBLE_PHONES = 40
"""It takes about half a second of CPU a phone."""
_KEYS = 20
_HEAD = """\
apiVersion: reconciler/v1
pbx: hq
site: office
pbxs:
  hq:
    adapter: memory
    file: pbx.json
    sip: {host: pbx.example.test}
    feature_codes: {voicemail: "*97", pickup_extension: "**"}
sites:
  office:
    timezone: Europe/London
    country: GB
    ntp: [ntp.example.test]
    voice_vlan: 20
    phones: {adapter: memory, file: phones.json}
provisioning: {base_url: https://prov.example.test/p}
templates:
  desk:
    vendor: any
    sip: {codecs: [g722, alaw], dtmf: rfc4733}
    provisioning: {interval: 1d}
    features: {language: en}
extensions:"""
_MODELS = {"yealink": "T46S", "grandstream": "GXP2170", "polycom": "VVX601", "snom": "D785",
           "fanvil": "X5U"}  # fmt: skip


def measure(reconciler: Path, cache: Path, *, competitors: bool) -> Iterator[Row]:
    """Yield a row for each vendor, one for all of them with reading and writing, and Ansible's."""
    for vendor in _MODELS:
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            write_phones(Path(name) / "estate", PHONES, [vendor])
            yield _alone(vendor, Path(name))
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        write_phones(folder / "estate", PHONES, list(_MODELS))
        say(f"rendering: {PHONES:,} phones of {len(_MODELS)} vendors")
        command = [reconciler, "render", "--all", "--path", "estate", "--out", "files"]
        whole = run([*command, "--reveal"], folder, secrets(PHONES))
        files = len(list((folder / "files").rglob("*.*")))
        rate = f"{files:,} files, read and checked"
        yield Row(PART, "render --all --out, every vendor", PHONES, whole, rate)
    if competitors:
        try:
            yield _ansible(cache, whole.cpu_s / PHONES)
        except Missing as missing:
            yield Row(PART, "ansible-core, template module", 0, None, str(missing))


def _alone(vendor: str, folder: Path) -> Row:
    costs, files = [], 0
    for _ in range(3):
        out = folder / "said.json"
        command = [sys.executable, "-m", "tests.benchmarks.rendering", "estate", str(out)]
        run_once(command, folder, {**secrets(PHONES), "PYTHONPATH": str(Path.cwd())})
        said = json.loads(out.read_text())
        files = said["files"]
        costs.append(Cost(said["cpu_s"], said["cpu_s"], said["wall_s"], 0))
    cost = together(costs)
    rate = f"{files / cost.cpu_s:,.0f} files/s, {PHONES / cost.cpu_s:,.0f} phones/s a core"
    return Row(PART, f"rendering alone, {vendor} {_MODELS[vendor]}", PHONES, cost, rate)


def write_phones(folder: Path, phones: int, vendors: list[str]) -> None:
    """Write an estate of phones with keys, an extension each, the vendors in turn."""
    folder.mkdir(parents=True)
    lines = [_HEAD]
    for index in range(phones):
        number = 10000 + index
        lines.append(
            f'  "{number}": {{name: Person {index}, secret: {{secret: "env:EXT_{number}"}}}}'
        )
    lines.append("phones:")
    for index in range(phones):
        vendor = vendors[index % len(vendors)]
        most = 16 if vendor == "polycom" else _KEYS
        targets = (10000 + (index + step) % phones for step in range(1, most))
        keys = ", ".join(f"{{blf: extension/{each}}}" for each in targets)
        mac = f"80:5e:c0:{index >> 16:02x}:{(index >> 8) & 255:02x}:{index & 255:02x}"
        lines.append(
            f"  p{index}: {{mac: {mac}, vendor: {vendor}, model: {_MODELS[vendor]}, "
            f'template: desk, lines: ["{10000 + index}"], keys: [{{line: 1}}, {keys}]}}'
        )
    (folder / "estate.yaml").write_text("\n".join(lines) + "\n")


def _ansible(cache: Path, ours_s: float) -> Row:
    programs = installed(cache, "ansible-core")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        _write_playbook(folder)
        environ = {"ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_NOCOLOR": "1",
                   "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
                   "ANSIBLE_HOME": str(folder / "home"), "LC_ALL": "C.UTF-8"}  # fmt: skip
        say(f"ansible-core: {ANSIBLE_PHONES} phones")
        cost = run_once([programs / "ansible-playbook", "phones.yml"], folder, environ)
        made = len(list((folder / "files").iterdir()))
        if made != ANSIBLE_PHONES:
            raise Missing(f"it wrote {made} files")
    times = cost.cpu_s / ANSIBLE_PHONES / ours_s
    told = f"{times:,.0f} times as much CPU a phone (its start counts in)"
    return Row(PART, "ansible-core, template module", ANSIBLE_PHONES, cost, told)


def _write_playbook(folder: Path) -> None:
    (folder / "files").mkdir()
    phones = [
        {"mac": f"805ec0{index:06x}", "number": 10000 + index, "name": f"Person {index}",
         "secret": f"pw{10000 + index}Xy7q"}
        for index in range(ANSIBLE_PHONES)
    ]  # fmt: skip
    (folder / "vars.json").write_text(json.dumps({"phones": phones}))
    account = {"enable": "1", "label": "{{ p.name }}", "display_name": "{{ p.name }}",
               "user_name": "{{ p.number }}", "auth_name": "{{ p.number }}",
               "password": "{{ p.secret }}",
               "sip_server.1.address": "pbx.example.test"}  # fmt: skip
    lines = ["#!version:1.0.0.1", *(f"account.1.{key} = {text}" for key, text in account.items())]
    for key in range(1, _KEYS + 1):
        lines += [
            f"linekey.{key}.type = {15 if key == 1 else 16}",
            f"linekey.{key}.value = {{{{ p.number + {key} }}}}",
            f"linekey.{key}.label = Person {{{{ p.number + {key} }}}}",
        ]
    (folder / "phone.j2").write_text("\n".join(lines) + "\n")
    (folder / "phones.yml").write_text(
        "- hosts: localhost\n  connection: local\n  gather_facts: false\n"
        "  vars_files: [vars.json]\n  tasks:\n    - ansible.builtin.template:\n"
        f'        {{src: phone.j2, dest: "{folder}/files/{{{{ p.mac }}}}.cfg", mode: "0600"}}\n'
        '      loop: "{{ phones }}"\n      loop_control: {loop_var: p, label: "{{ p.mac }}"}\n'
    )


def _render_here(estate: Path, out: Path) -> None:
    """Read an estate, then time the rendering of all its phones with secrets put in."""
    gc.disable()  # as the command does
    from reconciler.adapters.renderers import RENDERERS
    from reconciler.phonefiles.render import render_phones
    from tests.cases.phonefiles.estate import estate_of

    read = estate_of(estate)
    assert not [each for each in read.findings if each.severity == "error"]
    wall, cpu = perf_counter(), process_time()
    rendered = render_phones(read.desired, read.inventory, RENDERERS).value
    files = [each for phone in rendered for each in phone.files]
    for file in files:
        file.revealed(lambda secret: os.environ[(secret.reference or "").removeprefix("env:")])
    said = {"cpu_s": process_time() - cpu, "wall_s": perf_counter() - wall, "files": len(files)}
    out.write_text(json.dumps(said))


if __name__ == "__main__":
    _render_here(Path(sys.argv[1]), Path(sys.argv[2]))
