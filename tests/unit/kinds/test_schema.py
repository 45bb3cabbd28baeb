"""The schemas: fresh, complete, and no stricter than the loader."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from reconciler.cli.schema import adapter_settings
from reconciler.kinds import KINDS, SECTIONS
from reconciler.kinds.schema import all_schemas, estate_schema, kind_schema
from reconciler.testing.estates import estates
from reconciler.testing.strategies import entries

FOLDER = Path(__file__).parents[3] / "schemas" / "v1"
ESTATE = estate_schema()
VALIDATOR = Draft7Validator(ESTATE)


def read(text: str) -> Any:
    """Read YAML as an editor's language server does: YAML 1.2, keys as text."""
    return _keyed(YAML(typ="safe", pure=True).load(text))


def _keyed(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _keyed(each) for key, each in node.items()}
    if isinstance(node, list):
        return [_keyed(each) for each in node]
    return node


def test_the_committed_schemas_are_fresh() -> None:
    made = all_schemas(adapter_settings())
    assert {path.name for path in FOLDER.glob("*.json")} == set(made)
    stale = [
        name for name, schema in made.items()
        if json.loads((FOLDER / name).read_text(encoding="utf-8")) != schema
    ]  # fmt: skip
    assert stale == [], "the kinds changed: write them anew (schemas/README.md)"


def test_schemas_are_draft_7() -> None:
    for schema in all_schemas().values():
        Draft7Validator.check_schema(schema)


def _fields(node: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for name, each in node.get("properties", {}).items():
            yield f"{at}.{name}", each
        for key, each in node.items():
            if key in ("if", "then", "else", "allOf"):
                continue
            yield from _fields(each, f"{at}/{key}")
    elif isinstance(node, list):
        for index, each in enumerate(node):
            yield from _fields(each, f"{at}/{index}")


def test_every_field_is_described() -> None:
    silent = [at for at, each in _fields(ESTATE) if not each.get("description")]
    assert silent == []


def test_no_keyword_stands_beside_a_reference() -> None:
    def walk(node: Any) -> Iterator[Any]:
        if isinstance(node, dict):
            if "$ref" in node:
                yield node
            for each in node.values():
                yield from walk(each)
        elif isinstance(node, list):
            for each in node:
                yield from walk(each)

    references = list(walk(ESTATE))
    assert all(len(each) == 1 for each in references)
    assert {each["$ref"].rpartition("/")[2] for each in references} <= set(ESTATE["definitions"])


def test_patterns_are_javascripts_too() -> None:
    """No (?P<x>), \\A, \\Z, (?i) or look-behind, which editors' engines do not know."""

    def patterns(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("pattern"), str):
                yield node["pattern"]
            yield from node.get("patternProperties", {})
            for each in node.values():
                yield from patterns(each)
        elif isinstance(node, list):
            for each in node:
                yield from patterns(each)

    found = set(patterns(ESTATE))
    assert found
    assert [each for each in found if re.search(r"\(\?(P|i|<|a|s)|\\[AZ]", each)] == []


@settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
@given(estates())
def test_estates_are_accepted(documents: list[dict[str, Any]]) -> None:
    for document in documents:
        assert [each.message for each in VALIDATOR.iter_errors(document)] == []


@settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data(), kind=st.sampled_from(sorted(KINDS)))
def test_entries_are_accepted_quoted_or_not(data: st.DataObject, kind: str) -> None:
    raw = data.draw(entries(kind))
    validator = Draft7Validator(kind_schema(kind))
    assert [each.message for each in validator.iter_errors(raw)] == []
    plain = _as_yaml_types(raw)
    assert [each.message for each in validator.iter_errors(plain)] == []


def _as_yaml_types(node: Any) -> Any:
    """Turn text into what YAML 1.2 makes of it when it stands there without quotes."""
    if isinstance(node, dict):
        return {key: _as_yaml_types(each) for key, each in node.items()}
    if isinstance(node, list):
        return [_as_yaml_types(each) for each in node]
    if isinstance(node, str):
        if re.fullmatch(r"[-+]?[0-9]+", node):
            return int(node)
        if re.fullmatch(r"[-+]?[0-9]*\.[0-9]+", node):
            return float(node)
        if node in ("true", "false"):
            return node == "true"
    return node


