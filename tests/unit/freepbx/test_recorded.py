"""Every exchange that was recorded with a real FreePBX is understood as what it was."""

import json
import re
from html import escape

import httpx
import pytest
import respx

from reconciler.adapters.freepbx.access import Access
from reconciler.adapters.freepbx.answers import (
    is_without_module,
    read_ajax,
    read_graphql,
    refusal_of,
)
from reconciler.adapters.freepbx.graphql import Graphql
from reconciler.adapters.freepbx.kinds import (
    extension,
    inbound_route,
    trunk,
)
from reconciler.adapters.freepbx.names import Names
from reconciler.adapters.freepbx.web import Web
from reconciler.adapters.freepbx.words import Unspeakable, Words
from reconciler.errors import AdapterError, AuthenticationFailed, Refused
from reconciler.transport.html import forms_of
from reconciler.transport.http import Http
from tests.lab.freepbx.replay.exchanges import Exchange, folder

WHERE = folder()
URL = "http://pbx.example"
FORMS = (
    json.loads((WHERE.parent / "freepbx-web-forms.json").read_text(encoding="utf-8"))
    if WHERE is not None
    else {}
)
pytestmark = pytest.mark.skipif(
    WHERE is None,
    reason="NOTHING WAS READ: shared/facts/freepbx-exchanges is not beside the checkout",
)


def recorded(*addresses):
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
            words = Words(Names(numbers=frozenset({"1001"})))
            try:
                read(dict(zip(header, row, strict=True)), words)
            except Unspeakable:
                continue
            rows += 1
            assert proof in words.fields
    assert rows or WHERE is None


class Wire:
    """Answers as they were recorded, one after the other, through the real client."""

    def __init__(self, *recordings):
        self.answers = [_answer(each) for each in recordings]

    def __enter__(self):
        self.mock = respx.mock(base_url=URL)
        self.mock.start()
        self.mock.route().mock(side_effect=self.answers)
        return self

    def __exit__(self, *_):
        self.mock.stop()


def _answer(each):
    body = each.response.get("json")
    page = each.response.get("page")
    if body is not None:
        text = json.dumps(body)
    elif page:
        whoops = '<div class="Whoops">' if page.get("whoops") else ""
        login = '<form id="loginform">' if page.get("login_form") else ""
        text = f"<html><head><title>{page.get('title')}</title></head>{whoops}{login}</html>"
    else:
        text = str(each.response.get("body") or "")
        if each.response.get("has_login_form") and 'id="loginform"' not in text:
            text += '<form id="loginform">'  # the recording cuts the page before it
    return httpx.Response(each.response["status"], text=text)


async def _said(work):
    """What the client makes of it: an answer, or its error."""
    async with Http.open(URL, target="pbx", timeout_s=1, writes_per_s=1000) as http:
        try:
            return await work(http)
        except AdapterError as error:
            return error


ACCESS = Access(
    url=URL, client_id="c" * 64, client_secret="client-secret", web_username="admin",
    web_password="web-password",
)  # fmt: skip
IN = Exchange(
    "made", 0, "a session", {}, {"status": 200, "body": "<html>in</html>"}, {}
)  # fmt: skip
"""The answer to a login that is taken."""


async def test_tokens_are_got_or_refused_as_they_were():
    found = [each for each in recorded("/token") if each.request["method"] == "POST"]
    assert WHERE is None or len(found) > 20
    for each in found:
        with Wire(each, _data_of({})):
            said = await _said(lambda http: Graphql(http, ACCESS, "pbx").ask("{ x }", doing="it"))
        if "access_token" in (each.response.get("json") or {}):
            assert not isinstance(said, AdapterError), each.name
        else:
            assert isinstance(said, AuthenticationFailed), each.name
            words = each.response["json"]["error"]
            assert str(words) in str(said), each.name


def _data_of(data):
    return Exchange("made", 0, "data", {}, {"status": 200, "json": {"data": data}}, {})


