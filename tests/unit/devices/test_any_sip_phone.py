"""Any SIP phone through its PBX."""

import pytest

from reconciler.adapter import Call, LiveState, Registration
from reconciler.adapters.devices import DEVICES
from reconciler.adapters.generic.live import SipPhones, mac_of, model_of
from reconciler.device import Reach
from reconciler.errors import NotPossible
from reconciler.model.address import Address

EXTENSION = Address("extension", "office", "1001")


class Pbx:
    """A PBX with one phone."""

    def __init__(self, *, calls: bool = False, registered: bool = True):
        self.calls, self.registered, self.sent = calls, registered, []

    async def live_state(self):
        agent = "Fanvil X4 2.10.2.6887 0c383e07e16c"
        registration = Registration(EXTENSION, "sip:1001@192.0.2.51", "reachable", agent)
        call = Call("PJSIP/1001-1", "up", "1001", "1002", "Dial", 12, address=EXTENSION)
        other = Call("PJSIP/1002-1", "up", "1002", "1001", "Dial", 12,
                     address=Address("extension", "office", "1002"))  # fmt: skip
        return LiveState(
            "22", "", "", (registration,) if self.registered else (), (), (),
            (call, other) if self.calls else (other,),
        )  # fmt: skip

    async def notify(self, extension, event):
        self.sent.append((extension, event))
        return "sent"


async def test_what_a_registration_tells():
    status = await SipPhones("fanvil").pbx_device(Pbx(calls=True), "1001").status()
    assert (status.identity.model, status.identity.firmware) == ("Fanvil X4", "2.10.2.6887")
    assert status.identity.mac == "0c383e07e16c"
    assert (status.word, status.calls[0].number) == ("in_call", "1002")
    idle = await SipPhones("fanvil").pbx_device(Pbx(registered=False), "1001").status()
    assert (idle.in_call, idle.accounts[0].registered) == (False, False)
    assert idle.notes


@pytest.mark.parametrize(
    ("vendor", "resync", "reboot"),
    [
        ("snom", "check-sync;reboot=false", "check-sync;reboot=true"),
        ("cisco", "resync", "reboot"),
        ("fanvil", "check-sync", None),
        ("nobody-knows", "check-sync", None),
    ],
)
async def test_each_vendor_has_its_event(vendor, resync, reboot):
    pbx = Pbx()
    phone = SipPhones(vendor).pbx_device(pbx, "1001")
    accepted = await phone.resync()
    assert pbx.sent == [("1001", resync)]
    assert accepted.in_doubt  # that it was sent is not that it arrived
    if reboot is None:
        with pytest.raises(NotPossible):
            await phone.reboot()
    else:
        await phone.reboot()
        assert pbx.sent[-1] == ("1001", reboot)


async def test_what_is_not_known_is_refused():
    phone = DEVICES["snom"].pbx_device(Pbx(), "1001")
    for action in (phone.factory_reset, phone.backup, phone.safe_restart):
        with pytest.raises(NotPossible):
            await action()
    with pytest.raises(NotPossible):
        DEVICES["snom"].connect(Reach("phone/main/lobby", "192.0.2.1"), None, timeout_s=1)


def test_agents():
    assert model_of("Mozilla/4.0 (compatible; snomD785-SIP 10.1.215.13 1.1.5)")[1] == "10.1.215.13"
    assert mac_of("Panasonic_KX-UT113/01.133 (0080f0aabbcc)") == "0080f0aabbcc"
    assert (model_of(""), mac_of("x" * 5000)) == (("", ""), "")


def test_every_vendor_has_a_client_or_its_pbx():
    assert {name: DEVICES[name].name for name in DEVICES} == {n: n for n in DEVICES}
    assert list(DEVICES["fanvil"].generations) == ["sip"]
