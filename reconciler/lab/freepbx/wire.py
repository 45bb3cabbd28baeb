"""A request as the emulator sees it, and an answer as it gives it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http.cookies import SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

JSON = "application/json"
HTML = "text/html; charset=UTF-8"

Pairs = list[tuple[str, str]]
Params = dict[str, Any]
"""Parameters as PHP has them: texts, lists (`a[]`) and maps (`a[b]`)."""

_KEY = re.compile(r"\[([^\]]*)\]")


class Reply(NamedTuple):
    """Status, body (bytes, text or what becomes JSON), content type and further headers."""

    status: int
    body: Any
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()

    def payload(self) -> bytes:
        """The body as it goes over the wire."""
        if isinstance(self.body, bytes):
            return self.body
        if self.content_type.startswith(JSON):
            return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()
        if isinstance(self.body, str):
            return self.body.encode()
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Request:
    """One HTTP request. Names of headers are in lower case."""

    method: str
    path: str
    query_text: str
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def query(self) -> Params:
        """Parameters of the URL."""
        return php_params(parse_qsl(self.query_text, keep_blank_values=True))

    @cached_property
    def form_pairs(self) -> Pairs:
        """The form in the order of its fields."""
        kind = self.headers.get("content-type", "")
        if not kind.startswith("application/x-www-form-urlencoded"):
            return []
        return parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True)

    @cached_property
    def form(self) -> Params:
        """The form as PHP has it in `$_POST`."""
        return php_params(self.form_pairs)

    @cached_property
    def params(self) -> Params:
        """PHP's `$_REQUEST`: the form goes before the URL."""
        return {**self.query, **self.form}

    @cached_property
    def cookies(self) -> dict[str, str]:
        """Cookies by name."""
        jar = SimpleCookie(self.headers.get("cookie", ""))
        return {name: morsel.value for name, morsel in jar.items()}

    @property
    def bearer(self) -> str | None:
        """The token of the Authorization header."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if kind.lower() == "bearer" else None

    @property
    def basic(self) -> tuple[str, str] | None:
        """User and password of the Authorization header."""
        kind, _, text = self.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return None
        user, _, password = base64.b64decode(text + "==").decode(errors="replace").partition(":")
        return user, password


def php_params(pairs: Pairs) -> Params:
    """Read `a=1&b[]=2&c[d][e]=3` as PHP does: the last of the same name wins."""
    found: Params = {}
    for name, value in pairs:
        base, bracket, _ = name.partition("[")
        keys = [base, *_KEY.findall(name[len(base) :])] if bracket else [base]
        _put(found, keys, value)
    return found


def _put(into: Params, keys: list[str], value: str) -> None:
    here = into
    for key, following in zip(keys, [*keys[1:], None], strict=True):
        own = key if key != "" else str(len(here))
        if following is None:
            here[own] = value
            return
        deeper = here.get(own)
        if not isinstance(deeper, dict):
            deeper = here[own] = {}
        here = deeper


def listed(params: Params, name: str) -> list[Any]:
    """The values of `name[]` in order; empty when there are none."""
    found = params.get(name)
    return list(found.values()) if isinstance(found, dict) else []


def text(params: Params, name: str, default: str = "") -> str:
    """A parameter that is one text."""
    found = params.get(name, default)
    return found if isinstance(found, str) else default


def php_error(kind: str, message: str, code: int, file: str, line: int) -> Reply:
    """The 500 that 17's error page gives to those who want JSON."""
    own = {
        "type": kind, "message": message, "code": code, "file": f"/var/www/html/admin/{file}",
        "line": line,
    }  # fmt: skip
    return Reply(500, {"error": own})