async def test_every_answer_to_a_form_is_taken_or_refused_as_it_was():
    """A change has no answer but the page: an error page is refused, all others are read back."""
    found = [each for each in recorded("/config.php") if each.response.get("page")]
    assert WHERE is None or len(found) > 20
    for each in found:
        with Wire(IN, each, IN):
            said = await _said(lambda http: Web(http, ACCESS, "pbx").submit({}, [], doing="it"))
        failed = each.response["status"] >= 400 or each.response["page"].get("whoops")
        assert isinstance(said, Refused) == bool(failed), each.name


async def test_every_page_shows_whether_somebody_is_logged_in():
    for each in recorded("/config.php"):
        if "has_login_form" not in each.response or each.response.get("csv_header"):
            continue
        with Wire(IN, each, IN, each):
            said = await _said(lambda http: Web(http, ACCESS, "pbx").page({}, doing="it"))
        gone = each.response["has_login_form"]
        assert isinstance(said, AuthenticationFailed) == bool(gone), each.name


async def test_every_answer_of_ajax_is_data_a_lost_session_or_a_refusal():
    found = recorded("/ajax.php")
    assert WHERE is None or len(found) > 40
    for each in found:
        body = each.response.get("json")
        with Wire(IN, each, IN, each):
            said = await _said(lambda http: Web(http, ACCESS, "pbx").ajax("m", "c", doing="it"))
        error = body.get("error") if isinstance(body, dict) else None
        if error == "Not Authenticated":
            assert isinstance(said, AuthenticationFailed), each.name
        elif error or each.response["status"] >= 400 or body is None:
            assert isinstance(said, Refused), each.name
            assert is_without_module(said.reply) == ("didn't exist" in str(body) or "declined" in
                                                     str(body)), each.name  # fmt: skip
        elif isinstance(body, dict) and body.get("status") is False:
            assert isinstance(said, Refused), each.name
        else:
            assert said == body, each.name


async def test_apply_config_over_the_web_is_told_as_it_was():
    for each in recorded("/ajax.php"):
        if "command=reload" not in each.request["path"]:
            continue
        with Wire(IN, each):
            said = await _said(
                lambda http: Web(http, ACCESS, "pbx").reload(doing="it", timeout_s=1)
            )
        assert said == (each.response["json"]["message"], each.response["json"]["status"])


async def test_every_page_of_the_recorded_forms_is_read_as_a_browser_would():
    """The forms' fields, as recorded, drawn as a page and read again."""
    assert WHERE is None or len(FORMS) > 15
    for name, page in FORMS.items():
        for form in page["forms"]:
            (read,) = [f for f in forms_of(_drawn(form)) if f.pairs or not form["fields"]]
            for each in form["fields"]:
                if each["type"] in ("text", "hidden") and each.get("value") is not None:
                    assert each["value"] in read.all(each["name"]), (name, each["name"])
                if each["type"] == "select" and not each.get("multiple") and each["options"]:
                    assert each["value"] in read.all(each["name"]), (name, each["name"])
                    assert set(each["options"]) <= set(read.choices[each["name"]])


def _drawn(form):
    return f'<form name="{form["name"]}">{"".join(map(_control, form["fields"]))}</form>'


def _control(each):
    name, value = escape(each["name"]), escape(str(each.get("value") or ""))
    if each["type"] == "select":
        chosen = each.get("value")
        options = "".join(
            f'<option value="{escape(one)}"{" selected" if one == chosen else ""}>x</option>'
            for one in each["options"]
        )
        return (
            f'<select name="{name}"{" multiple" if each.get("multiple") else ""}>{options}</select>'
        )
    checked = " checked" if each.get("checked") else ""
    return f'<input type="{each["type"]}" name="{name}" value="{value}"{checked}>'


def test_no_recorded_exchange_is_left_out():
    """Each is read by one of the tests here; REST is not spoken by the client."""
    known = ("/gql", "/gql/", "/graphql", "/token", "/ajax.php", "/config.php")
    left = {each.request["path"].split("?")[0] for each in recorded("")} - {
        each.request["path"].split("?")[0] for each in recorded(*known)
    }
    assert all("/api/rest/" in each or each.endswith("/nosuch") for each in left), left
