"""OAuth2: applications, the token URL, and who may do what with a token."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

from reconciler.lab.freepbx.graph.scopes import is_known, is_within
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.wire import JSON, Params, Reply, Request, php_error

LIFETIME_S = 3600
DENIED = "The resource owner or authorization server denied the request."
CLIENT = "Client authentication failed"
MISSING = (
    "The request is missing a required parameter, includes an invalid parameter value, includes a "
    "parameter more than once, or is otherwise malformed."
)
GRANT = "The authorization grant type is not supported by the authorization server."
SCOPE = "The requested scope is invalid, unknown, or malformed"
ROUTING = "libraries/Composer/vendor/slim/slim/Slim/Middleware/RoutingMiddleware.php"
OAUTH = "modules/api/vendor/league/oauth2-server/src/Exception/OAuthServerException.php"
NOT_ALLOWED_PAGE = (
    "<html><head><title>Method not allowed</title></head><body><h1>Method not allowed</h1>"
    "<p>Method not allowed. Must be one of: <strong>POST</strong></p></body></html>"
)


class Refusal(Exception):
    """The token URL says no."""

    def __init__(self, status: int, error: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.status, self.error, self.message, self.hint = status, error, message, hint


class Tokens:
    """Access tokens of one PBX; `api_access_tokens` has what each may do."""

    def __init__(self, pbx: Pbx) -> None:
        self._pbx = pbx
        self._key = secrets.token_bytes(32)
        self._add_first()

    def _add_first(self) -> None:
        own = self._pbx.credentials
        if self._pbx.tables.row("api_applications", client_id=own.client_id):
            return
        add_application(
            self._pbx, "reconciler", "gql rest", client_id=own.client_id, secret=own.client_secret
        )

    def token_url(self, request: Request) -> Reply:
        """POST /admin/api/api/token."""
        if request.method != "POST":
            return not_allowed(self._pbx, "POST")
        try:
            return self._granted(request)
        except Refusal as refusal:
            return self._refused(refusal)

    def _granted(self, request: Request) -> Reply:
        given = self._given(request)
        grant = str(given.get("grant_type", ""))
        if grant != "client_credentials":
            hint = "Check that all required parameters have been provided"
            hint = hint if self._pbx.version.is_17 else "Check the `grant_type` parameter"
            raise Refusal(400, "unsupported_grant_type", GRANT, hint)
        client, secret = request.basic or (given.get("client_id"), given.get("client_secret"))
        if not client:
            raise Refusal(400, "invalid_request", MISSING, "Check the `client_id` parameter")
        row = self._pbx.tables.row("api_applications", client_id=str(client))
        if row is None or row["client_secret"] != _digest(str(secret or "")):
            raise Refusal(401, "invalid_client", CLIENT)
        allowed = str(row["allowed_scopes"] or "gql rest").split()
        scopes = str(given.get("scope") or "").split() or allowed
        for scope in scopes:
            if not (is_known(scope) and is_within(scope, allowed)):
                raise Refusal(400, "invalid_scope", SCOPE, f"Check the `{scope}` scope")
        token = self._issue(str(client), int(str(row["id"])), scopes)
        body = {"token_type": "Bearer", "expires_in": LIFETIME_S, "access_token": token}
        return Reply(200, body, f"{JSON}; charset=UTF-8")

    def _given(self, request: Request) -> Params:
        """The form. 16 also reads JSON, 17 does not (seen)."""
        if request.form or self._pbx.version.is_17:
            return request.form
        try:
            found = json.loads(request.body or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def _refused(self, refusal: Refusal) -> Reply:
        body = {"error": refusal.error, "message": refusal.message}
        if refusal.hint:
            body["hint"] = refusal.hint
        if self._pbx.version.is_17:
            return Reply(refusal.status, {**body, "error_description": refusal.message})
        basic = (("WWW-Authenticate", 'Basic realm="OAuth"'),) if refusal.status == 401 else ()
        return Reply(refusal.status, body, JSON, basic)

    def _issue(self, client: str, application: int, scopes: list[str]) -> str:
        now, jti = time.time(), secrets.token_hex(40)
        claims = {
            "aud": client, "jti": jti, "iat": now, "nbf": now, "exp": now + LIFETIME_S, "sub": "",
            "scopes": scopes,
        }  # fmt: skip
        self._pbx.tables.insert(
            "api_access_tokens",
            {
                "token": jti, "aid": application, "expiry": int(now) + LIFETIME_S,
                "scopes": json.dumps(scopes), "ip_address": "127.0.0.1", "last_accessed": int(now),
            },
        )  # fmt: skip
        head = _encoded({"typ": "JWT", "alg": "RS256"})
        return self._signed(f"{head}.{_encoded(claims)}")

    def _signed(self, text: str) -> str:
        """Clients cannot check the signature, so an HMAC stands where the real one has RSA."""
        own = hmac.digest(self._key, text.encode(), "sha256")
        return f"{text}.{base64.urlsafe_b64encode(own).decode().rstrip('=')}"

    def scopes_of(self, token: str | None) -> list[str] | str:
        """What a token may do, or in words why it is none."""
        if token is None:
            return 'Missing "Authorization" header'
        if token.count(".") != 2:
            return "The JWT string must have two dots"
        text = token.rpartition(".")[0]
        if self._signed(text) != token:
            return "Access token could not be verified"
        claims = _decoded(text.partition(".")[2])
        row = self._pbx.tables.row("api_access_tokens", token=str(claims.get("jti")))
        if row is None or int(str(row["expiry"])) < time.time():
            return "Access token has been revoked"
        found: list[str] = json.loads(str(row["scopes"]))
        return found

    def expire(self) -> None:
        """End all tokens, as an hour would."""
        for row in list(self._pbx.tables.rows("api_access_tokens")):
            self._pbx.tables.delete("api_access_tokens", token=row["token"])


def denied(pbx: Pbx, hint: str) -> Reply:
    """The answer to a bad token: 500 with code 9 on 17, 401 on 16 (seen)."""
    if pbx.version.is_17:
        kind = "League\\OAuth2\\Server\\Exception\\OAuthServerException"
        return php_error(kind, DENIED, 9, OAUTH, 243)
    return Reply(401, {"error": "access_denied", "message": DENIED, "hint": hint})


def not_allowed(pbx: Pbx, methods: str) -> Reply:
    """The answer to a wrong method."""
    if not pbx.version.is_17:
        return Reply(405, NOT_ALLOWED_PAGE, "text/html;charset=UTF-8")
    words = f"Method not allowed. Must be one of: {methods}"
    return php_error("Slim\\Exception\\HttpMethodNotAllowedException", words, 405, ROUTING, 79)


def add_application(
    pbx: Pbx, name: str, scopes: str, *, client_id: str = "", secret: str = ""
) -> dict[str, Any]:
    """Make an application; its secret is shown this once and kept as a digest."""
    client_id, secret = client_id or secrets.token_hex(32), secret or secrets.token_hex(16)
    number = pbx.tables.next_id("api_applications")
    pbx.tables.insert(
        "api_applications",
        {
            "id": number, "owner": 0, "name": name, "description": "", "client_id": client_id,
            "grant_type": "client_credentials", "client_secret": _digest(secret),
            "redirect_uri": "", "website": "", "algo": "sha256", "allowed_scopes": scopes,
        },
    )  # fmt: skip
    return {
        "status": True, "type": "client_credentials", "owner": None, "client_id": client_id,
        "client_secret": secret, "id": str(number), "allowed_scopes": scopes,
    }  # fmt: skip


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _decoded(text: str) -> dict[str, Any]:
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=="))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
