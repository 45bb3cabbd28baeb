"""The schema that one token sees, with its resolvers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    build_ast_schema,
    parse,
)

from reconciler.lab.freepbx.graph import calls, extensions, sounds, system
from reconciler.lab.freepbx.graph.answers import Args, Resolver, refused
from reconciler.lab.freepbx.graph.scopes import ALWAYS
from reconciler.lab.freepbx.version import Number, Version

Info = GraphQLResolveInfo[Any]

QUERIES: dict[str, Resolver] = {
    **extensions.QUERIES, **calls.QUERIES, **sounds.QUERIES, **system.QUERIES
}  # fmt: skip
MUTATIONS: dict[str, Resolver] = {
    **extensions.MUTATIONS, **calls.MUTATIONS, **sounds.MUTATIONS, **system.MUTATIONS
}  # fmt: skip
NOT_EMULATED = "The emulator does not have this: nobody has recorded what FreePBX answers"


def _query(resolver: Resolver) -> Callable[..., Any]:
    def resolve(_root: object, info: Info, **args: Any) -> Any:
        return resolver(info.context, args)

    return resolve


def _mutation(resolver: Resolver) -> Callable[..., Any]:
    def resolve(_root: object, info: Info, **args: Any) -> Any:
        given: Args = args["input"]
        return {**resolver(info.context, given), "clientMutationId": given.get("clientMutationId")}

    return resolve


def _unknown(_root: object, _info: Info, **_args: Any) -> Any:
    return refused(NOT_EMULATED)


@cache
def schema_for(number: Number, fields: frozenset[str]) -> GraphQLSchema:
    """Build the schema of one version with these fields of Query and Mutation."""
    document = parse(Version(number).schema_text, no_location=True)
    schema = build_ast_schema(_narrowed(document, fields | ALWAYS), assume_valid=True)
    for root, resolvers, wrap in (
        (schema.query_type, QUERIES, _query),
        (schema.mutation_type, MUTATIONS, _mutation),
    ):
        for name, field in _fields(root):
            field.resolve = wrap(resolvers[name]) if name in resolvers else _unknown
    _spoil(schema)
    return schema


def _fields(root: GraphQLObjectType | None) -> list[tuple[str, Any]]:
    return list(root.fields.items()) if root else []


def _narrowed(document: DocumentNode, wanted: frozenset[str]) -> DocumentNode:
    """The document without the root fields that are not wanted, and without an empty Mutation."""
    definitions = []
    for node in document.definitions:
        if isinstance(node, ObjectTypeDefinitionNode) and node.name.value in ("Query", "Mutation"):
            kept = tuple(each for each in node.fields or () if each.name.value in wanted)
            if not kept:
                continue
            node = replace(node, fields=kept)
        definitions.append(node)
    return replace(document, definitions=tuple(definitions))


def _spoil(schema: GraphQLSchema) -> None:
    """The default of `fetchAllModuleStatus(status:)` is no value of its enum (seen).

    Introspection that asks for default values fails over it on 17.
    """
    query = schema.query_type
    if query and "fetchAllModuleStatus" in query.fields:
        query.fields["fetchAllModuleStatus"].args["status"].default_value = "all"
