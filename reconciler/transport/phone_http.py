"""HTTP with a phone, which is not trusted and easily overwhelmed.

    async with PhoneHttp.open(reach, timeout_s=5) as http:
        answer = await http.get("/cgi-bin/api-get_lockout", doing="asking", anonymous=True)

Promises, each proved by a test:
- one request at a time, each with a deadline for the whole of it; nothing is repeated that writes;
- an answer is read up to a limit, never unpacked, and a redirect is an answer, not an order;
- the certificate is looked at before anything is said: it is pinned, or becomes the pin, or was
  acknowledged for this phone. Phones sign their own, so authorities say nothing here;
- what carries a login, a session or a setting is not sent over plain HTTP unless `Reach.plain`;
- no error holds a header, a body or an address with a query.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from reconciler.device import Reach
from reconciler.errors import NotTrusted, UnexpectedReply, Unreachable
from reconciler.transport.http import NotReached

if TYPE_CHECKING:
    import httpx

Pairs = Sequence[tuple[str, str]]
T = TypeVar("T")

ANSWER_BYTES: Final = 262_144
"""How much of an answer is read, where nothing larger is asked for."""
_DEEPEST: Final = 60
"""How deep JSON may be nested: Python's reader is not meant for what comes from strangers."""
_COOKIE: Final = re.compile(r"\s*([^=;\s]+)=([^;]*)")


@dataclass(frozen=True, slots=True)
class PhoneAnswer:
    """What came back. Never printed with its content."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    cookies: Mapping[str, str] = field(repr=False)
    challenges: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The content as text; what is not UTF-8 is replaced."""
        return self.content.decode("utf-8", "replace")

    def data(self) -> Any:
        """Return the content as JSON; None if it is none, or nested too deep to be honest."""
        text = self.text
        if _depth(text) > _DEEPEST:
            return None
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return None

    def object(self) -> Mapping[str, Any]:
        """Return the content as a JSON object; empty if it is anything else."""
        found = self.data()
        return found if isinstance(found, dict) else {}


class Dropped(Unreachable):
    """The phone closed the line after the request was sent and before it answered."""


