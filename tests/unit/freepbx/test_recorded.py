"""Every exchange that was recorded with a real FreePBX is understood as what it was."""

import re

import pytest

from reconciler.adapters.freepbx import extension, inbound_route, trunk
from reconciler.adapters.freepbx.answers import read_ajax, read_graphql, refusal_of
from reconciler.adapters.freepbx.names import Names
from reconciler.adapters.freepbx.words import Unspeakable, Words
from tests.lab.freepbx.replay.exchanges import Exchange, folder

WHERE = folder()
pytestmark = pytest.mark.skipif(
    WHERE is None,
    reason="NOTHING WAS READ: shared/facts/freepbx-exchanges is not beside the checkout",
)


def recorded(*addresses):
    import json

    if WHERE is None:
        return []
    return [
        Exchange(
            file.stem, place, str(each.get("case", "")), each["request"], each["response"], each
        )
        for file in sorted(WHERE.rglob("*.json"))
        for place, each in enumerate(json.loads(file.read_text(encoding="utf-8"))["exchanges"])
        if "request" in each and each["request"]["path"].split("?")[0].endswith(addresses)
    ]


def test_answers_of_graphql_are_data_a_refusal_or_a_token_that_is_over():
    found = recorded("/gql", "/gql/", "/graphql")
    assert not WHERE or len(found) > 200
    for each in found:
        body = each.response.get("json")
        said = read_graphql(body)
        if not isinstance(body, dict):
            assert said.what == "no", each.name
            continue
        if "error" in body:
            assert said.what in ("token", "no"), each.name
        elif body.get("errors") and not _any(body.get("data")):
            assert said.what == "no", each.name
        elif isinstance(body.get("data"), dict):
            assert said.what == "data", each.name
            assert said.data == body["data"]
        assert said.what == "data" or said.words, each.name
        assert "eyJ" not in said.words


def _any(data):
    return isinstance(data, dict) and any(each is not None for each in data.values())


def test_tokens_that_are_over_are_told_from_everything_else():
    taken = [each for each in recorded("/gql") if each.file in ("token-errors", "token-expired")]
    said = [read_graphql(each.response.get("json")) for each in taken]
    assert "token" in {each.what for each in said}


def test_mutations_have_happened_only_if_they_say_so():
    for each in recorded("/gql"):
        body = each.response.get("json")
        asked = each.request.get("json")
        query = asked.get("query") if isinstance(asked, dict) else None
        if not str(query).lstrip().startswith("mutation") or not isinstance(body, dict):
            continue
        for name, answer in (body.get("data") or {}).items():
            if isinstance(answer, dict) and "status" in answer:
                refused = refusal_of(read_graphql(body), [name])
                assert (refused is None) == (answer["status"] is True), each.name
            elif answer is None:
                assert refusal_of(read_graphql(body), [name], plain=[name]), each.name


def test_a_session_that_is_gone_is_seen_in_what_ajax_answers():
    for each in recorded("/ajax.php"):
        said = read_ajax(each.response["status"], each.response.get("json"))
        text = str(each.response.get("json"))
        if re.search("not authenticated", text, re.I):
            assert said, each.name
        elif isinstance(each.response.get("json"), list):
            assert said is None, each.name


@pytest.mark.parametrize(
    ("export", "read", "proof"),
    [
        ("extensions", extension.from_row, "name"),
        ("dids", inbound_route.from_row, "destination"),
        ("trunks", trunk.from_row, "transport"),
    ],
)
def test_rows_of_the_bulk_export_are_read(export, read, proof):
    rows = 0
    for each in recorded("/config.php"):
        header = each.response.get("csv_header")
        if not header or f"export={export}" not in each.request["path"]:
            continue
        for row in each.response["csv_first_rows"]:
            words = Words(Names(extensions=frozenset({"1001"})))
            try:
                read(dict(zip(header, row, strict=True)), words)
            except Unspeakable:
                continue
            rows += 1
            assert proof in words.fields
    assert rows or WHERE is None
