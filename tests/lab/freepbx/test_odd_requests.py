"""Whatever is asked: the emulator answers, and never breaks itself."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from reconciler.lab.freepbx.estate import fill
from reconciler.lab.freepbx.graph.schema import schema_for
from reconciler.lab.freepbx.graph.scopes import fields
from reconciler.lab.freepbx.server import Emulator
from reconciler.lab.freepbx.web.forms import forms
from reconciler.lab.freepbx.web.site import PAGES
from tests.lab.freepbx.client import Client

ODD = ("", "0", "1", "-1", "1001", "1001 ", "Ω'\"<&>", "9" * 300, "a/b", "null", "popover", "1.5")


@pytest.fixture(scope="module", params=["17", "16"])
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    version: Any = request.param
    with Emulator(version) as emulator:
        fill(emulator.pbx, 12)
        found = Client(emulator)
        found.log_in()
        yield found


def _value(kind: Any, chance: random.Random) -> Any:
    if isinstance(kind, GraphQLNonNull):
        return _value(kind.of_type, chance)
    if isinstance(kind, GraphQLList):
        return [_value(kind.of_type, chance)]
    if isinstance(kind, GraphQLEnumType):
        return chance.choice(list(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        return {
            name: _value(field.type, chance)
            for name, field in kind.fields.items()
            if isinstance(field.type, GraphQLNonNull) or chance.random() < 0.6
        }
    named = {"Int": 7, "Float": 1.5, "Boolean": True}
    return named.get(str(kind), chance.choice(ODD))


def _selection(kind: Any, depth: int = 0) -> str:
    named = get_named_type(kind)
    if not isinstance(named, GraphQLObjectType):
        return (
            "" if not hasattr(named, "types") and not hasattr(named, "fields") else "{ __typename }"
        )
    parts = [
        name if not hasattr(get_named_type(field.type), "fields") else (
            f"{name} {_selection(field.type, depth + 1)}"
        )
        for name, field in named.fields.items()
        if not field.args and (depth < 2 or not hasattr(get_named_type(field.type), "fields"))
        and not hasattr(get_named_type(field.type), "types")
    ]  # fmt: skip
    return "{ " + " ".join(parts or ["__typename"]) + " }"


def _operations(schema: GraphQLSchema, seed: int) -> Iterator[tuple[str, dict[str, Any]]]:
    chance = random.Random(seed)
    for word, root in (("query", schema.query_type), ("mutation", schema.mutation_type)):
        assert root is not None
        for name, field in root.fields.items():
            told = ", ".join(f"${each}: {arg.type}" for each, arg in field.args.items())
            used = ", ".join(f"{each}: ${each}" for each in field.args)
            head = f"{word} Odd({told})" if told else word
            call = f"{name}({used})" if used else name
            values = {each: _value(arg.type, chance) for each, arg in field.args.items()}
            yield f"{head} {{ {call} {_selection(field.type)} }}", values


def test_every_field_of_the_api_with_odd_values(client: Client) -> None:
    pbx = client.emulator.pbx
    schema = schema_for(pbx.version.number, frozenset(fields("gql")))
    for query, values in _operations(schema, 1):
        answer = client.ask(query, **values)
        assert answer.status_code in (200, 400), (query, values, answer.text)
        assert json.loads(answer.text)
        assert not client.emulator.crashes, (query, values, client.emulator.crashes[0])


def test_every_page_with_odd_objects_and_odd_forms(client: Client) -> None:
    chance = random.Random(3)
    names = {field.name for form in forms().values() for field in form.fields}
    for display in PAGES:
        for target in chance.sample(ODD, 3):
            key = chance.choice(("extdisplay", "itemid", "id"))
            query = {"display": display, "view": "form", key: target}
            assert client.http.get("/admin/config.php", params=query).status_code == 200
        for action in ("add", "edit", "save", "submit", "edited", "delete", "addtrunk", "edtGRP"):
            form = {name: chance.choice(ODD) for name in sorted(names) if chance.random() < 0.3}
            form |= {"action": action, "display": display}
            answer = client.send(f"display={display}", list(form.items()))
            assert answer.status_code in (200, 302, 500)
            assert not client.emulator.crashes, (display, form, client.emulator.crashes[0])


def test_odd_ajax_and_odd_exports(client: Client) -> None:
    for module in ("core", "userman", "queues", "timeconditions", "voicemail", "nope", ""):
        for command in ("getJSON", "getUsers", "delete", "delroute", "updateRoutes", "quickcreate"):
            query = f"module={module}&command={command}&jdata=grid&id=x&extension=77&type=all"
            client.http.get(f"/admin/ajax.php?{query}", headers=client.referer)
    for kind in ("extensions", "trunks", "conferences", "timegroup", "nope"):
        client.page(f"display=bulkhandler&quietmode=1&activity=export&export={kind}")
    client.http.request("POST", "/admin/api/api/token", content=b"\xff\xfe")
    client.http.request("PUT", "/admin/api/api/rest/daynight/1", content=b"[]")
    assert not client.emulator.crashes, client.emulator.crashes[0]
