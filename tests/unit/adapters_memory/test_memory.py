"""The memory platform is strict: it refuses what points at nothing and keeps what is needed."""

import json

import pytest

from reconciler.adapter import Work
from reconciler.adapters.memory import MemoryAdapter
from reconciler.adapters.memory.store import Store
from reconciler.errors import Unreachable
from reconciler.model.extent import Extent
from reconciler.model.secret import Clear, Secret
from reconciler.model.step import Request
from reconciler.testing.building import at, pbx, site

EVERYTHING = frozenset(MemoryAdapter().supports)


@pytest.fixture
def adapter():
    return MemoryAdapter()


def put(address, **fields):
    kind, _, key = at(address)
    return Work(
        address, at(address), (Request("put", {"kind": kind, "key": key, "fields": fields}),)
    )


def drop(address):
    kind, _, key = at(address)
    return Work(address, at(address), (Request("drop", {"kind": kind, "key": key}),))


async def send(adapter, *work, target=None, **settings):
    async with adapter.connect(target or pbx(), settings, timeout_s=1) as connection:
        return [each.error for each in await connection.send(work)]


async def read(adapter, kinds=EVERYTHING, target=None, **settings):
    async with adapter.connect(target or pbx(), settings, timeout_s=1) as connection:
        return await connection.read(Extent(kinds))


async def test_what_was_put_is_there_and_merged(adapter):
    await send(adapter, put("extension/office/0042", name="Ada", ring_time=20))
    await send(adapter, put("extension/office/0042", ring_time=30, dtmf="info"))
    await send(adapter, put("extension/office/0042", dtmf=None))
    live = await read(adapter)
    assert live.objects[at("extension/office/0042")].fields == {"name": "Ada", "ring_time": 30}
    assert live.complete == EVERYTHING


async def test_only_what_was_asked_for_is_read(adapter):
    await send(adapter, put("extension/office/1", name="Ada"), put("trunk/office/t", host="h"))
    live = await read(adapter, frozenset({"trunk"}))
    assert [str(each) for each in live.objects] == ["trunk/office/t"]
    assert live.complete == {"trunk"}


async def test_what_points_at_nothing_is_refused_and_the_rest_is_done(adapter):
    answers = await send(
        adapter,
        put("ring_group/office/600", name="x", members=["1001"]),
        put("extension/office/1002", name="Ben"),
        put("ivr/office/a", options={"1": "queue/9"}),
        put("inbound_route/office/1", destination="hangup", trunk="none"),
    )
    assert answers[0] == "it refers to extension/office/1001, which is not there"
    assert answers[1] is None
    assert "queue/office/9" in answers[2]
    assert "trunk/office/none" in answers[3]
    assert set(map(str, (await read(adapter)).objects)) == {"extension/office/1002"}


async def test_outside_numbers_other_pbxs_and_itself_are_no_dangling_references(adapter):
    answers = await send(
        adapter,
        put("ring_group/office/600", name="x", members=["+441134960100"]),
        put("ivr/office/a", options={"1": "branch:ivr/b", "2": "ivr/a", "3": "hangup"}),
        put("inbound_route/office/1", destination="external/+441134960100"),
    )
    assert answers == [None] * 3


async def test_what_is_needed_is_kept_until_nobody_needs_it(adapter):
    await send(
        adapter,
        put("extension/office/1001", name="Ada"),
        put("ring_group/office/600", name="x", members=["1001"]),
    )
    assert await send(adapter, drop("extension/office/1001")) == [
        "ring_group 600 still refers to it"
    ]
    answers = await send(adapter, drop("ring_group/office/600"), drop("extension/office/1001"))
    assert answers == [None, None]
    assert (await read(adapter)).objects == {}


async def test_a_circle_can_be_dropped(adapter):
    await send(adapter, put("ivr/office/a"), put("ivr/office/b", options={"1": "ivr/a"}))
    await send(adapter, put("ivr/office/a", options={"1": "ivr/b"}))
    assert await send(adapter, drop("ivr/office/a"), drop("ivr/office/b")) == [None, None]


async def test_a_piece_that_is_refused_half_way_changes_nothing(adapter):
    await send(adapter, put("extension/office/1", name="Ada"))
    first, second = put("extension/office/1", name="B"), put("ivr/office/a", on_invalid="ivr/z")
    both = Work("x", first.address, (*first.requests, *second.requests))
    assert await send(adapter, both) != [None]
    live = await read(adapter)
    assert live.objects[at("extension/office/1")].fields == {"name": "Ada"}
    assert at("ivr/office/a") not in live.objects


