"""The memory adapter keeps the contract, in memory and in a file."""

import json

import pytest

from reconciler.adapters.memory import MemoryAdapter
from reconciler.testing.building import pbx, site
from reconciler.testing.contract import AdapterContract
from reconciler.testing.platforms import Platform


class TestInMemory(AdapterContract):
    adapter = MemoryAdapter()

    @pytest.fixture
    def platform(self):
        self.adapter.stores.clear()
        yield Platform(pbx("office"))
        self.adapter.stores.clear()


class TestPhonesInMemory(AdapterContract):
    adapter = MemoryAdapter()
    scope = "site"

    @pytest.fixture
    def platform(self):
        self.adapter.stores.clear()
        return Platform(site("home"))


class TestInFile(AdapterContract):
    adapter = MemoryAdapter()
    most = 10

    @pytest.fixture
    def platform(self, tmp_path):
        file = tmp_path / "pbx.json"
        folder = tmp_path / "not-a-file"
        folder.mkdir()

        def left_behind():
            return [
                f"{kind} {key}"
                for kind, found in json.loads(file.read_text(encoding="utf-8")).items()
                for key in found
            ]

        return Platform(
            pbx("office", file=str(file)),
            nobody_there=pbx("office", file=str(folder)),
            left_behind=left_behind,
        )
