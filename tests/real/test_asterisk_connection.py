"""The Asterisk connection against a real server: reading, writing, committing."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from reconciler.adapters.asterisk import zones
from reconciler.adapters.asterisk.connection import OWN_WRITES
from reconciler.errors import AuthenticationFailed, PermissionMissing, Refused, Unreachable
from reconciler.model.extent import Extent
from reconciler.model.secret import Clear
from reconciler.model.step import Request
from tests.real.asterisk.instance import Asterisk
from tests.real.asterisk.modules import QUICK_BOOT_MODULES
from tests.real.asterisk.phones import Phone
from tests.real.asterisk_io import (
    RELOAD,
    Proxy,
    address,
    commit,
    extension,
    files_of,
    no_extension,
    opened,
    work,
    write,
)
from tests.real.dialplan_lab import load

Factory = Callable[..., Asterisk]
KINDS = frozenset({"extension"})
WHOLE = Extent(KINDS)
INTERNAL = "[from-internal]\nexten = _1XXX,1,Goto(rec-extension-${EXTEN},${EXTEN},1)"


async def test_an_extension_is_written_loaded_and_proved(asterisk: Asterisk) -> None:
    async with opened(asterisk) as connection:
        await write(connection, "1001", "1002")
        assert "1001" not in asterisk.cli("pjsip show endpoints")
        assert await commit(connection, "1001", "1002") == {}
        live = await connection.read(WHOLE)
    assert live.pending_reload is None
    assert live.active_calls == 0
    assert live.version.startswith("22.")
    assert "Phone 1001" in asterisk.cli("pjsip show endpoint 1001")
    assert "1001@default" in asterisk.cli("dialplan show rec-extension-1001")
    assert "1002" in asterisk.cli("voicemail show users")
    with Phone(asterisk, "1001", "secret-1001") as phone:
        phone.register()


async def test_secrets_are_read_as_clear_and_never_shown(asterisk: Asterisk) -> None:
    async with opened(asterisk) as connection:
        await write(connection, "1001")
        live = await connection.read(WHOLE)
    auth = live.objects[address("1001-auth", "pjsip")].fields["password"]
    box = live.objects[address("default", "vm")].fields["1001"]
    assert isinstance(auth, Clear)
    assert auth.reveal() == "secret-1001"
    assert isinstance(box, Clear)
    assert box.reveal() == "1234,Phone 1001,,,attach=yes"
    assert "secret-1001" not in repr(live)
    assert "1234" not in repr(live)


async def test_writing_the_same_twice_changes_nothing(asterisk: Asterisk) -> None:
    async with opened(asterisk) as connection:
        await write(connection, "1001", "1002", "1003")
        first = files_of(asterisk)
        await write(connection, "1001", "1002", "1003")
        assert files_of(asterisk) == first
    async with opened(asterisk) as connection:  # which knows nothing yet
        await write(connection, "1003", "1001", "1002")
        assert files_of(asterisk) == first
        assert await commit(connection, "1001", "1002", "1003") == {}


async def test_an_update_replaces_the_whole_section(asterisk: Asterisk) -> None:
    async with opened(asterisk) as connection:
        await write(connection, "1001", endpoint=[["dtmf_mode", "info"]])
        assert await commit(connection, "1001") == {}
        await write(connection, "1001", endpoint=[["rtp_timeout", "30"]], password="other-one")
        assert await commit(connection, "1001") == {}
    shown = asterisk.cli("pjsip show endpoint 1001")
    assert " rtp_timeout                        : 30" in shown
    assert " dtmf_mode                          : rfc4733" in shown
    with Phone(asterisk, "1001", "other-one") as phone:
        phone.register()


async def test_a_drop_leaves_others_in_shared_sections_alone(asterisk: Asterisk) -> None:
    async with opened(asterisk, shards=1) as connection:
        await write(connection, "1001", "1002")
        await commit(connection, "1001", "1002")
        sent = await connection.send([work("1001", no_extension("1001"))])
        assert sent[0].error is None
        assert await commit(connection, "1001") == {}
        again = await connection.send([work("1001", no_extension("1001"))])
        assert again[0].error is None
        await connection.send([work("1002", no_extension("1002"))])
    left = files_of(asterisk)
    assert "1001" not in "".join(left.values())
    assert "1002" not in "".join(left.values())
    assert "1001" not in asterisk.cli("pjsip show endpoints")
    assert "1002" in asterisk.cli("pjsip show endpoints")  # not committed yet


async def test_a_changed_number_of_shards_moves_nothing_and_loses_nothing(
    asterisk: Asterisk,
) -> None:
    async with opened(asterisk, shards=64) as connection:
        await write(connection, "1001", "1002", "1003")
    async with opened(asterisk, shards=3) as connection:
        await write(connection, "1001", "1002", endpoint=[["rtp_timeout", "30"]])
        await connection.send([work("1003", no_extension("1003"))])
        assert await commit(connection, "1001", "1002", "1003") == {}
    everything = "\n".join(files_of(asterisk).values())
    assert everything.count("[1001]") == 2  # endpoint and aor
    assert everything.count("rtp_timeout = 30") == 2
    assert "1003" not in everything


async def test_an_object_longer_than_a_request(asterisk: Asterisk) -> None:
    steps = [["exten", "long,1,NoOp()"]]
    steps += [["same", f"n,NoOp(step {number} of a long way)"] for number in range(90)]
    async with opened(asterisk) as connection:
        await write(connection, "1001", "1002", dialplan=steps)
        assert await commit(connection, "1001", "1002") == {}
        await write(connection, "1001", dialplan=[*steps, ["same", "n,NoOp(one more)"]])
        assert await commit(connection, "1001") == {}
    assert "one more" in asterisk.cli("dialplan show rec-extension-1001")
    assert "step" not in files_of(asterisk)["rec_staging_work.conf"]


# -- what goes wrong --


async def test_a_wrong_password_is_told_in_seconds(asterisk: Asterisk) -> None:
    started = time.monotonic()
    with pytest.raises(AuthenticationFailed) as caught:
        async with opened(asterisk, 300, **{"ami.password": Clear("wrong-password")}):
            pass
    assert time.monotonic() - started < 60
    assert "wrong-password" not in str(caught.value)


async def test_nobody_there_is_unreachable(asterisk: Asterisk) -> None:
    asterisk.stop()
    with pytest.raises(Unreachable):
        async with opened(asterisk):
            pass


@pytest.mark.parametrize(("lacking", "action"), [("config", "GetConfig"), ("system", "PJSIPShow")])
async def test_a_missing_permission_names_class_and_line(
    asterisk_factory: Factory, lacking: str, action: str
) -> None:
    # GetConfig is allowed to `system`, too: a user without `config` lacks both here.
    classes = ["system", "config", "reporting", "call"]
    granted = [x for x in classes if x != lacking and (lacking, x) != ("config", "system")]
    asterisk = asterisk_factory(ami_write=granted)

    async def use() -> None:
        async with opened(asterisk) as connection:
            await connection.read(WHOLE)
            await write(connection, "1001")
            await connection.commit(RELOAD, [address("1001")])

    with pytest.raises(PermissionMissing) as caught:
        await use()
    assert action in str(caught.value)
    assert f"class '{lacking}'" in str(caught.value)
    assert caught.value.hint is not None
    assert f"add {lacking} to the line write" in caught.value.hint


async def test_without_the_include_line_nothing_is_written(asterisk_factory: Factory) -> None:
    asterisk = asterisk_factory(includes=["pjsip.conf", "voicemail.conf"])
    async with opened(asterisk) as connection:
        live = await connection.read(WHOLE)
        assert live.objects.keys() == {
            address("transport-udp", "pjsip"),
            address("transport-tcp", "pjsip"),
            address("parkedcalls", "ext"),  # which stands in no file: the module makes it
        }
        sent = await connection.send([work("1001", extension("1001"))])
    assert sent[0].error is not None
    assert '#tryinclude "rec_ext_*.conf"' in sent[0].error
    assert "extensions.conf" in sent[0].error
    assert not sent[0].in_doubt
    assert "[1001]" not in "".join(files_of(asterisk).values())
    async with opened(asterisk) as connection:  # now that we know, at plan time
        with pytest.raises(Refused) as caught:
            await connection.read(WHOLE)
    assert caught.value.hint is not None
    assert '#tryinclude "rec_ext_*.conf"' in caught.value.hint
    with (asterisk.etc / "extensions.conf").open("a") as file:
        file.write('\n#tryinclude "rec_ext_*.conf"\n')
    async with opened(asterisk) as connection:
        await connection.read(WHOLE)
        await write(connection, "1001")
        assert await commit(connection, "1001") == {}


async def test_a_rejected_new_object_is_removed_and_named(asterisk: Asterisk) -> None:
    async with opened(asterisk) as connection:
        await write(connection, "1001")
        await write(connection, "1002", endpoint=[["dtmf_mode", "no-such-mode"]])
        await write(connection, "1003", endpoint=[["no_such_option", "yes"]])
        rejected = await commit(connection, "1001", "1002", "1003")
        live = await connection.read(WHOLE)
    assert rejected.keys() == {"1002", "1003"}
    assert "dtmf_mode" in rejected["1002"]
    assert "no_such_option" in rejected["1003"]
    assert live.pending_reload is None
    assert "1002" not in "".join(files_of(asterisk).values())
    asterisk.restart()
    shown = asterisk.cli("pjsip show endpoints")
    assert "1001" in shown
    assert "1002" not in shown


async def test_a_rejected_change_is_put_back_and_the_phone_stays(asterisk: Asterisk) -> None:
    async with opened(asterisk) as connection:
        await write(connection, "1001", "1002")
        await commit(connection, "1001", "1002")
        before = files_of(asterisk)
        with Phone(asterisk, "1001", "secret-1001") as phone:
            phone.register()
            sent = await connection.send(
                [
                    work("1001", extension("1001", endpoint=[["dtmf_mode", "no-such-mode"]])),
                    work("1002", extension("1002", endpoint=[["rtp_timeout", "30"]])),
                ]
            )
            assert [each.error for each in sent] == [None, None]
            rejected = await commit(connection, "1001", "1002")
            assert rejected.keys() == {"1001"}
            assert "dtmf_mode" in rejected["1001"]
            assert phone.try_register() == 200
    after = files_of(asterisk)
    assert {n for n in after if after[n] != before[n]} == {
        n for n in after if "rtp_timeout = 30" in after[n]
    }
    asterisk.restart()
    shown = asterisk.cli("pjsip show endpoints")
    assert "1001" in shown
    assert "1002" in shown


GOOD_CHANGES = [
    [["allow", "!all,g722"]],
    [["direct_media", "off"]],  # the same in other words
    [["direct_media_method", "reinvite"]],  # a synonym of the default, which Asterisk shows
    [["callerid", "Phone 1001 <1001>"]],
    [["rtp_timeout", "0"]],
    [["set_var", "A=1"], ["set_var", "B=2"]],
    [["identify_by", "username,auth_username"]],
    [["100rel", "no"]],
    [["timers_sess_expires", "900"]],
    [["call_group", "1-3,5"]],
    [["named_call_group", "sales,support"]],
    [["media_encryption", "sdes"]],
    [["tos_audio", "ef"]],
    [["language", "en_GB"]],
]


async def test_a_good_change_is_not_taken_for_a_rejected_one(asterisk: Asterisk) -> None:
    numbers = [str(1001 + at) for at in range(len(GOOD_CHANGES))]
    async with opened(asterisk) as connection:
        await write(connection, *numbers)
        assert await commit(connection, *numbers) == {}
        for number, change in zip(numbers, GOOD_CHANGES, strict=True):
            await write(connection, number, endpoint=change)
        assert await commit(connection, *numbers) == {}
        written = files_of(asterisk)
        await write(connection, *numbers)
        assert await commit(connection, *numbers) == {}
    assert "fax_detect" not in "".join([*written.values(), *files_of(asterisk).values()])


async def test_a_rejected_dialplan_is_put_back(asterisk: Asterisk) -> None:
    async with opened(asterisk) as connection:
        await write(connection, "1001")
        await commit(connection, "1001")
        before = files_of(asterisk)
        await write(connection, "1001", dialplan=[["exten", "1001,x,NoOp()"]])
        rejected = await commit(connection, "1001")
    assert "1001, priority x" in rejected["1001"]
    assert files_of(asterisk) == before


async def test_odd_dialplan_lines_count_as_loaded(asterisk: Asterisk) -> None:
    steps = [
        ["exten", "_9[2-8]X.,1,NoOp(pattern)"],
        ["same", 'n,Set(A=${IF($["${B}"="C;D"]?x:y)})'],
        ["same", "n,Set(A=)"],
        ["same", "n,Answer"],
        ["same", "n,Answer()"],
        ["same", 'n,GotoIf($["${DIALSTATUS}" = "BUSY"]?busy,1:end)'],
        ["same", "n,Dial(PJSIP/1&PJSIP/2,20,tU(x^a(b)))"],
        ["same", "n(l1),Playback(a&b,noanswer)"],
        ["same", "n+2,NoOp( padded )"],
        ["exten", "*97,1,VoiceMailMain(${CALLERID(num)}@default)"],
        ["exten", "s,5,Hangup(${HANGUPCAUSE})"],
        ["exten", "i,1,Congestion()"],
        ["exten", "t,1,Goto(s,5)"],
        ["exten", "ring,1,Dial(${PJSIP_DIAL_CONTACTS(1001)})"],
        ["exten", "ring,hint,PJSIP/1001&Custom:DND1001"],
        ["exten", "_+X.,1,Set(CALLERID(num)=${FILTER(0-9,${CALLERID(num)})})"],
        ["exten", "h,1,NoOp(\"quoted\" 'too' \\ back)"],
        ["exten", "fn-a,1,NoOp(Ünï)"],
        ["include", "from-internal"],
    ]
    async with opened(asterisk) as connection:
        await write(connection, "1001", dialplan=steps)
        assert await commit(connection, "1001") == {}
        assert (await connection.read(WHOLE)).pending_reload is None


async def test_one_culprit_does_not_stop_the_others(asterisk: Asterisk) -> None:
    hostile = Request(
        "put",
        {
            "object": "extension/1002",
            "sections": [
                ["pjsip", "1002", False, [["type", "endpoint"], ["context", "x" * 1100]]],
                ["aor", "1002", False, [["type", "aor"]]],
            ],
        },
    )
    async with opened(asterisk, shards=1) as connection:
        await write(connection, "1002")
        await commit(connection, "1002")
        before = files_of(asterisk)
        sent = await connection.send(
            [
                work("1001", extension("1001")),
                work("1002", (hostile,)),
                work("1003", extension("1003")),
                work("1004", extension("1004")),
            ]
        )
        assert [each.error is None for each in sent] == [True, False, True, True]
        assert await commit(connection, "1001", "1003", "1004") == {}
    after = files_of(asterisk)
    for name, text in before.items():
        for line in text.splitlines():
            assert line in after[name].splitlines()
    assert "max_contacts = 1" in after["rec_pjsip_aor_00.conf"]


@pytest.mark.parametrize("done", [True, False])
async def test_a_line_cut_in_mid_request_is_told_truthfully(
    asterisk: Asterisk, *, done: bool
) -> None:
    """`done`: Asterisk carried the request out and only its answer was lost."""
    async with (
        Proxy(asterisk.ami.port) as proxy,
        opened(asterisk, **{"ami.port": proxy.port}) as connection,
    ):
        await write(connection, "1000")  # leaves the marks, so that the cut hits a put
        proxy.cut_before = not done
        proxy.cut_at = b'"Phone 1002" <1002>'
        numbers = [f"{1001 + n}" for n in range(20)]
        sent = await connection.send([work(n, extension(n)) for n in numbers])
        assert proxy.cuts == 1
        truth = "\n".join(files_of(asterisk).values())
        for number, answer in zip(numbers, sent, strict=True):
            complete = truth.count(f"[{number}]") == 2 and f'"Phone {number}"' in truth
            if answer.error is None:
                assert complete, number
            elif not answer.in_doubt:
                assert f"{number}" not in truth, number
        assert any(each.error is None for each in sent)
        assert all("lost" in each.error for each in sent if each.error)
        again = await connection.send([work(n, extension(n)) for n in numbers])
        assert [each.error for each in again] == [None] * 20
        assert await commit(connection, *numbers) == {}
    shown = asterisk.cli("pjsip show endpoints")
    assert all(number in shown for number in numbers)


async def test_a_server_that_stays_away_fails_every_piece(asterisk: Asterisk) -> None:
    async with (
        Proxy(asterisk.ami.port) as proxy,
        opened(asterisk, **{"ami.port": proxy.port}) as connection,
    ):
        numbers = [f"{n}" for n in range(1001, 1005)]
        await write(connection, *numbers)
        proxy.cut_at = b"Action: UpdateConfig"
        proxy.refuse = True
        changed = [work(n, extension(n, password="another-one")) for n in numbers]
        sent = await connection.send(changed)
    assert all(each.error for each in sent)
    assert any(each.in_doubt for each in sent)


# -- beside others --


async def test_hand_written_objects_are_seen_and_left_alone(asterisk_factory: Factory) -> None:
    hand = "[7001]\ntype=endpoint\ncontext=x\naors=7001\n[7001]\ntype=aor\nmax_contacts=3\n"
    boxes = "[default]\n7001 => 4711,Old Phone\n[general]\nmaxsecs=60"
    asterisk = asterisk_factory(extra={"pjsip.conf": hand, "voicemail.conf": boxes})
    before = {name: (asterisk.etc / name).read_text() for name in ("pjsip.conf", "voicemail.conf")}
    async with opened(asterisk) as connection:
        await write(connection, "1001")
        assert await commit(connection, "1001") == {}
        live = await connection.read(WHOLE)
    assert live.objects[address("7001", "aor")].locked == "hand-written"
    assert live.objects[address("7001", "pjsip")].fields["context"] == "x"
    assert live.objects[address("1001", "pjsip")].locked is None
    assert before == {name: (asterisk.etc / name).read_text() for name in before}


async def test_what_is_written_and_not_loaded_is_pending(asterisk: Asterisk) -> None:
    async def pending() -> str | None:
        async with opened(asterisk) as other:
            return (await other.read(WHOLE)).pending_reload

    async with opened(asterisk) as connection:
        await write(connection, "1001", "1002")
        await commit(connection, "1001", "1002")
        assert await pending() is None
        await write(connection, "1001", password="changed-one")
        assert (await connection.read(WHOLE)).pending_reload == OWN_WRITES
        changed = await pending()
        await write(connection, "1003")
        added = await pending()
        await connection.send([work("1002", no_extension("1002"))])
        dropped = await pending()
        assert await commit(connection, "1001", "1002", "1003") == {}
        assert (await connection.read(WHOLE)).pending_reload is None
    assert changed is not None
    assert "1001-auth" in changed
    assert "changed-one" not in changed
    assert added is not None
    assert "1003" in added
    assert dropped is not None
    assert "removed but still loaded: rec-extension-1002" in dropped


async def test_a_commit_that_an_earlier_run_owes(asterisk: Asterisk) -> None:
    async with opened(asterisk) as connection:
        await write(connection, "1003")
        await write(connection, "1004")
        assert await commit(connection, "1003", "1004") == {}
        await write(connection, "1001")
        await write(connection, "1002", endpoint=[["dtmf_mode", "no-such-mode"]])
        await write(connection, "1003", endpoint=[["dtmf_mode", "no-such-mode"]])
        await write(connection, "1004", endpoint=[["dtmf_mode", "inband"], ["rtp_symmetric", "1"]])
    async with opened(asterisk) as connection:
        rejected = await commit(connection, "1001", "1002", "1003", "1004")
    # Also what Asterisk refused to change, although something of that name is loaded.
    assert rejected.keys() == {"1002", "1003"}
    assert "earlier run" in rejected["1002"]
    assert "keeps the old one: dtmf_mode is still" in rejected["1003"]


async def test_the_index_is_written_before_the_reload(asterisk: Asterisk) -> None:
    index = Request(
        "put",
        {
            "object": "index/dialplan",
            "sections": [
                [
                    "ext",
                    "from-internal",
                    False,
                    [["exten", "1001,1,Goto(rec-extension-1001,1001,1)"]],
                ]
            ],
        },
    )
    async with opened(asterisk) as connection:
        await write(connection, "1001")
        done = await connection.commit((index, *RELOAD), [address("1001")])
        assert not done.rejected
        bad = Request(
            "put",
            {
                **index.args,
                "sections": [["ext", "from-internal", False, [["exten", "1,q,NoOp()"]]]],
            },
        )
        with pytest.raises(Refused, match="index/dialplan"):
            await connection.commit((bad, *RELOAD), [])
    assert "rec-extension-1001" in asterisk.cli("dialplan show 1001@from-internal")


async def test_a_module_that_is_not_loaded_matters_only_if_needed(
    asterisk_factory: Factory,
) -> None:
    modules = [name for name in QUICK_BOOT_MODULES if name != "app_queue"]
    asterisk = asterisk_factory(modules=modules)
    queue = {"object": "queue/700", "sections": [["queues", "700", False, [["timeout", "15"]]]]}
    async with opened(asterisk) as connection:
        await write(connection, "1001")
        assert await commit(connection, "1001") == {}
        sent = await connection.send([work("700", (Request("put", queue),), "queue")])
        assert sent[0].error is None
        with pytest.raises(Refused) as caught:
            await connection.commit(RELOAD, [address("700", "queue")])
    assert "app_queue.so" in str(caught.value)
    assert "modules.conf" in (caught.value.hint or "")


async def test_a_call_survives_write_and_reload(asterisk_factory: Factory) -> None:
    asterisk = asterisk_factory(extra={"extensions.conf": INTERNAL})
    async with opened(asterisk) as connection:
        await write(connection, "1001", "1002")
        assert await commit(connection, "1001", "1002") == {}
        with (
            Phone(asterisk, "1001", "secret-1001") as ada,
            Phone(asterisk, "1002", "secret-1002") as ben,
        ):
            ada.register()
            ben.register()
            ben.answer()
            call = ada.call("1002").wait_answered()
            live = await connection.read(WHOLE)
            assert live.active_calls == 1
            await write(connection, "1001", "1002", endpoint=[["rtp_timeout", "60"]])
            await connection.send([work("1002", no_extension("1002"))])
            assert await commit(connection, "1001", "1002") == {}
            assert not call.ended
            call.talk(0.3)
            call.hang_up()


async def test_doctor_finds_nothing_on_a_good_server(asterisk: Asterisk) -> None:
    ari = {
        "ari.url": asterisk.ari.url,
        "ari.username": asterisk.ari.username,
        "ari.password": Clear(asterisk.ari.password),
    }
    async with opened(asterisk, **ari) as connection:
        findings = await connection.examine()
    assert [each for each in findings if each.state != "ok"] == []
    assert {
        "version",
        "permission config",
        "modules",
        "time zones",
        "include in pjsip.conf",
        "ARI",
    } <= {each.check for each in findings}


async def test_doctor_says_which_trunks_have_no_way_out(asterisk: Asterisk) -> None:
    carrier = {"host": "127.0.0.9", "mode": "ip", "qualify": False}
    trunks = {"trunk/plain": carrier, "trunk/safe": {**carrier, "transport": "tls"}}
    load(asterisk, trunks)
    async with opened(asterisk) as connection:
        findings = await connection.examine()
    told = [each for each in findings if each.check == "transport" and each.state == "error"]
    assert [each.detail for each in told] == [
        "no PJSIP transport for tls: no call leaves over safe"
    ]
    assert "protocol = tls\nbind = 0.0.0.0:5061\ncert_file" in (told[0].fix or "")


async def test_doctor_says_that_a_zone_is_taken_for_utc(
    asterisk: Asterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a host without zone files says of all, this one says of a zone that there is not."""
    monkeypatch.setattr(zones, "_OFFSETS", {"Europe/Atlantis": "+0100"})
    async with opened(asterisk) as connection:
        (found,) = (each for each in await connection.examine() if each.check == "time zones")
    assert found.state == "warning"
    assert "Europe/Atlantis is +0000" in found.detail
    assert "tzdata" in str(found.fix)


