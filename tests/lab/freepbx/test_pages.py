"""What pages say besides their forms: pending changes, Asterisk away, one session at a time."""

import contextlib
import threading
import time

import pytest

from reconciler.lab.freepbx import somebody
from reconciler.lab.freepbx.faults import Fault
from reconciler.lab.freepbx.server import Emulator
from reconciler.lab.freepbx.state import changes
from tests.lab.freepbx.client import Client, changed
from tests.lab.freepbx.test_channels import people


def test_the_page_says_whether_changes_are_pending(client: Client) -> None:
    assert '"reload_needed": false' in client.page("display=routing").text
    somebody.adds_misc_destination(client.emulator.pbx, "Taxi", "1")
    page = client.page("display=routing").text
    assert '"reload_needed": true' in page
    assert 'id="button_reload"' in page
    somebody.presses_apply(client.emulator.pbx)
    assert '"reload_needed": false' in client.page("").text


def test_the_login_page_says_nothing(emulator: Emulator) -> None:
    assert "reload_needed" not in Client(emulator).page("display=routing").text


def test_while_asterisk_is_away_pages_without_astdb_work(client: Client) -> None:
    people(client)
    pbx = client.emulator.pbx
    pbx.asterisk_is_up = False
    page = client.page("display=miscdests&view=form")
    assert "Cannot Connect to Asterisk" in page.text
    assert "button_reload" not in page.text
    form = changed(client.form("display=miscdests&view=form"), description="Taxi", destdial="1")
    assert client.send("display=miscdests", form).status_code == 302
    assert pbx.tables.row("miscdests", description="Taxi")


@pytest.mark.parametrize(
    "query",
    [
        "config.php?display=extensions&extdisplay=1001",
        "config.php?display=bulkhandler&quietmode=1&activity=export&export=extensions",
        "ajax.php?module=core&command=getExtensionGrid&type=all",
        "ajax.php?module=blacklist&command=getJSON&jdata=grid",
    ],
)  # fmt: skip
def test_while_asterisk_is_away_what_is_in_astdb_cannot_be_read(client: Client, query: str) -> None:
    people(client)
    client.emulator.pbx.asterisk_is_up = False
    answer = client.http.get(f"/admin/{query}", headers=client.referer)
    assert answer.status_code == 500
    assert "Asterisk is not connected" in answer.text


def test_while_asterisk_is_away_a_group_is_half_made_and_a_password_is_told(
    client: Client,
) -> None:
    form = changed(
        client.form("display=ringgroups&view=form"), account="600", description="S", grplist="1001"
    )
    pbx = client.emulator.pbx
    before = client.emulator.state()
    pbx.asterisk_is_up = False
    answer = client.send("display=ringgroups", form)
    assert answer.status_code == 500
    assert pbx.credentials.own_ami_password in answer.text
    found = changes(before, client.emulator.state())
    assert "ringgroups/600/description" in found
    assert not any(key.startswith("astdb") for key in found)
    assert not pbx.tables.needs_reload


def test_while_asterisk_is_away_extensions_are_not_deleted(client: Client) -> None:
    people(client)
    client.emulator.pbx.asterisk_is_up = False
    before = client.emulator.state()
    told = {"module": "core", "command": "delete", "type": "extensions", "extensions[]": "1001"}
    answer = client.http.post("/admin/ajax.php", data=told, headers=client.referer)
    assert answer.status_code == 500
    assert client.send("display=extensions&extdisplay=1003&action=del", []).status_code == 500
    assert client.emulator.state() == before


@pytest.mark.parametrize("in_turn", [True, False])
def test_php_answers_requests_of_one_session_one_after_another(in_turn: bool) -> None:
    with Emulator(in_turn=in_turn) as emulator:
        client = Client(emulator)
        client.log_in()
        emulator.faults.arm(Fault("hang", path="ringgroups", seconds=60))
        slow = threading.Thread(target=lambda: _quietly(client, "display=ringgroups"), daemon=True)
        slow.start()
        while not emulator.faults.struck:
            time.sleep(0.005)
        other = Client(emulator)
        other.log_in()
        assert other.page("display=routing").status_code == 200
        if in_turn:
            with pytest.raises(Exception, match="timed out"):
                client.http.get("/admin/config.php", timeout=0.3)
        else:
            assert client.page("display=routing").status_code == 200


def _quietly(client: Client, query: str) -> None:
    """The emulator ends before it answers."""
    with contextlib.suppress(Exception):
        client.http.get(f"/admin/config.php?{query}", timeout=60)
