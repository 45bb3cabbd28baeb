"""The parking lot and miscellaneous destinations: what forms show, and what sending them does."""

import pytest

from reconciler.lab.freepbx.state import changes
from tests.lab.freepbx.client import Client, changed

MISC = "module=miscdests&command=getJSON&jdata=grid"


def add_misc(client: Client, name: str, number: str) -> None:
    page = "display=miscdests&view=form"
    answer = client.send(page, changed(client.form(page), description=name, destdial=number))
    assert (answer.status_code, answer.headers["location"]) == (
        302, "config.php?display=miscdests",
    )  # fmt: skip


def listed(client: Client) -> list[tuple[int, str]]:
    return [(int(row["id"]), row["description"]) for row in client.ajax(MISC)]


def test_a_misc_destination_is_made_changed_offered_and_deleted(client: Client) -> None:
    add_misc(client, "Taxi", " 15550123 ")
    add_misc(client, "Answering service", "15550199")
    assert client.emulator.pbx.tables.needs_reload
    assert listed(client) == [(2, "Answering service"), (1, "Taxi")]
    page = "display=miscdests&view=form&extdisplay=1"
    assert dict(client.form(page))["destdial"] == "15550123"
    client.send(page, changed(client.form(page), description="Cab"))
    ring = dict(client.form("display=ringgroups&view=form"))
    assert ring["Misc_Destinations0"] == "ext-miscdests,1,1"
    client.send("display=miscdests&extdisplay=1&action=delete", [])
    add_misc(client, "Third", "3")
    assert listed(client) == [(2, "Answering service"), (3, "Third")]


def test_without_its_module_there_is_no_page(client: Client) -> None:
    del client.emulator.pbx.modules["miscdests"]
    assert "editMD" not in client.page("display=miscdests&view=form").text
    url = f"/admin/ajax.php?{MISC}"
    assert client.http.get(url, headers=client.referer).status_code == 500


def test_every_system_has_one_lot_and_its_form_alone_changes_nothing(client: Client) -> None:
    form = client.form("display=parking")
    told = dict(form)
    assert (told["parkext"], told["parkpos"], told["numslots"]) == ("70", "71", "8")
    before = client.emulator.state()
    client.send("display=parking", form)
    once = client.emulator.state()
    assert set(changes(before, once)) == {"parkplus/1/announcement_id", "parkplus/1/rvolume"}
    client.send("display=parking", client.form("display=parking"))
    assert client.emulator.state() == once


@pytest.mark.parametrize("action", ["update", "add"])
def test_what_is_left_out_of_a_lot_goes_back_to_its_default(client: Client, action: str) -> None:
    form = changed(
        client.form("display=parking"), name="Front desk", cidpp="P:", parkingtime="90",
        comebacktoorigin="no", goto0="Terminate_Call", Terminate_Call0="app-blackhole,busy,1",
    )  # fmt: skip
    client.send("display=parking", form)
    before = client.emulator.state()
    assert before["parkplus/1/dest"] == "app-blackhole,busy,1"
    client.send("display=parking", [("action", action), ("id", "7"), ("parkext", "80")])
    after = client.emulator.state()
    assert after["parkplus/1/parkext"] == "80"
    assert (after["parkplus/1/name"], after["parkplus/1/parkingtime"]) == ("Parking Lot", "45")
    assert (after["parkplus/1/dest"], after["parkplus/1/comebacktoorigin"]) == ("", "yes")
    client.send("display=parking&action=delete&id=1", [])
    assert client.emulator.state() == after


def test_the_lot_over_rest(client: Client) -> None:
    assert client.rest("parking/")["parkext"] == "70"
