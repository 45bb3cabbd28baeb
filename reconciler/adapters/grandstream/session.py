"""A session with a Grandstream: cookies, `sid` and the token that changes with every answer."""

from collections.abc import Mapping
from typing import Any, Final

from reconciler.adapters.grandstream.identify import page_headers, success
from reconciler.device import Identity
from reconciler.errors import Refused, SessionTaken, UnexpectedReply
from reconciler.transport.phone_http import ANSWER_BYTES, Pairs, PhoneAnswer, PhoneHttp

_ENDED: Final = ("session-expired", "unauthorized", "invalid session", "authentication required")


class Session:
    """What a login gave. `token` is the `sid`, or the `session_token` of G4."""

    def __init__(
        self, http: PhoneHttp, identity: Identity, token: str, cookies: Mapping[str, str]
    ) -> None:
        self.http = http
        self.identity = identity
        self._token = token
        self._cookies = dict(cookies)

    @property
    def generation(self) -> str:
        """The phone's generation."""
        return self.identity.generation

    async def get(
        self, path: str, query: Pairs = (), *, limit: int = ANSWER_BYTES, doing: str
    ) -> PhoneAnswer:
        """Read. Raises SessionTaken when the session is over."""
        answer = await self.http.get(
            path, [*query, *self._identity_pairs()], headers=self._headers(), limit=limit,
            doing=doing,
        )  # fmt: skip
        return self._judged(answer, doing)

    async def act(self, path: str, *, doing: str) -> PhoneAnswer:
        """Ask by GET for something to be done: once, whatever becomes of it."""
        answer = await self.http.send("GET", path, headers=self._headers(), doing=doing)
        return self._judged(answer, doing)

    async def post(self, path: str, form: Pairs, *, doing: str) -> PhoneAnswer:
        """Send a form. Raises SessionTaken when the session is over."""
        answer = await self.http.send(
            "POST", path, form=[*form, *self._identity_pairs()], headers=self._headers(),
            doing=doing,
        )  # fmt: skip
        return self._judged(answer, doing)

    async def put(self, path: str, body: Mapping[str, Any], *, doing: str) -> PhoneAnswer:
        """Send JSON, the session in the query."""
        answer = await self.http.send(
            "PUT", path, query=self._identity_pairs(), body=body, headers=self._headers(),
            doing=doing,
        )  # fmt: skip
        return self._judged(answer, doing)

    def body_of(self, answer: PhoneAnswer, doing: str) -> Any:
        """Return the body of a success. Raises Refused or UnexpectedReply for anything else."""
        body = success(answer)
        if body is not None:
            return body
        if answer.object().get("response") == "error":
            raise Refused(self.http.phone, doing, "it said error")
        raise UnexpectedReply(self.http.phone, doing, f"HTTP {answer.status} without a verdict")

    async def close(self) -> None:
        """Log out, so that people can log in again at once."""
        if self.generation in ("G3", "G2", "G2b"):
            await self.get("/cgi-bin/dologout", doing="logging out")

    def _headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return {**page_headers(self.http), **({"Cookie": cookies} if cookies else {})}

    def _identity_pairs(self) -> list[tuple[str, str]]:
        if not self._token:
            return []
        return [("session_token" if self.generation == "G4" else "sid", self._token)]

    def _judged(self, answer: PhoneAnswer, doing: str) -> PhoneAnswer:
        """Take over a new token; say when the session is over."""
        found = answer.object()
        body = found.get("body")
        said = body.get("status") or body.get("reason") if isinstance(body, dict) else body
        lost = found.get("response") == "error" and (
            str(said).lower() in _ENDED or (self.generation == "G4" and body == {})
        )
        if answer.status == 401 or lost:
            raise SessionTaken(
                self.http.phone, doing, "the session has ended",
                hint="somebody else may have logged in: some firmware takes one session only",
            )  # fmt: skip
        if self.generation == "G4" and isinstance(body, dict) and body.get("token"):
            self._token = str(body["token"])
        return answer
