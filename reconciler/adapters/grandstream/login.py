"""Logging in to a Grandstream, by generation (grandstream.md, A2 to A4).

One try. Each wrong one counts (five, then five minutes and more), so a login that was refused is
never repeated in another way.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

from reconciler.adapters.grandstream.identify import (
    USER,
    Challenge,
    ask_nonce,
    page_headers,
    success,
)
from reconciler.adapters.grandstream.session import Session
from reconciler.device import Identity, Login
from reconciler.errors import AuthenticationFailed, LockedOut, UnexpectedReply
from reconciler.transport.phone_http import PhoneAnswer, PhoneHttp

_DOING: Final = "logging in"
LOCKED_S: Final = 300
"""Sources disagree whether `lockTime` counts minutes or seconds; it is five minutes at least."""


def login_form(challenge: Challenge, login: Login) -> list[tuple[str, str]]:
    """Return what is posted to `dologin`."""
    password = login.password.reveal()
    user = login.username or USER
    if challenge.generation in ("G3", "G2b"):
        hashed = hashlib.sha256((password + challenge.text).encode()).hexdigest()
        return [("username", user), ("password", hashed)]
    if challenge.generation == "G4":
        return [("username", user), ("P2", base64.b64encode(password.encode()).decode())]
    if challenge.generation == "G1":
        return [("P2", password)]
    return [("username", user), ("password", password)]


async def read_lockout(http: PhoneHttp) -> bool | None:
    """Return whether logins are refused now; None where the phone does not say (only G3 does)."""
    answer = await http.get(
        "/cgi-bin/api-get_lockout", headers=page_headers(http), anonymous=True,
        doing="asking whether logins are refused",
    )  # fmt: skip
    return {"ok": False, "lockout": True}.get(str(success(answer)))


async def log_in(
    http: PhoneHttp, identity: Identity, challenge: Challenge, login: Login
) -> Session:
    """Return a session. Raises AuthenticationFailed, LockedOut, UnexpectedReply, Unreachable."""
    if challenge.generation == "G3":
        if await read_lockout(http):
            raise _locked(http)
        if not challenge.text:
            challenge = Challenge("G3", await ask_nonce(http) or "")
    answer = await http.send(
        "POST", "/cgi-bin/dologin", form=login_form(challenge, login),
        headers=page_headers(http), doing=_DOING,
    )  # fmt: skip
    if challenge.generation == "G1":
        return _session_g1(http, identity, answer)
    body = success(answer)
    if not isinstance(body, dict):
        raise _refusal(http, answer)
    token = str(body.get("session_token" if challenge.generation == "G4" else "sid") or "")
    if not re.fullmatch(r"[\x21-\x7e]{4,256}", token):
        raise UnexpectedReply(http.phone, _DOING, "it let us in without a session")
    return Session(
        http, _completed(identity, body), token, _cookies(challenge, identity, answer, body, token)
    )


def _completed(identity: Identity, body: Mapping[str, Any]) -> Identity:
    """Return the identity with what only the login's answer tells."""
    mac = re.sub(r"[^0-9a-f]", "", str(body.get("mac") or "").lower())
    firmware = str(body.get("ver") or "")
    return identity._replace(
        mac=identity.mac or (mac if len(mac) == 12 else ""),
        firmware=identity.firmware or (firmware if re.fullmatch(r"[\w.]{1,32}", firmware) else ""),
    )


def _cookies(
    challenge: Challenge,
    identity: Identity,
    answer: PhoneAnswer,
    body: Mapping[str, Any],
    token: str,
) -> dict[str, str]:
    if challenge.generation == "G4":
        return dict(answer.cookies)
    role = str(body.get("role") or "admin")
    cookies = {"session-identity": token, "session-role": role, **answer.cookies}
    if challenge.generation in ("G3", "G2b"):
        # Some firmware answers session-expired without these two (A3, 7); WP8x6 wants `sid`.
        mac = ":".join(re.findall("..", identity.mac or str(body.get("mac") or "").lower()))
        cookies |= {
            "sid": token,
            "version": identity.firmware or str(body.get("ver") or ""),
            "device": mac.replace(":", "%3A"),
        }
    return {name: value for name, value in cookies.items() if value}


def _session_g1(http: PhoneHttp, identity: Identity, answer: PhoneAnswer) -> Session:
    if "session_id" in answer.cookies and answer.status < 400:
        return Session(http, identity, "", dict(answer.cookies))
    raise AuthenticationFailed(
        http.phone, _DOING, "it did not let us in", hint="its web page may say why"
    )


def _refusal(http: PhoneHttp, answer: PhoneAnswer) -> Exception:
    """Return what a refused login is. Not every no is a verdict on the password."""
    found = answer.object()
    body = found.get("body")
    word = str(body if isinstance(body, str) else "").lower()
    left = re.fullmatch(r"(?:wrong|remain)(\d*)", word)
    if left is not None:
        tries = f"; {left[1]} tries are left" if left[1] else ""
        return AuthenticationFailed(http.phone, _DOING, f"wrong password{tries}")
    if "locked" in word or "lockout" in word:
        return _locked(http)
    if answer.status in (401, 403) or found.get("response") == "error":
        return AuthenticationFailed(http.phone, _DOING, "it did not let us in")
    return UnexpectedReply(http.phone, _DOING, f"HTTP {answer.status} without a verdict")


def _locked(http: PhoneHttp) -> LockedOut:
    return LockedOut(
        http.phone, _DOING, "it refuses logins after wrong passwords", seconds=LOCKED_S,
        hint="wait at least five minutes; nothing was tried",
    )  # fmt: skip
