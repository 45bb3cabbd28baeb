"""What Yealink's web servers share: the session, the admin's Basic login, what is told and done."""

import base64
import secrets
from dataclasses import dataclass, field
from typing import Final

from reconciler.lab.phones.device import Phone
from reconciler.lab.phones.wire import Answer, Asked

IDLE_S: Final = 600.0
"""After how many seconds without a request a web session ends by itself."""
SECRET_NAMES: Final = ("password", "user_password")
NOT_FOUND: Final = Answer(404, b"<html>Not Found</html>")
REFUSED: Final = Answer(403, b"<html>Forbidden</html>")
STATUS_CODES: Final = {
    "disabled": "0", "registering": "1", "registered": "2", "failed": "3", "unregistered": "4",
}  # fmt: skip


@dataclass(slots=True)
class Session:
    """Who is logged in: from where, with which cookie and token, and when he last asked."""

    cookie: str
    token: str
    peer: str
    asked_at: float


@dataclass(slots=True)
class Door:
    """One session at a time, which somebody else cannot take over while it is used."""

    phone: Phone
    session: Session | None = None
    page_cookies: set[str] = field(default_factory=set)

    def open(self, cookie: str, token: str, peer: str) -> Session:
        """Start a session."""
        self.session = Session(cookie, token, peer, self.phone.now())
        return self.session

    def lets_in(self, asked: Asked) -> bool:
        """Tell whether a request belongs to the session, and keep that alive."""
        session = self.current
        if session is None or asked.cookies.get("JSESSIONID") != session.cookie:
            return False
        session.asked_at = self.phone.now()
        return True

    def held_against(self, asked: Asked) -> str | None:
        """Return from where somebody else is logged in, None if nobody is."""
        session = self.current
        if session is None or self.phone.faults.many_sessions:
            return None
        return None if asked.cookies.get("JSESSIONID") == session.cookie else session.peer

    @property
    def current(self) -> Session | None:
        """The session, unless it has ended by itself."""
        if self.session is not None and self.phone.now() - self.session.asked_at > IDLE_S:
            self.session = None
        return self.session

    @property
    def token(self) -> str:
        """What writes have to carry."""
        return self.session.token if self.session else ""

    def new_page(self) -> str:
        """Return the cookie that a login page sets."""
        cookie = secrets.token_hex(8)
        if len(self.page_cookies) > 50:
            self.page_cookies.clear()
        self.page_cookies.add(cookie)
        return cookie


def knows(phone: Phone, asked: Asked) -> bool:
    """Tell whether a request carries the admin's name and password."""
    scheme, _, given = asked.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic" or phone.is_locked():
        return False
    right = base64.b64encode(f"admin:{phone.password}".encode()).decode()
    return phone.check(right=given.strip() == right)


def challenge(phone: Phone) -> Answer:
    """Ask for name and password; the realm names the model."""
    realm = f'Basic realm="Gigabit Color IP Phone Yealink SIP-{phone.identity.model}"'
    return Answer(401, b"<html>Unauthorized</html>", headers=(("WWW-Authenticate", realm),))


def states(phone: Phone) -> dict[str, str]:
    """Return the accounts' states by number, as codes."""
    found = {str(number): "0" for number in range(1, phone.identity.accounts + 1)}
    return {**found, **{str(n): STATUS_CODES[e.state] for n, e in phone.accounts.items()}}


def shown(phone: Phone, name: str) -> str:
    """Return a setting; passwords are never given out."""
    return "" if name.rsplit(".", 1)[-1] in SECRET_NAMES else phone.settings.get(name, "")


def exported(phone: Phone) -> bytes:
    """Return the configuration as a file."""
    lines = (f"{name} = {shown(phone, name)}" for name in sorted(phone.settings))
    return "\n".join(["#!version:1.0.0.1", *lines, ""]).encode()


def act(phone: Phone, asked: Asked) -> Answer:
    """Do what an Action URI says, if the caller may (facts on Yealink, A2)."""
    settings = phone.settings
    allowed = settings.get("features.action_uri_limit_ip", "any").replace(" ", "").split(",")
    enabled = settings.get("features.action_uri.enable", "1") == "1"
    if not enabled or ("any" not in allowed and asked.peer not in allowed):
        return REFUSED
    if not knows(phone, asked):
        return challenge(phone)
    key = asked.query["key"].lower()
    if key == "reboot":
        if settings.get("features.action_uri_reboot_now") == "1":
            phone.reboot()
        else:
            phone.when_idle("reboot")
    elif key == "autop":
        phone.when_idle("fetch")
    elif key in ("callend", "x") and phone.call != "idle":
        phone.tell(phone, "hang_up")
    return Answer(200)
