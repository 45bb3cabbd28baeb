"""What clients trip over, as real systems answered it: kept here, so that it is always tried."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.lab.freepbx.server import Emulator
from tests.lab.freepbx.client import Client

EXCERPTS: dict[str, Any] = json.loads(Path(__file__).with_name("excerpts.json").read_text())
PEOPLE = (
    {"extensionId": "1001", "name": "Alice Adams", "email": "alice@example.com"},
    {"extensionId": "1003", "name": "Carol", "email": "c@example.com", "umEnable": False},
)


@pytest.fixture(scope="module", params=["17", "16"])
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    version: Any = request.param
    with Emulator(version) as emulator:
        found = Client(emulator)
        found.log_in()
        for given in PEOPLE:
            found.data(
                "mutation($i: addExtensionInput!) { addExtension(input: $i) { status } }", i=given
            )
        found.data(
            'mutation { addRingGroup(input: {groupNumber: 600, strategy: "hunt-prim", '
            'extensionList: "1001-1003"}) { status } }'
        )
        yield found
        assert not emulator.crashes


@pytest.mark.parametrize("excerpt", EXCERPTS["graphql"], ids=lambda each: each[0])
def test_graphql_answers_as_recorded(client: Client, excerpt: Any) -> None:
    _, query, on_17, on_16 = excerpt
    is_17 = client.emulator.pbx.version.is_17 or on_16 == "same"
    status, kind, body = on_17 if is_17 else on_16
    answer = client.ask(query)
    assert (answer.status_code, answer.json()) == (status, body)
    assert answer.headers["content-type"].partition(";")[0] == kind


@pytest.mark.parametrize("excerpt", EXCERPTS["ajax"], ids=lambda each: each[0])
def test_ajax_answers_as_recorded(client: Client, excerpt: Any) -> None:
    _, query, status, body = excerpt
    answer = client.http.get(f"/admin/ajax.php?{query}", headers=client.referer)
    assert (answer.status_code, answer.json()) == (status, body)


def test_a_bad_token(client: Client) -> None:
    answer = client.http.post("/admin/api/api/gql", json={"query": "{ system { version } }"})
    if client.emulator.pbx.version.is_17:
        assert (answer.status_code, answer.json()["error"]["code"]) == (500, 9)
    else:
        assert (answer.status_code, answer.json()["error"]) == (401, "access_denied")


def test_a_json_body_at_the_token_url(client: Client) -> None:
    own = client.emulator.pbx.credentials
    body = {
        "grant_type": "client_credentials", "client_id": own.client_id,
        "client_secret": own.client_secret,
    }  # fmt: skip
    answer = client.http.post("/admin/api/api/token", json=body)
    assert answer.status_code == (400 if client.emulator.pbx.version.is_17 else 200)


def test_a_scope_hides_what_it_does_not_open(client: Client) -> None:
    own = client.bearer("gql:ringgroups:read")
    body = {"query": "{ fetchAllExtensions { status } }"}
    answer = client.http.post("/admin/api/api/gql", json=body, headers=own)
    assert (
        'Cannot query field "fetchAllExtensions" on type "Query".'
        in answer.json()["errors"][0]["message"]
    )


def test_rest_says_unauthorized_with_200(client: Client) -> None:
    own = client.bearer("gql")
    answer = client.http.get("/admin/api/api/rest/core/users", headers=own)
    assert (answer.status_code, answer.json()["message"]) == (200, "unauthorized")


def test_ajax_looks_at_the_referer_before_the_session(client: Client) -> None:
    url = "/admin/ajax.php?module=core&command=getJSON&jdata=allTrunks"
    for headers in ({}, {"Referer": "http://evil.example/"}):
        answer = client.http.get(url, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (
            403,
            "ajaxRequest declined - Referrer",
        )


def test_a_change_without_a_referer_is_a_page_that_changes_nothing(client: Client) -> None:
    before = client.emulator.state()
    form = {"tech": "pjsip", "trunk_name": "norefer"}
    answer = client.http.post("/admin/config.php?display=trunks&action=addtrunk", data=form)
    assert answer.status_code == 200
    assert "Potential Security Breach" in answer.text
    assert client.emulator.state() == before
