"""Texts -> expected findings with positions, and how they are shown. One file for each code.

A case is a YAML file named after its code:

    about: why this is a mistake
    files: {name: text}            # and, where a file cannot be written as text:
    bytes: {name: hex}   sizes: {name: bytes}   links: {name: target}
    paths: [name]                  # what is loaded; everything when left out
    limits: {module.NAME: number}  # limits that are lowered, so that the case stays small
    stage: fmt                     # format the single file instead of checking all of them
    expect: [{code, at: "file:line:column", until: "line:column", hint}]
    shown: the whole text as people see it

`UPDATE_CASES=1 pytest tests/cases/test_diagnostics.py` rewrites `shown`; read the difference.
"""

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.adapters.memory import MemoryAdapter
from reconciler.diagnostics.catalogue import declarations, files, references, rules
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.language import load as load_module
from reconciler.language import tree as tree_module
from reconciler.language.decode import decode
from reconciler.language.fmt import format_text
from reconciler.language.load import load
from reconciler.language.parse import parse
from reconciler.resolve.resolve import resolve
from reconciler.rules import check
from reconciler.views import diagnostics as view

FOLDER = Path(__file__).parent / "diagnostics"
CASES = sorted(FOLDER.glob("*.yaml"))
TODAY = date(2026, 11, 22)
MODULES = {"load": load_module, "tree": tree_module}


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_case(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, limit in case.get("limits", {}).items():
        module, _, constant = name.partition(".")
        monkeypatch.setattr(MODULES[module], constant, limit)
    found, texts = _findings(case, tmp_path)

    shown = view.text(found, texts, width=80)
    if os.environ.get("UPDATE_CASES"):
        _update(path, shown)
        case = yaml.safe_load(path.read_text(encoding="utf-8"))
    data = view.machine(found, texts)["diagnostics"]
    expected = case["expect"]
    assert [each["code"] for each in data] == [each["code"] for each in expected]
    for actual, wanted in zip(data, expected, strict=True):
        assert _position(actual) == wanted.get("at"), actual
        assert actual["hint"] == wanted.get("hint")
        if "until" in wanted:
            span = actual["span"]
            assert f"{span['end_line']}:{span['end_column']}" == wanted["until"]
        assert actual["severity"] == wanted.get("severity", actual["severity"])
    assert path.stem.split("--")[0] in [each["code"] for each in data]
    assert shown == case["shown"].rstrip("\n")


def test_every_code_about_files_has_a_case() -> None:
    codes = {code.slug for part in (files, declarations, references, rules) for code in part.CODES}
    assert codes == {path.stem.split("--")[0] for path in CASES}


def _findings(case: dict[str, Any], folder: Path) -> tuple[list[Diagnostic], dict[str, str]]:
    names = _write(case, folder)
    sources = load([Path(each) for each in case.get("paths", names)], cwd=folder)
    if case.get("stage") == "fmt":
        (source,) = sources.value.files.values()
        return list(format_text(source.text, source.file).diagnostics), dict(sources.value.texts)
    nodes = parse(sources.value)
    declared = decode(nodes.value)
    desired = resolve(declared.value, {"memory": MemoryAdapter()}, today=TODAY)
    checked = check(desired.value, today=TODAY)
    stages = (sources, nodes, declared, desired, checked)
    return [each for stage in stages for each in stage.diagnostics], dict(sources.value.texts)


def _write(case: dict[str, Any], folder: Path) -> list[str]:
    contents = {name: text.encode() for name, text in case.get("files", {}).items()}
    contents |= {name: bytes.fromhex(each) for name, each in case.get("bytes", {}).items()}
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    for name, size in case.get("sizes", {}).items():
        with (folder / name).open("wb") as stream:
            stream.truncate(size)
    for name, target in case.get("links", {}).items():
        (folder / name).symlink_to(target)
    return [*contents, *case.get("sizes", {})]


def _position(actual: dict[str, Any]) -> str | None:
    span = actual["span"]
    return None if span is None else f"{span['file']}:{span['line']}:{span['column']}"


def _update(path: Path, shown: str) -> None:
    before = path.read_text(encoding="utf-8").partition("\nshown:")[0].rstrip("\n")
    body = "\n".join(f"  {line}".rstrip() for line in shown.split("\n"))
    path.write_text(f"{before}\nshown: |\n{body}\n", encoding="utf-8")
