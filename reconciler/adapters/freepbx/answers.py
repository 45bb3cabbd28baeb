"""What FreePBX's answers mean: decided by body, in the order that was recorded. Pure.

HTTP status and Content-Type say little (facts, section 3): a bad token is a 500 on 17 and a 401 on
16, errors of GraphQL are 200 with text/html on 17 and 400 on 16, and a 200 may hold `status: null`,
which is an exception that was swallowed. So: the `error` object, then the `errors` list, then the
`status` of each field of the operation.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

What = Literal["data", "token", "no"]

HIDDEN: Final = "***"
LONGEST: Final = 300
_BAD_TOKEN: Final = 9
"""League OAuth2's code of "access denied" (seen on 17)."""

_LEAKS: Final = (
    re.compile(r"(Manager with )\S+", re.I),
    re.compile(
        r"""((?:pass(?:word|wd)?|secret|token|client_secret|pin|pwd)["']?\s*[=:]>?\s*["']?)[^\s"',;&}]+""",
        re.I,
    ),
    re.compile(r"()\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}"),
    re.compile(r"()\beyJ[\w-]+\.[\w-]+\.[\w-]+"),
    re.compile(r"()\b[0-9a-f]{32,}\b", re.I),
)
"""What may not be repeated: with Asterisk down, FreePBX answers with the AMI password (seen)."""


def redact(text: object, secrets: Iterable[str] = ()) -> str:
    """Return a text of FreePBX's on one line, without passwords, at most 300 characters long."""
    plain = " ".join(re.sub(r"<[^>]{0,300}>", " ", str(text)).split())
    for secret in sorted((each for each in secrets if len(each) >= 3), key=len, reverse=True):
        plain = plain.replace(secret, HIDDEN)
    for leak in _LEAKS:
        plain = leak.sub(rf"\g<1>{HIDDEN}", plain)
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says; never printed with its data.

    `data` (with `words` if only a part of it came), `token` (ours is not taken: nothing was done),
    or `no`, with FreePBX's words.
    """

    what: What
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    words: str = ""


def read_graphql(body: Any, *, secrets: Iterable[str] = ()) -> Said:
    """Decide what the body of a GraphQL answer says."""
    if not isinstance(body, Mapping):
        return Said("no", words="the answer is no JSON object")
    if "error" in body:
        return _server_error(body, secrets)
    errors = body.get("errors")
    data = body.get("data")
    found = data if isinstance(data, Mapping) else {}
    if isinstance(errors, Sequence) and errors:
        words = "; ".join(dict.fromkeys(redact(_message(each), secrets) for each in errors))
        if any(value is not None for value in found.values()):
            return Said("data", found, words)
        return Said("no", found, words)
    if not isinstance(data, Mapping):
        return Said("no", words="the answer holds no data")
    return Said("data", found)


def _server_error(body: Mapping[str, Any], secrets: Iterable[str]) -> Said:
    """Read the answers of the OAuth2 server and of the framework, of both versions."""
    error = body["error"]
    if isinstance(error, Mapping):  # 17: {"type", "message", "code", "file", "line"}
        words = redact(error.get("message") or error.get("type") or "an error", secrets)
        kind = str(error.get("type") or "")
        denied = error.get("code") == _BAD_TOKEN and "OAuth" in kind
        return Said("token" if denied else "no", words=words)
    parts = [error, body.get("message"), body.get("hint")]  # 16, and the token address of both
    words = redact(": ".join(str(each) for each in parts if each), secrets)
    return Said("token" if error in ("access_denied", "invalid_token") else "no", words=words)


def _message(error: Any) -> Any:
    return error.get("message", "an error without words") if isinstance(error, Mapping) else error


def refusal_of(said: Said, names: Iterable[str], *, plain: Iterable[str] = ()) -> str | None:
    """Return why mutations of these names (aliases) did not happen; None if all of them did.

    A mutation that selects `status` has happened if that is exactly true. Those in `plain` have
    none (announcements, the blacklist): there an answer at all is the most that can be had.
    """
    if said.what != "data":
        return said.words or "refused without a word"
    without = frozenset(plain)
    for name in names:
        answer = said.data.get(name)
        if name in without:
            if answer is None:
                return said.words or "no answer to it"
            continue
        if not isinstance(answer, Mapping):
            return said.words or "no answer to it"
        if answer.get("status") is not True:
            words = redact(answer.get("message") or "", ())
            return words or said.words or "it answered with an empty status: nothing was done"
    return None


def is_without_module(words: str) -> bool:
    """Whether ajax.php said that there is no such module (seen), or that we may not use it."""
    text = words.lower()
    return "attempted to load" in text or "declined" in text


def read_ajax(status: int, body: Any, *, secrets: Iterable[str] = ()) -> str | None:
    """Return why an answer of ajax.php is none; None if it is one.

    `Not Authenticated` means that the session is gone, and nothing was done.
    """
    if isinstance(body, Mapping):
        error = body.get("error")
        if error:
            return redact(_message(error) if isinstance(error, Mapping) else error, secrets)
        if body.get("status") is False:
            return redact(body.get("message") or "refused without a word", secrets)
    if status >= 400:
        return f"HTTP {status}"
    return "the answer is no JSON" if body is None else None
