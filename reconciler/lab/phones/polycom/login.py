"""Who may talk to a Poly's REST interface: Basic or Digest on a VVX, Digest alone on an Edge.

Source: facts on Poly, A (Auth), with the live answers of an Edge E350 8.6.0.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.request import parse_http_list, parse_keqv_list

from reconciler.lab.phones.device import Phone
from reconciler.lab.phones.wire import Answer, Asked

USER: Final = "Polycom"
REALM: Final = "Poly Edge"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class Login:
    """Challenges and what has been challenged."""

    phone: Phone
    nonces: set[str] = field(default_factory=set)

    @property
    def _is_edge(self) -> bool:
        return self.phone.identity.generation == "edge"

    def challenge(self) -> Answer:
        """Return a challenge."""
        nonce = secrets.token_hex(16)
        if len(self.nonces) > 100:
            self.nonces.clear()
        self.nonces.add(nonce)
        digest = f'Digest realm="{REALM}", nonce="{nonce}", qop="auth", algorithm=MD5'
        basic = () if self._is_edge else (("WWW-Authenticate", f'Basic realm="{REALM}"'),)
        return Answer(401, b"", headers=(*basic, ("WWW-Authenticate", digest)))

    def knows(self, asked: Asked) -> bool:
        """Tell whether a request shows the right name and password; a wrong one is counted."""
        scheme, _, given = asked.headers.get("authorization", "").partition(" ")
        if not given or self.phone.is_locked():
            return False
        if scheme.lower() == "basic" and not self._is_edge:
            right = base64.b64encode(f"{USER}:{self.phone.password}".encode()).decode()
            return self.phone.check(right=given.strip() == right)
        if scheme.lower() == "digest":
            return self._fits(asked, parse_keqv_list(parse_http_list(given)))
        return False

    def _fits(self, asked: Asked, given: Mapping[str, str]) -> bool:
        if given.get("nonce") not in self.nonces:
            return False  # an old challenge: a new one follows, and no try is counted
        right = digest_response(given, asked.method, self.phone.password)
        fits = given.get("uri") == asked.target and given.get("username") == USER
        return self.phone.check(right=fits and given.get("response") == right)


def digest_response(given: Mapping[str, str], method: str, password: str) -> str:
    """Return the response that fits a Digest header (MD5, qop=auth)."""
    first = _md5(f"{given.get('username', '')}:{given.get('realm', '')}:{password}")
    second = _md5(f"{method}:{given.get('uri', '')}")
    middle = ":".join(given.get(each, "") for each in ("nonce", "nc", "cnonce", "qop"))
    return _md5(f"{first}:{middle}:{second}")
