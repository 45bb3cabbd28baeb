"""A client for tests of the emulator: tokens, GraphQL, a web session, forms as browsers send."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
from lxml import html

from reconciler.lab.freepbx.server import Emulator

CONFIG = "/admin/config.php"


class Client:
    """Talks to one emulator as an administrator with every right."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.http = httpx.Client(base_url=emulator.url, timeout=60)
        self._token = ""

    @property
    def referer(self) -> dict[str, str]:
        return {"Referer": f"{self.emulator.url}{CONFIG}"}

    def bearer(self, scope: str = "") -> dict[str, str]:
        own = self.emulator.pbx.credentials
        form = {
            "grant_type": "client_credentials", "client_id": own.client_id,
            "client_secret": own.client_secret, "scope": scope,
        }  # fmt: skip
        answer = self.http.post("/admin/api/api/token", data=form)
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def ask(self, query: str, **variables: Any) -> httpx.Response:
        """Send a GraphQL request."""
        if not self._token:
            self._token = self.bearer()["Authorization"]
        body = {"query": query, "variables": variables}
        own = {"Authorization": self._token}
        return self.http.post("/admin/api/api/gql", json=body, headers=own)

    def data(self, query: str, **variables: Any) -> Any:
        """The data of a GraphQL request that has to work."""
        answer = self.ask(query, **variables)
        assert answer.status_code == 200, answer.text
        assert "errors" not in answer.json(), answer.text
        return answer.json()["data"]

    def rest(self, route: str) -> Any:
        if not self._token:
            self._token = self.bearer()["Authorization"]
        own = {"Authorization": self._token}
        return self.http.get(f"/admin/api/api/rest/{route}", headers=own).json()

    def log_in(self) -> None:
        own = self.emulator.pbx.credentials
        form = {"username": own.web_user, "password": own.web_password}
        self.http.get(CONFIG)
        answer = self.http.post(CONFIG, data=form)
        assert 'id="loginform"' not in answer.text

    def page(self, query: str) -> httpx.Response:
        return self.http.get(f"{CONFIG}?{query}", headers=self.referer)

    def form(self, query: str) -> list[tuple[str, str]]:
        """The form of a page as a browser without scripts would send it."""
        document = html.document_fromstring(self.page(query).text)
        return [pair for element in document.forms[0].iter() for pair in _sent(element)]

    def send(self, query: str, form: list[tuple[str, str]]) -> httpx.Response:
        content = str(httpx.QueryParams(form))
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        url = f"{CONFIG}?{query}"
        return self.http.post(url, content=content, headers={**self.referer, **kind})

    def ajax(self, query: str) -> Any:
        return self.http.get(f"/admin/ajax.php?{query}", headers=self.referer).json()

    def export(self, kind: str) -> list[dict[str, str]]:
        query = f"display=bulkhandler&quietmode=1&activity=export&export={kind}"
        return list(csv.DictReader(io.StringIO(self.page(query).text)))


def _sent(element: Any) -> list[tuple[str, str]]:
    """What a browser sends of one control."""
    name = element.get("name")
    if not name or element.tag not in ("input", "select", "textarea"):
        return []
    if element.tag == "select":
        options = element.findall(".//option")
        chosen = [each for each in options if "selected" in each.attrib]
        first = options[:1] if "multiple" not in element.attrib else []
        return [(name, each.get("value", "")) for each in chosen or first]
    if element.tag == "textarea":
        return [(name, (element.text or "").removeprefix("\n"))]
    if element.get("type") in ("radio", "checkbox") and "checked" not in element.attrib:
        return []
    return [(name, element.get("value", ""))]


def changed(form: list[tuple[str, str]], **values: str) -> list[tuple[str, str]]:
    """A form with some fields said anew."""
    kept = [(name, value) for name, value in form if name not in values]
    return [*kept, *values.items()]
