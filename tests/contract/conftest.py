"""What tests of several platforms' adapters share."""

import pytest

from tests.contract.freepbx_platform import emulator, furnish


@pytest.fixture(params=["16", "17"])
def server(request):
    """Give a furnished FreePBX of the lab, in both versions."""
    with emulator(request.param) as found:
        furnish(found)
        yield found
        assert not found.crashes, found.crashes[0]
