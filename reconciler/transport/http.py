"""HTTP with the manners that a PBX needs: deadlines, few requests at once, writes one by one.

    async with Http.open("https://10.20.1.5", target="ferrybank", timeout_s=10) as http:
        answer = await http.get("/admin/config.php", {"display": "queues"}, doing="reading queues")

Promises, each proved by a test:
- nothing waits without a deadline; what was not answered is `Unreachable`;
- reads run in parallel up to a limit, writes one after the other and not faster than a rate;
- a read is tried again after a lost connection and after 429, 502, 503 and 504; a write only where
  it cannot have happened: nobody was reached, or the answer was 429, or 503 with Retry-After;
- cookies of answers are kept and sent again, but for `anonymous` requests, which neither send nor
  keep any: an API's useless cookie must not end the session of the pages beside it;
- no error holds a header, a body or an address with a query.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from reconciler.errors import UnexpectedReply, Unreachable

if TYPE_CHECKING:
    import httpx

Pairs = Sequence[tuple[str, str]]
"""A form or a query, in order; a name may come more than once."""

READ_TRIES: Final = 4
WRITE_TRIES: Final = 4
LONGEST_PAUSE_S: Final = 20.0
_BUSY: Final = frozenset({429, 502, 503, 504})
_TOO_MANY: Final = 429
_UNAVAILABLE: Final = 503


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers by lower-case name, text. Never printed with its text."""

    status: int
    headers: Mapping[str, str]
    text: str = field(repr=False)

    def data(self) -> Any:
        """Return the text as JSON, None if it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


class Http:
    """One server. Made by `Http.open`."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        bare: httpx.AsyncClient,
        *,
        target: str,
        timeout_s: float,
        parallel: int,
        writes_per_s: float,
    ) -> None:
        self._client = client
        self._bare = bare
        self._target = target
        self._timeout_s = timeout_s
        self._reads = asyncio.Semaphore(parallel)
        self._writing = asyncio.Lock()
        self._pause_s = 1 / writes_per_s
        self._next_write = 0.0

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls,
        url: str,
        *,
        target: str,
        timeout_s: float,
        parallel: int = 4,
        writes_per_s: float = 10.0,
        verify: bool = True,
        ca_file: str | None = None,
    ) -> AsyncIterator[Http]:
        """Open a client; nothing is sent yet. Raises Unreachable if `ca_file` cannot be read."""
        import httpx  # here, because most commands never speak HTTP

        # Reading the system's authorities takes 0.1 s: once, and only where they are needed.
        trust: ssl.SSLContext | bool = False
        if verify and url.startswith("https:"):
            try:
                trust = ssl.create_default_context(cafile=ca_file)
            except (OSError, ssl.SSLError) as error:
                reason = getattr(error, "strerror", None) or type(error).__name__
                raise Unreachable(
                    target, "reading the certificate authority", f"{ca_file}: {reason}"
                ) from None
        limits = httpx.Limits(max_connections=parallel + 1, max_keepalive_connections=parallel + 1)
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        base = url.rstrip("/")
        async with (
            httpx.AsyncClient(
                base_url=base, verify=trust, timeout=timeout_s, limits=limits
            ) as client,
            httpx.AsyncClient(
                base_url=base, verify=trust, timeout=timeout_s, limits=limits, cookies=no_cookies
            ) as bare,
        ):
            yield cls(
                client,
                bare,
                target=target,
                timeout_s=timeout_s,
                parallel=parallel,
                writes_per_s=writes_per_s,
            )

    async def get(
        self,
        path: str,
        query: Pairs | Mapping[str, str] = (),
        *,
        headers: Mapping[str, str] | None = None,
        doing: str,
    ) -> Answer:
        """Read. Raises Unreachable."""
        return await self.read("GET", path, query=query, headers=headers, doing=doing)

    async def read(
        self,
        method: str,
        path: str,
        *,
        query: Pairs | Mapping[str, str] = (),
        headers: Mapping[str, str] | None = None,
        form: Pairs | None = None,
        body: Any = None,
        doing: str,
        anonymous: bool = False,
    ) -> Answer:
        """Send what changes nothing (a query, a login) and try again while that may help."""
        failure: Unreachable | None = None
        for number in range(READ_TRIES):
            try:
                async with self._reads:
                    answer = await self._send(
                        method, path, query, headers, form, body, doing, anonymous=anonymous
                    )
            except Unreachable as error:
                failure = error
                await asyncio.sleep(0.1 * number)
                continue
            if answer.status not in _BUSY or number == READ_TRIES - 1:
                return answer
            await asyncio.sleep(_pause_s(answer, number))
        assert failure is not None
        raise Unreachable(failure.target, failure.doing, failure.reply, hint=failure.hint)

    async def write(
        self,
        method: str,
        path: str,
        *,
        query: Pairs | Mapping[str, str] = (),
        headers: Mapping[str, str] | None = None,
        form: Pairs | None = None,
        body: Any = None,
        doing: str,
        timeout_s: float | None = None,
        anonymous: bool = False,
    ) -> Answer:
        """Send what changes something. Raises Unreachable: nobody knows whether it happened.

        `timeout_s` is for what takes longer than other answers.
        """
        async with self._writing:
            for number in range(WRITE_TRIES):
                await self._wait_for_turn()
                try:
                    answer = await self._send(
                        method,
                        path,
                        query,
                        headers,
                        form,
                        body,
                        doing,
                        timeout_s,
                        anonymous=anonymous,
                    )
                except NotReached as error:
                    if number == WRITE_TRIES - 1:
                        raise Unreachable(
                            error.target, error.doing, error.reply, hint=error.hint
                        ) from None
                    await asyncio.sleep(0.1 * number)
                    continue
                unheard = answer.status == _TOO_MANY or (
                    answer.status == _UNAVAILABLE and "retry-after" in answer.headers
                )
                if not unheard or number == WRITE_TRIES - 1:
                    return answer
                await asyncio.sleep(_pause_s(answer, number))
        raise AssertionError("the last try returns or raises")

    def forget_cookies(self) -> None:
        """Drop the session's cookies, so that the next login begins anew."""
        self._client.cookies.clear()

    async def _wait_for_turn(self) -> None:
        now = monotonic()
        if now < self._next_write:
            await asyncio.sleep(self._next_write - now)
        self._next_write = max(now, self._next_write) + self._pause_s

    async def _send(
        self,
        method: str,
        path: str,
        query: Pairs | Mapping[str, str],
        headers: Mapping[str, str] | None,
        form: Pairs | None,
        body: Any,
        doing: str,
        timeout_s: float | None = None,
        *,
        anonymous: bool,
    ) -> Answer:
        import httpx

        client = self._bare if anonymous else self._client
        deadline_s = timeout_s or self._timeout_s
        content: bytes | None = None
        sent = dict(headers or {})
        if form is not None:
            content = urlencode(list(form)).encode()  # httpx would sort them by name
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        elif body is not None:
            content = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        params = httpx.QueryParams(list(query.items() if isinstance(query, Mapping) else query))
        try:
            async with asyncio.timeout(deadline_s):
                answer = await client.request(
                    method,
                    path,
                    params=params if query else None,
                    headers=sent,
                    content=content,
                    timeout=deadline_s,
                )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            why, hint = _not_reached(error, self._client.base_url)
            raise NotReached(self._target, doing, why, hint=hint) from None
        except (TimeoutError, httpx.TimeoutException):
            why = f"no answer within {deadline_s:g} s"
            raise Unreachable(self._target, doing, why) from None
        except httpx.HTTPError as error:
            raise Unreachable(self._target, doing, _words(error)) from None
        except httpx.InvalidURL:
            raise UnexpectedReply(self._target, doing, "the address cannot be used") from None
        lower = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status_code, lower, answer.text)


class NotReached(Unreachable):
    """Nobody was reached: what was to be sent has not happened."""


def _pause_s(answer: Answer, number: int) -> float:
    """Return how long to wait: what Retry-After says in seconds, else a little longer each time."""
    said = answer.headers.get("retry-after", "")
    return min(float(said), LONGEST_PAUSE_S) if said.isdigit() else 0.2 * 2**number


def _words(error: Exception) -> str:
    """Return what failed without anything that was sent. httpx's texts name no body or header."""
    text = str(error).strip()
    return text if text and "://" not in text else type(error).__name__


def _not_reached(error: Exception, at: httpx.URL) -> tuple[str, str | None]:
    """Return why nobody was reached, in words, and a way out."""
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        why = text.partition("verify failed: ")[2].partition(" (_ssl")[0] or "it cannot be believed"
        hint = (
            "let the PBX have a new one"
            if "expired" in why
            else "name the authority that signed the certificate: tls: {ca_file: FILE}"
        )
        return f"its certificate is not believed: {why}", hint
    where = f"{at.host}:{at.port or (443 if at.scheme == 'https' else 80)}"
    if "All connection attempts failed" in text:
        return f"nobody answers at {where}", "is this its address, and does its web server run?"
    return f"{_words(error)} ({where})", None
