"""Actions and lists: what is written and read, and what becomes of errors and lost connections."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from reconciler.errors import (
    AdapterBroke,
    PermissionMissing,
    Refused,
    UnexpectedReply,
    Unreachable,
)
from reconciler.transport.ami import Ami, AmiLogin
from tests.emulators.ami import AmiEmulator

PUT = [("Family", "f"), ("Key", "k"), ("Val", "v")]


@pytest.fixture
async def ami(login: AmiLogin) -> AsyncIterator[Ami]:
    async with await Ami.connect(login, target="pbx1") as connection:
        yield connection


async def test_repeated_headers_and_their_order_arrive(server: AmiEmulator, ami: Ami) -> None:
    fields = [("Variable", "z"), ("Endpoint", "1001"), ("Variable", "a"), ("Variable", "Zoë")]
    await ami.send("PJSIPNotify", fields, idempotent=False)
    assert server.requests[-1][2:] == fields


async def test_repeated_and_empty_headers_are_kept(server: AmiEmulator, ami: Ami) -> None:
    server.answers["Odd"] = ("Response: Success\nVar: a\nOther: \nvar: b\nresult: %20\nVar: a: b\nLast: ",)  # noqa: E501  # fmt: skip
    message = await ami.send("Odd", idempotent=True)
    assert message.all("VAR") == ("a", "b", "a: b")
    assert message.get("other", "absent") == ""
    assert message.get("last", "absent") == ""
    assert message.get("result") == "%20"  # panoramisk unquotes it
    assert message.get("none", "absent") == "absent"


async def test_a_stream_in_single_bytes(server: AmiEmulator, ami: Ami) -> None:
    server.faults.segment_bytes = 1
    queue = await ami.send_list("QueueStatus")
    assert [event.event for event in queue.events] == ["QueueParams", "QueueMember"]
    assert queue.events[1].get("Name") == "Zoë Ж"  # a boundary inside a character loses nothing
    assert queue.events[1].get("PausedReason", "absent") == ""
    assert queue.complete is not None
    assert queue.complete.get("ListItems") == "2"


async def test_events_that_asterisk_does_not_count_are_kept(ami: Ami) -> None:
    registrations = await ami.send_list("PJSIPShowRegistrationsOutbound")
    assert [e.event for e in registrations.events] == ["OutboundRegistrationDetail", "AuthDetail"]


async def test_an_event_of_a_list_may_hold_a_response_header(server: AmiEmulator, ami: Ami) -> None:
    server.answers["Odd"] = (
        "Response: Success\nEventList: start",
        "Event: OriginateResponse\nResponse: Failure",
        "Event: PhaseComplete\nResponse: Success",
        "Event: OddComplete\nEventList: Complete\nListItems: 2",
    )
    assert len((await ami.send_list("Odd")).events) == 2


@pytest.mark.parametrize("segment_bytes", [0, 7, 64, 400])
async def test_a_list_is_its_own_events_whatever_comes_in_between(
    server: AmiEmulator, ami: Ami, segment_bytes: int
) -> None:
    """Events come many at once; those that are nobody's answer have no ActionID."""
    between = "\n\nEvent: PeerStatus\nPeer: PJSIP/1001\nPeerStatus: Registered"
    entries = tuple(f"Event: Entry\nNumber: {each}\nLast: " for each in range(50))
    server.answers["Many"] = (
        "Response: Success\nEventList: start",
        *entries[:20],
        entries[20] + between,
        *entries[21:],
        "Event: ManyComplete\nEventList: Complete\nListItems: 50",
    )
    server.faults.segment_bytes = segment_bytes
    with ami.listen("PeerStatus") as heard:
        first, second = await asyncio.gather(ami.send_list("Many"), ami.send_list("QueueStatus"))
        assert (await heard.next(timeout_s=60)).get("Peer") == "PJSIP/1001"
    assert [event.get("Number") for event in first.events] == [str(each) for each in range(50)]
    assert len(first) == 50
    assert len(second.events) == 2


@pytest.mark.parametrize(
    "action",
    ["PJSIPShowEndpoints", "PJSIPShowAors", "PJSIPShowAuths", "PJSIPShowContacts", "ShowDialPlan",
     "PJSIPShowResourceLists", "VoicemailUsersList", "ConfbridgeListRooms", "CoreShowChannels",
     "DBGet"],
)  # fmt: skip
async def test_an_empty_list_is_empty_however_asterisk_says_it(ami: Ami, action: str) -> None:
    assert (await ami.send_list(action)).events == ()


