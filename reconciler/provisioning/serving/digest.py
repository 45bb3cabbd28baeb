"""HTTP Digest (RFC 7616): challenges, and whether an answer is right.

qop `auth`, algorithms SHA-256 and MD5. A challenge can be answered once: what somebody heard on the
way opens nothing, neither again nor for another file, because the address is part of the answer.
Answers without qop (RFC 2069, old phones) are taken with MD5; a challenge works once for them, too.
"""

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import md5, sha256
from secrets import token_bytes
from typing import Final, Literal, NamedTuple, TypeAlias
from urllib.parse import urlsplit

Algorithm: TypeAlias = Literal["sha-256", "md5"]
Freshness: TypeAlias = Literal["fresh", "stale", "foreign"]

_NAMES: Final[Mapping[str, Algorithm]] = {"sha-256": "sha-256", "md5": "md5", "": "md5"}
_PART: Final = re.compile(r'\s*,?\s*([A-Za-z0-9*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))')
_LONGEST: Final = 4096


def hashed(algorithm: Algorithm, text: str) -> str:
    """Return the digest of a text in hex."""
    made = sha256 if algorithm == "sha-256" else md5  # what phones speak; RFC 7616 names both
    return made(text.encode("utf-8", "surrogateescape")).hexdigest()


@dataclass(frozen=True, slots=True)
class Login:
    """A device's user name and what its password is compared by. Never prints the latter."""

    username: str
    ha1: Mapping[Algorithm, str] = field(repr=False)


def login(username: str, password: str, realm: str) -> Login:
    """Return what answers are compared with (RFC 7616, 3.4.2)."""
    text = f"{username}:{realm}:{password}"
    return Login(username, {"sha-256": hashed("sha-256", text), "md5": hashed("md5", text)})


class Answer(NamedTuple):
    """What a client answers to a challenge: an Authorization header taken apart."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: Algorithm
    qop: str = ""
    nc: str = ""
    cnonce: str = ""

    def __repr__(self) -> str:
        return "Answer(***)"


def read_answer(header: str) -> Answer | None:
    """Return a Digest header's parts; None when it is another scheme, or makes no sense."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "digest" or len(rest) > _LONGEST:
        return None
    parts: dict[str, str] = {}
    for name, quoted, bare in _PART.findall(rest):
        if name.lower() in parts:
            return None
        parts[name.lower()] = re.sub(r"\\(.)", r"\1", quoted) if quoted else bare
    algorithm = _NAMES.get(parts.get("algorithm", "").lower())
    if algorithm is None or parts.get("userhash", "false").lower() == "true":
        return None
    return Answer(
        parts.get("username", ""), parts.get("realm", ""), parts.get("nonce", ""),
        parts.get("uri", ""), parts.get("response", ""), algorithm,
        parts.get("qop", "").lower(), parts.get("nc", ""), parts.get("cnonce", ""),
    )  # fmt: skip


def is_right(answer: Answer, known: Login, *, method: str, target: str, realm: str) -> bool:
    """Whether an answer is that of this login for this request.

    `target` is path and query as they were sent. Does the same work for right and wrong.
    """
    ha2 = hashed(answer.algorithm, f"{method}:{answer.uri}")
    ha1 = known.ha1[answer.algorithm]
    middle = f":{answer.nc}:{answer.cnonce}:auth" if answer.qop else ""
    right = hashed(answer.algorithm, f"{ha1}:{answer.nonce}{middle}:{ha2}")
    checks = (
        _same(right, answer.response.lower()),
        _same(known.username, answer.username),
        _same(realm, answer.realm),
        _same(_target_of(answer.uri), target),
        _counts_once(answer),
    )
    return all(checks)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(
        one.encode("utf-8", "surrogateescape"), other.encode("utf-8", "surrogateescape")
    )


def _counts_once(answer: Answer) -> bool:
    """Whether it is the first use of its challenge, by its own count."""
    if answer.qop == "auth":
        return re.fullmatch(r"0{0,7}1", answer.nc) is not None and bool(answer.cnonce)
    return answer.qop == "" and answer.algorithm == "md5"


def _target_of(uri: str) -> str:
    """Return path and query of a digest's uri, which may be a whole address."""
    if uri.startswith("/"):
        return uri
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    return f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"


class Nonces:
    """Challenges that can be answered once, within some seconds.

    A challenge carries its own time and proof, so that asking costs no memory; only those that
    were answered are remembered, until they have expired.
    """

    def __init__(self, expires_s: int, *, key: bytes | None = None, most: int = 200_000) -> None:
        self._expires_s = expires_s
        self._key = key or token_bytes(32)
        self._most = most
        self._answered: OrderedDict[str, float] = OrderedDict()

    def new(self, now_s: float) -> str:
        """Return a new challenge."""
        head = int(now_s * 1000).to_bytes(8, "big") + token_bytes(10)
        return urlsafe_b64encode(head + self._proof(head)).decode()

    def use(self, nonce: str, now_s: float) -> Freshness:
        """Say whether a challenge may be answered, and see to it that it is not answered again."""
        try:
            raw = urlsafe_b64decode(nonce.encode("ascii"))
        except ValueError:
            return "foreign"
        head, proof = raw[:18], raw[18:]
        if not hmac.compare_digest(self._proof(head), proof):
            return "foreign"
        made = int.from_bytes(head[:8], "big") / 1000
        self._forget(now_s)
        if nonce in self._answered or not 0 <= now_s - made <= self._expires_s:
            return "stale"
        if len(self._answered) >= self._most:
            return "stale"  # rather nobody for a while than one of them twice
        self._answered[nonce] = now_s
        return "fresh"

    def _forget(self, now_s: float) -> None:
        while self._answered:
            first = next(iter(self._answered))
            if now_s - self._answered[first] <= self._expires_s:
                break
            del self._answered[first]

    def _proof(self, head: bytes) -> bytes:
        return hmac.digest(self._key, head, "sha256")[:18]


def challenges(
    nonce: str, realm: str, algorithms: Sequence[Algorithm], *, stale: bool
) -> list[str]:
    """Return the values of WWW-Authenticate, one for each algorithm in order."""
    again = ", stale=true" if stale else ""
    return [
        f'Digest realm="{realm}", qop="auth", algorithm={each.upper()}, nonce="{nonce}"{again}'
        for each in algorithms
    ]
