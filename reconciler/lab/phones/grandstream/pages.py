"""GXP14xx, old GXP21xx and HT8xx V1, generation G1: forms with P-values and a cookie.

Source: facts on Grandstream, A (row G1). The pages' own words beyond what is named there are weak.
"""

import secrets
from dataclasses import dataclass
from typing import Final

from reconciler.lab.phones.device import Phone
from reconciler.lab.phones.grandstream import state
from reconciler.lab.phones.wire import Answer, Asked

LOGIN_PAGE: Final = (
    b"<html><title>Grandstream Device Configuration</title>"
    b'<form action="/cgi-bin/dologin" method="post"><input name="P2" type="password">'
    b'<input type="hidden" name="gnkey" value="0b82"></form></html>'
)


@dataclass(slots=True)
class Pages:
    """The web server of an old phone."""

    phone: Phone
    sid: str = ""

    def answer(self, asked: Asked) -> Answer:
        """Answer."""
        name = asked.path.removeprefix("/cgi-bin/")
        if name in ("/", "login"):
            return Answer(200, LOGIN_PAGE)
        if name == "dologin":
            return self._login(asked)
        if name == asked.path or name not in ("update", "rs", "index"):
            return state.HTML_404
        if not self.sid or asked.cookies.get("session_id") != self.sid:
            return Answer(302, headers=(("Location", "/cgi-bin/login"),))
        if name == "update":
            return self._update(asked)
        if name == "rs":
            self.phone.reboot()
            return Answer(200, b"<html>The device is rebooting now...</html>")
        return Answer(200, self._status())

    def _login(self, asked: Asked) -> Answer:
        right = asked.form.get("P2") == self.phone.password
        if self.phone.is_locked() or not self.phone.check(right=right):
            return Answer(200, b"<html>Your Login Password is not recognized</html>")
        self.sid = secrets.token_hex(8)
        cookie = ("Set-Cookie", f"session_id={self.sid}")
        return Answer(200, self._status(), headers=(cookie,))

    def _update(self, asked: Asked) -> Answer:
        for key, value in asked.form.items():
            if key[:1] == "P":
                state.set_value(self.phone, key, value)
        return Answer(200, b"<html>Your configuration changes have been saved.</html>")

    def _status(self) -> bytes:
        identity = self.phone.identity
        registered = "Yes" if self.phone.account_registered(1) else "No"
        rows = {
            "MAC Address": identity.colons.upper(), "Product Model": identity.model,
            "Program--": identity.firmware, "Registered": registered,
        }  # fmt: skip
        cells = "".join(f"<tr><td>{k}</td><td>{v}</td></tr>" for k, v in rows.items())
        return f"<html><table>{cells}</table></html>".encode()