@pytest.mark.parametrize("action", ["PJSIPShowEndpoint", "NoSuchAction"])
async def test_a_real_error_is_not_an_empty_list(ami: Ami, action: str) -> None:
    with pytest.raises(Refused):
        await ami.send_list(action)


async def test_one_lists_empty_text_is_another_lists_error(server: AmiEmulator, ami: Ami) -> None:
    server.answers["QueueStatus"] = server.answers["PJSIPShowAors"]
    with pytest.raises(Refused):
        await ami.send_list("QueueStatus")


async def test_permission_denied_is_not_an_empty_list(server: AmiEmulator, ami: Ami) -> None:
    server.faults.denied |= {"PJSIPShowEndpoints", "DBPut"}
    with pytest.raises(PermissionMissing):
        await ami.send_list("PJSIPShowEndpoints")
    with pytest.raises(PermissionMissing) as caught:
        await ami.send("DBPut", PUT, idempotent=True)
    assert "manager.conf" in (caught.value.hint or "")


async def test_a_cut_list_is_never_returned(server: AmiEmulator, ami: Ami) -> None:
    server.faults.short_lists.add("QueueStatus")
    with pytest.raises(UnexpectedReply, match="2 entries announced, 1 received"):
        await ami.send_list("QueueStatus")
    server.faults.short_lists.clear()
    server.faults.cancelled_lists.add("QueueStatus")
    with pytest.raises(UnexpectedReply, match="cancelled"):
        await ami.send_list("QueueStatus")
    server.faults.cancelled_lists.clear()
    server.faults.endless_lists.add("QueueStatus")
    with pytest.raises(Unreachable, match=r"no answer within 0\.2 s"):
        await ami.send_list("QueueStatus", timeout_s=0.2)
    with pytest.raises(UnexpectedReply, match="no list"):
        await ami.send_list("UpdateConfig")


async def test_a_list_asked_for_as_a_single_answer_is_our_bug(ami: Ami) -> None:
    with pytest.raises(AdapterBroke, match="send_list"):
        await ami.send("QueueStatus", idempotent=True)
    assert (await ami.send("Ping", idempotent=True)).get("Ping") == "Pong"  # the rest goes nowhere


async def test_a_refusal_carries_asterisks_text(server: AmiEmulator, ami: Ami) -> None:
    with pytest.raises(Refused) as caught:
        await ami.send("DBDel", PUT[:2], idempotent=True, doing="forgetting k")
    error = caught.value
    assert (error.target, error.doing) == ("pbx1", "forgetting k")
    assert error.reply == "Database entry could not be deleted"


async def test_success_without_effect_is_reported_as_success(server: AmiEmulator, ami: Ami) -> None:
    """The transport cannot know better; this is why adapters read back."""
    server.faults.does_nothing.add("DBPut")
    await ami.send("DBPut", PUT, idempotent=True)
    assert server.database == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [("Val", "a\r\nAction: DBPut"), ("Val", "a\rb"), ("Val", "a\nb"), ("Val", "a\0b"),
     ("V\nal", "x"), ("Val: x\r\nKey", "x"), ("V:al", "x"), ("", "x"), (" Val", "x"),
     ("Action", "DBDel"), ("aCtIoN", "x"), ("ActionID", "1"), ("Val", "\ud800"),
     ("Val", "x" * 1010), ("Val", "ü" * 505)],
)  # fmt: skip
async def test_what_would_be_misread_is_refused_before_it_is_sent(
    server: AmiEmulator, ami: Ami, name: str, value: str
) -> None:
    before = len(server.requests)
    with pytest.raises(AdapterBroke):
        await ami.send("DBPut", [("Family", "f"), (name, value)], idempotent=True)
    assert str(AdapterBroke("t", "d", "r")).isprintable()
    await ami.send("Ping", idempotent=True)
    assert [request[0][1] for request in server.requests[before:]] == ["Ping"]


@pytest.mark.parametrize("action", ["", "Ping\r\nAction: DBPut", "Ping\n"])
async def test_an_action_cannot_smuggle_in_another(ami: Ami, action: str) -> None:
    with pytest.raises(AdapterBroke):
        await ami.send(action, idempotent=True)