EXAMPLE = """
apiVersion: reconciler/v1
pbx: ferrybank
site: fb-main
sites:
  fb-main: {timezone: America/New_York, country: US, subnets: [10.20.0.0/24], voice_vlan: 20}
pbxs:
  ferrybank:
    adapter: asterisk
    address: 10.20.0.5
    ami: {port: 5038, username: reconciler, secret: {secret: "env:AMI"}}
policy:
  rails: {too-many-deletes: {share: 5%, count: 25}}
  plan_expires: 12h
workspace: {name: ferrybank}
templates:
  desk:
    vendor: yealink
    extends: house
    sip: {codecs: [g722, alaw, ulaw], srtp: optional}
    features: {language: English}
    firmware: "108.86.0.90"
extensions:
  1001: {name: Ada Okafor, voicemail: {email: a.okafor@example.com, pin: {secret: generated}}}
  "0042": {name: 0042, call_waiting: yes, ring_time: 25s, max_contacts: "2"}
  1002: {name: Ben O'Neill-Ångström, secret: {secret: "store:ext-1002"}, forward: null}
ring_groups:
  600: {name: Reception, members: [1001, "1002", +441134960100], no_answer: voicemail/1001}
queues:
  700: {name: Support, members: [1001, {extension: 1002, penalty: 1}], max_wait: 10m}
schedules:
  hours: {open: [Mon-Fri 08:00-17:30], closed_on: [us], open_to: queue/700, closed_to: hangup}
calendars:
  us: {country: US, years: [2026, 2027-2030], days: [2026-12-24 13:00-24:00, {date: 12-31}]}
ivrs:
  main: {announcement: welcome, options: {1: queue/700, "*": ivr/main}, direct_dial: on}
inbound_routes:
  +16035550100: {destination: ring_group/600, protect: true}
  any: {destination: ivr/main}
outbound_routes:
  local: {order: 10, patterns: [9NXXXXXX, {match: 911}], trunks: [bandlane]}
blocklist:
  +1900*:
parking_lots:
  70: {name: Lot, slots: 701-720}
phones:
  reception:
    mac: 80:5e:c0:f0:01:21
    model: T43U
    template: desk
    lines: [{extension: 1001}]
    keys: [{blf: extension/1002}, {speed: 911, label: Emergency}]
moved: [{from: extension/1003, to: extension/1004}]
removed: [{address: trunk/ferrybank/old, destroy: no}]
"""


def test_the_example_is_accepted() -> None:
    assert [each.message for each in VALIDATOR.iter_errors(read(EXAMPLE))] == []


@pytest.mark.parametrize(
    "wrong",
    [
        "extensionz: {}",
        "extensions: {10a: {name: x}}",
        "extensions: {1001: {name: x, ringtime: 20}}",
        "extensions: {1001: {}}",
        "extensions: {1001: }",
        "extensions: {1001: {name: x, ring_time: 301}}",
        "extensions: {1001: {name: x, secret: hunter2}}",
        "ring_groups: {600: {name: x, members: [1001], strategy: all}}",
        "ring_groups: {600: {name: x, members: []}}",
        "policy: {rails: {to-many: {}}}",
        "phones: {a: {mac: 80:5e, model: T, lines: []}}",
        "defaults: {phonez: {}}",
        "pbxs: {a: {}}",
        "moved: [{from: a}]",
    ],
)
def test_what_is_wrong_is_shown_while_writing(wrong: str) -> None:
    assert list(VALIDATOR.iter_errors(read(f"apiVersion: reconciler/v1\n{wrong}\n")))


def test_defaults_may_fill_what_is_required() -> None:
    defaults = "defaults: {phones: {model: T43U, lines: []}}"
    phones = "phones: {a: {mac: 80:5e:c0:f0:01:21}}"
    text = f"apiVersion: reconciler/v1\n{defaults}\n{phones}\n"
    assert not list(VALIDATOR.iter_errors(read(text)))


def test_an_adapters_settings_are_completed_and_checked() -> None:
    extra = {
        "asterisk": {
            "$defs": {"Ami": {"type": "object", "properties": {"port": {"type": "integer"}}}},
            "type": "object",
            "properties": {"ami": {"$ref": "#/$defs/Ami"}},
            "additionalProperties": False,
        }
    }
    validator = Draft7Validator(estate_schema(extra))
    Draft7Validator.check_schema(validator.schema)

    def faults(pbx: str) -> list[str]:
        text = f"apiVersion: reconciler/v1\npbxs: {{a: {pbx}}}\n"
        return [each.message for each in validator.iter_errors(read(text))]

    assert faults("{adapter: asterisk, address: 10.0.0.1, ami: {port: '5038'}}") == []
    assert faults("{adapter: asterisk, amy: {port: 5038}}")
    assert faults("{adapter: asterisk, ami: {port: [1]}}")
    assert faults("{adapter: other, anything: 1}") == []
    assert "AsteriskAmi" not in ESTATE["definitions"]


def test_every_section_says_what_its_keys_are() -> None:
    for section, kind in SECTIONS.items():
        schema = ESTATE["properties"][section]
        assert schema["description"]
        if not kind.single:
            assert kind.key.says in schema["description"]


def test_the_authors_own_keys_may_hold_anything() -> None:
    text = "apiVersion: reconciler/v1\nx-a: &a [1]\n'x-': {y: *a}\n"
    assert not list(VALIDATOR.iter_errors(read(text)))
    assert list(VALIDATOR.iter_errors(read(text.replace("x-a", "xa"))))
