"""Yealink generations B and C: servlets, a login form under RSA and AES, one session.

Source: facts on Yealink, A (rows B and C, C login), and recorded exchanges of a T46S 66.86. Of
generation B no exchange is recorded: it is C without `m=` in the address, with its own verdicts.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.lab.phones.device import Phone
from reconciler.lab.phones.wire import Answer, Asked
from reconciler.lab.phones.yealink import crypt, state
from reconciler.lab.phones.yealink.models import release

FORCED_SINCE = 86
"""Release from which a phone with its first password shows nothing but the page to change it."""


def _result(content: object) -> Answer:
    text = json.dumps(content, separators=(",", ":"))
    return Answer(200, f'<html><body><div id="_RES_INFO_">{text}</div></body></html>'.encode())


@dataclass(slots=True)
class Servlet:
    """The web server of a T4xS (C) or a T4xG (B)."""

    phone: Phone
    door: state.Door = field(init=False)
    polls: int = 2
    """How often a running auto provision is asked about until it says that it has ended."""
    _left: int = 0

    def __post_init__(self) -> None:
        self.door = state.Door(self.phone)

    @property
    def _is_b(self) -> bool:
        return self.phone.identity.generation == "B"

    @property
    def _form(self) -> str:
        return f"/servlet?{'' if self._is_b else 'm=mod_listener&'}p=login&q=loginForm"

    def answer(self, asked: Asked) -> Answer:
        """Answer."""
        if asked.path == "/":
            return Answer(302, headers=(("Location", self._form),))
        if asked.path != "/servlet":
            return state.NOT_FOUND
        if "key" in asked.query:
            return state.act(self.phone, asked)
        page = (asked.query.get("p", ""), asked.query.get("q", ""))
        module = asked.query.get("m", "")
        if page[0] == "login" and (module == "mod_listener") != self._is_b:
            return self._at_the_door(page[1], asked)
        if not self.door.lets_in(asked):
            where = f"<html><script>top.location='{self._form}'</script></html>"
            return Answer(200, where.encode())
        if self._must_change:
            return Answer(200, b'<html><input type="password" name="new"><input type="password" '
                               b'name="again"><a id="idConfirm">Confirm</a></html>')  # fmt: skip
        if module == "mod_configfile":
            return Answer(200, state.exported(self.phone), "application/octet-stream")
        if (module, page[0]) == ("mod_res", "upload"):
            return self._import(asked)
        return self._inside(page, asked)

    @property
    def _must_change(self) -> bool:
        is_first = self.phone.password == self.phone.factory_password
        return is_first and release(self.phone.identity.firmware) >= FORCED_SINCE

    # -- logging in --

    def _at_the_door(self, question: str, asked: Asked) -> Answer:
        if question == "loginForm":
            return self._page()
        if question == "login":
            return self._login(asked)
        if question == "logout":
            self.door.session = None
        return Answer(200)

    def _page(self) -> Answer:
        identity = self.phone.identity
        page = (
            f'<html><script>var g_rsa_n="{crypt.modulus()}";var g_rsa_e="10001";'
            f'var g_phonetype="{identity.model}";var g_strFirmware="{identity.firmware}";</script>'
            '<input id="idUsername" name="username"><input id="idPassword" type="password" '
            'name="pwd"><a id="idConfirm">Login</a></html>'
        )
        header = ("Set-Cookie", f"JSESSIONID={self.door.new_page()}; Path=/; HttpOnly")
        return Answer(200, page.encode(), headers=(header,))

    def _login(self, asked: Asked) -> Answer:
        if self.phone.is_locked():
            return self._verdict("lock")
        cookie = asked.cookies.get("JSESSIONID", "")
        known = cookie in self.door.page_cookies
        right = known and crypt.opened(asked.form, cookie) == self.phone.password
        if not self.phone.check(right=right and asked.form.get("username") == "admin"):
            return self._verdict("lock" if self.phone.is_locked() else "none")
        self.door.page_cookies.discard(cookie)
        digits = f"{secrets.randbelow(10**9):09}" if self._is_b else secrets.token_hex(5)
        self.door.open(cookie, digits, asked.peer)
        return self._verdict("done")

    def _verdict(self, word: str) -> Answer:
        if self._is_b and word == "done":
            return Answer(302, headers=(("Location", "/servlet?p=status&q=load"),))
        if self._is_b:
            return self._page()
        more = {"lock": " please try again 3 minutes later"} if word == "lock" else {}
        answer = _result({"authstatus": word})
        return Answer(200, answer.body + more.get(word, "").encode())

    # -- with a session --

    def _inside(self, page: tuple[str, str], asked: Asked) -> Answer:
        inside: dict[tuple[str, str], Callable[[], Answer]] = {
            ("status", "load"): self._status,
            ("account-register", "load"): self._status,
            ("settings-autop", "load"): self._autop_page,
            ("settings-autop", "autopnow"): self._autop_now,
            ("settings-autop", "askautop"): self._autop_state,
            ("settings-upgrade", "reboot"): lambda: self._reboot(asked),
        }
        return inside[page]() if page in inside else state.NOT_FOUND

    def _import(self, asked: Asked) -> Answer:
        """Take a file of settings (facts, A: field UploadName)."""
        found = asked.body.decode("utf-8", "replace").split("#!version:1.0.0.1", 1)
        if len(found) != 2 or b'name="UploadName"' not in asked.body:
            return _result({"type": "localcfg", "result": 1})
        for line in found[1].split("\r\n--", 1)[0].splitlines():
            name, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                self.phone.keep(name.strip(), value.strip())
        self.phone.tell(self.phone, "accounts")
        return _result({"type": "localcfg", "result": 0})

    def _status(self) -> Answer:
        identity = self.phone.identity
        page = (
            f'<html><script>var g_strFirmware="{identity.firmware}";'
            f'var g_hwVer="{identity.hardware}";var g_phonetype="{identity.model}";'
            f'var g_strToken="{self.door.token}";'
            f"var g_dataAccStatus={json.dumps(state.states(self.phone))};</script>"
            f'<label id="tdMAC" dvalue="{identity.colons.upper()}"></label>'
            f'<label id="tdWANIP" dvalue="{self.phone.address}"></label>'
            f'<label id="tdMachineID" dvalue="{identity.serial}"></label>'
            f'<label id="tdFirmware" dvalue="{identity.firmware}"></label></html>'
        )
        return Answer(200, page.encode())

    def _autop_page(self) -> Answer:
        url = state.shown(self.phone, "static.auto_provision.server.url")
        page = (
            f'<html><script>var g_strToken="{self.door.token}";</script>'
            f'<input id="AutoProvisionServerURL" value="{url}"><input id="AutoProvisionUser">'
            '<input id="AutoProvisionPassword" type="password"><a id="btn_confirm1">Confirm</a>'
            '<a id="btnAutopNow">Auto Provision Now</a></html>'
        )
        return Answer(200, page.encode())

    def _autop_now(self) -> Answer:
        self.phone.fetch()
        self._left = self.polls
        return _result({"data": "17"})

    def _autop_state(self) -> Answer:
        self._left = max(0, self._left - 1)
        return _result({"data": 17 if self._left else 0})

    def _reboot(self, asked: Asked) -> Answer:
        if asked.method != "POST" or asked.form.get("token") != self.door.token:
            return state.REFUSED
        self.phone.reboot()
        return _result({"result": 0})
