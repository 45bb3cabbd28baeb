"""Live state and call control against a real server and real SIP user agents."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator

import pytest

from reconciler.adapter import LiveState
from reconciler.adapters.asterisk.connection import AsteriskConnection
from reconciler.errors import AuthenticationFailed, PermissionMissing, Refused, Unreachable
from reconciler.model.secret import Clear
from tests.real.asterisk.instance import Asterisk
from tests.real.asterisk.phones import Phone
from tests.real.asterisk_io import RELOAD, address, commit, extension, opened, work, write

Factory = Callable[..., Asterisk]
DEADLINE_S = 60

DIALPLAN = """
[from-internal]
exten = _1XXX,1,Goto(rec-extension-${EXTEN},${EXTEN},1)
exten = 700,1,Queue(support,n,,,20)
[support-hours]
"""
QUEUES = """
[support]
strategy = ringall
member => PJSIP/1002,0,Ben
[sales]
strategy = rrmemory
"""


@pytest.fixture
def office(asterisk_factory: Factory) -> Asterisk:
    """A PBX with a dialplan and two queues; extensions are written by the tests."""
    return asterisk_factory(extra={"extensions.conf": DIALPLAN, "queues.conf": QUEUES})


@contextlib.contextmanager
def phones(office: Asterisk, *numbers: str) -> Iterator[list[Phone]]:
    """Register phones of these extensions."""
    with contextlib.ExitStack() as stack:
        every = [stack.enter_context(Phone(office, n, f"secret-{n}")) for n in numbers]
        for phone in every:
            phone.register()
        yield every


async def staffed(connection: AsteriskConnection, *numbers: str) -> None:
    """Write extensions and commit."""
    await write(connection, *numbers, box=False)
    assert await commit(connection, *numbers) == {}


async def seen(connection: AsteriskConnection, wanted: dict[str, str]) -> LiveState:
    """Return the live state as soon as extensions are so: Asterisk notes it a little later."""
    end = time.monotonic() + DEADLINE_S
    while True:
        found = await connection.live_state()
        states = {each.address.key: each.state for each in found.devices}
        if states == wanted:
            return found
        assert time.monotonic() < end, states
        await asyncio.sleep(0.05)


async def test_originate_rings_the_extension_first_and_then_dials(office: Asterisk) -> None:
    async with opened(office) as connection:
        await staffed(connection, "1001", "1002")
        with phones(office, "1001", "1002") as (ada, ben):
            at_ada = ada.expect_call(answer_after_s=0.3)
            at_ben = ben.expect_call(answer_after_s=0.3)
            channel = await connection.originate(
                "1001", "1002", "from-internal", caller_id='"Front" <1002>', timeout_s=60
            )
            assert channel
            assert at_ada.wait_answered().arrived_at < at_ben.wait_answered().arrived_at
            at_ada.wait_audio()
            at_ada.hang_up()
            office.wait_idle()


async def test_originate_says_why_it_failed(office: Asterisk) -> None:
    async with opened(office) as connection:
        await staffed(connection, "1001", "1002")
        with phones(office, "1001") as (ada,):
            ada.busy()
            with pytest.raises(Refused, match="busy"):
                await connection.originate(
                    "1001", "1002", "from-internal", caller_id=None, timeout_s=60
                )
            ada.ring_until_cancelled()
            with pytest.raises(Refused, match="nobody answered"):
                await connection.originate(
                    "1001", "1002", "from-internal", caller_id=None, timeout_s=1
                )
        with pytest.raises(Refused, match="could not be rung"):
            await connection.originate(
                "1002", "1001", "from-internal", caller_id=None, timeout_s=60
            )


async def test_originate_without_the_right_to_hear(asterisk_factory: Factory) -> None:
    office = asterisk_factory(ami_read=["system"], extra={"extensions.conf": DIALPLAN})
    async with opened(office) as connection:
        await staffed(connection, "1001", "1002")
        with phones(office, "1001") as (ada,):
            ada.expect_call(answer_after_s=0)
            with pytest.raises(Unreachable) as caught:
                await connection.originate(
                    "1001", "1002", "from-internal", caller_id=None, timeout_s=1
                )
    assert caught.value.hint is not None
    assert "read = needs call" in caught.value.hint


async def test_originate_without_permission(asterisk_factory: Factory) -> None:
    office = asterisk_factory(ami_write=["system", "config", "reporting"])
    async with opened(office) as connection:
        with pytest.raises(PermissionMissing) as caught:
            await connection.originate("1001", "1002", "x", caller_id=None, timeout_s=1)
    assert "class 'originate'" in str(caught.value)


async def test_what_is_seen_of_a_call_and_what_can_be_done_to_it(office: Asterisk) -> None:
    async with opened(office) as connection:
        await staffed(connection, "1001", "1002", "1003")
        with phones(office, "1001", "1002", "1003") as (ada, ben, cleo):
            idle = await seen(connection, {"1001": "idle", "1002": "idle", "1003": "idle"})
            registered = {each.address.key: each for each in idle.registrations}
            assert registered.keys() == {"1001", "1002", "1003"}
            assert registered["1001"].contact.startswith("sip:1001@127.0.0.1:")
            assert registered["1001"].user_agent
            assert 500 < (registered["1001"].expires_s or 0) <= 600
            assert idle.version.startswith("22.")
            assert idle.started_at
            assert idle.queues["support"]["members"][0]["membership"] == "static"

            at_ben = ben.expect_call()
            call = ada.call("1002")
            at_ben.wait_arrived()
            await seen(connection, {"1001": "in_use", "1002": "ringing", "1003": "idle"})

            at_ben.answer()
            call.wait_answered()
            # Who is answered is not joined yet.
            office.wait_for_cli("bridge show all", r"\s2 basic\b")
            talking = await connection.live_state()
            assert len(talking.calls) == 2
            assert {each.bridge for each in talking.calls} == {talking.calls[0].bridge} != {""}
            leg = next(each for each in talking.calls if each.address == address("1001"))
            assert leg.state == "up"
            assert leg.caller == "1001"
            assert leg.duration_s < 600

            at_cleo = cleo.expect_call(answer_after_s=0)
            await connection.transfer(leg.channel, "1003", "from-internal")
            at_cleo.wait_answered()
            at_ben.wait_ended()
            assert not call.ended
            await connection.hang_up(leg.channel)
            call.wait_ended()
            at_cleo.wait_ended()
            office.wait_idle()
            with pytest.raises(Refused, match="no such channel"):
                await connection.hang_up(leg.channel)
            with pytest.raises(Refused, match="no such channel"):
                await connection.transfer(leg.channel, "1003", "from-internal")


async def test_queue_members_come_and_go(office: Asterisk) -> None:
    ring = [["exten", "ring,1,Dial(PJSIP/1003)"]]
    async with opened(office) as connection:
        await staffed(connection, "1001", "1002")
        await write(connection, "1003", dialplan=ring)  # as our own extensions are written
        await commit(connection, "1003")
        await connection.add_queue_member("sales", "1003", 0)
        (member,) = (await connection.live_state()).queues["sales"]["members"]
        assert member["member"] == "Local/ring@rec-extension-1003"
        await connection.remove_queue_member("sales", "1003")
        with pytest.raises(Refused, match="no member"):
            await connection.remove_queue_member("sales", "1003")
        await connection.add_queue_member("support", "1001", 2)
        with pytest.raises(Refused, match="member already"):
            await connection.add_queue_member("support", "1001", 2)
        members = (await connection.live_state()).queues["support"]["members"]
        assert {(m["member"], m["membership"], m["penalty"]) for m in members} == {
            ("PJSIP/1001", "dynamic", 2),
            ("PJSIP/1002", "static", 0),
        }
        await connection.remove_queue_member("support", "1001")
        with pytest.raises(Refused, match="no member"):
            await connection.remove_queue_member("support", "1001")
        with pytest.raises(Refused, match="member by configuration"):
            await connection.remove_queue_member("support", "1002")
        with pytest.raises(Refused, match="no such queue"):
            await connection.add_queue_member("nope", "1001", 0)


@pytest.mark.parametrize(
    "text", ["", "1\r\nAction: Ping", "a b", "1;2", "${X}", "1,2", "x" * 200, "1\n", "é"]
)
async def test_hostile_texts_are_refused_before_they_are_sent(office: Asterisk, text: str) -> None:
    async with opened(office) as connection:
        attempts = [
            connection.originate(text, "1", "c", caller_id=None, timeout_s=1),
            connection.originate("1", text, "c", caller_id=None, timeout_s=1),
            connection.originate("1", "1", text, caller_id=None, timeout_s=1),
            connection.hang_up(text),
            connection.transfer(text, "1", "c"),
            connection.transfer("PJSIP/1-1", text, "c"),
            connection.add_queue_member(text, "1", 0),
            connection.add_queue_member("support", text, 0),
            connection.remove_queue_member("support", text),
        ]
        for attempt in attempts:
            with pytest.raises(Refused, match=" is no "):
                await attempt


async def test_ari_knows_who_is_online(office: Asterisk) -> None:
    ari = {
        "ari.url": office.ari.url,
        "ari.username": office.ari.username,
        "ari.password": Clear(office.ari.password),
    }
    async with opened(office, **ari) as connection:
        await staffed(connection, "1001", "1002")
        with phones(office, "1001"):
            await seen(connection, {"1001": "idle", "1002": "unavailable"})
    async with opened(office, **{**ari, "ari.password": Clear("wrong-one")}) as connection:
        with pytest.raises(AuthenticationFailed) as caught:
            await connection.live_state()
    assert "wrong-one" not in str(caught.value)
    async with opened(office, **{**ari, "ari.url": "http://127.0.0.1:9/ari"}) as connection:
        with pytest.raises(Unreachable):
            await connection.live_state()


async def test_a_trunk_that_registers_is_seen(office: Asterisk) -> None:
    lines = [
        ["pjsip", "trunk-carrier-reg", False, [
            ["type", "registration"],
            ["server_uri", "sip:127.0.0.1:9"],
            ["client_uri", "sip:acct@127.0.0.1:9"],
            ["endpoint", "trunk-carrier"],
            ["line", "yes"],
        ]],
        ["pjsip", "trunk-carrier", False, [
            ["type", "endpoint"], ["context", "x"], ["aors", "trunk-carrier"],
        ]],
        ["aor", "trunk-carrier", False, [["type", "aor"], ["contact", "sip:127.0.0.1:9"]]],
        ["pjsip", "trunk-carrier-identify", False, [
            ["type", "identify"], ["endpoint", "trunk-carrier"], ["match", "127.9.9.9"],
        ]],
    ]  # fmt: skip
    put = extension("x")[0]._replace(args={"object": "trunk/carrier", "sections": lines})
    async with opened(office) as connection:
        await connection.send([work("carrier", (put,), "trunk")])
        done = await connection.commit(RELOAD, [address("carrier", "trunk")])
        assert done.rejected == {}
        state = await connection.live_state()
        assert [(each.address, each.contact) for each in state.trunks] == [
            (address("carrier", "trunk"), "sip:127.0.0.1:9")
        ]
        assert address("carrier", "trunk") in {each.address for each in state.devices}
        assert state.trunks[0].state in {"unregistered", "rejected"}
        assert state.registrations == ()
        bad = [[*lines[3][:3], [*lines[3][3][:2], ["match", "not an address"]]]]
        worse = put._replace(args={"object": "trunk/other", "sections": bad})
        await connection.send([work("other", (worse,), "trunk")])
        done = await connection.commit(RELOAD, [address("other", "trunk")])
    assert "identify" in done.rejected[address("other", "trunk")]
