"""Poly's REST API: one request at a time, JSON, and a status of its own (polycom.md, A)."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from reconciler.errors import (
    AdapterError,
    AuthenticationFailed,
    NotPossible,
    PermissionMissing,
    Refused,
    UnexpectedReply,
)
from reconciler.transport.phone_http import ANSWER_BYTES, PhoneAnswer, PhoneHttp

if TYPE_CHECKING:
    from reconciler.transport.phone_auth import ChallengedAuth

OK: Final = "2000"
IDLE: Final = "4007"
"""What callStatus answers when there is no call."""
_WORDS: Final[Mapping[str, str]] = {
    "4000": "it takes no such value",
    "4001": "it is busy with another request",
    "4002": "the line is not registered",
    "4003": "it does not allow that",
    "4004": "it does not support that",
    "4005": "it has no such line",
    "4006": "no address is configured",
    "4008": "the export failed",
    "4009": "too much at once",
    "4400": "it did not understand the request",
    "4403": "it does not allow that",
    "5000": "it failed",
    "5500": "it failed inside",
}


class Rest:
    """The API of one phone, with a login."""

    def __init__(self, http: PhoneHttp, auth: "ChallengedAuth") -> None:
        self.http = http
        self._auth = auth

    async def get(self, path: str, *, doing: str, limit: int = ANSWER_BYTES) -> Mapping[str, Any]:
        """Read and return the whole answer. Raises AdapterError unless its status is 2000."""
        answer = await self.http.get(f"/api/{path}", auth=self._auth, limit=limit, doing=doing)
        return self._judged(answer, doing)

    async def get_if_there(self, path: str, *, doing: str) -> Any:
        """Read and return the data; None where the firmware does not have the call, or no call."""
        answer = await self.http.get(f"/api/{path}", auth=self._auth, doing=doing)
        if answer.status == 404:
            return None
        if answer.object().get("Status") == IDLE:
            return []
        return self._judged(answer, doing).get("data")

    async def post(self, path: str, body: Mapping[str, Any], *, doing: str) -> Mapping[str, Any]:
        """Send and return the whole answer."""
        answer = await self.http.send(
            "POST", f"/api/{path}", body=body, auth=self._auth, doing=doing
        )
        return self._judged(answer, doing)

    def _judged(self, answer: PhoneAnswer, doing: str) -> Mapping[str, Any]:
        found = answer.object()
        status = str(found.get("Status") or "")
        if answer.status == 200 and status == OK:
            return found
        raise self._failure(answer, status, doing)

    def _failure(self, answer: PhoneAnswer, status: str, doing: str) -> AdapterError:
        phone = self.http.phone
        if answer.status == 401:
            return AuthenticationFailed(phone, doing, "wrong user name or password")
        if answer.status == 403:
            return Refused(phone, doing, "it is busy with another request, or does not allow that")
        if answer.status == 404:
            return NotPossible(phone, doing, "its firmware does not have this call")
        if status == "4010":
            return PermissionMissing(
                phone, doing, "its password is still the default one, so it takes no commands",
                hint="give it another (features.admin_password in its template)",
            )  # fmt: skip
        if re.fullmatch(r"\d{4}", status):
            why = _WORDS.get(status, "it said no")
            return Refused(phone, doing, f"{why} ({status})")
        return UnexpectedReply(phone, doing, f"HTTP {answer.status} without a verdict")
