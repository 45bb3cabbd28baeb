"""Laws of what is kept of an estate's files: it is what they add up to, to the last type."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given

from reconciler.adapters import ADAPTERS
from reconciler.adapters.renderers import RENDERERS
from reconciler.diagnostics.diagnostic import Checked
from reconciler.diagnostics.place import Place
from reconciler.kept.edited import words_in
from reconciler.kept.estate import Estate, Kept, to_lines
from reconciler.language.load import load
from reconciler.language.reading import Reading
from reconciler.language.source import Sources, unwritten
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Resource
from reconciler.model.secret import Secret
from reconciler.model.value import EMPTY
from reconciler.provisioning.rendering import render_devices
from reconciler.resolve.resolve import resolve
from reconciler.testing.estates import estates
from reconciler.workflow.declare import Declared, declare
from reconciler.workspace import Surroundings

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(each for each in (ROOT / "examples").iterdir() if each.is_dir())
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


def surroundings(folder: Path, *, now: datetime = NOON, cached: bool = True) -> Surroundings:
    return Surroundings(
        folder, folder / ".reconciler", {}, lambda: now, "tester",
        adapters=ADAPTERS, use_cache=cached,
    )  # fmt: skip


def exactly(value: Any) -> Any:
    """Return a value with the types of all that is in it, so that equal means the very same."""
    kind = type(value).__name__
    if isinstance(value, Secret):
        return kind, value.reference, value.fingerprint
    if is_dataclass(value):
        return kind, [exactly(getattr(value, each.name)) for each in fields(value)]
    if isinstance(value, Mapping):
        return "mapping", [(exactly(key), exactly(each)) for key, each in value.items()]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return kind, [exactly(each) for each in value]
    return kind, value


def told(found: Checked[Declared]) -> Any:
    """Return all that a command goes by: what is desired, files, findings, what is not ours."""
    said = found.value
    return exactly(
        (said.desired, said.renderings, said.skipped, said.config_hash, found.diagnostics)
    )


def kept(folder: Path) -> list[Path]:
    return sorted((folder / ".reconciler/cache/estates").glob("*.json"))


@contextmanager
def nothing_read(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make sure that an estate comes from what was kept."""

    def fail(_self: Reading) -> None:
        raise AssertionError("the files were looked into")

    with monkeypatch.context() as patched:
        patched.setattr(Reading, "nodes", property(fail))
        yield


def again(estate: Estate, sources: Sources) -> Estate:
    """Return an estate as it comes back from text."""
    return Kept(to_lines(estate, sources, {})).estate()._replace(traces=EMPTY)


def prove(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Declare afresh, then keep, then take: all three say the same."""
    fresh = declare([Path()], surroundings(folder, cached=False))
    assert not (folder / ".reconciler").exists()
    first = declare([Path()], surroundings(folder))
    assert told(first) == told(fresh)
    assert len(kept(folder)) == (0 if fresh.has_errors else 1)
    if not fresh.has_errors:
        with nothing_read(monkeypatch):
            assert told(declare([Path()], surroundings(folder))) == told(fresh)


@given(documents=estates())
def test_an_estate_comes_back_as_it_was(documents: list[dict[str, Any]]) -> None:
    for document in documents:
        for phone in document.get("phones", {}).values():
            phone |= {"vendor": "yealink", "model": "T43U"}  # else most have no files
    with tempfile.TemporaryDirectory() as name:
        for number, document in enumerate(documents):
            text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
            (Path(name) / f"{number}.yaml").write_text(text, encoding="utf-8")
        found = declare([Path()], surroundings(Path(name), cached=False))
        sources = load([Path()], cwd=Path(name)).value
    said = found.value
    entries = said.declarations
    declared = resolve(entries, ADAPTERS).value
    rendered = render_devices(declared, entries, RENDERERS, ADAPTERS)
    words = words_in(said.reading.nodes.value.documents)
    estate = Estate(declared, rendered, said.skipped, found.diagnostics, words=words)
    back = again(estate, sources)
    assert exactly(back._replace(rendered=rendered)) == exactly(estate)
    assert exactly(back.rendered) == exactly(rendered._replace(reads=EMPTY))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.name)
def test_what_is_taken_is_what_was_worked_out(
    example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in example.rglob("*.yaml"):
        copy = tmp_path / file.relative_to(example)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    prove(tmp_path, monkeypatch)


def test_secrets_beside_a_list_of_secrets_are_kept() -> None:
    at = Address("trunk", "hq", "a")
    fields = {"password": Secret("env:A"), "spare": [Secret("env:B"), "x"], "host": "a.example"}
    resource = Resource(at, "pbx/hq", fields, Place("a.yaml", 0, ("trunks", "a")), 1)
    estate = Estate(Desired({at: resource}, {}), words={"a.yaml": ["trunks"]})
    sources = Sources({"a.yaml": unwritten("a.yaml", "")})
    assert exactly(again(estate, sources).declared) == exactly(estate.declared)
