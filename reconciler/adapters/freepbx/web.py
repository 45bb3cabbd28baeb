"""The web pages: log in, read pages, grids and exports, send forms. What the API cannot do.

A session may end at any moment, in the middle of an apply too; then the answer is the login page
(or `Not Authenticated` from ajax.php), nothing was done, and after a new login the same is sent
once more. Every request carries a Referer of the own host: without it, FreePBX declines ajax.php
and shows a page that changes nothing, with 200 (facts, section 7).
"""

import asyncio
import csv
import io
import re
from collections.abc import Mapping
from typing import Any, Final

from reconciler.adapters.freepbx.access import Access
from reconciler.adapters.freepbx.answers import read_ajax, redact
from reconciler.errors import AuthenticationFailed, Refused, UnexpectedReply, Unreachable
from reconciler.transport.html import title_of
from reconciler.transport.http import Answer, Http, Pairs

CONFIG_URL: Final = "/admin/config.php"
AJAX_URL: Final = "/admin/ajax.php"
_LOGIN_FORM: Final = 'id="loginform"'
_USER: Final = (
    "is this the name and password of one under Settings > Administrators? Then set it where "
    "web.password says (reconciler secrets set)"
)
_NO_SESSION: Final = "Not Authenticated"
_PENDING: Final = re.compile(r"""["']?reload_needed["']?\s*:\s*["']?(true|false|1|0)\b""")
_VERSION: Final = re.compile(r"""\bconf\b.{0,200}?["']ver["']\s*:\s*["']([0-9.]+)["']""", re.S)
_BAD_REFERER: Final = "potential security breach"


