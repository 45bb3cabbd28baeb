"""The FreePBX adapter keeps the contract, on the lab's FreePBX 17 and 16.

Every kind is written and read back on both, and changed and taken back on 17. What does not depend
on the kind is tried with a few of them, and on 16 with what it does otherwise: that is enough, and
much quicker.
"""

from typing import ClassVar

import pytest

from reconciler.adapters.freepbx import ADAPTER
from reconciler.adapters.freepbx.supports import SUPPORTS
from reconciler.testing.contract import AdapterContract
from tests.contract.freepbx_platform import emulator, platform

ALL = tuple(each for each in SUPPORTS if each not in ("music", "parking_lot"))
"""Classes of music are only named, and there is one parking lot (`test_freepbx_places`)."""
FEW = {
    "test_names_survive": ("extension", "ring_group", "queue"),
    "test_what_is_not_ours_survives": ("extension", "outbound_route", "schedule"),
    "test_secrets_are_never_told": ("extension", "trunk", "conference"),
    "test_deletes_leave_nothing_behind": ("extension", "ring_group", "schedule", "trunk"),
    "test_requests_are_data_and_always_the_same": ("extension", "outbound_route"),
    "test_immutable_fields_are_changed_by_a_replacement": ("extension",),
    "test_a_field_that_left_the_files_goes_back_to_its_default": (
        "extension",
        "ring_group",
        "queue",
        "trunk",
        "conference",
        "schedule",
    ),
}

WHOLE = ("test_it_reads_what_it_wrote",)
"""What is tried with every kind on both versions."""


class FreepbxContract(AdapterContract):
    adapter = ADAPTER
    most = 3
    version: ClassVar[str]
    only: ClassVar[tuple[str, ...]] = ALL

    def pytest_generate_tests(self, metafunc):
        if "kind" in metafunc.fixturenames:
            kinds = FEW.get(metafunc.function.__name__, ALL)
            whole = metafunc.function.__name__ in WHOLE
            metafunc.parametrize("kind", [e for e in kinds if whole or e in self.only])

    @pytest.fixture
    def platform(self):
        with emulator(self.version) as server:
            yield platform(server)
            assert not server.crashes, server.crashes[0]


class TestFreepbx17(FreepbxContract):
    version = "17"


class TestFreepbx16(FreepbxContract):
    version = "16"
    only = ("extension", "ring_group", "inbound_route")
