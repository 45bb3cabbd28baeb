"""Logging in to a Yealink, by generation (yealink.md, A). One try, in the way its page asks for."""

import base64
import re
import secrets
from collections.abc import Mapping
from typing import Any, Final

from reconciler.adapters.yealink.crypto import PublicKey, encrypt, public_key, seal_password
from reconciler.adapters.yealink.identify import RSA, Greeting, stamp
from reconciler.adapters.yealink.session import Session
from reconciler.device import Identity, Login
from reconciler.errors import (
    AdapterError,
    AuthenticationFailed,
    LockedOut,
    Refused,
    SessionTaken,
    UnexpectedReply,
)
from reconciler.transport.phone_http import PhoneAnswer, PhoneHttp

_DOING: Final = "logging in"
LOCKED_S: Final = 180
MARK: Final = "__WUI_ENC__:"


async def log_in(http: PhoneHttp, identity: Identity, greeting: Greeting, login: Login) -> Session:
    """Return a session. Raises AuthenticationFailed, LockedOut, SessionTaken, UnexpectedReply."""
    if identity.generation == "A":
        return await _log_in_a(http, identity, login)
    if identity.generation == "D":
        return await _log_in_d(http, identity, greeting, login)
    return await _log_in_servlet(http, identity, greeting, login)


# A: Basic -----------------------------------------------------------------------------------------


async def _log_in_a(http: PhoneHttp, identity: Identity, login: Login) -> Session:
    text = f"{login.username or 'admin'}:{login.password.reveal()}".encode()
    session = Session(http, identity, basic=base64.b64encode(text).decode())
    answer = await session.get("/cgi-bin/ConfigManApp.com", [("Id", "1")], doing=_DOING)
    if answer.status in (401, 403):
        raise AuthenticationFailed(http.phone, _DOING, "wrong user name or password")
    session.start_page = answer.text
    return session


# B, C: a form under the page's key ----------------------------------------------------------------


def login_form(greeting: Greeting, login: Login, session: str) -> list[tuple[str, str]]:
    """Return the form that the login page would send. Raises ValueError for an unfit key."""
    user, password = login.username or "admin", login.password.reveal()
    modulus = greeting.variables.get("g_rsa_n", "")
    if not modulus:
        return [("username", user), ("pwd", password)]
    key = public_key(modulus, greeting.variables.get("g_rsa_e", "10001"))
    if key is None:
        raise ValueError("its key is none")
    if "rsakey" not in greeting.page and "jumpto" in greeting.page:
        jump = '{"m":"mod_data","p":"status","q":"load"}'
        return [("username", user), ("pwd", encrypt(password, key)), ("jumpto", jump)]
    sealed = seal_password(password, session, key)
    return [
        ("username", user), ("pwd", sealed.pwd), ("rsakey", sealed.rsakey),
        ("rsaiv", sealed.rsaiv),
    ]  # fmt: skip


async def _log_in_servlet(
    http: PhoneHttp, identity: Identity, greeting: Greeting, login: Login
) -> Session:
    jsession = greeting.cookies.get("JSESSIONID", "")
    try:
        form = login_form(greeting, login, jsession)
    except ValueError:
        raise UnexpectedReply(http.phone, _DOING, "its page gives no usable key") from None
    session = Session(http, identity, cookies=greeting.cookies)
    told = greeting.variables
    session.key = public_key(told.get("g_rsa_n", ""), told.get("g_rsa_e", "10001"))
    inner = [("m", "mod_listener")] if identity.generation == "C" else []
    query = [*inner, ("p", "login"), ("q", "login"), ("Rajax", f"0.{secrets.randbelow(10**9)}")]
    answer = await session.post("/servlet", form, query=query, doing=_DOING)
    found = re.search(r'"authstatus"\s*:\s*"(\w+)"', answer.text)
    word = found[1] if found else ""
    if word == "done" or (not word and answer.status in (301, 302)):
        return session
    if word == "lock" or (not word and "lock" in answer.text.lower()[:4096]):
        raise _locked(http, None)
    if word == "none" or answer.status == 200:
        raise AuthenticationFailed(http.phone, _DOING, "wrong user name or password")
    raise UnexpectedReply(http.phone, _DOING, f"HTTP {answer.status} without a verdict")


# D: JSON ------------------------------------------------------------------------------------------


def d_password(password: str, key: PublicKey) -> str:
    """Return the password as generation D takes it."""
    return MARK + encrypt(password, key)


async def _log_in_d(
    http: PhoneHttp, identity: Identity, greeting: Greeting, login: Login
) -> Session:
    key = public_key(*(greeting.variables.get(each, "") for each in RSA))
    if key is None:
        raise UnexpectedReply(http.phone, _DOING, "it gives no usable key")
    try:
        pwd = d_password(login.password.reveal(), key)
    except ValueError:
        raise UnexpectedReply(http.phone, _DOING, "the password is too long for its key") from None
    session = Session(http, identity, cookies=greeting.cookies)
    answer = await http.send(
        "POST", "/api/auth/login", query=stamp("Login"), headers=session.headers(),
        form=[("username", login.username or "admin"), ("pwd", pwd)], doing=_DOING,
    )  # fmt: skip
    session.take_cookies(answer)
    if answer.object().get("ret") != "ok":
        raise _d_refusal(http, answer)
    try:
        await session.learn()
    except BaseException:
        await session.leave()
        raise
    return session


def _d_refusal(http: PhoneHttp, answer: PhoneAnswer) -> AdapterError:
    found = answer.object()
    if found.get("ret") is None:
        return UnexpectedReply(http.phone, _DOING, f"HTTP {answer.status} without a verdict")
    inner: Mapping[str, Any] = next(
        (each for name in ("data", "error") if isinstance(each := found.get(name), dict)), {}
    )
    status, message = str(inner.get("webStatus")), str(inner.get("msg"))
    if status == "lock":
        seconds = inner.get("lockTime")
        return _locked(http, seconds if isinstance(seconds, int) else None)
    if message == "auth_err_user_busy":
        who = str(inner.get("lineIp") or "")
        shown = f" from {who}" if re.fullmatch(r"[0-9a-fA-F.:]{2,45}", who) else ""
        return SessionTaken(http.phone, _DOING, f"somebody is logged in{shown}")
    if status in ("403", "503"):
        return Refused(http.phone, _DOING, f"it refuses logins for now ({status})")
    return AuthenticationFailed(http.phone, _DOING, "wrong user name or password")


def _locked(http: PhoneHttp, seconds: int | None) -> LockedOut:
    return LockedOut(
        http.phone, _DOING, "it refuses logins after wrong passwords",
        seconds=seconds if seconds is not None and 0 < seconds < 86_400 else LOCKED_S,
        hint="wait, then test the right password; nothing more was tried",
    )  # fmt: skip
