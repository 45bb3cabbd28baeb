"""Outside numbers as destinations, the one parking lot, and days that are closed every year."""

import asyncio

import pytest

from reconciler.adapters.freepbx import ADAPTER
from reconciler.lab.freepbx import somebody
from reconciler.lab.freepbx.estate_calls import send
from reconciler.lab.freepbx.web.pages import times
from reconciler.model.change import Move
from reconciler.testing.building import desired
from tests.contract.freepbx_platform import emulator, target, world_of
from tests.contract.test_freepbx_faults import PASSED, entry, group, hours, person, route
from tests.contract.test_freepbx_rules import changed, stored

MOBILE = "+441134960100"
LOT = {"name": "Front desk", "slots": "71-76", "timeout": 60, "find_slot": "next"}


class Office:
    """A workspace on one FreePBX."""

    def __init__(self, server, folder, **settings):
        self.server = server
        self.world, self.at = world_of(server, folder, **settings)

    def apply(self, *wanted, **more):
        async def go():
            wish = desired(wanted, [self.at], **more)
            planned = await self.world.plan(wish, overrides=PASSED)
            return planned, await self.world.apply(planned, wish)

        planned, outcomes = asyncio.run(go())
        return planned, {str(e.address): e.detail for e in outcomes if e.state != "done"}

    def live(self, address):
        live = asyncio.run(self.world.read(desired([], [self.at])))
        found = live.targets[self.at.id].objects
        return {str(each): value.fields for each, value in found.items()}[address]


@pytest.fixture
def office(server, tmp_path):
    return Office(server, tmp_path)


def number_of(server, raw):
    identity = int(raw.split(",")[1])
    return server.pbx.tables.row("miscdests", id=identity)["destdial"]


def test_an_outside_number_is_one_misc_destination_whoever_leads_there(server, office):
    wanted = [
        person("1001", "Ada"), route(f"external/{MOBILE}"), group("600", "1001"),
        entry("schedule", "office", open=["Mon-Fri 09:00-17:00"], open_to="ring_group/600",
              closed_to=f"external/{MOBILE}"),
        entry("ivr", "main", options={"1": f"external/{MOBILE}", "2": "external/0113496"}),
        entry("ring_group", "601", name="Night", members=["1001"], no_answer=f"external/{MOBILE}"),
        entry("extension", "1002", name="Ben", **{
            "forward.no_answer": MOBILE, "forward.busy": "1001",
        }),
    ]  # fmt: skip
    _, failed = office.apply(*wanted)
    assert not failed
    assert sorted(each["destdial"] for each in server.pbx.tables.rows("miscdests")) == [
        MOBILE, "0113496",
    ]  # fmt: skip
    route_row = server.pbx.tables.rows("incoming")[0]
    assert number_of(server, route_row["destination"]) == MOBILE
    ben = server.pbx.tables.row("users", extension="1002")
    assert number_of(server, ben["noanswer_dest"]) == MOBILE
    assert ben["noanswer_dest"] == ben["chanunavail_dest"]
    assert ben["busy_dest"] == "from-did-direct,1001,1"
    assert office.apply(*wanted)[0].is_empty


def test_one_that_is_there_is_used_and_what_it_dials_is_compared(server, office):
    server.pbx.tables.insert(
        "miscdests", {"id": 7, "description": "Dentist on call", "destdial": MOBILE}
    )
    office.apply(route(f"external/{MOBILE}"))
    assert [each["id"] for each in server.pbx.tables.rows("miscdests")] == [7]
    server.pbx.tables.row("miscdests", id=7)["destdial"] = "+441134960199"
    planned, failed = office.apply(route(f"external/{MOBILE}"))
    (change,) = planned.changes
    assert [each.before for each in change.fields] == ["external/+441134960199"]
    assert not failed
    row = server.pbx.tables.rows("incoming")[0]
    assert number_of(server, row["destination"]) == MOBILE


def test_a_feature_code_behind_a_misc_destination_has_no_word(server, office):
    server.pbx.tables.insert(
        "miscdests", {"id": 3, "description": "Voicemail", "destdial": "{voicemail:dialvoicemail}"}
    )
    server.pbx.tables.insert("incoming", {
        "extension": "16035550100", "cidnum": "", "destination": "ext-miscdests,3,1",
        "description": "",
    })  # fmt: skip
    office.apply()
    unread = {str(k): v for k, v in office.world.seen.targets[office.at.id].unread.items()}
    assert "voicemail:dialvoicemail" in unread["inbound_route/ferrybank/16035550100"]


