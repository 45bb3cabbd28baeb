"""A web session with a Yealink: the only one that it takes, so it is always left."""

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from reconciler.adapters.yealink.crypto import PublicKey
from reconciler.adapters.yealink.identify import (
    DEVICE,
    d_data,
    looked_up,
    page_headers,
    page_variables,
    stamp,
)
from reconciler.device import Identity
from reconciler.errors import AdapterError, SessionTaken, UnexpectedReply
from reconciler.transport.phone_http import ANSWER_BYTES, Pairs, PhoneAnswer, PhoneHttp

EXPORT_BYTES: Final = 4_194_304
_TOKEN: Final = "wui.common.token"  # noqa: S105 - the name of a field


class Session:
    """What a login gave: cookies (B, C, D), a token (B, C, D), or Basic (A)."""

    def __init__(
        self,
        http: PhoneHttp,
        identity: Identity,
        *,
        cookies: Mapping[str, str] | None = None,
        basic: str = "",
    ) -> None:
        self.http = http
        self.identity = identity
        self._cookies = dict(cookies or {})
        self._basic = basic
        self.token = ""
        self.key: PublicKey | None = None
        """The key of the login page (B, C); None of a page without one."""
        self.start_page = ""

    @property
    def generation(self) -> str:
        """The phone's generation."""
        return self.identity.generation

    def headers(self) -> dict[str, str]:
        """Return the headers that every call carries."""
        headers = page_headers(self.http)
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={text}" for name, text in self._cookies.items())
        if self._basic:
            headers["Authorization"] = f"Basic {self._basic}"
        if self.generation == "D":
            headers["X-CSRFToken"] = self._cookies.get("csrftoken") or self.token
        return headers

    def take_cookies(self, answer: PhoneAnswer) -> None:
        """Keep what the phone set."""
        self._cookies |= answer.cookies

    async def get(
        self, path: str, query: Pairs = (), *, limit: int = ANSWER_BYTES, doing: str
    ) -> PhoneAnswer:
        """Read. Raises SessionTaken when the session is over."""
        answer = await self.http.get(path, query, headers=self.headers(), limit=limit, doing=doing)
        return self._judged(answer, doing)

    async def act(self, path: str, query: Pairs, *, doing: str) -> PhoneAnswer:
        """Ask by GET for something to be done: once, whatever becomes of it."""
        answer = await self.http.send("GET", path, query=query, headers=self.headers(), doing=doing)
        return self._judged(answer, doing)

    async def post(
        self, path: str, form: Pairs = (), *, query: Pairs = (), doing: str
    ) -> PhoneAnswer:
        """Send a form."""
        answer = await self.http.send(
            "POST", path, query=query, form=form, headers=self.headers(), doing=doing
        )
        return self._judged(answer, doing)

    async def ask(self, path: str, page: str, body: Any, *, doing: str) -> Any:
        """Call generation D and return its data, None if it said no."""
        answer = await self.http.send(
            "POST", path, query=stamp(page), body=body, headers=self.headers(), doing=doing
        )
        return d_data(self._judged(answer, doing))

    async def upload(
        self, path: str, query: Pairs, name: str, content: bytes, fields: Pairs, *, doing: str
    ) -> PhoneAnswer:
        """Send a file as a browser does."""
        files: dict[str, tuple[str | None, bytes, str]] = {
            key: (None, value.encode(), "text/plain") for key, value in fields
        }
        files[name] = ("settings.cfg", content, "application/octet-stream")
        answer = await self.http.send(
            "POST", path, query=query, files=files, headers=self.headers(),
            doing=doing,
        )  # fmt: skip
        return self._judged(answer, doing)

    async def learn(self) -> None:
        """Learn the token and who it is (generation D)."""
        doing = "asking who is there"
        data = await self.ask(
            "/api/common/info", "Status", {"idlist": [_TOKEN, *DEVICE]}, doing=doing
        )
        if not isinstance(data, dict):
            raise UnexpectedReply(self.http.phone, doing, "no identity after the login")
        self.token = looked_up(data, _TOKEN)
        mac = re.sub(r"[^0-9a-f]", "", looked_up(data, "wui.device.mac").lower())
        name = looked_up(data, "wui.device.phoneName").removeprefix("SIP-")
        firmware = looked_up(data, "wui.device.firmware")
        self.identity = self.identity._replace(
            model=name if re.fullmatch(r"[\w .+-]{1,32}", name) else self.identity.model,
            firmware=firmware if re.fullmatch(r"[\d.]{3,40}", firmware) else self.identity.firmware,
            mac=mac if len(mac) == 12 else self.identity.mac,
        )

    async def page(self, name: str, *, doing: str) -> str:
        """Return a page of generation B or C, and keep the token in it."""
        inner = [("m", "mod_data")] if self.generation == "C" else []
        answer = await self.get("/servlet", [*inner, ("p", name), ("q", "load")], doing=doing)
        token = page_variables(answer.text).get("g_strToken", "")
        if re.fullmatch(r"\w{1,64}", token):
            self.token = token
        return answer.text

    async def leave(self) -> None:
        """Log out: nobody else can log in before (A, D3). A phone that is away is left alone."""
        doing = "logging out"
        with suppress(AdapterError):
            if self.generation == "D":
                await self.http.send(
                    "POST", "/api/auth/logout", query=stamp("Status"), body={},
                    headers=self.headers(), doing=doing,
                )  # fmt: skip
            elif self.generation in ("B", "C"):
                inner = [("m", "mod_listener")] if self.generation == "C" else []
                query = [
                    *inner,
                    ("p", "login"),
                    ("q", "logout"),
                    ("Random", f"{time.time() % 1:.6f}"),
                ]
                await self.http.get("/servlet", query, headers=self.headers(), doing=doing)

    def _judged(self, answer: PhoneAnswer, doing: str) -> PhoneAnswer:
        self.take_cookies(answer)
        over = self.generation == "D" and answer.status in (401, 403)
        if self.generation in ("B", "C") and doing != "logging in":
            text = answer.text[:65_536]
            over = "loginForm" in text or ("idPassword" in text and "idUsername" in text)
        if over:
            raise SessionTaken(
                self.http.phone, doing, "the session has ended",
                hint="the phone takes one web session; somebody else may have logged in",
            )  # fmt: skip
        return answer
