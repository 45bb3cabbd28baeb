"""An estate as years leave it, kept in a file, and every page of it readable and stable."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.lab.freepbx.estate import fill
from reconciler.lab.freepbx.server import Emulator
from reconciler.lab.freepbx.state import changes
from reconciler.lab.freepbx.store import load, save
from tests.lab.freepbx.client import Client

PAGES = (
    "display=trunks&tech=PJSIP&extdisplay=OUT_1", "display=trunks&tech=PJSIP&extdisplay=OUT_2",
    "display=trunks&tech=custom&extdisplay=OUT_4", "display=queues&view=form&extdisplay=7001",
    "display=queues&view=form&extdisplay=7002", "display=ringgroups&view=form&extdisplay=GRP-6004",
    "display=announcement&view=form&extdisplay=2", "display=timeconditions&view=form&itemid=2",
    "display=daynight&view=form&itemid=1&extdisplay=1", "display=paging&view=form&extdisplay=8501",
    "display=conferences&view=form&extdisplay=8001", "display=did&view=form&extdisplay=%2F",
    "display=did&view=form&extdisplay=15550200000%2F_44.", "display=extensions&extdisplay=1001",
    "display=extensions&extdisplay=1005", "display=extensions&extdisplay=1006",
    "display=extensions&extdisplay=1003", "display=extensions&extdisplay=1007",
    "display=findmefollow&view=form&extdisplay=GRP-1005",
)  # fmt: skip
"""Pages whose forms need no script to be sent back whole."""


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Emulator("17") as emulator:
        fill(emulator.pbx, 60)
        found = Client(emulator)
        found.log_in()
        yield found
        assert not emulator.crashes


@pytest.mark.parametrize("query", PAGES)
def test_a_page_sent_twice_changes_nothing_the_second_time(client: Client, query: str) -> None:
    client.send(query, client.form(query))
    before = client.emulator.state()
    client.send(query, client.form(query))
    assert changes(before, client.emulator.state()) == {}


def test_sending_an_extension_adds_what_the_recordings_say_and_no_more(client: Client) -> None:
    query = "display=extensions&extdisplay=1009"
    before = client.emulator.state()
    client.send(query, client.form(query))
    found = changes(before, client.emulator.state())
    kinds = {key.replace("1009", "N") for key in found if "/followme/" not in key}
    assert {each for each in kinds if not each.startswith("findmefollow/")} == {
        "astdb:/AMPUSER/N/dialopts", "astdb:/AMPUSER/N/intercom/override",
        "astdb:/AMPUSER/N/queues/qnostate", "sip/N/callerid", "sip/N/force_callerid",
        "sip/N/md5_cred", "sip/N/secret_origional", "sip/N/vmexten", "sip/N/webrtc",
    }  # fmt: skip


def test_an_ivr_sent_without_its_script_loses_its_entries(client: Client) -> None:
    query = "display=ivr&action=edit&id=2"
    form = client.form(query)
    assert [value for name, value in form if name == "entries[ext][]"] == ["0", ""]
    before = client.emulator.state()
    client.send("display=ivr", form)
    gone = {
        key for key, (_, now) in changes(before, client.emulator.state()).items() if now is None
    }
    assert gone == {
        f"ivr_entries/2/0/{name}" for name in ("ivr_id", "selection", "dest", "ivr_ret")
    }


def test_names_that_do_not_fit_are_cut(client: Client) -> None:
    names = {row["name"] for row in client.export("extensions")}
    assert any(len(name) == 50 for name in names)
    assert "R&D <lab>" in names


def test_the_same_size_gives_the_same_estate() -> None:
    def made() -> dict[str, str]:
        emulator = Emulator("16")
        fill(emulator.pbx, 40)
        secret = ("secret", "password", "ampusers", "client_id", "client_secret")
        state = emulator.state()
        return {key: value for key, value in state.items() if not any(s in key for s in secret)}

    assert made() == made()


def test_a_file_keeps_everything(tmp_path: Path) -> None:
    with Emulator("16") as emulator:
        fill(emulator.pbx, 30)
        save(emulator.pbx, tmp_path / "pbx.json")
    with Emulator(pbx=load(tmp_path / "pbx.json")) as again:
        assert changes(emulator.state(), again.state()) == {}
        assert again.pbx.version.number == "16"
        assert again.pbx.in_effect
        client = Client(again)
        client.log_in()
        assert client.data("{ system { version } }")["system"]["version"] == "16.0.40.11"
    assert (tmp_path / "pbx.json").stat().st_mode & 0o077 == 0
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(ValueError, match="holds no PBX"):
        load(tmp_path / "other.json")
