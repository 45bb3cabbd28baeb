"""Every vendor's client keeps the contract of live phones, on the emulated ones."""

import json
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.adapters.grandstream import DEVICE as GRANDSTREAM
from reconciler.adapters.polycom import DEVICE as POLYCOM
from reconciler.adapters.yealink import DEVICE as YEALINK
from reconciler.device import Login, Reach
from reconciler.lab.phones import Fleet, Spec
from reconciler.model.secret import Clear
from reconciler.testing.device_contract import DeviceContract, Rig

PASSWORD = "Adm1n-example"

BOMBS = (
    b"", b"null", b"[]", b"true", b'"x"', b"{", b"[" * 50_000, b'{"a":' * 30_000,
    b'{"response":"success","body":' + b"9" * 5_000 + b"}", b"\x00" * 100, b"\xff\xfe\xfd",
    b'{"ret":"ok","data":[[[]]]}', b'{"Status":2000,"data":{"a":{"Value":[1]}}}',
    b'{"response":"success","body":[{"state":[]},[],null,{"line":{}}]}',
    b'{"configs":[1,{"pvalue":[]},{"pvalue":"35","value":{"a":1}}]}', b"x" * 400_000,
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "cccc"><!ENTITY d "&b;&b;&b;">]><a>&d;</a>',
    b"#!version:1.0.0.1\n=\n= =\nx", b"<html>" + b"<tr><td>" * 20_000,
)  # fmt: skip


def twisted(data: bytes, seed: list[int]) -> bytes:
    """JSON of the right shape with values of the wrong types; cut where it is no JSON."""
    try:
        found = json.loads(data)
    except ValueError:
        return data[: seed[0] % (len(data) + 1)]
    wrong = [None, [], {}, -1, 1e300, "", "x" * 300, [[]], {"a": {}}, True, "\u0000", 10**30]
    numbers = iter(seed * 1000)

    def twist(value):
        if next(numbers, 1) % 4 == 0:
            return wrong[next(numbers, 0) % len(wrong)]
        if isinstance(value, dict):
            return {key: twist(each) for key, each in value.items()}
        return [twist(each) for each in value] if isinstance(value, list) else value

    return json.dumps(twist(found)).encode()


@asynccontextmanager
async def rig_of(model, value, secret, *, scheme="https", **options):
    def held(name):  # the emulated Grandstreams keep numbers
        return name.removeprefix("P")

    spec = Spec(model, password=PASSWORD, settings={held(value[0]): "first"})
    async with Fleet([spec], reboot_s=0.05) as fleet:
        one = fleet[0]
        identity, faults = one.phone.identity, one.faults
        port = one.https_port if scheme == "https" else one.http_port
        reach = Reach(
            "phone/main/desk", one.phone.address, port, scheme=scheme, plain=scheme == "http"
        )

        def spoil(mangle):
            faults.mangle = mangle

        def drop():
            faults.drops_on_reboot = True

        def keep_old(name):
            faults.deaf = frozenset((held(name),))

        yield Rig(
            reach,
            Login("", Clear(PASSWORD)),
            generation=options.pop("generation", identity.generation),
            model=identity.model.replace(" ", ""),
            firmware=identity.firmware,
            mac=identity.mac,
            counted=lambda what: one.phone.happened[what],
            value=value,
            secret=secret,
            stored=lambda name: one.phone.settings.get(held(name)),
            lock=one.lock_out,
            power_off=one.power_off,
            drop_after_reboot=drop,
            keep_old=keep_old,
            call=one.put_in_call,
            spoil=spoil,
            **options,
        )


class Spoiled(DeviceContract):
    """The contract, with answers that are spoiled in every way."""

    rig_options: ClassVar[dict]

    @pytest.fixture
    async def rig(self):
        async with rig_of(**self.rig_options) as made:
            yield made

    @pytest.mark.parametrize("bomb", range(len(BOMBS)))
    async def test_a_bomb_ends_in_words(self, rig, bomb):
        await self.survives(rig, lambda _: BOMBS[bomb])
        await self.survives_inside(rig, lambda _: BOMBS[bomb])

    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(seed=st.lists(st.integers(0, 255), min_size=8, max_size=8))
    async def test_answers_of_wrong_types_end_in_words(self, rig, seed):
        await self.survives_inside(rig, lambda data: twisted(data, seed))

    @pytest.mark.parametrize("length", [0, 1, 7, 40, 200])
    async def test_cut_answers_end_in_words(self, rig, length):
        await self.survives(rig, lambda data: data[:length])


TOLD = frozenset(("generation", "model", "firmware", "mac"))


