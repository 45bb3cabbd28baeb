"""Phones through a real PBX: who is registered, who is in a call, NOTIFY that arrives."""

from __future__ import annotations

import pytest

from reconciler.adapters.devices import DEVICES
from reconciler.adapters.generic.live import SipPhones
from reconciler.device import Notifier
from reconciler.discovery.evidence import conclude_all
from reconciler.discovery.scan import registered
from reconciler.errors import AdapterBroke, Refused
from reconciler.lab.phones import FleetThread
from reconciler.phones.reaching import host_of_contact
from tests.real.asterisk.instance import Asterisk
from tests.real.asterisk_io import opened
from tests.real.test_emulated_phones import MODELS, files, lab, pbx

__all__ = ["files", "lab", "pbx"]


async def test_notify_reaches_a_phone_and_says_when_it_cannot(
    pbx: Asterisk, lab: FleetThread
) -> None:
    async with opened(pbx) as connection:
        assert isinstance(connection, Notifier)
        for number, vendor in (("1004", "snom"), ("1005", "fanvil")):
            accepted = await DEVICES[vendor].pbx_device(connection, number).resync()  # type: ignore[attr-defined]
            assert accepted.detail == f"sent to 1 phone of extension {number}"
            lab.wait(lambda each, n=number: each[n].phone.happened["notify check-sync"] == 1)
        event = DEVICES["yealink"].notify_event(
            reboot=False, told={"sip.notify_reboot_enable": "2"}
        )
        await connection.notify("1001", str(event))
        lab.wait(lambda each: each["1001"].phone.happened["notify check-sync"] == 1)
        with pytest.raises(Refused, match="no phone is registered"):
            await connection.notify("1009", "check-sync")
        for extension, event in (("1001", "check-sync\r\nAction: Ping"), ("10,01", "check-sync")):
            with pytest.raises(AdapterBroke):
                await connection.notify(extension, event)


async def test_who_is_registered_is_found_with_vendor_and_model(
    pbx: Asterisk, lab: FleetThread
) -> None:
    async with opened(pbx) as connection:
        state = await connection.live_state()
        rows = [
            (str(host_of_contact(each.contact)), "lumen", each.address.key, each.user_agent)
            for each in state.registrations
        ]
        status = await SipPhones("snom").pbx_device(connection, "1004").status()
    found = {each.extension: each for each in conclude_all(registered(rows, {}).values())}
    models = {number: found["lumen", number].model for number in MODELS}
    assert models == {
        "1001": "T46U", "1002": "GXP2170", "1003": "VVX411", "1004": "D785", "1005": "X4U",
        "1006": "SPA504G", "1007": "EdgeE350", "1008": "GRP2614",
    }  # fmt: skip
    assert (status.in_call, status.accounts[0].registered) == (False, True)
