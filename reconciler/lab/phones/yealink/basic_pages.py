"""Yealink generation A: pages behind a Basic login.

Source: facts on Yealink, A (row A) and A2 (keys in the address). The rows of the status page are
named there, not its layout.
"""

import html
from dataclasses import dataclass
from typing import Final

from reconciler.lab.phones.device import Phone
from reconciler.lab.phones.wire import Answer, Asked
from reconciler.lab.phones.yealink import state

PAGE: Final = "/cgi-bin/ConfigManApp.com"


@dataclass(slots=True)
class BasicPages:
    """The web server of a T2xP."""

    phone: Phone

    def answer(self, asked: Asked) -> Answer:
        """Answer."""
        if asked.path == PAGE and "key" in asked.query:
            return state.act(self.phone, asked)
        if not state.knows(self.phone, asked):
            return state.challenge(self.phone)
        if asked.path not in ("/", PAGE):
            return state.NOT_FOUND
        if asked.method == "POST" and asked.form.get("Reboot") == "Reboot":
            self.phone.reboot()
            return Answer(200, b"<html>Rebooting</html>")
        return Answer(200, self._status())

    def _status(self) -> bytes:
        identity = self.phone.identity
        rows = {
            "Product Name": f"SIP-{identity.model}", "Firmware Version": identity.firmware,
            "Hardware Version": identity.hardware, "MAC": identity.colons.upper(),
            **{f"Account {each.number}": f"{each.user}@{each.server} : {each.state.title()}"
               for each in self.phone.accounts.values()},
        }  # fmt: skip
        cells = "".join(f"<tr><td>{k}</td><td>{html.escape(v)}</td></tr>" for k, v in rows.items())
        return f"<html><table>{cells}</table></html>".encode()
