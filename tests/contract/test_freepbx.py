"""The FreePBX adapter keeps the contract, on the lab's FreePBX 17 and 16."""

import pytest

from reconciler.adapters.freepbx import ADAPTER
from reconciler.testing.contract import AdapterContract
from tests.contract.freepbx_platform import emulator, platform

pytestmark = pytest.mark.timeout(120)


class TestFreepbx17(AdapterContract):
    adapter = ADAPTER
    most = 8

    @pytest.fixture
    def platform(self):
        with emulator("17") as server:
            yield platform(server)
            assert not server.crashes, server.crashes[0]
