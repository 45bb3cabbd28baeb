"""Music classes and system recordings over the web."""

from tests.lab.freepbx.client import Client, changed

CLASSES = "module=music&command=getJSON&jdata=categories"


def save(client: Client, **values: str) -> None:
    told = {"module": "music", "command": "save", **values}
    answer = client.http.post("/admin/ajax.php", data=told, headers=client.referer)
    assert answer.json() == {"status": True}


def test_a_class_is_added_changed_over_ajax_and_deleted(client: Client) -> None:
    form = client.form("display=music&action=add")
    client.send("display=music", changed(form, category="The Lobby's", type="custom"))
    assert [row["category"] for row in client.ajax(CLASSES)] == ["default", "thelobbys"]
    client.send("display=music", changed(form, category="THE LOBBYS"))
    assert len(client.ajax(CLASSES)) == 2
    save(client, id="2", type="custom", application="/usr/bin/stream", erand="no")
    page = dict(client.form("display=music&action=edit&id=2"))
    assert (page["application"], page["format"], page["erand"]) == ("/usr/bin/stream", "", "no")
    save(client, id="2", type="files", erand="yes")
    assert client.emulator.state()["music/2/application"] == ""
    queue = client.page("display=queues&view=form").text
    assert '<option value="thelobbys">' in queue
    client.send("display=music&action=delete&id=2", [])
    assert len(client.ajax(CLASSES)) == 1


def test_recordings_are_listed_and_deleted(client: Client) -> None:
    client.data(
        'mutation { addRecording(input: {name: "Welcome", description: "d", playback: ["custom/w"],'
        ' language: "en", fcode: "0", fcode_pass: ""}) { status } }'
    )
    row = client.ajax("module=recordings&command=grid")[0]
    assert (row["displayname"], row["filename"], row["languages"]) == (
        "Welcome", "custom/w", "English",
    )  # fmt: skip
    client.send("display=recordings&action=delete&id=1", [])
    assert client.ajax("module=recordings&command=grid") == []
