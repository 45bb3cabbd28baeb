"""Many phones: what one costs, where they are, how they are found, a fleet beside a test."""

import gc
import tracemalloc

import pytest

from reconciler.lab.phones import Fleet, FleetThread, Spec
from reconciler.lab.phones.catalog import MIXTURE, UnknownModelError, identify
from reconciler.lab.room import Room, furnish


async def test_a_phone_is_cheap() -> None:
    """Thousands of them run in one process: about 10 kB each, registered."""
    count = 150
    furniture = furnish(count)
    tracemalloc.start()
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    try:
        async with Room(furniture) as room:
            await room.fleet.wait_registered(timeout_s=60)
            gc.collect()
            each = (tracemalloc.get_traced_memory()[0] - before) / count
    finally:
        tracemalloc.stop()
    assert each < 20_000


async def test_they_are_found_by_place_name_and_mac() -> None:
    specs = [Spec("T46U", mac="80:5E:C0:00:00:01", name="lobby"), Spec("GXP2170")]
    async with Fleet(specs, boots=False) as fleet:
        assert fleet["lobby"] is fleet[0] is fleet["80:5e:c0:00:00:01"]
        assert len(fleet) == len({each.phone.address for each in fleet}) == 2
        with pytest.raises(KeyError):
            fleet["nobody"]


def test_two_phones_of_one_mac_are_refused() -> None:
    with pytest.raises(ValueError, match="same MAC"):
        Fleet([Spec("T46U", mac="805ec0000001"), Spec("T54W", mac="80:5e:c0:00:00:01")])


async def test_addresses_go_on_beyond_254() -> None:
    async with Fleet(["T46U"] * 300, boots=False) as fleet:
        addresses = [each.phone.address for each in fleet]
    assert len(set(addresses)) == 300
    assert addresses[253:255] == ["127.77.0.254", "127.77.1.1"]


def test_every_vendor_and_generation_is_in_the_mixture() -> None:
    found = {(i.vendor, i.generation) for i in (identify(each, "0" * 12) for each in MIXTURE)}
    assert found >= {
        *(("grandstream", each) for each in ("G1", "G2", "G2b", "G3", "G4")),
        *(("yealink", each) for each in ("B", "C", "D")),
        ("polycom", "vvx"), ("polycom", "edge"), ("snom", "snom"), ("fanvil", "fanvil"),
        ("cisco", "spa"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("model", "vendor", "shown"),
    [
        ("SIP-T46U", "yealink", "T46U"), ("vvx 411", "polycom", "VVX 411"),
        ("VVX411", "polycom", "VVX 411"), ("Edge E350", "polycom", "Edge E350"),
        ("E350", "polycom", "Edge E350"), ("snomD785", "snom", "D785"),
        ("T21P_E2", "yealink", "T21P_E2"), ("CP-8841", "cisco", "CP8841"),
    ],
)  # fmt: skip
def test_models_are_known_however_they_are_written(model: str, vendor: str, shown: str) -> None:
    identity = identify(model, "00-0B-82-12-34-56")
    assert (identity.vendor, identity.model, identity.mac) == (vendor, shown, "000b82123456")


def test_an_unknown_model_is_said() -> None:
    with pytest.raises(UnknownModelError, match="knows nothing of a Nokia"):
        identify("Nokia", "0" * 12)


def test_a_fleet_runs_beside_a_test() -> None:
    with FleetThread(Fleet(["T46U"], reboot_s=0.05)) as lab:
        lab.wait(lambda fleet: fleet[0].phone.happened["booted"] == 1)
        lab.do(lambda fleet: fleet[0].power_off())
        assert not lab.fleet[0].phone.reachable
        lab.do(lambda fleet: fleet[0].power_on())
        lab.wait(lambda fleet: fleet[0].phone.happened["booted"] == 2)
        with pytest.raises(TimeoutError, match="not so after"):
            lab.wait(lambda _: False, timeout_s=0.05)


async def test_a_port_that_is_taken_leaves_nothing_open() -> None:
    async with Fleet(["T46U"], boots=False) as fleet:
        with pytest.raises(OSError, match="in use"):
            await Fleet(["T46U"], http_port=fleet.http_port).start()
