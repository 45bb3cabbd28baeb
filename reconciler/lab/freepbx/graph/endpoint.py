"""POST /admin/api/api/gql: reads the request, runs it, puts errors as each version does."""

from __future__ import annotations

import json
import traceback
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    execute_sync,
    parse,
    validate,
)
from graphql.language import FieldNode

from reconciler.lab.freepbx.graph.answers import INTERNAL, Hidden, Spoken
from reconciler.lab.freepbx.graph.php_words import php_message
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import NoAsterisk
from reconciler.lab.freepbx.wire import HTML, JSON, Reply

NO_QUERY = 'GraphQL Request must include at least one of those two parameters: "query" or "queryId"'
NO_BATCH = "Batched queries are not supported by this server"
JSON_16 = "application/json;charset=utf-8"


class BadRequest(Exception):
    """The request could not be read; the server makes a 500 of it."""


def read_body(content_type: str | None, body: bytes) -> Any:
    """The request as JSON; raises `BadRequest` with the server's words."""
    if not content_type:
        raise BadRequest('Missing "Content-Type" header')
    if content_type.startswith("application/graphql"):
        return {"query": body.decode(errors="replace")}
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict | list):
        raise BadRequest('Expected JSON object or array for "application/json" request, got: null')
    return found


@lru_cache(maxsize=512)
def _checked(schema: GraphQLSchema, query: str) -> tuple[DocumentNode | None, list[GraphQLError]]:
    try:
        document = parse(query)
    except GraphQLError as error:
        return None, [error]
    return document, validate(schema, document, max_errors=20)


def operations(query: str) -> tuple[bool, tuple[str, ...]]:
    """Whether a query writes, and the names of its root fields; for the request log."""
    try:
        document = parse(query, no_location=True)
    except (GraphQLError, RecursionError):
        return False, ()
    found = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    names = tuple(
        node.name.value
        for each in found
        for node in each.selection_set.selections
        if isinstance(node, FieldNode)
    )
    return any(each.operation.value == "mutation" for each in found), names


def answer(pbx: Pbx, schema: GraphQLSchema, request: Any) -> Reply:
    """Run a request and put the outcome as this version does."""
    is_17 = pbx.version.is_17
    if isinstance(request, list):
        own: dict[str, Any] = {"message": NO_BATCH}
        if not is_17:
            own["extensions"] = {"category": "request"}
        return Reply(200, [{"errors": [own]} for _ in request])
    query = request.get("query")
    if not query:
        return _failed([{"message": NO_QUERY}], None, is_17=is_17)
    document, mistakes = _checked(schema, str(query))
    if document is None or mistakes:
        return _failed([_formatted(each, run=False) for each in mistakes], None, is_17=is_17)
    result = execute_sync(
        schema, document, context_value=pbx, variable_values=request.get("variables") or {},
        operation_name=request.get("operationName"),
    )  # fmt: skip
    # 16's server can put the broken default into words; 17's cannot.
    pbx.mistakes += [_traceback(each) for each in result.errors or () if _is_ours(each)]
    errors = [
        _formatted(each, run=bool(each.path))
        for each in result.errors or ()
        if is_17 or not (each.path and each.path[-1] == "defaultValue")
    ]
    if errors:
        return _failed(errors, result.data, is_17=is_17)
    return _with_status(result.data, is_17=is_17)


def _is_ours(error: GraphQLError) -> bool:
    """Whether a resolver broke by mistake: not what is hidden, said, or not in an enum."""
    own = error.original_error
    if own is None or isinstance(own, Spoken | Hidden | NoAsterisk | GraphQLError):
        return False
    return not (isinstance(own, TypeError) and str(own).startswith("Cannot return null"))


def _traceback(error: GraphQLError) -> str:
    own = error.original_error
    return "".join(traceback.format_exception(own)) if own else str(error)


def _formatted(error: GraphQLError, *, run: bool) -> dict[str, Any]:
    original = error.original_error
    if run:
        message = str(original) if isinstance(original, Spoken) else INTERNAL
    else:
        message = php_message(error.message)
    found: dict[str, Any] = {"message": message}
    if error.locations:
        found["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path:
        found["path"] = list(error.path)
    return found


def _failed(errors: list[dict[str, Any]], data: Any, *, is_17: bool) -> Reply:
    """17: 200 with all errors and what there is of the data. 16: 400 and the first message."""
    if not is_17:
        first = {"message": errors[0]["message"], "status": False}
        return Reply(400, {"errors": [first]}, JSON_16)
    body: dict[str, Any] = {"errors": errors}
    if data is not None:
        body["data"] = data
    return Reply(200, body, HTML)


def _with_status(data: Any, *, is_17: bool) -> Reply:
    """Only the first field of the operation is looked at, and only if `status` was asked for."""
    first = next(iter(data.values()), None) if isinstance(data, dict) else None
    if isinstance(first, dict) and first.get("status") is False:
        body = {"errors": [{"message": first.get("message"), "status": False}]}
        return Reply(400, body, JSON if is_17 else JSON_16)
    return Reply(200, {"data": data})
