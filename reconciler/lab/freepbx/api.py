"""Everything below /admin/api/api: token, GraphQL, REST."""

from __future__ import annotations

from reconciler.lab.freepbx.graph.endpoint import BadRequest, answer, read_body
from reconciler.lab.freepbx.graph.schema import schema_for
from reconciler.lab.freepbx.graph.scopes import fields
from reconciler.lab.freepbx.oauth import Tokens, denied, not_allowed
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.rest import Rest
from reconciler.lab.freepbx.wire import Reply, Request, php_error

ROOT = "/admin/api/api/"
SLIM_PAGE = (
    "<html><head><title>Slim Application Error</title></head><body>"
    "<h1>Slim Application Error</h1><p>A website error has occurred. Sorry for the temporary "
    "inconvenience.</p></body></html>"
)
HELPER = "modules/api/vendor/webonyx/graphql-php/src/Server/Helper.php"
ORIGIN = (("Access-Control-Allow-Origin", "$url"),)


class Api:
    """The API of one PBX."""

    def __init__(self, pbx: Pbx) -> None:
        self._pbx = pbx
        self.tokens = Tokens(pbx)
        self._rest = Rest(pbx)

    def reply(self, request: Request) -> Reply:
        """Answer a request below ROOT."""
        part, _, rest = request.path.removeprefix(ROOT).partition("/")
        if part == "token" and not rest:
            return self.tokens.token_url(request)
        if part == "gql" and not rest:
            return self._graphql(request)
        if part == "rest":
            scopes = self.tokens.scopes_of(request.bearer)
            return self._rest.reply(request, scopes, rest)
        return Reply(403, {"error": "ajaxRequest declined"}, headers=ORIGIN)

    def _graphql(self, request: Request) -> Reply:
        if request.method != "POST":
            return not_allowed(self._pbx, "POST")
        scopes = self.tokens.scopes_of(request.bearer)
        if isinstance(scopes, str):
            return denied(self._pbx, scopes)
        try:
            body = read_body(request.headers.get("content-type"), request.body)
        except BadRequest as error:
            return self._unreadable(str(error))
        opened = frozenset(set().union(*(fields(scope) for scope in scopes)))
        return answer(self._pbx, schema_for(self._pbx.version.number, opened), body)

    def _unreadable(self, words: str) -> Reply:
        if not self._pbx.version.is_17:
            return Reply(500, SLIM_PAGE, "text/html;charset=UTF-8")
        line = 454 if words.startswith("Missing") else 516
        return php_error("GraphQL\\Server\\RequestError", words, 0, HELPER, line)