async def test_the_longest_line_and_the_longest_message_pass(server: AmiEmulator, ami: Ami) -> None:
    await ami.send("Ping", [("V", "x" * 1011)], idempotent=True)  # 1,014 bytes
    await ami.send("Ping", [("V", "ü" * 505)], idempotent=True)  # 1,013 bytes, 508 characters
    await ami.send("Ping", [(f"V{n}", "x") for n in range(126)], idempotent=True)  # 128 lines
    with pytest.raises(AdapterBroke, match="129 lines"):
        await ami.send("Ping", [(f"V{n}", "x") for n in range(127)], idempotent=True)
    with pytest.raises(AdapterBroke, match="1015 bytes"):
        await ami.send("Ping", [("V", "x" * 1012)], idempotent=True)


async def test_actions_may_overlap(server: AmiEmulator, ami: Ami) -> None:
    put = (
        ami.send("DBPut", [("Family", "f"), ("Key", str(n)), ("Val", f"v{n}")], idempotent=True)
        for n in range(50)
    )
    await asyncio.gather(*put)
    got = (ami.send_list("DBGet", [("Family", "f"), ("Key", str(n))]) for n in range(50))
    found = [answer.events[0].get("Val") for answer in await asyncio.gather(*got)]
    assert found == [f"v{n}" for n in range(50)]
    assert server.connections == 1


async def asked(server: AmiEmulator, action: str) -> None:
    """Return when the server has been asked."""
    async with asyncio.timeout(30):
        while server.actions[-1] != action:
            await asyncio.sleep(0.005)


async def test_no_answer_in_time(server: AmiEmulator, ami: Ami) -> None:
    server.faults.silent.add("DBPut")
    with pytest.raises(Unreachable) as caught:
        await ami.send("DBPut", PUT, idempotent=True, timeout_s=0.2)
    assert "unknown" not in caught.value.doing
    with pytest.raises(Unreachable) as caught:
        await ami.send("DBPut", PUT, idempotent=False, timeout_s=0.2)
    assert "outcome unknown" in caught.value.doing
    await ami.send("Ping", idempotent=True)  # on a new connection
    assert server.actions.count("DBPut") == 2


