"""The order of outbound routes: where a form puts one, what dragging does, what is in no list."""

import pytest

from reconciler.lab.freepbx import somebody
from reconciler.lab.freepbx.server import Emulator
from tests.lab.freepbx.client import Client, changed

GRID = "module=core&command=getJSON&jdata=routingrnav"


@pytest.fixture
def routed(client: Client) -> Client:
    for name in ("emergency", "local", "world"):
        page = "display=routing&view=form"
        answer = client.send(page, changed(client.form(page), routename=name))
        assert answer.status_code == 200
    return client


def names(client: Client) -> list[str]:
    return [row["name"] for row in client.ajax(GRID)]


def edit(client: Client, number: int, **values: str) -> None:
    page = f"display=routing&view=form&id={number}"
    client.send(page, changed(client.form(page), **values))


def test_a_new_route_comes_last_and_route_seq_moves_it(routed: Client) -> None:
    assert names(routed) == ["emergency", "local", "world"]
    edit(routed, 3, route_seq="0")
    assert names(routed) == ["world", "emergency", "local"]
    edit(routed, 3)
    assert names(routed) == ["world", "emergency", "local"]
    rows = routed.page("display=routing").text.split('<tr id="row')[1:]
    assert [row[0] for row in rows] == ["3", "1", "2"]


def test_no_place_at_all_breaks_the_page_after_the_route_was_written(routed: Client) -> None:
    page = "display=routing&view=form"
    form = changed(routed.form(page), routename="lost", route_seq="")
    assert routed.send(page, form).status_code == 500
    assert "lost" not in names(routed)
    assert routed.emulator.state()["outbound_routes/4/name"] == "lost"


def test_what_comes_first_in_a_new_order_is_the_head_of_the_table(routed: Client) -> None:
    url = "/admin/ajax.php?module=core&command=updateRoutes"
    told = {"data[]": ["", "3", "1", "2"]}
    answer = routed.http.post(url, data=told, headers=routed.referer)
    assert answer.json() == [True, True, True]
    assert names(routed) == ["world", "emergency", "local"]
    assert [int(row["seq"]) for row in routed.ajax(GRID)] == [1, 2, 3]
    routed.http.post(url, data={"data[]": ["1", "2"]}, headers=routed.referer)
    assert names(routed) == ["local"]
    assert len(routed.emulator.pbx.tables.rows("outbound_routes")) == 3


def test_after_dragging_an_edit_of_17_moves_the_route_down(routed: Client) -> None:
    somebody.reorders_routes(routed.emulator.pbx, "world", "local", "emergency")
    edit(routed, 3, outcid="15550100")
    moved = ["local", "world", "emergency"]
    kept = ["world", "local", "emergency"]
    assert names(routed) == (moved if routed.emulator.pbx.version.is_17 else kept)


def test_numbers_of_the_database_are_texts_on_16(routed: Client, emulator: Emulator) -> None:
    row = routed.ajax(GRID)[1]
    assert (row["route_id"], row["seq"]) == ((2, 1) if emulator.pbx.version.is_17 else ("2", "1"))


@pytest.mark.parametrize(
    ("given", "kept"),
    [("+44n.", "+44N."), ("1 (555) w", "1555"), ("<&>", ""), ("[2-9]x", "[2-9]X")],
)
def test_of_a_pattern_only_what_can_be_dialled_is_kept(
    client: Client, given: str, kept: str
) -> None:
    page = "display=routing&view=form"
    pattern = (
        '[{"prepend_digit":"","pattern_prefix":"","pattern_pass":"%s","match_cid":""}]' % given  # noqa: UP031
    )
    client.send(page, changed(client.form(page), routename="r", dialpatterndata=pattern))
    found = client.emulator.pbx.tables.rows("outbound_route_patterns")
    assert [row["match_pattern_pass"] for row in found] == ([kept] if kept else [])
