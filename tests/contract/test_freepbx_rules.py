"""What people asked of FreePBX in vain, by name: R01 to R07.

The table of R02 is in tests/cli/test_import_csv.py, R08 and R09 are in tests/cli/test_phones.py.
"""

import asyncio

import pytest

from reconciler.adapters.freepbx import ADAPTER
from reconciler.lab.freepbx.estate import fill
from reconciler.lab.freepbx.faults import Fault
from reconciler.model.secret import Secret
from reconciler.testing.building import desired
from tests.contract.freepbx_platform import emulator, furnish, world_of
from tests.contract.test_freepbx_faults import PASSED, entry, group, person, route

COUNTERS = ("freepbx_settings",)
FILLED_IN = {
    "intercom/override": (None, "reject"),
    "queues/qnostate": (None, "usestate"),
    "md5_cred": ("", None),
    "vmexten": ("", None),
    "secret_origional": ("", None),
    "parkplus/1/announcement_id": ("NULL", "0"),
    "parkplus/1/rvolume": ("", "0"),
}
"""What FreePBX's own page writes where nothing is stored, and rows that it drops when empty."""


def run(world, at, *wanted):
    async def go():
        wish = desired(wanted, [at])
        planned = await world.plan(wish, overrides=PASSED)
        return planned, await world.apply(planned, wish)

    return asyncio.run(go())


def stored(server):
    return {k: v for k, v in server.state().items() if not k.startswith(COUNTERS)}


def changed(before, after):
    return sorted(k for k in before.keys() | after.keys() if before.get(k) != after.get(k))


@pytest.mark.parametrize("number", ["1005", "1008"])
def test_r01_changing_one_field_leaves_every_other_attribute_as_it_is(server, tmp_path, number):
    fill(server.pbx, 12)
    world, at = world_of(server, tmp_path, acknowledge_callerid_rebuild=True)
    before = stored(server)
    _, outcomes = run(world, at, entry("extension", number, name="Renamed"))
    assert [each.state for each in outcomes] == ["done", "done"]
    after = stored(server)
    others = [
        (path, before.get(path), after.get(path))
        for path in changed(before, after)
        if "Renamed" not in (after.get(path) or "")
        and not any(
            path.endswith(name) and (before.get(path), after.get(path)) == usual
            for name, usual in FILLED_IN.items()
        )
    ]
    assert not others, "\n".join(map(str, others))


def test_r02_all_that_is_wrong_is_said_before_anything_is_written(server, tmp_path):
    _, at = world_of(server, tmp_path)
    wrong = {"1003": "x" * 51, "1007": "y" * 60}
    found = {
        number: ADAPTER.check(entry("extension", number, name=name, secret=Secret("env:S")), at)
        for number, name in {**{str(n): "Ada" for n in range(1001, 1011)}, **wrong}.items()
    }
    assert {number for number, problems in found.items() if problems} == wrong.keys()
    assert all(problem.path == "name" for number in wrong for problem in found[number])
    assert server.traffic.seen == []


def test_r03_the_same_files_on_two_freepbx_are_the_same(tmp_path):
    found = []
    for version in ("16", "17"):
        with emulator(version) as server:
            furnish(server)
            world, at = world_of(server, tmp_path)
            wanted = [person("1001", "Ada"), group("600", "1001"), route("ring_group/600")]
            _, outcomes = run(world, at, *wanted)
            assert all(each.state == "done" for each in outcomes)
            planned, _ = run(world, at, *wanted)
            assert planned.is_empty
            live = world.seen.targets[at.id].objects
            found.append({a: o.fields for a, o in live.items() if a.kind != "music"})
    assert found[0].keys() == found[1].keys()
    for address, fields in found[0].items():
        other = found[1][address]
        assert {k: v for k, v in fields.items() if not _is_secret(k)} == {
            k: v for k, v in other.items() if not _is_secret(k)
        }, address


def _is_secret(path):
    return path.rpartition(".")[2] in ("secret", "pin")


