"""A running emulator of each version."""

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.lab.freepbx.server import Emulator
from tests.lab.freepbx.client import Client


@pytest.fixture(params=["17", "16"])
def emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    version: Any = request.param
    with Emulator(version) as running:
        yield running
        assert not running.crashes


@pytest.fixture
def client(emulator: Emulator) -> Client:
    found = Client(emulator)
    found.log_in()
    return found
