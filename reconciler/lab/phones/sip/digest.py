"""Digest authentication in SIP: RFC 2617 with MD5, RFC 8760 with SHA-256. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.request import parse_http_list, parse_keqv_list

ALGORITHMS = {"MD5": "md5", "SHA-256": "sha256"}
"""What phones can answer, by the names in challenges."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks."""

    user: str
    password: str


def parse_digest(header: str) -> dict[str, str] | None:
    """Return the fields of a Digest header, None for other schemes."""
    scheme, _, rest = header.partition(" ")
    return parse_keqv_list(parse_http_list(rest)) if scheme.lower() == "digest" else None


def choose(headers: Sequence[str]) -> dict[str, str] | None:
    """Return the first challenge that can be answered: the other side's order is its wish."""
    for header in headers:
        fields = parse_digest(header)
        if fields is not None and fields.get("algorithm", "MD5").upper() in ALGORITHMS:
            return fields
    return None


def response(given: Mapping[str, str], who: Credentials, method: str) -> str:
    """Return the response to a challenge with `uri`, and `nc` and `cnonce` where qop is asked."""
    name = ALGORITHMS[given.get("algorithm", "MD5").upper()]

    def hashed(text: str) -> str:
        return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()

    first = hashed(f"{who.user}:{given['realm']}:{who.password}")
    second = hashed(f"{method}:{given['uri']}")
    middle = [given["nonce"]]
    if given.get("qop"):
        middle += [given["nc"], given["cnonce"], given["qop"]]
    return hashed(":".join([first, *middle, second]))


def authorization(
    challenge: Mapping[str, str], who: Credentials, method: str, uri: str, *, count: int, own: str
) -> str:
    """Return the header that answers a challenge. `own` is our nonce, `count` its uses so far."""
    given = {"username": who.user, "realm": challenge["realm"], "nonce": challenge["nonce"],
             "uri": uri}  # fmt: skip
    for name in ("algorithm", "opaque"):
        if name in challenge:
            given[name] = challenge[name]
    if "auth" in challenge.get("qop", "").replace(" ", "").split(","):
        given |= {"qop": "auth", "nc": f"{count:08x}", "cnonce": own}
    given["response"] = response(given, who, method)
    bare = ("algorithm", "qop", "nc")
    return "Digest " + ", ".join(
        f"{name}={value}" if name in bare else f'{name}="{value}"' for name, value in given.items()
    )


def fits(header: str, who: Credentials, method: str, nonce: str) -> bool:
    """Tell whether an Authorization header answers our challenge with this nonce."""
    given = parse_digest(header)
    if given is None or given.get("nonce") != nonce or given.get("username") != who.user:
        return False
    try:
        return given.get("response") == response(given, who, method)
    except KeyError:
        return False