def test_r04_what_freepbx_says_is_read_back(server, tmp_path):
    world, at = world_of(server, tmp_path)
    run(world, at, person("1001", "Ada"))
    server.faults.arm(Fault("ignore", path="ringgroups", times=None))
    server.faults.arm(Fault("ignore", path="RingGroup", times=None))
    wanted = [person("1001", "Ada"), group("600", "1001"), route("ring_group/600")]
    _, outcomes = run(world, at, *wanted)
    by_state = {str(each.address): each for each in outcomes if each.state != "done"}
    assert by_state["ring_group/ferrybank/600"].state == "failed"
    assert by_state["inbound_route/ferrybank/16035550100"].state != "done"
    assert not server.pbx.tables.rows("incoming")
    server.faults.clear()
    run(world, at, *wanted)
    planned, _ = run(world, at, *wanted)
    assert planned.is_empty


def test_r05_one_reload_after_any_write_and_none_after_none(server, tmp_path):
    world, at = world_of(server, tmp_path)
    wanted = [person("1001", "Ada"), group("600", "1001")]
    run(world, at, *wanted)
    assert server.pbx.reloads.loaded == server.pbx.tables.changes
    server.traffic.clear()
    run(world, at, person("1001", "Ada Okafor"), group("600", "1001"))
    labels = [each.label for each in server.traffic.seen]
    assert sum("doreload" in each or "reload" in each.rpartition(" ")[2] for each in labels) == 1
    assert server.pbx.reloads.loaded == server.pbx.tables.changes
    server.traffic.clear()
    run(world, at, person("1001", "Ada Okafor"), group("600", "1001"))
    assert server.traffic.writes == 0


NAMES = ("Smith, Jr.", "Jürgen Groß", 'Ann "Annie" Lee', "O'Brien", "R&D", "Łucja", "0042")


def test_r06_what_is_written_is_read_again_as_it_was(server, tmp_path):
    world, at = world_of(server, tmp_path)
    people = [person(f"00{40 + place}", name) for place, name in enumerate(NAMES)]
    groups = [entry("ring_group", "0600", name="Smith, Jr. & Söhne", members=["0040", "0041"])]
    assert [each for found in people + groups for each in ADAPTER.check(found, at)] == []
    _, outcomes = run(world, at, *people, *groups)
    assert all(each.state == "done" for each in outcomes), outcomes
    planned, _ = run(world, at, *people, *groups)
    assert planned.is_empty


def test_r07_a_reload_has_a_deadline_and_its_real_outcome_is_told(server, tmp_path):
    world, at = world_of(server, tmp_path, reload_timeout=5)
    server.pbx.reloads.fails_with = "Reload failed: a bad line in extensions_custom.conf"
    _, outcomes = run(world, at, person("1001", "Ada"))
    assert outcomes[-1].state == "failed"
    assert "extensions_custom.conf" in str(outcomes[-1])
    server.pbx.reloads.fails_with = None
    _, outcomes = run(world, at, person("1001", "Ada"))
    assert [each.state for each in outcomes] == ["done"]
    assert server.pbx.reloads.loaded == server.pbx.tables.changes


def test_a_list_whose_order_freepbx_does_not_keep_is_the_same_in_any_order(server, tmp_path):
    world, at = world_of(server, tmp_path)
    page = entry("paging_group", "800", name="All", members=["1003", "1001", "1002"])
    wanted = [*(person(f"100{n}", f"Person {n}") for n in (1, 2, 3)), page]
    _, outcomes = run(world, at, *wanted)
    assert not [each.detail for each in outcomes if each.state != "done"]
    planned, _ = run(world, at, *wanted)
    assert planned.is_empty
    planned, _ = run(world, at, *wanted[:3], entry("paging_group", "800", members=["1001", "1002"]))
    (change,) = planned.changes
    assert {each.path: each.after for each in change.fields}["members"] == ["1001", "1002"]
