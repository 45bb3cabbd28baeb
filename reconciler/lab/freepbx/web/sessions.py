"""Web sessions: who is logged in by which cookie."""

from __future__ import annotations

import hashlib
import secrets

from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Row


class Sessions:
    """Sessions of one PBX. They live until somebody logs out or a test ends them."""

    def __init__(self, pbx: Pbx) -> None:
        self._pbx = pbx
        self._users: dict[str, str] = {}

    def new(self) -> str:
        """A cookie that nobody is logged in with yet."""
        return secrets.token_hex(13)

    def user(self, cookie: str | None) -> str | None:
        """Who is logged in."""
        return self._users.get(cookie or "")

    def log_in(self, cookie: str, user: str, password: str) -> bool:
        """Check a password against table `ampusers`."""
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest()
        row = self._pbx.tables.row("ampusers", username=user)
        if row is None or row["password_sha1"] != digest:
            return False
        self._users[cookie] = user
        return True

    def set_up(self, cookie: str, user: str, password: str) -> bool:
        """Make the first administrator, only while there is none, and log in as it (seen)."""
        if self._pbx.tables.rows("ampusers") or not user:
            return False
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest()
        row: Row = {"username": user, "password_sha1": digest, "sections": "*"}
        self._pbx.tables.insert("ampusers", row | {"email": "", "extension": ""})
        return self.log_in(cookie, user, password)

    def log_out(self, cookie: str | None) -> None:
        """End one session."""
        self._users.pop(cookie or "", None)

    def end_all(self) -> None:
        """End all sessions, as a restart of PHP would."""
        self._users.clear()
