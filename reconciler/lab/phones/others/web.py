"""Web pages of Snom, Fanvil and Cisco: as much as tells what they are.

Source: facts on discovery, section 2, and on other phones. Their login is a Basic one here; the
newer Snoms' web interface is not known.
"""

import base64
from dataclasses import dataclass

from reconciler.lab.phones.device import Phone
from reconciler.lab.phones.wire import Answer, Asked


@dataclass(slots=True)
class Pages:
    """The web server of a phone that is only recognised."""

    phone: Phone

    def answer(self, asked: Asked) -> Answer:
        """Answer."""
        return {"snom": self._snom, "fanvil": self._fanvil, "cisco": self._cisco}[
            self.phone.identity.vendor
        ](asked)

    def _knows(self, asked: Asked) -> bool:
        scheme, _, given = asked.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic" or self.phone.is_locked():
            return False
        right = base64.b64encode(f"admin:{self.phone.password}".encode()).decode()
        return self.phone.check(right=given.strip() == right)

    @staticmethod
    def _challenge(realm: str) -> Answer:
        return Answer(401, b"", headers=(("WWW-Authenticate", f'Basic realm="{realm}"'),))

    def _snom(self, asked: Asked) -> Answer:
        if not self._knows(asked):
            return self._challenge(self.phone.identity.model.lower())
        if asked.path == "/advanced_update.htm" and asked.query.get("reboot") == "Reboot":
            self.phone.reboot()
        title = f"<html><title>snom {self.phone.identity.model}</title></html>".encode()
        known = asked.path in ("/", "/dummy.htm", "/advanced_update.htm")
        return Answer(200, title) if known else Answer(404)

    def _fanvil(self, asked: Asked) -> Answer:
        if not self._knows(asked):
            return self._challenge("Fanvil")
        title = f"<html><title>Fanvil {self.phone.identity.model}</title></html>".encode()
        return Answer(200, title) if asked.path == "/" else Answer(404)

    def _cisco(self, asked: Asked) -> Answer:
        """Answer without a login while no admin password is set."""
        closed = self.phone.settings.get("Admin_Passwd") and asked.path.startswith("/admin")
        if closed and not self._knows(asked):
            return self._challenge("spa admin")
        if asked.path == "/admin/reboot":
            self.phone.reboot()
        if asked.path == "/admin/resync":
            self.phone.when_idle("fetch")
        identity = self.phone.identity
        title = f"<html><title>{identity.model} Configuration Utility</title>"
        body = f"{title}<td>Product Name:</td><td>{identity.model}</td></html>"
        known = asked.path == "/" or asked.path.startswith("/admin/")
        return Answer(200, body.encode()) if known else Answer(404)
