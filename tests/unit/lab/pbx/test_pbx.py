"""Emulated phones register on the lab's PBX, call each other through it, and are told things."""

from reconciler.lab.pbx import LabPbx
from reconciler.lab.phones import Fleet, Spec
from reconciler.lab.phones.makes import MAKES

USERS = {"1001": ["one"], "1002": ["two"], "1003": ["three"]}


def phone(model: str, user: str, password: str) -> Spec:
    spec = Spec(model, name=user)
    identity = spec.identity(int(user))
    make = MAKES[identity.vendor]
    settings = make.account_settings(identity, 1, user, password, "pbx.example.com:5060")
    return Spec(model, mac=identity.mac, name=user, settings=settings)


def fleet_on(pbx: LabPbx, *specs: Spec) -> Fleet:
    return Fleet(specs, hosts={"pbx.example.com": f"127.0.0.1:{pbx.port}"}, reboot_s=0.05)


async def test_only_the_right_password_lets_in() -> None:
    async with LabPbx(USERS) as pbx:
        phones = phone("T46U", "1001", "one"), phone("GXP2170", "1002", "wrong")
        async with fleet_on(pbx, *phones) as fleet:
            await fleet.wait(lambda each: each["1001"].phone.registered)
            await fleet.wait(lambda each: each["1002"].phone.accounts[1].state == "failed")
            assert list(pbx.registrar.bindings) == ["1001"]
            assert pbx.registrar.bindings["1001"].agent.startswith("Yealink SIP-T46U")
            assert pbx.registrar.refused == {"1002": 1}


async def test_phones_call_each_other_and_either_hangs_up() -> None:
    async with LabPbx(USERS) as pbx:
        phones = phone("T46U", "1001", "one"), phone("VVX 411", "1002", "two")
        async with fleet_on(pbx, *phones) as fleet:
            await fleet.wait_registered()
            ada, ben = fleet["1001"], fleet["1002"]
            for hangs_up in (ada, ben):
                ada.dial("1002")
                await fleet.wait(lambda _: ben.phone.call == "ringing")
                assert ben.phone.caller == "1001"
                ben.pick_up()
                await fleet.wait(lambda _: ada.phone.call == ben.phone.call == "connected")
                hangs_up.hang_up()
                await fleet.wait(lambda _: ada.phone.call == ben.phone.call == "idle")


async def test_a_caller_gives_up_is_refused_or_calls_nobody() -> None:
    async with LabPbx(USERS) as pbx:
        phones = phone("T46U", "1001", "one"), phone("VVX 411", "1002", "two")
        async with fleet_on(pbx, *phones) as fleet:
            await fleet.wait_registered()
            ada, ben = fleet["1001"], fleet["1002"]
            ada.dial("1002")
            await fleet.wait(lambda _: ben.phone.call == "ringing")
            ada.hang_up()
            await fleet.wait(lambda _: ben.phone.call == "idle")
            ada.dial("1002")
            await fleet.wait(lambda _: ben.phone.call == "ringing")
            ben.hang_up()
            await fleet.wait(lambda _: ada.phone.call == "idle")
            for nobody in ("1003", "4711"):
                ada.dial(nobody)
                await fleet.wait(lambda _: ada.phone.call == "idle")


async def test_a_notice_reaches_the_phone_and_answers_its_challenge() -> None:
    async with LabPbx(USERS) as pbx:
        phones = phone("D785", "1001", "one"), phone("GXP2170", "1002", "two")
        async with fleet_on(pbx, *phones) as fleet:
            await fleet.wait_registered()
            assert await pbx.notify("1001", "check-sync;reboot=true") == 200
            assert fleet["1001"].phone.happened["reboot"] == 1
            assert await pbx.notify("1002", "check-sync") == 200
            assert fleet["1002"].phone.happened["notify challenged"] == 1
            assert await pbx.notify("1003", "check-sync") == 0


async def test_the_password_that_the_pbx_does_not_know_obeys_nobody() -> None:
    async with LabPbx(USERS) as pbx, fleet_on(pbx, phone("GXP2170", "1002", "two")) as fleet:
        await fleet.wait_registered()
        pbx.registrar.users = {"1002": ["another"]}
        assert await pbx.notify("1002", "check-sync") == 401
        assert fleet["1002"].phone.happened["notify check-sync"] == 0
