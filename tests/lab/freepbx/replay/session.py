"""Sends recorded requests to an emulator: with its own tokens, sessions and addresses."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import urlencode

import httpx

from reconciler.lab.freepbx.oauth import add_application
from reconciler.lab.freepbx.server import Emulator
from tests.lab.freepbx.client import Client
from tests.lab.freepbx.replay.exchanges import Exchange

RECORDED_HOST = re.compile(r"http://127\.0\.0\.1:\d+")
SCOPED = re.compile(r"what a token with scope (\S+) sees")
LIMITED = {
    "token lacks the scope: field is not in the schema": "gql:framework:read:modules",
    "read:modules scope is enough for doreload (mutation)": "gql:framework:read:modules",
    "gql token on rest": "gql",
}


class Session:
    """One emulator, and an application that may do `gql` only, as when the errors were recorded."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        for name in emulator.pbx.version.usual:
            del emulator.pbx.modules[name]  # The recorded systems had fewer modules than most.
        self.client = Client(emulator)
        self.bare = httpx.Client(base_url=emulator.url, timeout=30)
        self.application = add_application(emulator.pbx, "gql only", "gql")
        self._tokens: dict[str, str] = {}

    def token(self, scope: str = "") -> str:
        if scope not in self._tokens:
            self._tokens[scope] = self.client.bearer(scope)["Authorization"]
        return self._tokens[scope]

    def send(self, exchange: Exchange) -> httpx.Response:
        """Send a request as it was recorded."""
        request = exchange.request
        headers = {
            name: RECORDED_HOST.sub(self.emulator.url, value)
            for name, value in request.get("headers", {}).items()
            if name not in ("Cookie", "Accept", "User-Agent", "Accept-Encoding", "Host")
        }
        if "Authorization" in headers:
            headers["Authorization"] = self._authorization(exchange, headers["Authorization"])
        http = self._client(request)
        content = self._content(request, headers)
        return http.request(request["method"], request["path"], headers=headers, content=content)

    def _authorization(self, exchange: Exchange, given: str) -> str:
        if given.startswith("Basic"):
            own = self.application
            pair = f"{own['client_id']}:{own['client_secret']}"
            return f"Basic {base64.b64encode(pair.encode()).decode()}"
        if given != "Bearer <jwt>":
            return given
        scoped = SCOPED.match(exchange.case)
        token = self.token(scoped[1] if scoped else LIMITED.get(exchange.case, ""))
        return f"{token}x" if "broken signature" in exchange.case else token

    def _client(self, request: dict[str, Any]) -> httpx.Client:
        """The logged-in one where a cookie was sent; the recorded exports leave theirs out."""
        if "Cookie" in request.get("headers", {}) or "activity=export" in request["path"]:
            return self.client.http
        if request["path"].startswith("/admin/api"):
            self.bare.cookies.clear()
            return self.bare
        self.client.http.cookies.clear()
        return self.client.http

    def _content(self, request: dict[str, Any], headers: dict[str, str]) -> bytes | None:
        if "form" in request:
            form = request["form"]
            pairs = list(form.items()) if isinstance(form, dict) else [tuple(each) for each in form]
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
            return urlencode(pairs).encode()
        if "json" in request:
            return self._own(json.dumps(request["json"])).encode()
        if "body" in request:
            return self._own(request["body"]).encode()
        return None

    def _own(self, text: str) -> str:
        own = self.application
        text = text.replace("<64 hex digits>", own["client_id"])
        return text.replace("<client secret, 32 hex digits>", own["client_secret"])