async def test_doctor_asks_for_the_zones_that_are_declared(
    asterisk: Asterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here is another time in Chatham than there: as where zone files are old, or some missing."""
    known = {"Pacific/Chatham": "Asia/Tokyo"}  # for whom there is another one here
    async with opened(asterisk) as connection:
        (found,) = (e for e in await connection.examine(known) if e.check == "time zones")
        assert (found.state, found.detail) == ("ok", "known, Pacific/Chatham too")
        monkeypatch.setattr(zones, "ZoneInfo", lambda zone: ZoneInfo(known.get(zone, zone)))
        (found,) = (e for e in await connection.examine(known) if e.check == "time zones")
    assert found.state == "warning"
    assert "Pacific/Chatham is +1" in found.detail


async def test_doctor_says_what_is_missing_and_how_to_mend_it(asterisk_factory: Factory) -> None:
    asterisk = asterisk_factory(
        includes=["pjsip.conf"],
        ami_write=["system", "config", "reporting"],
        extra={"voicemail.conf": "[general]\npasswordlocation = voicemail.conf"},
    )
    (asterisk.etc / "pjsip_notify.conf").unlink()
    modules = asterisk.etc / "modules.conf"
    loads = modules.read_text().replace("load = app_queue.so", "")
    # As with autoload: the second voicemail module gives up, and what the first one offers is gone.
    modules.write_text(f"{loads}\nload = res_odbc.so\nload = app_voicemail_odbc.so\n")
    asterisk.restart()
    async with opened(asterisk) as connection:
        findings = {each.check: each for each in await connection.examine()}
    bad = {check: each for check, each in findings.items() if each.state != "ok"}
    assert bad.keys() >= {
        "permission call",
        "permission originate",
        "module app_queue.so",
        "module res_pjsip_notify.so",
        "module app_voicemail.so",
        "include in extensions.conf",
        "include in voicemail.conf",
    }
    assert "write = system,config,reporting,call,originate,agent" in str(bad["permission call"].fix)
    assert '#tryinclude "rec_ext_*.conf"' in str(bad["include in extensions.conf"].fix)
    assert "load = app_queue.so" in str(bad["module app_queue.so"].fix)
    assert "pjsip_notify.conf" in str(bad["module res_pjsip_notify.so"].fix)
    assert "noload = app_voicemail_odbc.so" in str(bad["module app_voicemail.so"].fix)
    assert findings["include in pjsip.conf"].state == "ok"


async def test_doctor_without_rights_says_only_that(asterisk_factory: Factory) -> None:
    asterisk = asterisk_factory(ami_write=["reporting"])
    async with opened(asterisk) as connection:
        findings = {each.check: each for each in await connection.examine()}
    assert findings["permission config"].state == "error"
    assert findings["permission system"].state == "error"
    assert findings["permission originate"].state == "warning"
    assert findings["permission reporting"].state == "ok"
    assert "modules" not in findings


async def test_a_thousand_extensions(
    asterisk: Asterisk, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = [str(1000 + n) for n in range(1000)]
    marks = [("start", time.perf_counter())]

    def mark(name: str) -> None:
        marks.append((name, time.perf_counter()))

    async with opened(asterisk, timeout_s=60) as connection:
        await connection.read(WHOLE)
        mark("read nothing")
        await write(connection, *numbers)
        mark("create")
        assert await commit(connection, *numbers) == {}
        mark("commit")
        live = await connection.read(WHOLE)
        mark("read")
        await write(connection, "1500", endpoint=[["rtp_timeout", "30"]])
        assert await commit(connection, "1500") == {}
        mark("change one")
        await write(connection, *numbers, endpoint=[["rtp_timeout", "60"]])
        mark("change all")
        assert await commit(connection, *numbers) == {}
        mark("commit")
        await connection.send([work(n, no_extension(n)) for n in numbers])
        mark("delete all")
        assert await commit(connection, *numbers) == {}
        mark("commit")
    assert live.pending_reload is None
    assert len(live.objects) >= 4000
    steps = [
        f"{name} {after - before:.2f} s" for (_, before), (name, after) in itertools.pairwise(marks)
    ]
    with capsys.disabled():
        print(f"\n1,000 extensions: {', '.join(steps)}")  # noqa: T201
