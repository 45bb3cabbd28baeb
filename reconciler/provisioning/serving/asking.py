"""Asking: what a request names: which file, whose, and what is shown to get it. Pure.

Phones put their address in front of a file's name, so a path is read from its end:

    /p/yealink/001565abcdef.boot                       the file; folders before it mean nothing
    /p/TOKEN/cfg000B82123456.xml                       a token, a file with a MAC in any notation
    /p/000b82123456-SIGNATURE/000000000000.cfg         whose it is, and the signature that says so
    /p/001565abcdef/phonebook.xml                      whose it is, without any proof
    /p/cfg000b82123456.xml?sig=SIGNATURE               the same where a phone takes a whole address
    /p/softphone/TOKEN                                 a softphone's account, by its key or a link
    /p/softphone?username=NAME&password=TOKEN          the same from apps that log in

Nothing here touches a file: names are looked up among those that were published.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote_to_bytes

from reconciler.softphones.softphone import PATH

LONGEST: Final = 1024
"""Bytes of a path and query together."""
_PARAMETERS: Final = 16
_MOST: Final = 4
"""How many signatures or tokens one request may show: each costs us work."""

_MAC: Final = re.compile(
    r"(?<![0-9a-f])(?:[0-9a-f]{12}"
    r"|[0-9a-f]{2}([:.-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}"
    r"|[0-9a-f]{4}([:.-])[0-9a-f]{4}\2[0-9a-f]{4})(?![0-9a-f])"
)
_SIGNATURE: Final = re.compile(r"(?:([0-9a-f]{12})-)?([0-9a-f]{64})")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,128}")
_PASSWORDS: Final = ("password", "cloud_password")
"""How apps that log in call what they show (SessionTalk, Acrobits: fusionpbx.md 4)."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:@+()\[\]-]{0,126}")
_SEPARATORS: Final = str.maketrans("", "", ":.-")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request names. `name` is "" when it names nothing that could be a file.

    `mac` is 12 lower-case hex digits; None when several are named, or none. `name` is folded
    (see `folded`), so that a MAC's notation makes no difference. Shown things never print.
    """

    name: str
    mac: str | None
    signatures: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    contradicts: bool = False
    """Whether it names the MACs of several devices."""
    account: bool = False
    """Whether it asks for a softphone's account, which has no name."""

    def __repr__(self) -> str:
        return "Asked(***)"


NOTHING: Final = Asked("", None)


def mac_in(text: str) -> str | None:
    """Return the MAC that a file's name holds, in any notation, as 12 lower-case hex digits.

    What begins with six zeros is a name that all phones share (`000000000000.cfg`,
    `y000000000066.cfg`), not a MAC.
    """
    for found in _MAC.finditer(text.lower()):
        digits = found[0].translate(_SEPARATORS)
        if not digits.startswith("000000"):
            return digits
    return None


def folded(name: str) -> str:
    """Return a file's name without the differences that do not count: case, a MAC's notation."""
    low = name.lower()
    found = next(
        (each for each in _MAC.finditer(low)
         if not each[0].translate(_SEPARATORS).startswith("000000")), None,
    )  # fmt: skip
    if found is None:
        return low
    return low[: found.start()] + found[0].translate(_SEPARATORS) + low[found.end() :]


def read_asked(path: bytes, query: bytes = b"", header: str = "") -> Asked:
    """Read a request's path as it was sent (percent-encoded), its query and signature header."""
    if len(path) + len(query) > LONGEST:
        return NOTHING
    segments = _segments(path)
    if segments is None:
        return NOTHING
    given = _parameters(query)
    *folders, name = segments
    if name.lower() == PATH or (folders and folders[-1].lower() == PATH and _TOKEN.fullmatch(name)):
        return _account(name, given)
    macs = {mac_in(name)}
    signatures = [each.lower() for each in (given.get("sig", ""), header.strip()) if each]
    tokens = [each for each in (given.get("token", ""),) if each]
    for folder in folders:
        signed = _SIGNATURE.fullmatch(folder.lower())
        if signed is not None:
            macs.add(signed[1])
            signatures.append(signed[2])
        elif _MAC.fullmatch(folder.lower()):
            macs.add(mac_in(folder))
        elif _TOKEN.fullmatch(folder):
            tokens.append(folder)
    known = {each for each in macs if each is not None}
    return Asked(
        folded(name) if _NAME.fullmatch(name) else "",
        next(iter(known)) if len(known) == 1 else None,
        _bounded(signatures),
        _bounded(tokens),
        len(known) > 1,
    )


def _account(name: str, given: Mapping[str, str]) -> Asked:
    """Read `softphone/TOKEN`, or `softphone` with a login."""
    shown = [name] if name.lower() != PATH else []
    shown += [given[each] for each in _PASSWORDS if given.get(each)]
    return Asked("", None, (), _bounded(shown), account=True)


def _parameters(query: bytes) -> Mapping[str, str]:
    """Return what a query says; the first one counts of several of a name."""
    if not query or query.count(b"&") > _PARAMETERS:
        return {}
    return dict(reversed(parse_qsl(query.decode("latin-1"), max_num_fields=_PARAMETERS + 1)))


def _bounded(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in texts if len(each) <= 128))[:_MOST]


def _segments(path: bytes) -> list[str] | None:
    """Return a path's parts, decoded once; None for one that no phone would send."""
    try:
        parts = [unquote_to_bytes(each).decode("ascii") for each in path.split(b"/")]
    except UnicodeDecodeError:
        return None
    # What is still encoded was encoded twice; separators and dots that come out of a decoding are
    # somebody looking for another folder.
    if any(_suspicious(each) for each in parts):
        return None
    return [each for each in parts[:-1] if each] + parts[-1:]


def _suspicious(part: str) -> bool:
    return part in (".", "..") or any(each in "/\\%" or not " " <= each <= "~" for each in part)
