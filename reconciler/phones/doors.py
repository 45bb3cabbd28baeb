"""Doors: which phones a run goes to by itself. A wrong try is never repeated, and none is burnt.

A phone locks up after a few wrong passwords. So a run that nobody watches tries a login that was
refused once not again before another one was saved, and a locked phone not before its time.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from reconciler.device import Login
from reconciler.errors import AuthenticationFailed, LockedOut, ReconcilerError
from reconciler.model.standing import AttemptState
from reconciler.phones.logins import Logins
from reconciler.phones.meant import Placed

_USUAL_S: Final = 300
"""How long a phone is locked that does not say how long (grandstream.md, A3)."""


class Shut(NamedTuple):
    """Why a phone is not gone to. `until` is ISO 8601 in UTC, empty where nobody knows."""

    state: AttemptState
    why: str
    until: str = ""
    hint: str = ""


class Doors:
    """Tells which phones may be gone to, and remembers those that did not let us in."""

    def __init__(self, logins: Logins, now: Callable[[], datetime]) -> None:
        self._logins = logins
        self._now = now

    def shut(self, phone: Placed) -> Shut | None:
        """Return why a phone is left alone; None if it may be gone to."""
        login = self._logins.of(phone.address)
        if login is None:
            return Shut("", "there is no saved login", hint=_save(phone))
        wire = self._logins.wire(phone.address)
        if wire.refused == _digest(login):
            why = "it refused the saved login, which is not tried again"
            return Shut("refused", why, hint=_save(phone))
        if wire.shut_until and datetime.fromisoformat(wire.shut_until) > self._now():
            return Shut("locked", "it takes no login for a while", wire.shut_until)
        return None

    def learn(self, phone: Placed, error: ReconcilerError | None) -> None:
        """Remember what became of a login: None that it opened the phone."""
        before = self._logins.wire(phone.address)
        if isinstance(error, LockedOut):
            ends = self._now() + timedelta(seconds=error.seconds or _USUAL_S)
            until = ends.isoformat(timespec="seconds").replace("+00:00", "Z")
            after = replace(before, shut_until=until)
        elif isinstance(error, AuthenticationFailed):
            login = self._logins.of(phone.address)
            after = replace(before, refused=_digest(login) if login is not None else None)
        elif error is None:
            after = replace(before, shut_until=None, refused=None)
        else:
            return
        self._logins.set_wire(phone.address, after)


def _save(phone: Placed) -> str:
    return f"reconciler phones test-connection --save {phone.name}"


def _digest(login: Login) -> str:
    """Return a login's digest; it is kept encrypted beside the login itself."""
    said = f"{login.username}\0{login.password.reveal()}"
    return hashlib.sha256(said.encode()).hexdigest()[:16]
