"""HT8xx V2, generation G4: a session cookie and a token that changes with each write.

Source: facts on Grandstream, A4, and recorded exchanges of an HT802 V2.
"""

import base64
import binascii
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from reconciler.lab.phones.device import Phone
from reconciler.lab.phones.grandstream import state
from reconciler.lab.phones.wire import DROPPED, Answer, Asked

UNWRITABLE: Final = frozenset({"P34", "P734"})
"""SIP passwords: accepted over the web and dropped (two reports)."""
SECOND_LOCK_S: Final = 900.0


@dataclass(slots=True)
class AdapterV2:
    """The web server of an analogue adapter."""

    phone: Phone
    sid: str = ""
    token: str = ""
    used_at: float = 0.0

    def answer(self, asked: Asked) -> Answer:
        """Answer."""
        name = asked.path.removeprefix("/cgi-bin/")
        if name == "dologin":
            return self._login(asked)
        if asked.path == "/":
            page = b"<html><title>Grandstream Device Configuration</title></html>"
            return Answer(200, page, headers=(("Server", "lighttpd/1.4.69"),))
        if name == "api-get_system_base_info":
            product = self.phone.identity.model
            return state.success({"product": product, "vendor": "Grandstream Networks, Inc."})
        if name == asked.path or name == "access":
            return state.HTML_404
        if not self._in_session(asked):
            return state.error({})
        inside: dict[str, Callable[[Asked], Answer]] = {
            "api.values.get": self._values, "api.values.post": self._store, "rs": self._restart,
            "unit_reset": self._reset, "download_cfg": lambda _: state.exported(self.phone),
            "export_cfg": lambda _: state.exported(self.phone),
            "dologout": lambda _: self._logout(),
            "api-get_apply_status": lambda _: state.success({"status": "0"}),
            "api-get_sessioninfo": lambda _: state.success({"role": "admin"}),
        }  # fmt: skip
        return inside[name](asked) if name in inside else state.HTML_404

    def _login(self, asked: Asked) -> Answer:
        phone = self.phone
        if phone.is_locked():
            return state.error("locked")
        try:
            given = base64.b64decode(asked.form.get("P2", ""), validate=True).decode()
        except (binascii.Error, ValueError):
            given = ""
        right = asked.form.get("username") == "admin" and given == phone.password
        if not phone.check(right=right):
            if phone.is_locked():
                phone.lockout_s = max(phone.lockout_s, SECOND_LOCK_S)  # the next one is longer
                return state.error("locked")
            return state.error(f"remain{5 - phone.wrong_tries}")
        self.sid, self.token = secrets.token_hex(16), secrets.token_hex(16)
        self.used_at = phone.now()
        default = str(phone.password == phone.factory_password).lower()
        body = {"session_token": self.token, "role": "admin", "default_auth": default,
                "oem_id": "0"}  # fmt: skip
        return state.success(body, headers=(("Set-Cookie", f"session_id={self.sid};"),))

    def _in_session(self, asked: Asked) -> bool:
        given = asked.form.get("session_token") or asked.query.get("session_token")
        fits = bool(self.sid) and asked.cookies.get("session_id") == self.sid
        fresh = self.phone.now() - self.used_at <= state.SESSION_S
        if not (fits and fresh and given == self.token):
            return False
        self.used_at = self.phone.now()
        return True

    def _values(self, asked: Asked) -> Answer:
        found = {each: self._value(each) for each in asked.form.get("request", "").split(":")}
        return state.success({**found, "token": self.token})

    def _value(self, name: str) -> str:
        up = self.phone.uptime_s
        status = {
            "P199": f"21:06:47 up {up // 86400} days",
            "P4901": "On Hook" if self.phone.call == "idle" else "Off Hook",
            "P4902": "On Hook",
        }
        for port in (1, 2):
            registered = self.phone.account_registered(port)
            status[f"P492{port}"] = "Registered" if registered else "Not Registered"
        return status.get(name) or state.value_of(self.phone, name)

    def _store(self, asked: Asked) -> Answer:
        for name, value in asked.form.items():
            if name[:1] == "P" and name not in UNWRITABLE:
                state.set_value(self.phone, name, value)
        return self._done()

    def _done(self) -> Answer:
        self.token = secrets.token_hex(16)
        return state.success({"reason": "no error", "token": self.token})

    def _restart(self, asked: Asked) -> Answer:
        done = self._done()
        self.phone.reboot()
        return done

    def _reset(self, asked: Asked) -> Answer:
        """Reset: 0 what the provider set, 1 what concerns calls, 2 everything."""
        if asked.form.get("reset_type") != "2":
            return self._done()
        self.phone.reset()
        return DROPPED

    def _logout(self) -> Answer:
        self.sid = ""
        return state.success("logout")
