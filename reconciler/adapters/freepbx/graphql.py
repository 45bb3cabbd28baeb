"""GraphQL over OAuth2: a token for an hour, and questions and mutations with it."""

import asyncio
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Any, Final

from reconciler.adapters.freepbx.access import Access
from reconciler.adapters.freepbx.answers import Said, read_graphql, redact, refusal_of
from reconciler.errors import AuthenticationFailed, Refused, UnexpectedReply, Unreachable
from reconciler.transport.http import Answer, Http

TOKEN_URL: Final = "/admin/api/api/token"  # noqa: S105 - an address
GRAPHQL_URL: Final = "/admin/api/api/gql"
_EARLY_S: Final = 60.0
"""A token is renewed so long before its end."""


class Graphql:
    """Questions to one FreePBX. Raises what the transport raises, and AuthenticationFailed."""

    def __init__(self, http: Http, access: Access, target: str) -> None:
        self._http = http
        self._access = access
        self._target = target
        self._token = ""
        self._until = 0.0
        self._renewing = asyncio.Lock()

    async def ask(
        self, query: str, variables: Mapping[str, Any] | None = None, *, doing: str
    ) -> Said:
        """Send a query; what FreePBX says of it is in the answer."""
        return await self._send(query, variables, doing, write=False)

    async def data(
        self, query: str, variables: Mapping[str, Any] | None = None, *, doing: str
    ) -> Mapping[str, Any]:
        """Return a query's whole data. Raises Refused when a part of it is missing."""
        said = await self.ask(query, variables, doing=doing)
        if said.what != "data" or said.words:
            raise Refused(self._target, doing, said.words or "no data")
        return said.data

    async def change(
        self,
        mutation: str,
        variables: Mapping[str, Any],
        names: Iterable[str],
        *,
        plain: Iterable[str] = (),
        doing: str,
    ) -> Mapping[str, Any]:
        """Send a mutation and return its data. Raises Refused unless every name was done."""
        said = await self._send(mutation, variables, doing, write=True)
        refusal = refusal_of(said, names, plain=plain)
        if refusal is not None:
            raise Refused(self._target, doing, redact(refusal, self._access.secrets))
        return said.data

    async def _send(
        self, query: str, variables: Mapping[str, Any] | None, doing: str, *, write: bool
    ) -> Said:
        body: dict[str, Any] = {"query": query}
        if variables:
            body["variables"] = dict(variables)
        for last in (False, True):
            token = await self._current_token()
            headers = {"Authorization": f"Bearer {token}"}
            send = self._http.write if write else self._http.read
            answer = await send(
                "POST", GRAPHQL_URL, headers=headers, body=body, doing=doing, anonymous=True
            )
            said = self._read(answer, doing)
            if said.what != "token":
                return said
            if self._token == token:
                self._token = ""  # it was not taken, so nothing was done: once more with a new one
            if last:
                break
        raise AuthenticationFailed(self._target, doing, f"the token was refused: {said.words}")

    def _read(self, answer: Answer, doing: str) -> Said:
        body = answer.data()
        if body is None:
            if answer.status >= 500:
                raise Unreachable(self._target, doing, f"HTTP {answer.status} without an answer")
            raise UnexpectedReply(
                self._target,
                doing,
                f"HTTP {answer.status} and no JSON at {GRAPHQL_URL}",
                hint="is this FreePBX's address, is the module api installed, and does Apache "
                "obey .htaccess (AllowOverride All, mod_rewrite)?",
            )
        return read_graphql(body, secrets=(*self._access.secrets, self._token))

    async def _current_token(self) -> str:
        async with self._renewing:
            if not self._token or monotonic() >= self._until:
                await self._renew()
            return self._token

    async def _renew(self) -> None:
        doing = "asking for an API token"
        access = self._access
        form = [
            ("grant_type", "client_credentials"),
            ("client_id", access.client_id),
            ("client_secret", access.client_secret),
        ]
        if access.scopes:
            form.append(("scope", " ".join(access.scopes)))
        answer = await self._http.read("POST", TOKEN_URL, form=form, doing=doing, anonymous=True)
        body = answer.data()
        if not isinstance(body, Mapping):
            raise UnexpectedReply(
                self._target,
                doing,
                f"HTTP {answer.status} and no JSON at {TOKEN_URL}",
                hint="is this FreePBX's address, and is the module api installed?",
            )
        token = body.get("access_token")
        if not isinstance(token, str) or not token:
            said = read_graphql(body, secrets=access.secrets)
            raise AuthenticationFailed(
                self._target,
                doing,
                said.words or "no token",
                hint="API > Applications: a client id and secret of a machine-to-machine "
                "application, with the scopes that `reconciler doctor` lists",
            )
        lasts = body.get("expires_in")
        self._token = token
        self._until = monotonic() + max(float(lasts or 3600) - _EARLY_S, 1.0)
