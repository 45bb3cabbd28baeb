"""Acting on many phones: one that fails stops no other; one in a call is spared."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from reconciler.device import Identity, Login, Status
from reconciler.errors import Refused
from reconciler.model.address import Address
from reconciler.model.secret import Clear
from reconciler.phones.acting import Manners, Opening, act_on
from reconciler.phones.logins import Wire
from reconciler.phones.meant import Placed
from reconciler.phones.reaching import Whereabouts


def placed(name: str, **more) -> Placed:
    said = {"vendor": "yealink", "model": "T46S", "mac": "805ec0000001", **more}
    return Placed(Address("phone", "main", name), pbx="office", lines=(("office", "1001"),),
                  host="192.0.2.9", subnets=("192.0.2.0/24",), **said)  # fmt: skip


class Phones:
    """Phones that tell one after the other whether they are in a call."""

    name = title = "fake"
    generations = {"X": None}  # noqa: RUF012

    def __init__(self, *busy, mac: str = "805ec0000001", fails: str = ""):
        self.busy, self.mac, self.fails = list(busy), mac, fails
        self.acted: list[str] = []
        self.open = self.most_open = 0
        self.reached: list = []

    @asynccontextmanager
    async def connect(self, reach, login, *, timeout_s):
        self.reached.append(reach)
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        identity = Identity("yealink", "C", mac="")
        told = Identity("yealink", "C", mac=self.mac)

        async def status():
            busy = self.busy.pop(0) if len(self.busy) > 1 else (self.busy or [False])[0]
            device.identity = told
            return Status(told, in_call=busy)

        device = SimpleNamespace(identity=identity, status=status)
        await asyncio.sleep(0)
        try:
            yield device
        finally:
            self.open -= 1


class Pbxs:
    """A PBX that says the same of everybody."""

    def __init__(self, busy=None):
        self.busy = busy

    async def in_call(self, _phone):
        return self.busy


def logins(login=Login("admin", Clear("x"))):  # noqa: B008
    return SimpleNamespace(of=lambda _: login, wire=lambda _: Wire(), learn=lambda *_: None)


async def run(phones, *named, pbx=None, **manners):
    async def act(_device, phone):
        if phone.address.key == phones.fails:
            raise Refused("x", "acting", "it said no", hint="a way out")
        phones.acted.append(phone.address.key)
        return "did it", {"n": 1}

    pbxs = Pbxs(pbx)
    opening = Opening({"yealink": phones}, logins(), Whereabouts(), pbxs, timeout_s=1)
    said = {"poll_s": 0.0, "on_call": "defer", **manners}
    return await act_on([placed(each) for each in named or ("a",)], act, opening, pbxs,
                        Manners(**said))  # fmt: skip


async def test_one_that_fails_stops_no_other():
    phones = Phones(False, fails="b")
    results = await run(phones, "a", "b", "c")
    assert [each.state for each in results] == ["done", "failed", "done"]
    assert (results[1].detail, results[1].hint) == ("it said no", "a way out")
    assert phones.acted == ["a", "c"]


async def test_no_more_at_once_than_said():
    phones = Phones(False)
    await run(phones, *map(str, range(20)), at_once=3)
    assert phones.most_open == 3


@pytest.mark.parametrize(("on_call", "state"), [("defer", "deferred"), ("skip", "skipped")])
async def test_a_phone_in_a_call_is_left_alone(on_call, state):
    phones = Phones(True)
    (result,) = await run(phones, on_call=on_call)
    assert (result.state, result.code, phones.acted) == (state, "in-call", [])


async def test_the_pbx_knows_of_calls_that_the_phone_does_not_tell():
    phones = Phones(None)
    (result,) = await run(phones, pbx=True)
    assert (result.state, phones.acted) == ("deferred", [])
    (result,) = await run(Phones(False), pbx=True)
    assert result.state == "deferred"


async def test_waiting_ends_with_the_call_and_keeps_no_session_meanwhile():
    phones = Phones(True, True, True, True, False)  # asked who it is, and whether it talks
    (result,) = await run(phones, on_call="wait", wait_up_to_s=30)
    assert (result.state, phones.acted) == ("done", ["a"])
    assert len(phones.reached) == 3
    phones = Phones(True)
    (result,) = await run(phones, on_call="wait", wait_up_to_s=0)
    assert result.state == "deferred"


async def test_nobody_tells():
    (result,) = await run(Phones(None))
    assert (result.state, result.code) == ("deferred", "call-unknown")
    (result,) = await run(Phones(None), assume_idle=True)
    assert result.state == "done"


async def test_another_phone_at_the_address_is_not_touched():
    phones = Phones(False, mac="805ec0999999")
    (result,) = await run(phones, on_call=None)
    assert (result.state, phones.acted) == ("failed", [])
    assert "805ec0999999" in result.detail


async def test_a_site_s_own_network_may_be_spoken_to_in_the_clear():
    phones = Phones(False)
    await run(phones)
    assert phones.reached[0].plain


async def test_starts_are_spaced():
    begun: dict[str, float] = {}
    phones = Phones(False)
    loop = asyncio.get_running_loop()

    async def act(_device, phone):
        begun[phone.address.key] = loop.time() - since
        return "", {}

    pbxs = Pbxs(False)
    opening = Opening({"yealink": phones}, logins(), Whereabouts(), pbxs, timeout_s=1)
    since = loop.time()
    await act_on([placed("a"), placed("b")], act, opening, pbxs, Manners(starts_s=(0.1, 0.0)))
    assert list(begun) == ["b", "a"]
    assert begun["a"] >= 0.09  # clocks are coarse
