"""Cache: what it gives back is what parsing gives, whatever happens to its files."""

from pathlib import Path

import pytest

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.place import Place
from reconciler.language.cache import recall, remember
from reconciler.language.load import load
from reconciler.language.parse import parse
from tests.unit.language.pipeline import HEAD

TEXT = HEAD + 'extensions:\n  "1001": {name: "Bén 日本", note: ~}\n---\nforeign: true\n'


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    (tmp_path / "estate").mkdir()
    (tmp_path / "estate/a.yaml").write_text(TEXT, encoding="utf-8")
    return tmp_path


def cached(estate: Path) -> Path:
    (file,) = (estate / "cache").iterdir()
    return file


def test_what_comes_back_is_what_was_parsed(estate: Path) -> None:
    sources = load([estate / "estate"], cwd=estate).value
    fresh = parse(sources)
    remember(estate / "cache", fresh.value, fresh.diagnostics)
    known = recall(estate / "cache", sources)
    again = parse(sources, known)
    assert len(known) == 1
    assert again.value.documents == fresh.value.documents
    assert again.value.skipped == fresh.value.skipped


@pytest.mark.parametrize(
    "damage",
    [b"", b"reconciler-cache 1 00\n[]", b"\x00\xff", b"reconciler-cache 0 x\n[[],[]]"],
)
def test_a_damaged_file_is_not_believed(estate: Path, damage: bytes) -> None:
    sources = load([estate / "estate"], cwd=estate).value
    remember(estate / "cache", parse(sources).value, ())
    cached(estate).write_bytes(damage)
    assert recall(estate / "cache", sources) == {}


def test_a_changed_byte_is_noticed(estate: Path) -> None:
    sources = load([estate / "estate"], cwd=estate).value
    remember(estate / "cache", parse(sources).value, ())
    raw = cached(estate).read_bytes()
    cached(estate).write_bytes(raw.replace(b"1001", b"1002"))
    assert recall(estate / "cache", sources) == {}


def test_files_with_errors_are_not_kept(estate: Path) -> None:
    sources = load([estate / "estate"], cwd=estate).value
    flaw = found("secret-literal", "x", Place("estate/a.yaml", 0, ("extensions",)))
    remember(estate / "cache", parse(sources).value, (flaw,))
    assert list((estate / "cache").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_no_problem(estate: Path) -> None:
    sources = load([estate / "estate"], cwd=estate).value
    (estate / "cache").write_text("a file where the folder should be")
    remember(estate / "cache", parse(sources).value, ())
    assert recall(estate / "cache", sources) == {}


def test_old_files_are_forgotten(estate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reconciler.language import cache

    monkeypatch.setattr(cache, "_KEPT", 3)
    for number in range(6):
        (estate / "estate/a.yaml").write_text(f"{HEAD}pbx: p{number}\n")
        sources = load([estate / "estate"], cwd=estate).value
        remember(estate / "cache", parse(sources).value, ())
    assert len(list((estate / "cache").iterdir())) == 3
    assert recall(estate / "cache", sources)


def test_without_a_folder_nothing_is_cached(estate: Path) -> None:
    sources = load([estate / "estate"], cwd=estate).value
    remember(None, parse(sources).value, ())
    assert recall(None, sources) == {}
