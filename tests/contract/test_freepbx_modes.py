"""With only one of the two credentials: what can be held is held, the rest is said, not guessed."""

import asyncio

import pytest

from reconciler.adapters.freepbx import ADAPTER
from reconciler.adapters.freepbx.supports import NEEDS_WEB, SUPPORTS
from reconciler.testing.building import desired
from tests.contract.freepbx_platform import world_of
from tests.contract.test_freepbx_faults import BEFORE, entry, group, person
from tests.contract.test_freepbx_rules import changed, run, stored


def test_with_the_web_login_alone_everything_is_held_by_forms(server, tmp_path):
    world, at = world_of(server, tmp_path, without=("oauth",))
    _, outcomes = run(world, at, *BEFORE)
    assert not [each.detail for each in outcomes if each.state != "done"]
    planned, _ = run(world, at, *BEFORE)
    assert planned.is_empty
    assert server.pbx.reloads.loaded == server.pbx.tables.changes
    assert not server.traffic.counts["token"]
    assert not server.traffic.counts["mutation"]


def test_with_graphql_alone_the_other_kinds_are_unread_and_said_so(server, tmp_path):
    world, at = world_of(server, tmp_path, without=("web",))
    wanted = [entry("extension", "1001", name="Ada"), group("600", "1001")]
    _, outcomes = run(world, at, *wanted)
    assert not [each.detail for each in outcomes if each.state != "done"]
    live = world.seen.targets[at.id]
    assert live.complete == SUPPORTS.keys() - NEEDS_WEB
    assert live.incomplete.keys() == NEEDS_WEB
    assert "web credentials" in live.incomplete["queue"]
    assert not server.traffic.counts["login"]
    wish = desired([*wanted, entry("queue", "700", name="Support", members=[])], [at])
    planned = asyncio.run(world.plan(wish))
    assert planned.is_empty


def test_with_graphql_alone_a_change_of_an_extension_has_to_be_meant(server, tmp_path):
    wanted = entry("extension", "1001", name="Ada"), group("600", "1001")
    renamed = entry("extension", "1001", name="Ada Okafor"), group("600", "1001")
    world, at = world_of(server, tmp_path, without=("web",))
    run(world, at, *wanted)
    before = stored(server)
    _, outcomes = run(world, at, *renamed)
    assert "acknowledge_user_reset" in str(outcomes)
    assert changed(before, stored(server)) == []

    world, at = world_of(
        server, tmp_path, without=("web",), **{"oauth.acknowledge_user_reset": True}
    )
    _, outcomes = run(world, at, *renamed)
    assert not [each.detail for each in outcomes if each.state != "done"]
    assert server.pbx.tables.row("users", extension="1001")["name"] == "Ada Okafor"


def test_an_extension_whose_secret_cannot_be_read_is_not_written(server, tmp_path):
    world, at = world_of(server, tmp_path)
    run(world, at, person("1001", "Ada"))
    row = server.pbx.tables.row("sip", id="1001", keyword="secret")
    row["data"] = ""
    before = stored(server)
    _, outcomes = run(world, at, entry("extension", "1001", name="Ada Okafor"))
    assert outcomes[0].state == "failed"
    assert "secret" in str(outcomes[0])
    assert changed(before, stored(server)) == []


def test_plain_http_is_refused_unless_it_is_meant(server):
    with pytest.raises(ValueError, match="acknowledge_plaintext"):
        ADAPTER.settings_model.model_validate(
            {"url": server.url, "web": {"username": "a", "password": {"secret": "env:WEB"}}}
        )


@pytest.mark.parametrize("without", [(), ("oauth",)], ids=["graphql", "web"])
def test_while_another_reload_runs_ours_waits(server, tmp_path, without):
    world, at = world_of(server, tmp_path, without=without)
    server.pbx.reloads.occupy(1.0)
    _, outcomes = run(world, at, entry("ring_group", "600", name="Desk", members=["16035550199"]))
    assert not [each.detail for each in outcomes if each.state != "done"]
    assert server.pbx.reloads.loaded == server.pbx.tables.changes
    assert not server.pbx.tables.needs_reload


def test_a_reload_without_end_fails_when_its_time_is_over(server, tmp_path):
    world, at = world_of(server, tmp_path, reload_timeout=5)
    server.pbx.reloads.hangs = True
    _, outcomes = run(world, at, entry("ring_group", "600", name="Desk", members=["16035550199"]))
    assert outcomes[-1].state == "failed"


def test_with_the_web_login_alone_pending_changes_of_others_are_seen_on_the_pages(server, tmp_path):
    world, at = world_of(server, tmp_path, without=("oauth",))
    wanted = entry("ring_group", "600", name="Desk", members=["16035550199"])
    asyncio.run(world.plan(desired([wanted], [at])))
    assert world.seen.targets[at.id].pending_reload is None
    server.pbx.tables.needs_reload = True
    planned = asyncio.run(world.plan(desired([wanted], [at])))
    assert "pending-reload" in {each.rail for each in planned.refusals}
    run(world, at, wanted)
    assert not server.pbx.tables.needs_reload
    asyncio.run(world.plan(desired([wanted], [at])))
    assert world.seen.targets[at.id].pending_reload is None
