"""Every channel sees what the others write, and a page that is sent unchanged changes little."""

import pytest

from reconciler.lab.freepbx.state import changes
from tests.lab.freepbx.client import Client, changed

ADD = "mutation($i: addExtensionInput!) { addExtension(input: $i) { status message } }"


def people(client: Client) -> None:
    for number, name in (("1001", "Alice Adams"), ("1003", "Carol")):
        given = {
            "extensionId": number, "name": name, "email": f"{number}@example.com",
            "vmEnable": True, "vmPassword": "4242",
        }  # fmt: skip
        assert client.data(ADD, i=given)["addExtension"]["status"] is True


def test_an_extension_of_graphql_is_in_every_channel(client: Client) -> None:
    people(client)
    fetched = client.data('{ fetchExtension(extensionId: "1001") { user { extPassword name } } }')
    secret = fetched["fetchExtension"]["user"]["extPassword"]
    grid = client.ajax("module=core&command=getExtensionGrid&type=all&order=asc")
    exported = client.export("extensions")
    form = dict(client.form("display=extensions&extdisplay=1001"))
    assert [row["extension"] for row in grid] == ["1001", "1003"]
    assert exported[0]["secret"] == secret == form["devinfo_secret"]
    assert exported[0]["voicemail_vmpwd"] == form["vmpwd"] == "4242"
    assert client.rest("core/users/1001")["name"] == "Alice Adams"


TRUNK = {"trunk_name": "carrier-a", "sip_server": "203.0.113.10", "secret": "TrunkSecret1"}


def add_trunk(client: Client, **values: str) -> None:
    page = "display=trunks&tech=PJSIP"
    answer = client.send("display=trunks", changed(client.form(page), **{**TRUNK, **values}))
    assert answer.status_code == 302


def test_a_trunk_name_may_come_twice(client: Client) -> None:
    add_trunk(client)
    add_trunk(client)
    grid = client.ajax("module=core&command=getJSON&jdata=allTrunks")
    assert [(int(row["trunkid"]), row["name"]) for row in grid] == [
        (1, "carrier-a"),
        (2, "carrier-a"),
    ]


def test_patterns_and_trunks_that_are_left_out_of_a_route_are_wiped(client: Client) -> None:
    add_trunk(client)
    patterns = '[{"prepend_digit":"","pattern_prefix":"9","pattern_pass":"NXXXXXX","match_cid":""}]'
    new = changed(
        client.form("display=routing&view=form"), routename="local", dialpatterndata=patterns,
        **{"trunkpriority[0]": "1"},
    )  # fmt: skip
    client.send("display=routing", new)
    before = client.emulator.state()
    assert before["outbound_route_patterns/1/9/NXXXXXX///match_pattern_pass"] == "NXXXXXX"
    bare = [
        (name, value)
        for name, value in client.form("display=routing&view=form&id=1")
        if not name.startswith("trunkpriority")
    ]
    client.send("display=routing&view=form&id=1", bare)
    left = client.emulator.state()
    gone = {key.partition("/")[0] for key in changes(before, left) if key not in left}
    assert gone == {"outbound_route_patterns", "outbound_route_trunks"}


def test_wrong_keys_of_patterns_break_the_page(client: Client) -> None:
    form = {"action": "addroute", "routename": "bad", "dialpatterndata": '[{"pattern": "X."}]'}
    before = client.emulator.state()
    assert client.send("display=routing", list(form.items())).status_code == 500
    assert client.emulator.state() == before


@pytest.mark.parametrize(
    "query",
    [
        "display=trunks&extdisplay=OUT_1", "display=ringgroups&view=form&extdisplay=600",
        "display=did&view=form&extdisplay=15552000%2F",
    ],
)  # fmt: skip
def test_a_page_sent_back_as_it_came_changes_nothing(client: Client, query: str) -> None:
    people(client)
    add_trunk(client)
    client.data(
        'mutation { addRingGroup(input: {groupNumber: 600, strategy: "ringall", description: "S",'
        ' extensionList: "1001-1003", groupPrefix: ""}) { status } addInboundRoute(input: '
        '{extension: "15552000", destination: "from-did-direct,1001,1"}) { status } }'
    )
    client.send(query, client.form(query))  # What a first sending adds, it adds once.
    before = client.emulator.state()
    answer = client.send(query, client.form(query))
    assert answer.status_code == 200
    assert client.emulator.state() == before
