"""The adapter that publishes devices' files keeps the contract, on the published store itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.adapters.phones import ADAPTER
from reconciler.model.target import Target
from reconciler.testing.building import site
from reconciler.testing.contract import AdapterContract
from reconciler.testing.platforms import Platform


def platform_at(target: Target, folder: Path) -> Platform:
    """A store that does not exist yet."""
    file = folder / "published.db"

    def left_behind() -> Iterator[str]:
        if file.exists():
            with sqlite3.connect(file) as connection:
                for table, name in (("published_owners", "address"), ("published_files", "owner")):
                    yield from (
                        each[0] for each in connection.execute(f"SELECT {name} FROM {table}")
                    )

    settings = {"store": str(file), "folder": str(folder)}
    return Platform(
        target._replace(settings=settings),
        nobody_there=target._replace(settings={**settings, "store": str(folder)}),
        left_behind=left_behind,
    )


class TestPhones(AdapterContract):
    adapter = ADAPTER
    scope = "site"
    most = 6

    @pytest.fixture
    def platform(self, tmp_path: Path) -> Platform:
        return platform_at(site("home", adapter="phones"), tmp_path)