class TestGrandstreamPages(Spoiled):
    device = GRANDSTREAM
    rig_options: ClassVar = {
        "model": "GXP1405", "value": ("P270", "Ada"), "secret": "P34", "scheme": "http",
        "locks": False,
    }  # fmt: skip


class TestGrandstreamPlain(Spoiled):
    device = GRANDSTREAM
    rig_options: ClassVar = {
        "model": "GXP1628", "value": ("P270", "Ada"), "secret": "P34", "scheme": "http",
        "told_before_login": TOLD,
    }  # fmt: skip


class TestGrandstreamToken(Spoiled):
    device = GRANDSTREAM
    rig_options: ClassVar = {
        "model": "GXP2135", "value": ("P270", "Ada"), "secret": "P34", "told_before_login": TOLD,
    }  # fmt: skip


class TestGrandstreamNonce(Spoiled):
    device = GRANDSTREAM
    rig_options: ClassVar = {
        "model": "GXP2170", "value": ("P270", "Ada"), "secret": "P34", "tells_calls": True,
        "told_before_login": TOLD,
    }  # fmt: skip


class TestGrandstreamWireless(Spoiled):
    device = GRANDSTREAM
    rig_options: ClassVar = {
        "model": "WP826", "value": ("P270", "Ada"), "secret": "P34", "tells_calls": True,
    }  # fmt: skip


class TestGrandstreamAdapter(Spoiled):
    device = GRANDSTREAM
    rig_options: ClassVar = {
        "model": "HT802V2", "value": ("P270", "Ada"), "secret": "P34", "scheme": "http",
        "tells_calls": True,
    }  # fmt: skip


class TestYealinkBasic(Spoiled):
    device = YEALINK
    rig_options: ClassVar = {
        "model": "T28P", "value": ("account.1.label", "Ada"), "secret": "account.1.password",
        "scheme": "http", "locks": False,
    }  # fmt: skip


class TestYealinkOldServlet(Spoiled):
    device = YEALINK
    rig_options: ClassVar = {
        "model": "T46G", "value": ("account.1.label", "Ada"), "secret": "account.1.password",
        "locks": False,
    }  # fmt: skip


class TestYealinkServlet(Spoiled):
    device = YEALINK
    rig_options: ClassVar = {
        "model": "T46S", "value": ("account.1.label", "Ada"), "secret": "account.1.password",
        "told_before_login": frozenset(("generation", "model", "firmware")),
    }  # fmt: skip


class TestYealinkJson(Spoiled):
    device = YEALINK
    rig_options: ClassVar = {
        "model": "T54W", "value": ("account.1.label", "Ada"), "secret": "account.1.password",
        "tells_calls": True, "told_before_login": TOLD,
    }  # fmt: skip


class TestPolyVvx(Spoiled):
    device = POLYCOM
    rig_options: ClassVar = {
        "model": "VVX 411", "value": ("reg.1.label", "Ada"), "secret": "reg.1.auth.password",
        "tells_calls": True, "locks": False, "told_before_login": frozenset(("generation", "mac")),
    }  # fmt: skip


class TestPolyEdge(Spoiled):
    device = POLYCOM
    rig_options: ClassVar = {
        "model": "Edge E350", "value": ("reg.1.label", "Ada"), "secret": "reg.1.auth.password",
        "tells_calls": True, "locks": False, "told_before_login": frozenset(("generation", "mac")),
    }  # fmt: skip


async def test_a_poly_whose_api_is_off():
    async with Fleet([Spec("Edge E350", web_control=False)]) as fleet:
        at = Reach("phone/main/desk", fleet[0].phone.address, fleet[0].https_port, scheme="https")
        found = await POLYCOM.identify(at, timeout_s=60)
    assert (found.generation, found.mac) == ("off", fleet[0].mac)


async def test_vendors_do_not_take_each_others_phones():
    models = ["GXP2170", "T54W", "Edge E350", "T46S", "GXP1628", "D785", "SPA504G", "X4U"]
    async with Fleet(models) as fleet:
        for one in fleet:
            scheme = "http" if one.serves("http") else "https"
            port = one.http_port if scheme == "http" else one.https_port
            at = Reach("phone/main/desk", one.phone.address, port, scheme=scheme)
            found = [
                await each.identify(at, timeout_s=60) for each in (GRANDSTREAM, YEALINK, POLYCOM)
            ]
            vendors = [each.vendor for each in found if each is not None]
            assert set(vendors) <= {one.phone.identity.vendor}
            assert one.phone.happened["wrong"] == 0
