"""GXP, GRP and WP with JSON: generations G2 (plain), G2b (token) and G3 (nonce).

Source: facts on Grandstream, A2, A3 and A5; recorded exchanges of GXP1625, GXP2135, GXP2170, WP826.
"""

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from reconciler.lab.phones.device import Phone
from reconciler.lab.phones.grandstream import state
from reconciler.lab.phones.grandstream.values import alias_of, aliases, bare, number_of
from reconciler.lab.phones.wire import Answer, Asked

PUBLIC: Final = frozenset({
    "68", "67", "P67", "phone_model", "vendor_name", "vendor_fullname", "sw_version", "mac_addr",
    "password_token", "password_token_timestamp", "Pipv4",
})  # fmt: skip
"""What is told to anybody; everything else needs a session."""
LOCK_TIME: Final = 5
"""What a locked phone says; whether it means minutes is disputed, so it is no use to anybody."""
_EXPIRED: Final = {"response": "error", "body": {"status": "session-expired"}}


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(slots=True)
class JsonPhone:
    """A phone's web server. One session: a new login ends the one before."""

    phone: Phone
    nonce: str = ""
    token: str = field(default_factory=lambda: secrets.token_hex(5))
    sessions: dict[str, float] = field(default_factory=dict)
    """When each session id was last used."""
    role: str = "admin"

    def answer(self, asked: Asked) -> Answer:
        """Answer as the generation does."""
        name = asked.path.removeprefix("/cgi-bin/")
        if name == asked.path:
            return self._page(asked)
        if refused := self._misspoken(asked):
            return refused
        if "passcode" in asked.query:
            return self._remote(asked, name)
        open_to_all: dict[str, Callable[[Asked], Answer]] = {
            "access": self._access, "dologin": self._login, "api.values.get": self._values,
            "api-get_lockout": self._lockout, "api-will_login": self._will_login,
            "metaconfig_get": self._meta,
        }  # fmt: skip
        if name in open_to_all:
            return open_to_all[name](asked)
        if not self._in_session(asked):
            if self._is("G3") and name.startswith("api-"):
                return state.HTML_401
            return state.json_answer(_EXPIRED)
        return self._inside(name, asked)

    def _is(self, *generations: str) -> bool:
        return self.phone.identity.generation in generations

    @property
    def _is_wp(self) -> bool:
        return self.phone.identity.model.startswith("WP")

    def _page(self, asked: Asked) -> Answer:
        if asked.path == "/json/configs/model.define.js" and self._is("G3"):
            model = {"model": self.phone.identity.model, "vendor": "Grandstream", "oem_id": "0",
                     "defines": {"num_accounts": self.phone.identity.accounts}}  # fmt: skip
            return Answer(200, json.dumps(model).encode(), "application/javascript")
        if asked.path == "/":
            page = b"<html><title>Grandstream</title>Loading Web Application</html>"
            return Answer(200, page, headers=(("Server", "lighttpd/1.4"),))
        return state.HTML_404

    def _misspoken(self, asked: Asked) -> Answer | None:
        """Return what a request gets that is not said as the phone's own page says it."""
        headers = asked.headers
        if asked.method == "POST" and "content-length" not in headers:
            return Answer(411)
        if self._is("G2") and "referer" not in headers:
            return Answer(200, b"Forbidden", "text/plain")
        is_form = asked.method == "POST" and not self._is("G2")
        if is_form and not (headers.keys() & {"origin", "referer"}):
            return state.HTML_403
        return None

    # -- logging in --

    def _access(self, asked: Asked) -> Answer:
        if not self._is("G3"):
            return state.HTML_404
        if asked.method != "POST":
            return state.HTML_501
        if not asked.form.get("access"):
            return state.error("user is not allow")
        self.nonce = secrets.token_hex(16)[:31]
        return state.success(self.nonce)

    def _login(self, asked: Asked) -> Answer:
        if self.phone.is_locked():
            return self._locked()
        if not self.phone.check(right=self._is_right(asked)):
            if self.phone.is_locked():
                return self._locked()
            return state.error(f"wrong{5 - self.phone.wrong_tries}" if self._is("G3") else "wrong")
        sid = secrets.token_hex(8 if self._is("G2") else 32)
        self.sessions = {**self.sessions} if self.phone.faults.many_sessions else {}
        self.sessions[sid] = self.phone.now()
        # A WP826 gives the role as a digest of the role and the session id.
        self.role = _sha256(f"admin{sid}") if self._is_wp else "admin"
        return self._welcome(sid)

    def _is_right(self, asked: Asked) -> bool:
        given, right = asked.form.get("password", ""), self.phone.password
        name = asked.form.get("username", "admin" if self._is("G2") else "")
        nonce, self.nonce = self.nonce, ""  # each can be answered once
        if self._is("G2"):
            return name == "admin" and given == right
        salt = self.token if self._is("G2b") else nonce
        return name == "admin" and bool(salt) and given == _sha256(right + salt)

    def _locked(self) -> Answer:
        return state.error("locked", lockTime=LOCK_TIME)

    def _welcome(self, sid: str) -> Answer:
        default = self.phone.password == self.phone.factory_password
        cookies = (
            ("Set-Cookie", f"session-identity={sid}; path=/cgi-bin; HttpOnly"),
            ("Set-Cookie", f"session-role={self.role}; path=/cgi-bin; HttpOnly"),
        )
        body: dict[str, object] = {"sid": sid, "role": self.role, "defaultAuth": default}
        if self._is("G2"):  # an old server: HTTP/1.0, a cookie without a name, spaces at colons
            text = json.dumps({"response": "success", "body": body}, separators=(", ", " : "))
            headers = (("Set-Cookie", "HttpOnly"), *cookies)
            return Answer(200, text.encode(), "application/json", headers, "1.0")
        mac = self.phone.identity.mac.upper()
        body |= {"ver": self.phone.identity.firmware, "mac": mac, "defaultLogin": default}
        bogus = (("Set-Cookie", "HttpOnly"),) if self._is("G2b") else ()
        return state.success(body, headers=(*bogus, *cookies))

    def _in_session(self, asked: Asked) -> bool:
        sid, cookies = asked.form.get("sid") or asked.query.get("sid", ""), asked.cookies
        used = self.sessions.get(sid)
        if used is None or self.phone.now() - used > state.SESSION_S:
            self.sessions.pop(sid, None)
            return False
        if not self._cookies_fit(asked, sid, cookies):
            return False
        self.sessions[sid] = self.phone.now()
        return True

    def _cookies_fit(self, asked: Asked, sid: str, cookies: object) -> bool:
        assert isinstance(cookies, dict)
        if self._is_wp:
            return sid in (cookies.get("sid"), cookies.get("session-identity"))
        if cookies.get("session-identity") != sid or "session-role" not in cookies:
            return False
        if self._is("G2b") and asked.path.endswith("config_update"):
            device = unquote(cookies.get("device", ""))
            fits = device.lower() == self.phone.identity.colons
            return "HttpOnly" not in cookies and fits and "version" in cookies
        return True

    # -- for everybody --

    def _values(self, asked: Asked) -> Answer:
        wanted = (asked.query.get("request") or asked.form.get("request", "")).split(":")
        if not set(wanted) <= PUBLIC and not self._in_session(asked):
            return state.json_answer(_EXPIRED)
        challenge = {"password_token": self.token, "password_token_timestamp": "1700000000"}
        known = challenge if self._is("G2b") else dict.fromkeys(challenge, "")
        return state.success(
            {each: known.get(each, state.value_of(self.phone, each)) for each in wanted}
        )

    def _lockout(self, asked: Asked) -> Answer:
        return state.success("lockout" if self.phone.is_locked() else "ok")

    def _will_login(self, asked: Asked) -> Answer:
        return state.success(True) if self._is("G3") else state.HTML_404  # noqa: FBT003

    def _meta(self, asked: Asked) -> Answer:
        if not self._is("G3"):
            return state.HTML_404
        names = {number: alias for alias, number in aliases().items()}
        names |= {each: "" for each in self.phone.settings if each not in names}
        return state.json_answer(
            [{"alias": alias, "pvalue": number} for number, alias in names.items()]
        )

    # -- with a session --

    def _inside(self, name: str, asked: Asked) -> Answer:
        phone, form = self.phone, asked.form
        inside: dict[str, Callable[[], Answer]] = {
            "api-sys_operation": lambda: state.operate(phone, form.get("request", "")),
            "api-phone_operation": lambda: state.call_operation(phone, form.get("cmd", "")),
            "api-get_phone_status": lambda: state.success(state.doing(phone)),
            "api-get_line_status": lambda: state.success(state.lines_of(phone)),
            "api-get_accounts": lambda: self._accounts(asked),
            "api-get_time": lambda: state.success({"uptime": phone.uptime_s}),
            "dorefresh": lambda: self._refresh(asked),
            "dologout": self._logout,
            "download_cfg": lambda: state.exported(phone),
        }
        if name == "api.values.post" and self._is("G2"):
            return self._store(asked)
        if name == "config_get" and not self._is("G2"):
            return self._config_get(asked)
        if name == "config_update" and not self._is("G2"):
            return self._config_update(asked)
        return inside[name]() if name in inside else state.HTML_404

    def _accounts(self, asked: Asked) -> Answer:
        only = "true" in (asked.query.get("registered"), asked.form.get("registered"))
        return state.success(state.accounts_of(self.phone, registered_only=only))

    def _refresh(self, asked: Asked) -> Answer:
        """Keep the session alive; a GRP gives it a new id."""
        sid = asked.form.get("sid") or asked.query.get("sid", "")
        if self.phone.identity.model.startswith("GRP"):
            self.sessions.pop(sid, None)
            sid = secrets.token_hex(32)
            self.sessions[sid] = self.phone.now()
        return state.success({"sid": sid})

    def _logout(self) -> Answer:
        self.sessions.clear()
        return state.success("logout")

    def _store(self, asked: Asked) -> Answer:
        form = asked.form
        for name, value in form.items():
            unconfirmed = name == "P2" and form.get(":confirmAdminPwd") != value
            if name[:1] == "P" and not unconfirmed:
                state.set_value(self.phone, name, value)
        return state.success({"status": "right"})

    def _config_get(self, asked: Asked) -> Answer:
        rows = []
        for name in asked.query.get("pvalues", "").split(","):
            key = bare(name)
            value = state.value_of(self.phone, key)
            rows.append({"alias": alias_of(key), "pvalue": key, "value": value})
        return state.json_answer({"configs": rows})

    def _config_update(self, asked: Asked) -> Answer:
        """Store values. With POST a WP says 501, and a GXP `{}` as one owned by the cloud does."""
        if asked.method != "PUT":
            return state.HTML_501 if self._is_wp else state.json_answer({})
        if "claimed" in self.phone.faults.extra:
            return state.json_answer({})
        try:
            sent = json.loads(asked.body)
            values = {bare(name): str(value) for name, value in sent["pvalue"].items()}
            values |= dict(number_of(name, str(value)) for name, value in sent["alias"].items())
        except (ValueError, KeyError, AttributeError, TypeError):
            return Answer(400)
        for name, value in values.items():
            state.set_value(self.phone, name, value)
        return state.json_answer({"response": "success"})

    # -- CTI with the admin password in the address --

    def _remote(self, asked: Asked, name: str) -> Answer:
        phone = self.phone
        right = asked.query["passcode"] == phone.password
        if phone.is_locked() or not phone.check(right=right):
            wrong = {"response": "error", "body": "authentication required"}
            return Answer(401, json.dumps(wrong).encode(), "application/json")
        inside: dict[str, Callable[[], Answer]] = {
            "api-get_line_status": lambda: state.success(state.lines_of(phone)),
            "api-get_phone_status": lambda: state.success(state.doing(phone)),
            "api-get_accounts": lambda: self._accounts(asked),
            "api-phone_operation": lambda: state.call_operation(phone, asked.query.get("cmd", "")),
            "api-sys_operation": lambda: state.operate(phone, asked.query.get("request", "")),
        }
        return inside[name]() if name in inside else state.error("unknown")
