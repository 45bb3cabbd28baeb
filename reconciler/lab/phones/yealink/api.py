"""Yealink generation D: JSON over HTTPS, a password under RSA, one session, a token for writes.

Source: facts on Yealink, A (row D and the list below it), and recorded exchanges of a T54W 96.87.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from reconciler.lab.phones.device import Phone
from reconciler.lab.phones.wire import Answer, Asked
from reconciler.lab.phones.yealink import crypt, state

_FREE = frozenset({
    "/api/inner/readconfig", "/api/account/status", "/api/account/info", "/api/auth/logout",
    "/api/common/info/status/talking", "/api/autop/status",
})  # fmt: skip
"""Calls that change nothing and need no token."""


def _json(content: object, **more: Any) -> Answer:
    text = json.dumps(content, separators=(",", ":"))
    return Answer(200, text.encode(), "application/json", **more)


def _ok(data: object, **more: Any) -> Answer:
    return _json({"ret": "ok", "data": data}, **more)


def _failed(**why: object) -> Answer:
    return _json({"ret": "failed", "data": why})


@dataclass(slots=True)
class Api:
    """The web server of a T5xW or T4xU."""

    phone: Phone
    door: state.Door = field(init=False)

    def __post_init__(self) -> None:
        self.door = state.Door(self.phone)

    def answer(self, asked: Asked) -> Answer:
        """Answer."""
        if asked.path == "/servlet" and "key" in asked.query:
            return state.act(self.phone, asked)
        if asked.path == "/":
            return Answer(200, b"<html><div id=app></div></html>", headers=(("Server", "yealink"),))
        if asked.path == "/api/auth/login":
            return self._login(asked)
        inside = self.door.lets_in(asked)
        if asked.path == "/api/common/info":
            return self._info(asked, inside=inside)
        if not asked.path.startswith("/api/"):
            return state.NOT_FOUND
        return self._inside(asked) if inside else _failed(msg="auth_err_no_login")

    def _info(self, asked: Asked, *, inside: bool) -> Answer:
        identity = self.phone.identity
        known = {
            "wui.common.rsaN": crypt.modulus(), "wui.common.rsaE": "10001",
            "wui.device.firmware": identity.firmware, "wui.device.mac": identity.mac.upper(),
            "wui.device.phoneName": f"SIP-{identity.model}",
        }  # fmt: skip
        if inside:
            known["wui.common.token"] = self.door.token
        try:
            wanted = json.loads(asked.body)["idlist"]
            return _ok({name: value for name, value in known.items()
                        if name in wanted or "wui" in wanted})  # fmt: skip
        except (ValueError, KeyError, TypeError):
            return _failed(msg="param_err")

    def _login(self, asked: Asked) -> Answer:
        if locked := self._locked():
            return locked
        if other := self.door.held_against(asked):
            return _failed(msg="auth_err_user_busy", lineIp=other)
        given = asked.form.get("pwd", "")
        if given.startswith(crypt.MARK):
            given = crypt.unlock(given.removeprefix(crypt.MARK)) or ""
        right = asked.form.get("username") == "admin" and given == self.phone.password
        if not self.phone.check(right=right):
            return self._locked() or _failed(msg="auth_err")
        session = self.door.open(secrets.token_hex(16), secrets.token_hex(4), asked.peer)
        return _ok(
            True,  # noqa: FBT003
            headers=(
                ("Set-Cookie", f"JSESSIONID={session.cookie}; Path=/; Secure; HttpOnly"),
                ("Set-Cookie", f"csrftoken={session.token}; Path=/; Secure"),
            ),
        )

    def _locked(self) -> Answer | None:
        """Return what a locked phone says, with the seconds left."""
        if not self.phone.is_locked():
            return None
        left = int(self.phone.locked_until - self.phone.now())
        return _failed(webStatus="lock", lockTime=max(1, left))

    def _inside(self, asked: Asked) -> Answer:
        token = asked.headers.get("x-csrftoken") or asked.form.get("csrfmiddlewaretoken")
        carried = token == self.door.token or self.door.token.encode() in asked.body
        if asked.method == "POST" and asked.path not in _FREE and not carried:
            return state.REFUSED
        inside: dict[str, Callable[[], Answer]] = {
            "/api/auth/logout": self._logout,
            "/api/inner/readconfig": lambda: self._read(asked),
            "/api/account/status": lambda: _ok(state.states(self.phone)),
            "/api/account/info": lambda: _ok(self._accounts()),
            "/api/common/info/status/talking": lambda: _ok(self.phone.call == "connected"),
            "/api/autop/status": lambda: _ok(0),
            "/api/system/reboot": self._reboot,
            "/api/diagnosis/cfg/file": lambda: self._file(asked),
        }
        return inside[asked.path]() if asked.path in inside else state.NOT_FOUND

    def _accounts(self) -> list[dict[str, object]]:
        return [
            {"id": each.number, "account": f"account.{each.number}", "userName": each.user,
             "displayName": each.name, "server": each.server}
            for each in self.phone.accounts.values()
        ]  # fmt: skip

    def _logout(self) -> Answer:
        self.door.session = None
        return _json({"ret": "ok"})

    def _read(self, asked: Asked) -> Answer:
        try:
            wanted = json.loads(asked.body)["formData"]
            return _ok({"formData": {name: state.shown(self.phone, name) for name in wanted}})
        except (ValueError, KeyError, TypeError, AttributeError):
            return _failed(msg="param_err")

    def _reboot(self) -> Answer:
        self.phone.reboot()
        return _ok(True)  # noqa: FBT003

    def _file(self, asked: Asked) -> Answer:
        if asked.query.get("action") == "export":
            return Answer(200, state.exported(self.phone), "application/octet-stream")
        found = asked.body.decode("utf-8", "replace").split("#!version:1.0.0.1", 1)
        if len(found) != 2:
            return _failed(msg="file_err")
        for line in found[1].split("\r\n--", 1)[0].splitlines():
            name, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                self.phone.keep(name.strip(), value.strip())
        self.phone.tell(self.phone, "accounts")
        return _ok(True)  # noqa: FBT003
