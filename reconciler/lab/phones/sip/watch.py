"""A BLF key: it asks the PBX to tell about an extension, and lights as it is told.

RFC 6665 (SUBSCRIBE and NOTIFY) with RFC 4235 (event `dialog`). IO.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.etree import ElementTree as ET

from reconciler.lab.phones.device import Account
from reconciler.lab.phones.sip import digest
from reconciler.lab.phones.sip.line import Line, domain, login, token
from reconciler.lab.phones.sip.message import Message, uri_in
from reconciler.lab.phones.sip.registration import CHALLENGES

EXPIRES_S: Final = 1800
_SPACE: Final = "{urn:ietf:params:xml:ns:dialog-info}"
_LIGHTS: Final = {
    "trying": "busy", "proceeding": "busy", "early": "ringing", "confirmed": "busy",
}  # fmt: skip


@dataclass(slots=True)
class Watch:
    """Keeps one extension watched through an account. `retry_s` is how long it waits after a no."""

    line: Line
    account: Account
    number: str
    retry_s: float
    call_id: str = field(default_factory=token)
    tag: str = field(default_factory=token)
    remote: str = ""
    sequence: int = 0
    challenge: Mapping[str, str] | None = None
    answered_with: str = ""
    timer: asyncio.TimerHandle | None = None
    ended: bool = False

    def start(self) -> None:
        """Subscribe."""
        self.line.phone.lights.setdefault(self.number, "unknown")
        self._ask()

    def end(self) -> None:
        """Stop; the PBX finds out when it tells something."""
        self.ended = True
        self.line.phone.lights.pop(self.number, None)
        if self.timer is not None:
            self.timer.cancel()

    def _ask(self) -> None:
        if self.ended:
            return
        self.sequence += 1
        account, target = self.account, f"sip:{self.number}@{domain(self.account)}"
        headers = [
            ("from", f"<sip:{account.user}@{domain(account)}>;tag={self.tag}"),
            ("to", self.remote or f"<{target}>"),
            *self.line.common(self.call_id, f"{self.sequence} SUBSCRIBE"),
            ("contact", self.line.contact(account)), ("event", "dialog"),
            ("accept", "application/dialog-info+xml"), ("expires", str(EXPIRES_S)),
        ]  # fmt: skip
        if self.challenge is not None:
            shown = digest.authorization(
                self.challenge, login(account), "SUBSCRIBE", target, count=1, own=token()
            )
            headers.append((self.answered_with, shown))
        self.line.exchange.request(
            f"SUBSCRIBE {target} SIP/2.0", tuple(headers), self.line.place,
            self.line.server(account), self._answered,
        )  # fmt: skip

    def _answered(self, answer: Message | None) -> None:
        if self.ended or (answer is not None and answer.status < 200):
            return
        if answer is not None and answer.status in CHALLENGES and self.challenge is None:
            offered, self.answered_with = CHALLENGES[answer.status]
            self.challenge = digest.choose(answer.all(offered))
            if self.challenge is not None:
                self._ask()
                return
        self.challenge = None
        if answer is None or answer.status >= 300:
            self.line.phone.lights[self.number] = "unknown"
            self.remote = ""
            self._later(self.retry_s)
            return
        self.remote = answer.get("to")
        granted = answer.get("expires")
        self._later(max(0.5, int(granted if granted.isdigit() else EXPIRES_S) / 2))

    def _later(self, seconds: float) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.timer = asyncio.get_running_loop().call_later(seconds, self._ask)

    def told(self, request: Message) -> None:
        """Light as a NOTIFY says."""
        light = light_of(request.body)
        if light is not None:
            self.line.phone.lights[self.number] = light


def light_of(body: bytes) -> str | None:
    """Return `idle`, `ringing` or `busy` of what a NOTIFY tells; None of something else."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        return None
    try:
        root = ET.fromstring(body)  # noqa: S314 - no declarations, see above
    except ET.ParseError:
        return None
    if root.tag != f"{_SPACE}dialog-info":
        return None
    states = [
        _LIGHTS.get((each.findtext(f"{_SPACE}state") or "").strip(), "idle")
        for each in root.iter(f"{_SPACE}dialog")
    ]
    return next((light for light in ("ringing", "busy") if light in states), "idle")


def extension_in(value: str) -> str:
    """Return the extension that a key's value names: `1002`, `sip:1002@pbx.example.com`."""
    return uri_in(value).user if value.startswith(("sip:", "sips:")) else value.partition("@")[0]
