"""Poly's REST interface.

Source: facts on Poly, A; recorded answers of an Edge E350 8.6.0 and a VVX350 5.9.3.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from reconciler.lab.phones.device import Phone
from reconciler.lab.phones.polycom import told
from reconciler.lab.phones.polycom.login import Login
from reconciler.lab.phones.wire import Answer, Asked

AT_ONCE: Final = 20
"""How many names a call may carry."""
RESTARTING: Final = ("device.net.", "device.prov.", "voIpProt.SIP.")
"""Settings that make the phone restart by itself."""
_OFF: Final = Answer(
    404,
    b"<html><head><title>404 Not Found</title></head>"
    b"<body>The document requested was not found on this server.</body></html>",
    "text/html; charset=utf-8",
)


def reply(data: object = None, status: str = "2000", **more: object) -> Answer:
    """Return what the interface says: HTTP 200, with a status of its own."""
    body: dict[str, object] = {} if data is None else {"data": data}
    return Answer(200, json.dumps({**body, **more, "Status": status}).encode(), "application/json")


@dataclass(slots=True)
class Rest:
    """A Poly phone's web server."""

    phone: Phone
    login: Login = field(init=False)

    def __post_init__(self) -> None:
        self.login = Login(self.phone)

    @property
    def _is_edge(self) -> bool:
        return self.phone.identity.generation == "edge"

    def answer(self, asked: Asked) -> Answer:
        """Answer a request."""
        answer = self._answer(asked)
        product = "Poly Edge" if self._is_edge else "Polycom SoundPoint IP"
        more = [("Server", f"{product} Telephone HTTPd"), ("Cache-Control", "no-store")]
        if self._is_edge:
            more += [("X-Frame-Options", "SAMEORIGIN"),
                     ("Strict-Transport-Security", "max-age=2592000")]  # fmt: skip
        headers = (*more, *answer.headers)
        return Answer(answer.status, answer.body, answer.content_type, headers, drop=answer.drop)

    def _answer(self, asked: Asked) -> Answer:
        if asked.path == "/":
            return Answer(200, b"<html><title>Polycom - Configuration Utility</title></html>")
        on = self.phone.settings.get("apps.restapi.enabled", "0") == "1"
        if not on or not asked.path.startswith("/api/"):
            return _OFF
        if not self.login.knows(asked):
            return self.login.challenge()
        if asked.method == "POST" and "json" not in asked.headers.get("content-type", ""):
            return reply(status="4400")
        if asked.method == "POST" and self.phone.password == self.phone.factory_password:
            return reply(status="4010")
        return self._inside(asked)

    def _inside(self, asked: Asked) -> Answer:
        version, _, name = asked.path.removeprefix("/api/").partition("/")
        if asked.method == "GET":
            reads = self._reads()
            return reads[version, name]() if (version, name) in reads else _OFF
        writes = self._writes(asked)
        is_known = asked.method == "POST" and version == "v1" and name in writes
        return writes[name]() if is_known else _OFF

    def _reads(self) -> dict[tuple[str, str], Callable[[], Answer]]:
        phone = self.phone
        reads: dict[tuple[str, str], Callable[[], Answer]] = {
            ("v1", "mgmt/device/info"): lambda: reply(told.device(phone)),
            ("v1", "mgmt/lineInfo"): lambda: reply(told.lines(phone)),
            ("v1", "mgmt/network/info"): lambda: reply(told.network(phone)),
            ("v1", "mgmt/network/stats"): lambda: reply({"UpTime": told.uptime(phone, "day")}),
            ("v1", "mgmt/device/runningConfig"): lambda: reply(told.config(phone)),
            ("v2", "webCallControl/callStatus"): lambda: reply(told.calls(phone)),
            ("v1", "webCallControl/callStatus"): self._call,
        }
        if not self._is_edge:
            reads["v2", "mgmt/device/info"] = lambda: reply(told.device_v2(phone))
            reads["v2", "mgmt/lineInfo"] = lambda: reply(told.lines(phone))
        return reads

    def _writes(self, asked: Asked) -> dict[str, Callable[[], Answer]]:
        writes: dict[str, Callable[[], Answer]] = {
            "mgmt/config/get": lambda: self._get(asked),
            "mgmt/config/set": lambda: self._set(asked),
            "mgmt/safeRestart": self._safe_restart,
            "mgmt/safeReboot": self._safe_restart,
            "mgmt/factoryReset": self._factory_reset,
            "mgmt/updateConfiguration": self._update,
            "mgmt/configReset": self._forget_overrides,
            "mgmt/configReset/web": self._forget_overrides,
        }
        if not self._is_edge:  # an Edge takes call control over SIP NOTIFY alone
            writes["callctrl/endCall"] = self._end_call
        return writes

    def _call(self) -> Answer:
        calls = told.calls(self.phone)
        return reply(calls[0]) if calls else reply(status="4007")

    def _end_call(self) -> Answer:
        if self.phone.call == "idle":
            return reply(status="4007")
        self.phone.tell(self.phone, "hang_up")
        return reply()

    @staticmethod
    def _sent(asked: Asked) -> Any:
        try:
            return json.loads(asked.body)["data"]
        except (ValueError, KeyError, TypeError):
            return None

    def _get(self, asked: Asked) -> Answer:
        names = self._sent(asked)
        if not isinstance(names, list):
            return reply(status="4000")
        if len(names) > AT_ONCE:
            return reply(status="4009")
        shown = told.config(self.phone)
        found = {each: {"Value": shown[each], "Source": self._source(each)} for each in names
                 if each in shown}  # fmt: skip
        missing = [each for each in names if each not in shown]
        return reply(found, InvalidParams=missing) if missing else reply(found)

    def _source(self, name: str) -> str:
        if name in self.phone.overrides:
            return "web"
        same = self.phone.settings[name] == self.phone.factory.get(name)
        return "default" if same else "config"

    def _set(self, asked: Asked) -> Answer:
        """Store values as overrides, which beat the files."""
        values = self._sent(asked)
        if not isinstance(values, dict):
            return reply(status="4000")
        if len(values) > AT_ONCE:
            return reply(status="4009")
        for name, value in values.items():
            self.phone.keep(name, str(value), override=True)
        self.phone.tell(self.phone, "accounts")
        if any(name.startswith(RESTARTING) for name in values):
            return self._safe_restart()
        return reply()

    def _safe_restart(self) -> Answer:
        """Restart, or wait until the call has ended: that is what `safe` means."""
        self.phone.when_idle("reboot")
        return reply()

    def _factory_reset(self) -> Answer:
        self.phone.reset()
        return reply()

    def _forget_overrides(self) -> Answer:
        for name in self.phone.overrides:
            self.phone.settings.pop(name, None)
        self.phone.overrides.clear()
        self._update()
        return reply()

    def _update(self) -> Answer:
        self.phone.when_idle("fetch")
        return reply()