async def test_what_still_comes_is_waited_for(
    server: AmiEmulator, ami: Ami, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dialplan of 67,000 lines takes a busy PBX longer than any pause between two of them."""
    start, *_, end = server.answers["QueueStatus"]
    lines = tuple(f"Event: QueueParams\nQueue: q{n}" for n in range(20))
    server.answers["QueueStatus"] = (start, *lines, end)
    server.faults.trickles_s = 0.02
    deadlines: list[asyncio.Timeout] = []
    original = asyncio.timeout

    def timeout(delay: float | None) -> asyncio.Timeout:
        deadlines.append(original(delay))
        return deadlines[-1]

    monkeypatch.setattr("reconciler.transport.ami_wire.asyncio.timeout", timeout)
    began_s = asyncio.get_running_loop().time()
    assert len(await ami.send_list("QueueStatus", timeout_s=60)) == 20
    await ami.send_each("GetConfig", [[("Filename", "a.conf")]] * 20, timeout_s=60, doing="reading")
    ends = [each.when() or 0 for each in deadlines]
    assert began_s + 60.3 < ends[0] < ends[1] - 0.3  # each counts from the last line, not the first


async def test_events_do_not_keep_a_silent_action_waiting(server: AmiEmulator, ami: Ami) -> None:
    server.faults.silent.add("Ping")
    asked = asyncio.create_task(ami.send("Ping", idempotent=True, timeout_s=0.3))
    async with asyncio.timeout(60):
        while not asked.done():
            await server.emit("Event: PeerStatus\nPeer: PJSIP/1001")
            await asyncio.sleep(0.01)
    with pytest.raises(Unreachable, match="no answer"):
        await asked


async def test_a_late_answer_goes_to_nobody_else(server: AmiEmulator, ami: Ami) -> None:
    server.faults.slow_s["DBPut"] = 0.3
    with pytest.raises(Unreachable):
        await ami.send("DBPut", PUT, idempotent=False, timeout_s=0.1)
    for _ in range(5):
        assert (await ami.send("Ping", idempotent=True)).get("Ping") == "Pong"
        await asyncio.sleep(0.1)


async def test_a_deadline_does_not_take_the_neighbours_down(server: AmiEmulator, ami: Ami) -> None:
    server.faults.held["CoreSettings"] = asyncio.Event()
    neighbour = asyncio.create_task(ami.send("CoreSettings", idempotent=False))
    await asked(server, "CoreSettings")
    with pytest.raises(Unreachable):
        await ami.send("Ping", idempotent=True, timeout_s=0.1)
    server.faults.held["CoreSettings"].set()
    assert (await neighbour).get("AMIversion") == "11.0.0"


async def test_a_cancelled_action_leaves_the_connection_usable(
    server: AmiEmulator, ami: Ami
) -> None:
    server.faults.held["DBPut"] = asyncio.Event()
    task = asyncio.create_task(ami.send("DBPut", PUT, idempotent=False))
    await asked(server, "DBPut")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    server.faults.held["DBPut"].set()
    assert (await ami.send("Ping", idempotent=True)).get("Ping") == "Pong"
    assert server.connections == 1


@pytest.mark.parametrize("inside", [False, True])
async def test_an_idempotent_action_is_repeated_once(
    server: AmiEmulator, ami: Ami, inside: bool
) -> None:
    faults = server.faults.drops_inside if inside else server.faults.drops
    faults["DBPut"] = 1
    await ami.send("DBPut", PUT, idempotent=True)
    assert server.actions == ["Login", "DBPut", "Login", "DBPut"]
    faults["DBPut"] = 9
    with pytest.raises(Unreachable) as caught:
        await ami.send("DBPut", PUT, idempotent=True)
    assert "unknown" not in caught.value.doing
    assert server.actions.count("DBPut") == 4


@pytest.mark.parametrize("inside", [False, True])
async def test_any_other_action_is_never_repeated(
    server: AmiEmulator, ami: Ami, inside: bool
) -> None:
    (server.faults.drops_inside if inside else server.faults.drops)["UpdateConfig"] = 1
    with pytest.raises(Unreachable) as caught:
        await ami.send("UpdateConfig", idempotent=False)
    assert "outcome unknown" in caught.value.doing
    await ami.send("Ping", idempotent=True)
    await asyncio.sleep(2.5)  # longer than panoramisk takes to reconnect and replay
    assert server.actions == ["Login", "UpdateConfig", "Login", "Ping"]


async def test_reconnects_with_the_next_action_and_not_before(
    server: AmiEmulator, ami: Ami
) -> None:
    server.drop_all()
    await asyncio.sleep(2.5)  # panoramisk's manager would be back after 2 s
    assert server.connections == 1
    await ami.send("UpdateConfig", idempotent=False)  # nothing was in flight: not in doubt
    assert server.actions == ["Login", "Login", "UpdateConfig"]


async def test_many_actions_share_one_reconnection(server: AmiEmulator, ami: Ami) -> None:
    server.drop_all()
    await asyncio.sleep(0.05)
    await asyncio.gather(*(ami.send("Ping", idempotent=True) for _ in range(20)))
    assert server.connections == 2


async def test_many_actions_share_one_failed_reconnection(
    server: AmiEmulator, login: AmiLogin
) -> None:
    async with await Ami.connect(login, target="pbx1", timeout_s=60) as ami:
        server.drop_all()
        await asyncio.sleep(0.05)
        server.faults.greeting = b""
        ami._connect_timeout_s = 0.5
        pings = (ami.send("Ping", idempotent=True) for _ in range(10))
        results = await asyncio.gather(*pings, return_exceptions=True)
        assert [type(result) for result in results] == [Unreachable] * 10
        assert server.connections == 2
        server.faults.greeting = b"Asterisk Call Manager/11.0.0\r\n"
        ami._connect_timeout_s = 60
        await ami.send("Ping", idempotent=True)


async def test_a_reconnection_that_fails_says_why(server: AmiEmulator, ami: Ami) -> None:
    server.drop_all()
    await asyncio.sleep(0.05)
    server.faults.greeting = b"SSH-2.0\r\n"
    with pytest.raises(UnexpectedReply):
        await ami.send("Ping", idempotent=False)


async def test_closing_fails_what_is_in_flight_and_forbids_more(
    server: AmiEmulator, ami: Ami
) -> None:
    server.faults.silent.add("DBPut")
    task = asyncio.create_task(ami.send("DBPut", PUT, idempotent=True))
    await asked(server, "DBPut")
    await ami.close()
    with pytest.raises(Unreachable):
        await task
    with pytest.raises(AdapterBroke):
        await ami.send("Ping", idempotent=True)
    await ami.close()
    assert server.connections == 1


async def test_listening_for_events(server: AmiEmulator, ami: Ami) -> None:
    with ami.listen("OriginateResponse") as heard:
        response = await ami.send("Originate", idempotent=False)
        mine = response.get("ActionID")
        await server.emit("Event: Newchannel\nChannel: x")
        await server.emit("Event: OriginateResponse\nActionID: other\nResponse: Success")
        await server.emit(f"Event: OriginateResponse\nActionID: {mine}\nResponse: Failure")
        event = await heard.next(lambda e: e.get("ActionID") == mine, timeout_s=60)
        assert event.get("Response") == "Failure"
        with pytest.raises(Unreachable, match="originateresponse"):
            await heard.next(timeout_s=0.05)
        server.drop_all()
        with pytest.raises(Unreachable, match="lost"):
            await heard.next(timeout_s=60)


async def test_an_event_that_overtakes_its_response(server: AmiEmulator, ami: Ami) -> None:
    server.faults.held["Originate"] = asyncio.Event()
    with ami.listen("OriginateResponse") as events:
        task = asyncio.create_task(ami.send("Originate", idempotent=False))
        await asked(server, "Originate")
        mine = dict(server.requests[-1])["ActionID"]
        await server.emit(f"Event: OriginateResponse\nActionID: {mine}\nResponse: Failure")
        server.faults.held["Originate"].set()
        assert (await task).text == "Originate successfully queued"
        assert (await events.next(timeout_s=60)).get("ActionID") == mine


async def test_an_action_many_times_over_in_one_write(server: AmiEmulator, ami: Ami) -> None:
    each = [[("Filename", f"rec_ext_{number:02d}.conf")] for number in range(50)]
    answers = await ami.send_each("GetConfig", each, timeout_s=60, doing="reading")
    assert [dict(request)["Filename"] for request in server.requests[1:]] == [
        dict(fields)["Filename"] for fields in each
    ]
    assert len(answers) == 50
    # The same answer to another question says the same; nothing else does.
    assert len({answer.content for answer in answers}) == 1
    other = await ami.send("CoreSettings", idempotent=True)
    assert other.content != answers[0].content
    assert (await ami.send_list("QueueStatus")).content == (
        await ami.send_list("QueueStatus")
    ).content


@pytest.mark.parametrize("inside", [False, True])
async def test_many_at_once_are_asked_again_when_the_connection_is_lost(
    server: AmiEmulator, ami: Ami, inside: bool
) -> None:
    each = [[("Filename", str(number))] for number in range(5)]
    (server.faults.drops_inside if inside else server.faults.drops)["GetConfig"] = 1
    assert len(await ami.send_each("GetConfig", each, timeout_s=60, doing="reading")) == 5
    (server.faults.drops_inside if inside else server.faults.drops)["GetConfig"] = 2
    with pytest.raises(Unreachable):
        await ami.send_each("GetConfig", each, timeout_s=60, doing="reading")


async def test_of_many_at_once_a_refusal_is_told_by_its_answer(
    server: AmiEmulator, ami: Ami
) -> None:
    server.faults.denied.add("GetConfig")
    (answer,) = await ami.send_each(
        "GetConfig", [[("Filename", "pjsip.conf")]], timeout_s=60, doing="reading"
    )
    assert not answer.succeeded
    error = ami.refusal("reading pjsip.conf", answer, ())
    assert isinstance(error, PermissionMissing)
    with pytest.raises(AdapterBroke):
        await ami.send_each("GetConfig", [[("Filename", "a\r\nb")]], timeout_s=60, doing="reading")


@pytest.mark.parametrize(
    "bad",
    [
        [("Filename", "a\r\nb")],
        [("ActionID", "1")],
        [("Filename", "a" * 2000)],
        [("Filename", "\ud800")],
        [("Category", "x")] * 127,
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
async def test_of_many_at_once_none_is_sent_if_one_is_unsound(
    server: AmiEmulator, ami: Ami, bad: list[tuple[str, str]], place: int
) -> None:
    each = [[("Filename", "pjsip.conf")], [("Filename", "queues.conf")]]
    each.insert(place, bad)
    before = len(server.requests)
    with pytest.raises(AdapterBroke):
        await ami.send_each("GetConfig", each, timeout_s=60, doing="reading")
    assert len(server.requests) == before