class Web:
    """A session of one administrator. Logs in when first needed."""

    def __init__(self, http: Http, access: Access, target: str) -> None:
        self._http = http
        self._access = access
        self._target = target
        self._logging_in = asyncio.Lock()
        self._session = 0
        self.version = ""
        """FreePBX's version as its pages say it; empty before a page was read."""
        self.is_pending: bool | None = None
        """Whether Apply Config is due, as the latest page says it; None if none did."""

    async def page(self, query: Pairs | Mapping[str, str], *, doing: str) -> str:
        """Return a page's HTML. Raises Refused when FreePBX shows an error instead."""

        async def ask() -> Answer:
            return await self._http.get(CONFIG_URL, query, headers=self._headers(), doing=doing)

        text = self._whole_page(await self._in_session(ask, doing), doing)
        self._learn(text)
        return text

    def _learn(self, page: str) -> None:
        """Read what each page tells its script (source: framework, views/footer.php)."""
        found = _PENDING.search(page)
        if found is not None:
            self.is_pending = found[1] not in ("false", "0")
        version = _VERSION.search(page)
        if version is not None:
            self.version = version[1]

    async def export(self, what: str, *, doing: str) -> list[dict[str, str]]:
        """Return the rows of a bulk export: one request for all objects with all their fields."""
        query = {
            "display": "bulkhandler", "quietmode": "1", "activity": "export", "export": what,
        }  # fmt: skip

        async def ask() -> Answer:
            return await self._http.get(CONFIG_URL, query, headers=self._headers(), doing=doing)

        answer = await self._in_session(ask, doing)
        text = answer.text
        if answer.status >= 400 or text.lstrip()[:1] == "<":
            raise Refused(
                self._target,
                doing,
                f"no CSV came ({redact(title_of(text)) or answer.status})",
                hint="is the module bulkhandler installed, and may this administrator use it?",
            )
        return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline="")))

    async def ajax(self, module: str, command: str, *, doing: str, **more: str) -> Any:
        """Return what a read of ajax.php answers. Raises Refused."""
        query = {"module": module, "command": command, **more}

        async def ask() -> Answer:
            return await self._http.get(AJAX_URL, query, headers=self._headers(), doing=doing)

        return self._json(await self._in_session(ask, doing), doing)

    async def change(self, form: Pairs, *, doing: str) -> Any:
        """Send a change to ajax.php and return its answer. Raises Refused."""

        async def send() -> Answer:
            return await self._http.write(
                "POST", AJAX_URL, headers=self._headers(), form=form, doing=doing
            )

        return self._json(await self._in_session(send, doing), doing)

    async def submit(self, query: Pairs | Mapping[str, str], form: Pairs, *, doing: str) -> None:
        """Send a form. There is no answer to read: who sends it reads back. Raises Refused."""

        async def send() -> Answer:
            return await self._http.write(
                "POST", CONFIG_URL, query=query, headers=self._headers(), form=form, doing=doing
            )

        answer = await self._in_session(send, doing)
        if answer.status >= 400 or "whoops" in answer.text[:4000].lower():
            self._whole_page(answer, doing)
        if _BAD_REFERER in answer.text.lower():
            raise Refused(
                self._target,
                doing,
                "FreePBX did not take our Referer",
                hint="the address in the inventory has to be the one that FreePBX knows itself by",
            )

    async def reload(self, *, doing: str, timeout_s: float) -> tuple[str, bool]:
        """Apply the configuration, which answers only at its end; return the words and if it did.

        Raises Refused and Unreachable.
        """

        async def send() -> Answer:
            return await self._http.write(
                "POST",
                AJAX_URL,
                query={"command": "reload"},
                headers=self._headers(),
                form=[],
                doing=doing,
                timeout_s=timeout_s,
            )

        answer = await self._in_session(send, doing)
        body = answer.data()
        if isinstance(body, Mapping) and isinstance(body.get("status"), bool):
            words = redact(body.get("message") or "", self._access.secrets)
            return words or "no reason given", body["status"]
        problem = read_ajax(answer.status, body, secrets=self._access.secrets)
        raise Refused(self._target, doing, problem or "an answer without a status")

    def _headers(self) -> dict[str, str]:
        return {"Referer": f"{self._access.url}{CONFIG_URL}"}

    async def _in_session(self, ask: Any, doing: str) -> Answer:
        """Ask; when the session is gone, log in and ask once more."""
        await self._log_in(0)
        session = self._session
        answer: Answer = await ask()
        if _is_logged_out(answer):
            await self._log_in(session)
            answer = await ask()
            if _is_logged_out(answer):
                raise AuthenticationFailed(
                    self._target, doing, "the session ended at once",
                    hint="may this administrator use the web pages (not only UCP)?",
                )  # fmt: skip
        return answer

    async def _log_in(self, session: int) -> None:
        """Log in, unless somebody else has done so since session number `session`."""
        async with self._logging_in:
            if self._session > session:
                return
            doing = "logging in to the web pages"
            self._http.forget_cookies()
            form = [
                ("username", self._access.web_username),
                ("password", self._access.web_password),
            ]
            answer = await self._http.read(
                "POST", CONFIG_URL, headers=self._headers(), form=form, doing=doing
            )
            if answer.status >= 500:
                raise Unreachable(self._target, doing, f"HTTP {answer.status}")
            if answer.status >= 400:
                raise UnexpectedReply(
                    self._target, doing, f"HTTP {answer.status}", hint="is this FreePBX's address?"
                )
            if _LOGIN_FORM in answer.text:
                who = self._access.web_username
                raise AuthenticationFailed(
                    self._target, doing, f"user {who!r} was refused", hint=_USER
                )
            self._session += 1

    def _whole_page(self, answer: Answer, doing: str) -> str:
        if answer.status >= 400:
            title = redact(title_of(answer.text), self._access.secrets)
            raise Refused(self._target, doing, f"HTTP {answer.status} {title}".strip())
        return answer.text

    def _json(self, answer: Answer, doing: str) -> Any:
        body = answer.data()
        problem = read_ajax(answer.status, body, secrets=self._access.secrets)
        if problem is not None:
            raise Refused(self._target, doing, problem)
        return body


def _is_logged_out(answer: Answer) -> bool:
    if _LOGIN_FORM in answer.text:
        return True
    return answer.status == 401 and _NO_SESSION in answer.text
