"""Phones that register over TCP and TLS: called, told, and back after their connection broke."""

import pytest

from reconciler.lab.pbx import LabPbx
from reconciler.lab.phones import EmulatedPhone, Fleet, Spec
from tests.unit.lab.pbx.test_pbx import USERS, fleet_on, phone

WANTED = {
    "T46U": ("account.1.sip_server.1.transport_type", {"udp": "0", "tcp": "1", "tls": "2"}),
    "VVX 411": ("reg.1.server.1.transport", {"tcp": "TCPOnly", "tls": "TLS"}),
    "GXP2170": ("130", {"tcp": "1", "tls": "2"}),
}


def over(transport: str, model: str, user: str, password: str) -> Spec:
    spec = phone(model, user, password)
    name, values = WANTED[model]
    settings = {**spec.settings, name: values[transport]}
    return Spec(model, mac=spec.mac, name=user, settings=settings)


async def talk(fleet: Fleet, ada: EmulatedPhone, ben: EmulatedPhone) -> None:
    for hangs_up in (ada, ben):
        ada.dial(ben.name)
        await fleet.wait(lambda _: ben.phone.call == "ringing")
        ben.pick_up()
        await fleet.wait(lambda _: ada.phone.call == ben.phone.call == "connected")
        hangs_up.hang_up()
        await fleet.wait(lambda _: ada.phone.call == ben.phone.call == "idle")


@pytest.mark.parametrize("transport", ["tcp", "tls"])
@pytest.mark.parametrize("model", list(WANTED))
async def test_phones_register_over_a_connection_and_are_told(transport: str, model: str) -> None:
    async with LabPbx(USERS) as pbx, fleet_on(pbx, over(transport, model, "1001", "one")) as fleet:
        await fleet.wait_registered()
        contact = pbx.registrar.bindings["1001"].contact
        assert f"transport={transport}" in contact.rest
        assert contact.port != fleet.sip_port
        assert await pbx.notify("1001", "check-sync") == 200


async def test_phones_of_all_transports_call_each_other_and_give_up() -> None:
    async with LabPbx(USERS) as pbx:
        phones = (
            over("tcp", "T46U", "1001", "one"), over("tls", "VVX 411", "1002", "two"),
            phone("T46U", "1003", "three"),
        )  # fmt: skip
        async with fleet_on(pbx, *phones) as fleet:
            await fleet.wait_registered()
            for caller, called in (("1001", "1002"), ("1002", "1003"), ("1003", "1001")):
                await talk(fleet, fleet[caller], fleet[called])
            fleet["1002"].dial("1001")
            await fleet.wait(lambda _: fleet["1001"].phone.call == "ringing")
            fleet["1002"].hang_up()
            await fleet.wait(lambda _: fleet["1001"].phone.call == "idle")


async def test_a_phone_whose_connection_broke_comes_back_over_a_new_one() -> None:
    pbx = LabPbx(USERS)
    pbx.start()
    port = pbx.port
    spec = over("tcp", "T46U", "1001", "one")
    async with Fleet([spec], hosts={"pbx.example.com": f"127.0.0.1:{port}"}, retry_s=0.1) as fleet:
        await fleet.wait_registered()
        pbx.stop()
        await fleet.wait(lambda each: "over tcp" in each[0].state)
        async with LabPbx(USERS, port=port) as again:
            await fleet.wait_registered()
            assert "1001" in again.registrar.bindings
            fleet[0].power_off()
            fleet[0].power_on()
            await fleet.wait(lambda each: each[0].phone.happened["registered"] >= 3)