def test_without_the_module_everything_else_goes_on(server, office):
    del server.pbx.modules["miscdests"]
    _, failed = office.apply(route("hangup"), entry("announcement", "shut", file="custom/closed"))
    assert not failed
    _, failed = office.apply(route(f"external/{MOBILE}"))
    assert "misc destination" in str(failed).lower() or "miscdests" in str(failed)


def test_an_outside_destination_needs_the_web_login(server):
    at = target(server, without=("web",))
    wanted = entry("ring_group", "600", name="Desk", members=[], no_answer=f"external/{MOBILE}")
    (problem,) = ADAPTER.check(wanted, at)
    assert problem.path == "no_answer"


def test_the_parking_lot_is_changed_and_only_what_is_declared(server, office):
    before = stored(server)
    lot = entry("parking_lot", "70", **LOT)
    _, failed = office.apply(lot, group("600", "16035550199"))
    assert not failed
    told = {each.rpartition("/")[2] for each in changed(before, stored(server)) if "park" in each}
    filled_in = {"announcement_id", "rvolume"}  # none, as FreePBX's own page writes it
    assert told - filled_in == {"name", "numslots", "parkingtime", "findslot"}
    again = entry("parking_lot", "70", **LOT, timeout_to="ring_group/600", return_to_parker=False)
    office.apply(again, group("600", "16035550199"))
    row = server.pbx.tables.row("parkplus", id=1)
    assert (row["dest"], row["comebacktoorigin"]) == ("ext-group,600,1", "no")
    assert office.apply(again, group("600", "16035550199"))[0].is_empty
    row["parkpos"] = "81"
    planned, _ = office.apply(again, group("600", "16035550199"))
    assert [each.before for change in planned.changes for each in change.fields] == ["81-86"]
    assert row["parkpos"] == "81"  # an old row; the new one is
    assert server.pbx.tables.row("parkplus", id=1)["parkpos"] == "71"


def test_there_is_one_lot_it_moves_but_is_neither_made_nor_deleted(server, office):
    _, failed = office.apply(entry("parking_lot", "700", **LOT))
    assert "that is 70" in failed["parking_lot/ferrybank/700"]
    assert server.pbx.tables.row("parkplus", id=1)["parkext"] == "70"
    lot = entry("parking_lot", "70", **LOT)
    office.apply(lot)
    moved = entry("parking_lot", "700", **LOT)
    planned, failed = office.apply(moved, moved=[(str(lot.address), str(moved.address))])
    assert [type(each) for each in planned.changes] == [Move]
    assert not failed
    assert server.pbx.tables.row("parkplus", id=1)["parkext"] == "700"
    _, failed = office.apply()
    assert "always has its one" in failed["parking_lot/ferrybank/700"]


CLOSED = ["01-01", "12-25..12-26"]


def test_days_closed_every_year_are_left_out_of_the_time_group(server, office):
    wanted = hours("Mon-Fri 09:00-17:00", "Sat 09:00-12:00")
    shut = entry("schedule", "office", **{**wanted.fields, "closed_days": CLOSED})
    both = [person("1001", "Ada"), group("600", "1001")]
    _, failed = office.apply(*both, shut)
    assert not failed
    times = {each["time"] for each in server.pbx.tables.rows("timegroups_details")}
    assert "09:00-17:00|mon-fri|1-24|dec" in times
    assert len(times) == 8
    assert office.live("schedule/ferrybank/office")["closed_days"] == CLOSED
    # One of the two alone leaves the other as it is.
    office.world.ledger = type(office.world.ledger)()
    more = entry("schedule", "office", closed_days=["12-24..12-26"])
    office.apply(*both, more)
    live = office.live("schedule/ferrybank/office")
    assert live["closed_days"] == ["12-24..12-26"]
    assert live["open"] == wanted.fields["open"]
    office.world.ledger = type(office.world.ledger)()
    office.apply(*both, entry("schedule", "office", open=["Mon-Fri 08:00-16:00"]))
    live = office.live("schedule/ferrybank/office")
    assert (live["open"], live["closed_days"]) == (["Mon-Fri 08:00-16:00"], ["12-24..12-26"])


@pytest.mark.parametrize(
    ("closed", "words"),
    [(["2026-12-25"], "no years"), (["12-24 13:00-24:00"], "whole days"),
     (["02-01..11-30"], "half of the year")],
)  # fmt: skip
def test_what_no_time_group_can_say_is_refused_before_anything_is_planned(closed, words):
    wanted = entry("schedule", "office", closed_days=closed)
    with emulator("17") as server:
        found = ADAPTER.check(wanted, target(server))
    assert [each.path for each in found] == ["closed_days"]
    assert words in found[0].detail


