"""Emulated phones on the lab's FreePBX, seen and told over AMI: who is there, who talks, NOTIFY."""

import asyncio

import pytest

from reconciler.adapters.freepbx import ADAPTER
from reconciler.errors import Refused
from reconciler.lab.freepbx.objects.extension import Wanted, create
from reconciler.lab.phones import Fleet, FleetThread, Spec
from reconciler.lab.phones.makes import MAKES
from reconciler.model.secret import Clear
from tests.contract.freepbx_platform import emulator, target

PASSWORDS = {"1001": "Ada-secret-1", "1002": "Ben-secret-2", "1003": "Cleo-secret-3"}


@pytest.fixture(scope="module")
def server():
    with emulator("17", sip_port=0) as found:
        for number, secret in PASSWORDS.items():
            wanted = Wanted(number=number, name=f"Person {number}", secret=secret)
            create(found.pbx.tables, wanted, asterisk_is_up=True)
        found.pbx.load()
        yield found
        assert not found.crashes, found.crashes[0]


@pytest.fixture(scope="module")
def lab(server):
    phones = [_phone("T46U", "1001"), _phone("VVX411", "1002")]
    fleet = Fleet(phones, hosts={"pbx.example": f"127.0.0.1:{server.sip.port}"}, fetches=False)
    with FleetThread(fleet) as thread:
        thread.wait(lambda each: all(one.phone.registered for one in each))
        yield thread


def _phone(model, number):
    identity = Spec(model).identity(int(number))
    settings = MAKES[identity.vendor].account_settings(
        identity, 1, number, PASSWORDS[number], "pbx.example:5060"
    )
    return Spec(model, mac=identity.mac, settings=settings, name=number)


def asked(server, question):
    """Open the adapter's connection, ask one thing, close it."""
    own = server.pbx.credentials
    wires = {"ami.host": "127.0.0.1", "ami.port": server.ami_port, "ami.username": own.ami_user,
             "ami.password": Clear(own.ami_password)}  # fmt: skip
    at = target(server, **wires)
    settings = {**at.settings, "web.password": Clear(own.web_password),
                "oauth.client_secret": Clear(own.client_secret)}  # fmt: skip

    async def run():
        async with ADAPTER.connect(at, settings, timeout_s=60) as connection:
            return await question(connection)

    return asyncio.run(run())


def state(server):
    return asked(server, lambda connection: connection.live_state())


def test_who_is_registered_from_where_and_for_how_long(server, lab):
    found = {each.address.key: each for each in state(server).registrations}
    assert found.keys() == {"1001", "1002"}
    ada = found["1001"]
    assert ada.contact == "sip:1001@{}:{}".format(*lab.fleet["1001"].sip)
    assert ada.user_agent.startswith("Yealink SIP-T46U")
    assert 3000 < ada.expires_s <= 3600
    devices = {each.address.key: each.state for each in state(server).devices}
    assert devices == {"1001": "idle", "1002": "idle", "1003": "unavailable"}


def test_a_call_is_seen_on_both_sides_until_somebody_hangs_up(server, lab):
    for hangs_up in ("1001", "1002"):
        lab.do(lambda fleet: fleet["1002"].answer_by_itself())
        lab.do(lambda fleet: fleet["1001"].dial("1002"))
        lab.wait(lambda fleet: fleet["1001"].phone.call == "connected")
        calls = state(server).calls
        assert {each.address.key for each in calls} == {"1001", "1002"}
        assert len({each.bridge for each in calls}) == 1
        lab.do(lambda fleet, who=hangs_up: fleet[who].hang_up())
        lab.wait(lambda fleet: all(each.phone.call == "idle" for each in fleet))
        assert state(server).calls == ()


def test_a_phone_is_told_over_its_pbx(server, lab):
    before = lab.fleet["1002"].phone.happened["notify check-sync"]
    said = asked(server, lambda connection: connection.notify("1002", "check-sync"))
    assert said == "sent to 1 phone of extension 1002"
    lab.wait(lambda fleet: fleet["1002"].phone.happened["notify check-sync"] > before)
    with pytest.raises(Refused, match="no phone is registered there"):
        asked(server, lambda connection: connection.notify("1003", "check-sync"))


def test_a_new_password_counts_from_the_reload_on(server, lab):
    def restart():
        lab.do(lambda fleet: fleet["1001"].power_off())
        lab.do(lambda fleet: fleet["1001"].power_on())

    row = server.pbx.tables.row("sip", id="1001", keyword="secret")
    row["data"] = "Ada-secret-new"
    try:
        restart()
        lab.wait(lambda fleet: fleet["1001"].phone.registered)
        server.pbx.load()
        restart()
        lab.wait(lambda fleet: fleet["1001"].phone.accounts[1].state == "failed")
    finally:
        row["data"] = PASSWORDS["1001"]
        server.pbx.load()
        restart()
        lab.wait(lambda fleet: fleet["1001"].phone.registered)
