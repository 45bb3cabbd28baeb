"""Taking over: what an import writes means the same when it is applied, and what becomes ours."""

import pytest
import yaml

from reconciler.adapters.memory import MemoryAdapter
from reconciler.model.resource import Meta
from reconciler.model.secret import Clear
from reconciler.planning.drift import Drifted
from reconciler.planning.recover import Recovered
from reconciler.takeover.adopting import accept, adopt
from reconciler.takeover.importing import Imported, import_
from reconciler.testing.building import (
    answered,
    at,
    desired,
    live,
    owned,
    ownership,
    pbx,
    resource,
    there,
)
from reconciler.workflow.survey import Survey
from tests.unit.planning.paper import PaperAdapter

ADA = "extension/office/1001"


def imported(*objects, adapter=None) -> Imported:
    found = answered(objects)
    return import_(found, found, pbx(), adapter or MemoryAdapter(), frozenset(), ())


def written(result: Imported, section: str):
    return yaml.safe_load(result.files[f"{section}.yaml"])


def people(*ring_times):
    return [
        there(f"extension/office/{1001 + n}", name=f"Person {n}", ring_time=time, call_waiting=True)
        for n, time in enumerate(ring_times)
    ]


# Import


def test_what_three_of_four_say_alike_is_said_once():
    said = written(imported(*people(30, 30, 30, 45)), "extensions")
    assert said["defaults"] == {"extensions": {"ring_time": 30}}
    assert said["extensions"]["1001"] == {"name": "Person 0"}
    assert said["extensions"]["1004"] == {"name": "Person 3", "ring_time": 45}


@pytest.mark.parametrize("times", [(30, 30, 30), (30, 30, 45, 45)])
def test_what_few_say_alike_is_said_by_each(times):
    said = written(imported(*people(*times)), "extensions")
    assert "defaults" not in said
    assert said["extensions"]["1001"]["ring_time"] == 30


def test_who_has_the_usual_value_says_so_where_the_sections_default_is_another():
    usual = people(20, 30, 30, 30, 30)  # 20 is what an unset ring_time means
    said = written(imported(*usual), "extensions")
    assert said["extensions"]["1001"] == {"name": "Person 0", "ring_time": 20}


def test_what_an_unset_field_means_on_the_platform_is_not_written():
    objects = [there(ADA, name="Ada", ring_time=25)]
    assert written(imported(*objects), "extensions")["extensions"]["1001"]["ring_time"] == 25
    result = imported(*objects, adapter=PaperAdapter(defaults={"ring_time": 25}))
    assert written(result, "extensions")["extensions"]["1001"] == {"name": "Ada"}


def test_what_every_entry_has_to_say_is_never_a_default():
    routes = [
        there(f"outbound_route/office/{name}", order=1, patterns=[{"match": "9."}], trunks=["out"])
        for name in "abcd"
    ]
    said = written(imported(*routes, there("trunk/office/out", host="h", mode="ip")),
                   "outbound_routes")  # fmt: skip
    assert "defaults" not in said
    assert all(each["order"] == 1 for each in said["outbound_routes"].values())


def test_the_ledger_knows_what_an_imported_object_needs_and_what_was_there():
    group = there("ring_group/office/600", name="Desk", members=["1001"])
    rows = {str(each.address): each for each in imported(*people(30), group).owned}
    assert rows["ring_group/office/600"].needs == (at(ADA),)
    # What stood there before us is not ours to reset when it leaves the files.
    assert set(rows[ADA].found) == {"name", "ring_time"}
    assert rows[ADA].how == "imported"


def test_what_leads_nowhere_is_left_out_and_said():
    group = there("ring_group/office/600", name="Desk", members=["1001"], no_answer="extension/9")
    result = imported(*people(30), group)
    assert "no_answer" not in written(result, "ring_groups")["ring_groups"]["600"]
    assert any("extension/9 is not there" in each.reason for each in result.left)


