"""How an answer of the emulator differs from the recorded one. Made-up values count as equal."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import httpx
from lxml import html

MADE_UP = re.compile(r"[0-9a-f]{32}|\$2y\$.{56}")
"""Random secrets and bcrypt hashes."""
HIDDEN = re.compile(r"<[A-Za-z0-9, ]*(?:jwt|hash|hex digits|password|session)[^>]*>")
"""What the recording masks: `<jwt>`, `<bcrypt hash>`, `<64 hex digits>`, `<AMI password>`."""


def _same_text(recorded: str, own: str) -> bool:
    if HIDDEN.search(recorded):
        pattern = "".join(
            ".*" if HIDDEN.fullmatch(part) else re.escape(part)
            for part in re.split(f"({HIDDEN.pattern})", recorded)
        )
        return re.fullmatch(pattern, own, re.DOTALL) is not None
    return recorded == own or bool(MADE_UP.fullmatch(recorded) and MADE_UP.fullmatch(own))


def values(recorded: Any, own: Any, path: str = "") -> Iterator[str]:
    """Paths at which two JSON values differ, with both values."""
    if isinstance(recorded, str) and isinstance(own, str):
        if not _same_text(recorded, own):
            yield f"{path}: {recorded!r} was recorded, {own!r} came"
    elif isinstance(recorded, dict) and isinstance(own, dict):
        for key in [*recorded, *(key for key in own if key not in recorded)]:
            if key in recorded and key in own:
                yield from values(recorded[key], own[key], f"{path}.{key}")
            else:
                where = "came and was not recorded" if key in own else "was recorded and is missing"
                yield f"{path}.{key}: {where}"
    elif isinstance(recorded, list) and isinstance(own, list):
        if len(recorded) != len(own):
            yield f"{path}: {len(recorded)} items were recorded, {len(own)} came"
        for place, pair in enumerate(zip(recorded, own, strict=False)):
            yield from values(*pair, path=f"{path}[{place}]")
    elif recorded != own or isinstance(recorded, bool) != isinstance(own, bool):
        yield f"{path}: {recorded!r} was recorded, {own!r} came"


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def answers(recorded: dict[str, Any], own: httpx.Response) -> Iterator[str]:
    """Differences of status, kind of content, and content."""
    if recorded["status"] != own.status_code:
        yield f"status: {recorded['status']} was recorded, {own.status_code} came: {own.text[:200]}"
    headers = {name.lower(): value for name, value in recorded["headers"].items()}
    came = own.headers.get("content-type", "")
    if _kind(headers["content-type"]) != _kind(came):
        yield f"type: {headers['content-type']} was recorded, {came} came"
    for name in ("location", "www-authenticate", "content-disposition"):
        if headers.get(name) != own.headers.get(name):
            yield f"{name}: {headers.get(name)} was recorded, {own.headers.get(name)} came"
    session = "PHPSESSID" in str(headers.get("set-cookie", ""))
    if session and "PHPSESSID" not in own.headers.get("set-cookie", ""):
        yield "set-cookie: a session was recorded and did not come"
    yield from _content(recorded, own)


def _content(recorded: dict[str, Any], own: httpx.Response) -> Iterator[str]:
    if "csv_header" in recorded:
        rows = list(csv.reader(io.StringIO(own.text)))
        yield from values(recorded["csv_header"], rows[0] if rows else [], "header")
        taken = len(recorded["csv_first_rows"])
        yield from values(recorded["csv_first_rows"], rows[1 : 1 + taken], "rows")
    elif "json" in recorded:
        if isinstance(recorded["json"], str) and recorded["json"].startswith("("):
            return  # The recording says only how long it was.
        try:
            found = own.json()
        except ValueError:
            yield f"JSON was recorded, {own.text[:100]!r} came"
            return
        data = recorded["json"]
        if isinstance(data, dict) and data.get("data") == "(data present)":
            data, found = {**data, "data": None}, {**found, "data": None}
        yield from values(data, found)
    else:
        yield from _page(recorded.get("page", recorded), own)


def _page(recorded: dict[str, Any], own: httpx.Response) -> Iterator[str]:
    body = own.text
    login = recorded.get("login_form", recorded.get("has_login_form", False))
    if login != ('id="loginform"' in body):
        yield f"a login form: {login} was recorded"
    title = recorded.get("title")
    found = html.document_fromstring(body).findtext(".//title") if body else None
    if title is not None and title != found:
        yield f"title: {title!r} was recorded, {found!r} came"
    if recorded.get("body") == "" and body:
        yield "an empty page was recorded"
