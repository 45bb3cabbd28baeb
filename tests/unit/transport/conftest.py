from collections.abc import AsyncIterator

import pytest

from reconciler.transport.ami import AmiLogin
from tests.emulators.ami import AmiEmulator

CANARY = "canary-5d1f"


@pytest.fixture
async def server() -> AsyncIterator[AmiEmulator]:
    async with AmiEmulator(password=CANARY).running() as emulator:
        yield emulator


@pytest.fixture
def login(server: AmiEmulator) -> AmiLogin:
    return AmiLogin(server.host, server.port, server.username, server.password)
