"""A phone's visit to its provisioning server: what it asks for, with what it shows. IO: HTTP.

A phone goes from its own address, believes every certificate (their own lists of authorities are
not known), shows its maker's certificate when it is asked for one, follows three redirects and
takes no file beyond 4 MB (images: 256 MB).
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import TracebackType
from typing import Final, Self
from urllib.parse import urljoin, urlsplit

import httpx

from reconciler.lab.phones.hosts import Hosts, NotInTheLabError

LARGEST: Final = 4 << 20
LARGEST_IMAGE: Final = 256 << 20
_REDIRECTS: Final = 3


class NotReachedError(Exception):
    """The server could not be asked."""


class BadFileError(Exception):
    """A file came that the phone does not take; the message says why."""


@dataclass(frozen=True, slots=True)
class Provisioning:
    """Where a phone fetches: a folder or a file, and what it shows there."""

    url: str
    username: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a phone's files say. `whole` settings replace all that is not kept apart (Poly)."""

    settings: Mapping[str, str]
    password: str | None = None
    forgets: bool = False
    """Whether settings that no file has go back to the factory's."""
    image: str | None = None
    """The image that a master file names (Poly)."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A request of a visit and what came of it: status 0 if there was no answer."""

    method: str
    name: str
    status: int


@cache
def _believing() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@dataclass
class Visit:
    """A visit. Use as an async context manager; `seen` are its requests."""

    at: Provisioning
    agent: str
    address: str
    hosts: Hosts
    context: ssl.SSLContext | None = None
    timeout_s: float = 20.0
    seen: list[Fetched] = field(default_factory=list)
    _client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        transport = httpx.AsyncHTTPTransport(
            local_address=self.address, verify=self.context or _believing()
        )
        shown = httpx.DigestAuth(self.at.username, self.at.password) if self.at.username else None
        self._client = httpx.AsyncClient(
            transport=transport, auth=shown, timeout=self.timeout_s, trust_env=False,
            headers={"User-Agent": self.agent, "Accept": "*/*"},
        )  # fmt: skip
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def get(self, name: str, *, largest: int = LARGEST) -> bytes | None:
        """Return a file by its name below the folder, or its address; None if it is not there.

        Raises NotReachedError when the server could not be asked, or says that it cannot.
        """
        answer = await self._ask("GET", urljoin(_folder(self.at.url), name), name, largest=largest)
        if answer is None:
            return None
        return answer

    async def put(self, name: str, body: bytes) -> bool:
        """Upload a file; False if the server does not take it."""
        url = urljoin(_folder(self.at.url), name)
        return await self._ask("PUT", url, name, body=body) is not None

    async def _ask(
        self, method: str, url: str, name: str, *, body: bytes | None = None, largest: int = LARGEST
    ) -> bytes | None:
        try:
            for _ in range(_REDIRECTS + 1):
                status, content, location = await self._once(method, url, body, largest)
                if not location:
                    break
                url = urljoin(url, location)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, NotInTheLabError) as error:
            self.seen.append(Fetched(method, name, 0))
            raise NotReachedError(f"{_shown(url)}: {_why(error)}") from error
        self.seen.append(Fetched(method, name, status))
        if status >= 500:
            raise NotReachedError(f"{_shown(url)}: HTTP {status}")
        return content if status < 300 else None

    async def _once(
        self, method: str, url: str, body: bytes | None, largest: int
    ) -> tuple[int, bytes, str]:
        assert self._client is not None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise NotInTheLabError(f"phones fetch over http and https here, not {parts.scheme}")
        usual = 443 if parts.scheme == "https" else 80
        host, port = self.hosts.place(parts.hostname, parts.port or usual, parts.scheme)
        real = httpx.URL(url).copy_with(host=host, port=port)
        more = {"Host": parts.netloc.rpartition("@")[2]}
        sni = {"sni_hostname": parts.hostname}
        async with self._client.stream(
            method, real, content=body, headers=more, extensions=sni
        ) as answer:
            content = bytearray()
            async for chunk in answer.aiter_bytes():
                content += chunk
                if len(content) > largest:
                    raise BadFileError(f"{_shown(url)}: more than {largest} bytes")
            moved = answer.headers.get("location", "") if answer.is_redirect else ""
            return answer.status_code, bytes(content), moved


def _folder(url: str) -> str:
    return url if url.endswith("/") else url + "/"


def _shown(url: str) -> str:
    """Return an address without what it may hold of secrets: its server, and the file's name."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{':' + str(parts.port) if parts.port else ''}/..."


def _why(error: Exception) -> str:
    return str(error) or type(error).__name__