async def test_renaming_keeps_the_fields_and_needs_something_to_rename(adapter):
    await send(adapter, put("extension/office/1", name="Ada"))
    rename = Request("rename", {"kind": "extension", "key": "2", "from": "1"})
    assert await send(adapter, Work("m", at("extension/office/2"), (rename,))) == [None]
    assert (await read(adapter)).objects[at("extension/office/2")].fields == {"name": "Ada"}
    assert await send(adapter, Work("m", at("extension/office/2"), (rename,))) == [
        "there is no extension 1"
    ]


async def test_secrets_come_back_as_clear_and_are_not_shown(adapter):
    await send(adapter, put("extension/office/1", name="A", secret=Clear("hunter2-hunter2")))
    live = await read(adapter)
    secret = live.objects[at("extension/office/1")].fields["secret"]
    assert isinstance(secret, Clear)
    assert secret.reveal() == "hunter2-hunter2"
    assert "hunter2" not in repr(live)


async def test_maps_of_peoples_own_come_back_as_they_are(adapter):
    raw = {"a": [{"$clear": "no secret"}], "b": {"$$": {"$secret": "x"}}}
    await send(adapter, put("trunk/office/up", settings=raw))
    assert (await read(adapter)).objects[at("trunk/office/up")].fields == {"settings": raw}


async def test_a_secret_without_its_value_is_refused(adapter):
    (answer,) = await send(adapter, put("extension/office/1", name="A", secret=Secret("env:X")))
    assert "secret" in answer


async def test_platforms_of_different_targets_are_apart(adapter):
    await send(adapter, put("extension/office/1", name="A"))
    assert (await read(adapter, target=pbx("branch"))).objects == {}
    assert (await read(adapter, target=site("office"))).objects == {}


# In a file


async def test_a_file_holds_everything_and_outlives_the_process(adapter, tmp_path):
    file = str(tmp_path / "deep" / "pbx.json")
    await send(adapter, put("extension/office/0042", name="Zoë 😀", codecs=["alaw"]), file=file)
    live = await read(MemoryAdapter(), file=file)
    assert live.objects[at("extension/office/0042")].fields == {
        "name": "Zoë 😀",
        "codecs": ["alaw"],
    }
    text = (tmp_path / "deep" / "pbx.json").read_text(encoding="utf-8")
    assert json.loads(text)["extension"]["0042"]["name"] == "Zoë 😀"
    assert [each.name for each in (tmp_path / "deep").iterdir()] == ["pbx.json"]


async def test_what_somebody_edits_in_the_file_is_seen(adapter, tmp_path):
    file = tmp_path / "pbx.json"
    await send(adapter, put("extension/office/1", name="A"), file=str(file))
    file.write_text('{"extension": {"1": {"name": "edited"}}}', encoding="utf-8")
    live = await read(adapter, file=str(file))
    assert live.objects[at("extension/office/1")].fields == {"name": "edited"}


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"extension": []}', "\udcff"])
async def test_a_damaged_file_is_unreachable_not_empty(adapter, tmp_path, text):
    file = tmp_path / "pbx.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(Unreachable, match="cannot be read"):
        await read(adapter, file=str(file))
    with pytest.raises(Unreachable):
        await send(adapter, put("extension/office/1", name="A"), file=str(file))
    assert file.read_bytes() == text.encode("utf-8", "surrogateescape")


async def test_a_place_that_cannot_be_written_is_unreachable(adapter, tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(Unreachable):
        await send(
            adapter, put("extension/office/1", name="A"), file=str(tmp_path / "file" / "pbx.json")
        )


async def test_the_doctor_says_what_is_there(adapter, tmp_path):
    async with adapter.connect(pbx(), {}, timeout_s=1) as connection:
        assert (await connection.examine())[0].state == "ok"
    file = tmp_path / "pbx.json"
    file.write_text("nonsense", encoding="utf-8")
    async with adapter.connect(pbx(), {"file": str(file)}, timeout_s=1) as connection:
        assert (await connection.examine())[0].state == "error"


def test_a_store_without_file_has_nothing_to_load_or_save():
    store = Store(None)
    store.load()
    store.save()
    assert store.kinds == {}