def trunk():
    return entry("trunk", "carrier", host="192.0.2.7", mode="ip")


def out(key, order):
    return entry("outbound_route", key, order=order, patterns=[{"match": key[-1] + "XX"}],
                 trunks=["carrier"])  # fmt: skip


def test_routes_that_somebody_moved_are_drift_and_are_put_back(server, office):
    wanted = [trunk(), out("r1", 10), out("r2", 20), out("r3", 30)]
    _, failed = office.apply(*wanted)
    assert not failed
    assert office.apply(*wanted)[0].is_empty
    rows = {each["route_id"]: each for each in server.pbx.tables.rows("outbound_route_sequence")}
    assert sorted(rows, key=lambda each: rows[each]["seq"]) == [1, 2, 3]
    somebody.reorders_routes(server.pbx, "r2", "r3", "r1")  # the first was dragged to the end
    planned, failed = office.apply(*wanted)
    assert not failed
    (change,) = planned.changes
    assert [
        (str(change.address), each.path, each.before, each.cause) for each in change.fields
    ] == [("outbound_route/ferrybank/r1", "order", "place 3", "drift")]
    order = sorted(server.pbx.tables.rows("outbound_route_sequence"), key=lambda row: row["seq"])
    assert [each["route_id"] for each in order] == [1, 2, 3]
    assert office.apply(*wanted)[0].is_empty


def test_a_route_that_is_changed_keeps_its_place_among_those_of_others(server, office):
    office.apply(trunk(), out("r1", 10), out("r2", 20), out("r3", 30))
    somebody.reorders_routes(server.pbx, "r2", "r3", "r1")  # from now on FreePBX counts from 1
    office.world.ledger = type(office.world.ledger)()
    changed_one = entry("outbound_route", "r2", **{"caller_id.number": "16035550100"})
    _, failed = office.apply(changed_one)
    assert not failed
    order = sorted(server.pbx.tables.rows("outbound_route_sequence"), key=lambda row: row["seq"])
    assert [each["route_id"] for each in order] == [2, 3, 1]


def holidays(server):
    """A time condition as people make them for holidays: it matches on the days that are closed."""
    tables = server.pbx.tables
    tables.insert("timegroups_groups", {"id": 1, "description": "Holidays"})
    for number, span in enumerate(("*|*|25-26|dec", "*|*|1|jan"), 1):
        row = {"id": number, "timegroupid": 1, "time": span}
        tables.insert("timegroups_details", row)
    send(
        server.pbx, times.CONDITION, "time-condition", displayname="Holidays", time="1",
        goto0="app-blackhole,hangup,1", goto1="ext-group,600,1",
    )  # fmt: skip


def condition(server):
    row = server.pbx.tables.rows("timeconditions")[0]
    spoken = sorted(each["time"] for each in server.pbx.tables.rows("timegroups_details"))
    return row["truegoto"], row["falsegoto"], spoken


def test_a_time_group_of_holidays_is_told_and_stays_one(server, office):
    desk = group("600", "16035550199")
    office.apply(desk)
    holidays(server)
    live = office.live("schedule/ferrybank/Holidays")
    assert live["open"] == ["Mon-Sun 00:00-24:00"]
    assert live["closed_days"] == CLOSED
    assert (live["open_to"], live["closed_to"]) == ("ring_group/600", "hangup")
    # Another way and another day: still one that matches on holidays.
    shut = entry("schedule", "Holidays", open=["Mon-Sun 00:00-24:00"], open_to="ring_group/600",
                 closed_days=["01-01", "06-21", "12-25..12-26"],
                 closed_to=f"external/{MOBILE}")  # fmt: skip
    _, failed = office.apply(desk, shut)
    assert not failed
    first, second, spoken = condition(server)
    assert (number_of(server, first), second) == (MOBILE, "ext-group,600,1")
    assert len(spoken) == 3
    assert office.apply(desk, shut)[0].is_empty
    # With hours of its own it matches when it is open, and its ways change places.
    open_again = shut._replace(fields={**shut.fields, "open": ["Mon-Fri 09:00-17:00"]})
    _, failed = office.apply(desk, open_again)
    assert not failed
    first, second, spoken = condition(server)
    assert (first, number_of(server, second)) == ("ext-group,600,1", MOBILE)
    assert "09:00-17:00|mon-fri|1-24|dec" in spoken
    assert office.apply(desk, open_again)[0].is_empty
