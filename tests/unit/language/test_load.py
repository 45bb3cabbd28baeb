"""Load: which files are read, under which names, and what is said of those that are not."""

import os
from pathlib import Path
from typing import Any

import pytest

from reconciler.language import load as loading
from reconciler.language.load import load
from tests.unit.language.pipeline import codes


def names(paths: list[str], cwd: Path) -> list[str]:
    found = load([Path(each) for each in paths], cwd=cwd)
    assert found.diagnostics == ()
    return list(found.value.files)


def write(folder: Path, *files: str) -> None:
    for each in files:
        (folder / each).parent.mkdir(parents=True, exist_ok=True)
        (folder / each).write_text(f"name: {each}\n")


def test_folders_are_walked_in_order_without_dot_folders(tmp_path: Path) -> None:
    write(tmp_path, "b.yaml", "a/z.yml", "a/b/c.YAML", ".git/x.yaml", "a/.x.yaml", "notes.md")
    assert names(["."], tmp_path) == ["a/b/c.YAML", "a/z.yml", "b.yaml"]


def test_a_named_file_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    write(tmp_path, ".hidden", "b.yaml")
    assert names(["b.yaml", ".hidden", "b.yaml", "."], tmp_path) == ["b.yaml", ".hidden"]


def test_paths_outside_are_shown_in_full(tmp_path: Path) -> None:
    write(tmp_path, "a/x.yaml", "b/y.yaml")
    shown = names(["../b", "x.yaml"], tmp_path / "a")
    assert shown == [(tmp_path / "b/y.yaml").as_posix(), "x.yaml"]


def test_byte_order_mark_and_hash(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\r\n")
    source = load([tmp_path], cwd=tmp_path).value.files["a.yaml"]
    assert source.text == "a: 1\r\n"
    assert len(source.sha256) == 64


def test_links_are_followed_once(tmp_path: Path) -> None:
    write(tmp_path, "real/a.yaml")
    (tmp_path / "real/loop").symlink_to(tmp_path / "real")
    (tmp_path / "again").symlink_to(tmp_path / "real")
    found = load([Path()], cwd=tmp_path)
    assert list(found.value.files) == ["again/a.yaml"]
    assert set(codes(found.diagnostics)) == {"file-loop"}


def test_a_pipe_does_not_hang_the_command(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert codes(load([tmp_path], cwd=tmp_path).diagnostics) == ["file-unreadable"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_no_rights(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml")
    (tmp_path / "a.yaml").chmod(0)
    assert codes(load([tmp_path], cwd=tmp_path).diagnostics) == ["file-unreadable"]


def test_a_file_that_gets_the_number_of_one_that_was_read_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who saves two files while we read frees an inode, and the next file often gets it."""
    write(tmp_path, "a.yaml", "b.yaml")
    os.utime(tmp_path / "a.yaml", (1, 1))
    decode = loading._decode

    def decoded(shown: str, *more: Any) -> Any:
        if shown == "a.yaml":
            (tmp_path / "a.yaml").unlink()
            (tmp_path / "draft").write_text("name: new\n")
            (tmp_path / "draft").replace(tmp_path / "b.yaml")
        return decode(shown, *more)

    monkeypatch.setattr(loading, "_decode", decoded)
    assert names(["."], tmp_path) == ["a.yaml", "b.yaml"]


def test_a_dead_link_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to("nowhere.yaml")
    assert codes(load([tmp_path], cwd=tmp_path).diagnostics) == ["file-missing"]
