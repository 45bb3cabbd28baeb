"""Workspaces for tests of the installed command."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.workspace import CANARIES, FORKS, Workspace, copied, fill


@pytest.fixture(scope="session", autouse=True)
def _forks() -> Iterator[None]:
    yield
    FORKS.close()


@pytest.fixture(scope="session")
def applied_once(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The usual estate, applied: copied by tests that begin there."""
    workspace = fill(tmp_path_factory.mktemp("applied") / "work")
    workspace.run("secrets", "set", "cleo", stdin=f"{CANARIES['store']}\n")
    workspace.run("apply", "--auto-approve")
    assert workspace.leaks() == []
    return workspace


@pytest.fixture
def applied(applied_once: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace whose estate has been applied."""
    workspace = copied(applied_once, tmp_path / "work")
    yield workspace
    assert workspace.leaks() == []


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace whose PBX is empty and which has no journal yet."""
    workspace = fill(tmp_path / "work")
    workspace.run("secrets", "set", "cleo", stdin=f"{CANARIES['store']}\n")
    yield workspace
    assert workspace.leaks() == []


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Workspace]:
    """An empty folder."""
    workspace = fill(tmp_path / "work", {})
    yield workspace
    assert workspace.leaks() == []