class PhoneHttp:
    """One phone's web server. Made by `PhoneHttp.open`."""

    def __init__(self, client: httpx.AsyncClient, reach: Reach, timeout_s: float) -> None:
        self._client = client
        self._reach = reach
        self._timeout_s = timeout_s
        self._turn = asyncio.Lock()
        self.scheme: Literal["https", "http"] = reach.scheme or "https"
        self.challenges: tuple[str, ...] = ()
        """What the phone wants to see, as it said last."""
        self.pin: str | None = None
        """The certificate that was seen (hex SHA-256)."""
        self.certificate: bytes | None = None
        """The same in DER."""

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, reach: Reach, *, timeout_s: float) -> AsyncIterator[PhoneHttp]:
        """Open a client for `reach.scheme` (https unless said); nothing is sent yet."""
        import httpx  # here, because most commands never speak HTTP

        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        async with httpx.AsyncClient(
            verify=_trusting(), timeout=timeout_s, limits=limits, trust_env=False
        ) as client:
            yield cls(client, reach, timeout_s)

    @property
    def phone(self) -> str:
        """The phone's address, as messages name it."""
        return self._reach.phone

    @property
    def origin(self) -> str:
        """`scheme://host[:port]`, which many phones want to see again in Origin and Referer."""
        host = f"[{self._reach.host}]" if ":" in self._reach.host else self._reach.host
        port = f":{self._reach.port}" if self._reach.port is not None else ""
        return f"{self.scheme}://{host}{port}"

    async def find(self, ask: Callable[[], Awaitable[T | None]]) -> T | None:
        """Ask over https, then over http if nobody speaks https there; over one if it is said.

        A certificate that is not trusted ends it: whoever forged it would like us to go on in the
        clear. Afterwards `scheme` is the one that answered.
        """
        if self._reach.scheme is not None:
            return await ask()
        self.scheme = "https"
        try:
            return await ask()
        except NotReached:
            self.scheme = "http"
            return await ask()

    async def get(
        self,
        path: str,
        query: Pairs = (),
        *,
        headers: Mapping[str, str] | None = None,
        auth: httpx.Auth | None = None,
        anonymous: bool = False,
        limit: int = ANSWER_BYTES,
        doing: str,
    ) -> PhoneAnswer:
        """Read; once more if the line was dropped, as phones do with idle ones."""
        for last in (False, True):
            try:
                return await self.send(
                    "GET", path, query=query, headers=headers, auth=auth, anonymous=anonymous,
                    limit=limit, doing=doing,
                )  # fmt: skip
            except Dropped:
                if last:
                    raise
        raise AssertionError("the last try returns or raises")

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: Pairs = (),
        headers: Mapping[str, str] | None = None,
        form: Pairs | None = None,
        body: Any = None,
        files: Mapping[str, tuple[str | None, bytes, str]] | None = None,
        auth: httpx.Auth | None = None,
        anonymous: bool = False,
        limit: int = ANSWER_BYTES,
        doing: str,
    ) -> PhoneAnswer:
        """Send a request once. `anonymous`: it holds neither login nor session nor setting.

        Raises NotReached (nothing was sent), Dropped (it was, and the line closed), Unreachable (no
        answer in time), NotTrusted, UnexpectedReply.
        """
        if self.scheme == "http" and not anonymous and not self._reach.plain:
            raise NotTrusted(
                self.phone, doing, "its password would travel over plain HTTP outside its subnets",
                hint="switch its web interface to https, or acknowledge it: reconciler phones "
                "test-connection --save --plain-http PHONE",
            )  # fmt: skip
        import httpx

        sent = {"Accept-Encoding": "identity", **(headers or {})}
        content: bytes | None = None
        if form is not None:
            content = str(httpx.QueryParams(list(form))).encode()
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        elif body is not None:
            content = json.dumps(body, separators=(",", ":")).encode()
            sent.setdefault("Content-Type", "application/json")
        elif method != "GET" and files is None:
            content = b""  # a POST without Content-Length is refused with 411
        params = httpx.QueryParams(list(query)) if query else None
        try:
            request = self._client.build_request(
                method, self.origin + path, params=params,
                headers=sent, content=content, files=dict(files) if files else None,
                extensions=self._extensions(),
            )  # fmt: skip
        except (httpx.InvalidURL, ValueError, TypeError):
            raise UnexpectedReply(self.phone, doing, "the address cannot be used") from None
        async with self._turn:
            return await self._receive(request, auth, limit, doing)

    def _extensions(self) -> dict[str, Any]:
        """Return deadlines, and who looks at the certificate: tracing costs, so only for TLS."""
        each = ("connect", "read", "write", "pool")
        deadlines = {"timeout": dict.fromkeys(each, self._timeout_s)}
        return {**deadlines, "trace": self._trace} if self.scheme == "https" else deadlines

    async def _receive(
        self, request: httpx.Request, auth: httpx.Auth | None, limit: int, doing: str
    ) -> PhoneAnswer:
        import httpx

        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._client.send(
                    request, auth=auth, stream=True, follow_redirects=False
                )
                try:
                    content = await self._content(response, limit, doing)
                finally:
                    await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotReached(self.phone, doing, _words(error)) from None
        except (TimeoutError, httpx.TimeoutException):
            why = f"no answer within {self._timeout_s:g} s"
            raise Unreachable(self.phone, doing, why) from None
        except httpx.LocalProtocolError:
            raise UnexpectedReply(self.phone, doing, "the request cannot be sent") from None
        except httpx.RemoteProtocolError as error:
            if "without" in str(error) or "incomplete" in str(error):
                raise Dropped(self.phone, doing, "it closed the line") from None
            raise UnexpectedReply(self.phone, doing, "an answer that is not HTTP") from None
        except httpx.ProtocolError:
            raise UnexpectedReply(self.phone, doing, "an answer that is not HTTP") from None
        except (httpx.HTTPError, ssl.SSLError, OSError) as error:
            raise Dropped(self.phone, doing, _words(error)) from None
        finally:
            self._client.cookies.clear()  # each vendor's client says itself which ones it sends
        answer = _answer(response, content)
        self.challenges = answer.challenges or self.challenges
        return answer

    async def _content(self, response: httpx.Response, limit: int, doing: str) -> bytes:
        if response.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
            raise UnexpectedReply(self.phone, doing, "a packed answer although none was asked for")
        chunks: list[bytes] = []
        length = 0
        async for chunk in response.aiter_raw():
            length += len(chunk)
            if length > limit:
                raise UnexpectedReply(self.phone, doing, f"an answer of more than {limit:,} bytes")
            chunks.append(chunk)
        return b"".join(chunks)

    async def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Look at the certificate before the request is written (httpcore's trace extension)."""
        if event != "connection.start_tls.complete":
            return
        stream = info["return_value"]
        ssl_object = stream.get_extra_info("ssl_object")
        der = ssl_object.getpeercert(binary_form=True) if ssl_object is not None else None
        try:
            self._judge(der or b"")
        except NotTrusted:
            await stream.aclose()
            raise

    def _judge(self, der: bytes) -> None:
        seen = hashlib.sha256(der).hexdigest()
        wanted = self._reach.pin
        if self._reach.sight != "acknowledged":
            if wanted is None and self._reach.sight == "pinned":
                why = "its certificate was never seen before"
            elif wanted is not None and wanted != seen:
                why = "its certificate is another than the one that was pinned"
            else:
                why = ""
            if why:
                raise NotTrusted(
                    self.phone, "connecting", why,
                    hint="if the phone was reset or replaced: reconciler phones test-connection "
                    "--save --new-certificate PHONE",
                )  # fmt: skip
        self.pin, self.certificate = seen, der


@cache
def _trusting() -> ssl.SSLContext:
    """Return a context that takes any certificate: it is judged by its fingerprint instead.

    Old phones speak old TLS with short keys, and there is nothing to gain from refusing them: the
    only other way to them is plain HTTP.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def _answer(response: httpx.Response, content: bytes) -> PhoneAnswer:
    cookies: dict[str, str] = {}
    for header in response.headers.get_list("set-cookie"):
        found = _COOKIE.match(header)
        if found is not None and found[1].lower() != "httponly":
            # Grandstreams send a header that is only the word HttpOnly (grandstream.md, A2).
            cookies[found[1]] = found[2].strip().strip('"')
    lower = {name.lower(): value for name, value in response.headers.items()}
    challenges = tuple(response.headers.get_list("www-authenticate"))
    return PhoneAnswer(response.status_code, lower, content, cookies, challenges)


def _depth(text: str) -> int:
    """Return how deep brackets nest, those in texts included: cheap, and never too low."""
    depth = deepest = 0
    for letter in re.findall(r"[\[\]{}]", text):
        depth += 1 if letter in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _words(error: Exception) -> str:
    """Return what failed without anything that was sent."""
    text = str(error).strip()
    return text if text and "://" not in text else type(error).__name__
