"""Who is registered: challenges, checks, remembers until it expires (RFC 3261, 10). Pure but time.

Phones are offered SHA-256 and MD5 (RFC 8760) and take what they can.
"""

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from reconciler.lab.phones.hosts import Place
from reconciler.lab.phones.sip import digest
from reconciler.lab.phones.sip.message import Message, Uri, parameter, respond, uri_in

REALM: Final = "lab"
LONGEST_S: Final = 3600
MANY: Final = 10
"""How many phones a user may have when nobody says."""
_NONCES: Final = 50_000


class Binding(NamedTuple):
    """Where a user is, as whom it came, and until when that is so."""

    contact: Uri
    agent: str
    until: float


@dataclass
class Registrar:
    """Users with the passwords that let them in, and how many phones each may have.

    The phone that came first goes when one comes too many, as Asterisk does it (remove_existing).
    `now` gives seconds.
    """

    users: Mapping[str, Collection[str]]
    now: Callable[[], float]
    most: Callable[[str], int] = lambda _user: MANY
    contacts: dict[str, dict[Place, Binding]] = field(default_factory=dict)
    """Bindings by user and by place, the newest last."""
    refused: dict[str, int] = field(default_factory=dict)
    """How often a user showed a wrong password."""
    _nonces: dict[str, None] = field(default_factory=dict)

    def all(self, user: str) -> list[Binding]:
        """Return where a user is, the newest last."""
        bindings = self.contacts.get(user, {})
        for place in [each for each, one in bindings.items() if one.until <= self.now()]:
            del bindings[place]
        if not bindings:
            self.contacts.pop(user, None)
        return list(bindings.values())

    def where(self, user: str) -> Uri | None:
        """Return where a user has come from last, None when it is not registered."""
        found = self.all(user)
        return found[-1].contact if found else None

    def drop(self, place: Place) -> None:
        """Forget who was behind a connection that has ended."""
        for user in list(self.contacts):
            self.contacts[user].pop(place, None)
            if not self.contacts[user]:
                del self.contacts[user]

    @property
    def bindings(self) -> dict[str, Binding]:
        """The newest binding of each user."""
        return {user: found[-1] for user in list(self.contacts) if (found := self.all(user))}

    def take(self, request: Message, of: Place) -> Message:
        """Answer a REGISTER."""
        user = uri_in(request.get("to")).user
        return self.objection(request, of, user) or self._bind(request, of, user)

    def objection(self, request: Message, of: Place, user: str) -> Message | None:
        """Return a challenge, unless a request shows the user's password."""
        tag, shown = secrets.token_hex(4), request.get("authorization")
        if not shown:
            return self._challenge(request, of, tag)
        nonce = (digest.parse_digest(shown) or {}).get("nonce", "")
        if nonce not in self._nonces:
            return self._challenge(request, of, tag, stale=True)
        if not self._is_right(shown, user, request.method, nonce):
            self.refused[user] = self.refused.get(user, 0) + 1
            return self._challenge(request, of, tag)
        return None

    def _challenge(self, request: Message, of: Place, tag: str, *, stale: bool = False) -> Message:
        nonce = secrets.token_hex(8)
        self._nonces[nonce] = None
        if len(self._nonces) > _NONCES:
            self._nonces.pop(next(iter(self._nonces)))
        old = ", stale=true" if stale else ""
        common = f'Digest realm="{REALM}", nonce="{nonce}", qop="auth"{old}'
        offers = [
            ("www-authenticate", f"{common}, algorithm={name}") for name in ("SHA-256", "MD5")
        ]
        return respond(request, 401, *offers, tag=tag, peer=of)

    def _is_right(self, shown: str, user: str, method: str, nonce: str) -> bool:
        return any(
            digest.fits(shown, digest.Credentials(user, password), method, nonce)
            for password in self.users.get(user, ())
        )

    def _bind(self, request: Message, of: Place, user: str) -> Message:
        contact = request.get("contact")
        asked = parameter(contact, "expires") or request.get("expires") or str(LONGEST_S)
        seconds = min(int(asked), LONGEST_S) if asked.isdigit() else LONGEST_S
        found = uri_in(contact)
        place, bindings = (found.host, found.port), self.contacts.setdefault(user, {})
        bindings.pop(place, None)
        if seconds:
            until = self.now() + seconds
            bindings[place] = Binding(found, request.get("user-agent"), until)
            for oldest in list(bindings)[: -max(1, self.most(user))]:
                del bindings[oldest]
        granted = [("contact", self._shown(user, each)) for each in self.all(user)]
        return respond(request, 200, *granted, tag=secrets.token_hex(4), peer=of)

    def _shown(self, user: str, binding: Binding) -> str:
        at, left_s = binding.contact, max(0, round(binding.until - self.now()))
        return f"<sip:{user}@{at.host}:{at.port}{at.rest}>;expires={left_s}"