def test_what_would_be_read_otherwise_is_left_out_and_said():
    trunk = there("trunk/office/out", host="192.0.2.1", mode="ip", match=["192.0.2.9/32"])
    route = there("outbound_route/office/all", order=1, patterns=[{"match": "9."}], trunks=["out"])
    result = imported(trunk, route)
    assert "match" not in written(result, "trunks")["trunks"]["out"]
    assert [each.reason for each in result.left] == [
        "match is not written: declared it would be ['192.0.2.9'], and there it is ['192.0.2.9/32']"
    ]
    assert written(result, "outbound_routes")["outbound_routes"]["all"]["patterns"]


def test_a_secret_that_was_read_is_written_as_a_reference():
    (ada,) = people(30)
    with_secret = ada._replace(fields={**ada.fields, "secret": Clear("s3cret-s3cret")})
    said = written(imported(with_secret), "extensions")["extensions"]["1001"]
    assert said["secret"] == {"secret": "store:office-extension-1001-secret"}


def test_a_secret_that_every_plan_would_refuse_is_told_and_not_written():
    ada, ben = people(30, 20)
    short = ada._replace(fields={**ada.fields, "secret": Clear("annpw")})
    found = imported(short)
    assert found.files == {}
    assert [(e.address, e.reason) for e in found.left] == [
        (str(short.address), "its password has 5 characters instead of 8 to 128")
    ]
    pin = ben._replace(fields={**ben.fields, "voicemail.pin": Clear("12")})
    found = imported(pin)
    assert "voicemail" not in written(found, "extensions")["extensions"][ben.address.key]
    assert [e.reason for e in found.left] == [
        "voicemail.pin is not written: it is not 4 to 10 digits"
    ]


def test_a_queue_of_others_is_taken_over_with_all_its_agents_or_not_at_all():
    """In a file of ours it would ring fewer; where it stands it keeps what is not declared."""
    ada, ben = people(30, 20)
    short = ada._replace(fields={**ada.fields, "secret": Clear("annpw")})
    members = [{"extension": ada.address.key}, {"extension": ben.address.key}]
    queue = there("queue/office/600", name="Sales", members=members)
    for locked in (None, "it stands in queues.conf"):
        found = imported(short, ben, queue._replace(locked=locked))
        assert ("queues.yaml" in found.files) is (locked is None)
        (told,) = (e.reason for e in found.left if e.address == "queue/office/600")
        assert told.endswith("1001 is not there, or cannot be written")


def test_a_calendar_is_none_of_a_pbxs_business():
    hours = there("schedule/office/day", name="Day", open=["Mon-Fri 09:00-17:00"],
                  closed_on=["public"], open_to="extension/1001", closed_to="hangup")  # fmt: skip
    said = written(imported(*people(30), hours), "schedules")["schedules"]["day"]
    assert "closed_on" not in said


# Adopt


def surveyed(wish, *objects, rows=()) -> Survey:
    ledger = ownership(*rows)
    return Survey(wish, live(answered(objects)), ledger, (), Recovered({}, (), (), ledger), 0.0)


def test_what_is_adopted_is_remembered_as_it_is_there():
    wish = desired([resource(ADA, {"name": "Ada", "ring_time": 30}, meta=Meta(protect=True))])
    (taken,), refused = adopt(surveyed(wish, there(ADA, name="Ada", ring_time=20)), [ADA])
    assert refused == ()
    assert [(each.path, each.before, each.after) for each in taken.fields] == [
        ("ring_time", 20, 30)
    ]
    row = taken.owned
    assert (row.fields, row.how, row.protect) == ({"name": "Ada", "ring_time": 20}, "adopted", True)
    assert set(row.found) == {"name", "ring_time"}


def test_what_we_made_stays_made_by_us_when_it_is_adopted_again():
    wish = desired([resource(ADA, name="Ada")])
    rows = [owned(ADA, name="Old")]
    (taken,), _ = adopt(surveyed(wish, there(ADA, name="Ada"), rows=rows), [ADA])
    assert (taken.was_ours, taken.owned.how) == (True, "created")


def test_what_others_deleted_is_not_ours_once_that_is_accepted():
    wish = desired([resource(ADA, name="Ada")])
    gone = Drifted(at(ADA), "pbx/office", "deleted", ())
    taken, disowned = accept(surveyed(wish, rows=[owned(ADA, name="Ada")]), [gone])
    assert (taken, disowned) == ((), (at(ADA),))
