"""Yealink generations B and C: servlets, a login form under RSA and AES, one session.

Source: facts on Yealink, A (rows B and C, C login), and recorded exchanges of a T46S 66.86. Of
generation B no exchange is recorded: it is C without `m=` in the address, with its own verdicts,
and without what is told of C alone (files of settings, firmware).
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from reconciler.lab.phones.device import Phone
from reconciler.lab.phones.wire import Answer, Asked
from reconciler.lab.phones.yealink import crypt, pages, state, upload
from reconciler.lab.phones.yealink.models import release

FORCED_SINCE: Final = 86
"""Release from which a phone with its first password shows nothing but the page to change it."""
LARGEST: Final = 100 * 1024
"""The largest file of settings; the page sends this limit along, encrypted: `100KB`."""


@dataclass(slots=True)
class Servlet:
    """The web server of a T4xS (C) or a T4xG (B).

    `faults.extra["login"] = "plain"` makes it one whose login page has no key: the password comes
    as it is, and a right one is sent on to the status page (facts, "simpler variants").
    """

    phone: Phone
    door: state.Door = field(init=False)
    polls: int = 2
    """How often a running auto provision is asked about until it says that it has ended."""
    _running: str = ""
    _left: int = 0

    def __post_init__(self) -> None:
        self.door = state.Door(self.phone)

    @property
    def _is_b(self) -> bool:
        return self.phone.identity.generation == "B"

    @property
    def _is_plain(self) -> bool:
        return self.phone.faults.extra.get("login") == "plain"

    def _at(self, module: str, page: str) -> str:
        return f"/servlet?{'' if self._is_b else f'm={module}&'}{page}"

    def answer(self, asked: Asked) -> Answer:
        """Answer."""
        form = self._at("mod_listener", "p=login&q=loginForm")
        if asked.path == "/":
            return Answer(302, headers=(("Location", form),))
        if asked.path != "/servlet":
            return state.NOT_FOUND
        if "key" in asked.query:
            return state.act(self.phone, asked)
        module, page, question = (asked.query.get(name, "") for name in "mpq")
        if page == "login" and module == ("" if self._is_b else "mod_listener"):
            return self._at_the_door(question, asked)
        if not self.door.lets_in(asked):
            return Answer(200, f"<html><script>top.location='{form}'</script></html>".encode())
        if self._must_change:
            return Answer(200, pages.CHANGE_PASSWORD)
        inside = self._served().get((module, page, question))
        return inside(asked) if inside else state.NOT_FOUND

    def _served(self) -> dict[tuple[str, str, str], Callable[[Asked], Answer]]:
        """What there is behind the login, by `m`, `p` and `q`."""
        common: dict[tuple[str, str], Callable[[Asked], Answer]] = {
            ("status", "load"): lambda _: pages.status(self.phone, self.door.token),
            ("account-register", "load"): lambda _: pages.status(self.phone, self.door.token),
            ("settings-autop", "load"): lambda _: pages.autop(self.phone, self.door.token),
            ("settings-upgrade", "load"): lambda _: pages.upgrade(self.door.token),
            ("settings-autop", "autopnow"): self._autop_now,
            ("settings-autop", "askautop"): self._autop_state,
            ("settings-upgrade", "reboot"): self._reboot,
        }
        data = "" if self._is_b else "mod_data"
        found = {(data, *each): served for each, served in common.items()}
        if not self._is_b:
            found["mod_configfile", "", "exportcfgconfig"] = self._export
            found["mod_res", "upload", ""] = self._import
        return found

    @property
    def _must_change(self) -> bool:
        is_first = self.phone.password == self.phone.factory_password
        return is_first and release(self.phone.identity.firmware) >= FORCED_SINCE

    # -- logging in --

    def _at_the_door(self, question: str, asked: Asked) -> Answer:
        if question == "loginForm":
            return self._form()
        if question == "login" and asked.method == "POST":
            return self._login(asked)
        if question == "logout" and self.door.lets_in(asked):
            self.door.session = None
        return Answer(200)

    def _form(self) -> Answer:
        key = None if self._is_plain else crypt.modulus()
        return pages.login(self.phone.identity, key, self.door.new_page())

    def _login(self, asked: Asked) -> Answer:
        if self.phone.is_locked():
            return self._verdict("lock")
        cookie = asked.cookies.get("JSESSIONID", "")
        known = cookie in self.door.page_cookies
        given = asked.form.get("pwd") if self._is_plain else crypt.opened(asked.form, cookie)
        right = known and given == self.phone.password and asked.form.get("username") == "admin"
        if not self.phone.check(right=right):
            return self._verdict("lock" if self.phone.is_locked() else "none")
        self.door.page_cookies.discard(cookie)
        digits = f"{secrets.randbelow(10**9):09}" if self._is_b else secrets.token_hex(5)
        self.door.open(cookie, digits, asked.peer)
        return self._verdict("done")

    def _verdict(self, word: str) -> Answer:
        """B, and pages without a key, send on who is right and show others the form again."""
        if not (self._is_b or self._is_plain):
            return pages.verdict(word)
        if word == "done":
            where = self._at("mod_data", "p=status&q=load")
            return Answer(302, headers=(("Location", where),))
        return self._form()

    # -- with a session --

    def _may_change(self, asked: Asked, token: str | None) -> bool:
        """Changes are posted from one of the phone's own pages, with its token."""
        own = urlsplit(asked.headers.get("referer", "")).netloc == asked.headers.get("host", "")
        return asked.method == "POST" and own and token == self.door.token

    def _export(self, asked: Asked) -> Answer:
        if asked.query.get("type") not in ("all", "local"):
            return state.NOT_FOUND
        return Answer(200, state.exported(self.phone), "application/octet-stream")

    def _import(self, asked: Asked) -> Answer:
        """Take a file of settings: result 0, or another number and nothing is set."""
        sent = upload.parts(asked)
        token = sent["token"].content.decode("latin-1") if "token" in sent else None
        if not self._may_change(asked, token):
            return state.REFUSED
        kind, limit = asked.query.get("type", ""), asked.query.get("maxlength", "")
        if not self._is_plain:
            limit = crypt.unlock(limit) or ""
        file = sent.get("UploadName")
        whole = file is not None and file.filename is not None and len(file.content) <= LARGEST
        taken = (
            kind == "localcfg" and limit == "100KB" and file is not None and whole
            and upload.take(self.phone, file.content)
        )  # fmt: skip
        return pages.result({"type": kind, "result": 0 if taken else 1})

    def _autop_now(self, asked: Asked) -> Answer:
        self.phone.fetch()
        self._running, self._left = str(10 + secrets.randbelow(90)), self.polls
        return pages.result({"data": self._running})

    def _autop_state(self, asked: Asked) -> Answer:
        if asked.query.get("sessionid") != self._running:
            return pages.result({"data": -1})
        self._left = max(0, self._left - 1)
        return pages.result({"data": int(self._running) if self._left else 0})

    def _reboot(self, asked: Asked) -> Answer:
        if not self._may_change(asked, asked.form.get("token")):
            return state.REFUSED
        self.phone.reboot()
        return pages.result({"result": 0})
