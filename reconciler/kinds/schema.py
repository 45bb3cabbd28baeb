"""JSON Schemas of the language, generated from the kinds, for editors and other tools. Pure.

Draft 7, because it is what editors hold completely: the YAML language server (VS Code, Neovim,
Emacs) and JetBrains implement Draft 7 in full and of 2020-12 only parts. Hence `definitions`
instead of `$defs`, and no keyword beside a `$ref`, which Draft 7 ignores there.

The schema must not reject what the loader accepts. The loader reads scalars as text and lets the
field type them, while an editor types them by YAML's rules first; so every scalar of the schema
takes the forms in which people write it: `1001` and `"1001"`, `20` and `20s`, `true` and `yes`.
Nor does it ask for a field that the document's `defaults` may fill. Where a schema cannot say
what a field checks (a lost leading zero, times that overlap), it is the looser of the two.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

from pydantic.json_schema import models_json_schema

from reconciler.kinds import KINDS, SECTIONS
from reconciler.kinds.documented import DocumentedSchema
from reconciler.kinds.entry import META_FIELDS, Entry

JsonSchema: TypeAlias = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"
API_VERSION = "reconciler/v1"

_TEXT = ["string", "number", "boolean"]
_TEXT_OF_FORM = ["string", "number"]
_WHOLE = r"\s*[+-]?[0-9]+(_[0-9]+)*(\.0+)?\s*"
_NUMBER = r"\s*[+-]?([0-9]+(_[0-9]+)*\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*"
_SECONDS = rf"^({_WHOLE}|\s*[0-9]+\s*(s|sec|m|min|h|d)\s*)$"
_BOOLEAN = "^(" + "|".join(
    "".join(f"[{letter}{letter.upper()}]" if letter.isalpha() else letter for letter in word)
    for word in ("true", "false", "yes", "no", "on", "off", "t", "f", "y", "n", "1", "0")
) + ")$"  # fmt: skip
_ADDRESS = r"^[a-z_]+/[^/\s]+(/\S+)?$"
_BUILT_IN_ADAPTERS = ("asterisk", "freepbx", "freesdn", "fusionpbx", "memory")


def estate_schema(extra_pbx: Mapping[str, JsonSchema] | None = None) -> JsonSchema:
    """Return the schema of a whole document.

    `extra_pbx` maps an adapter's name to the schema of its own settings (as pydantic makes it);
    entries of `pbxs` with that adapter then complete and check those, too.
    """
    definitions = dict(_definitions())
    if extra_pbx:
        _add_adapters(definitions, extra_pbx)
    return {
        "$schema": DRAFT,
        "title": f"{API_VERSION}: phone systems as code",
        "description": "A document of a telephony estate: what shall exist, and where.",
        "type": "object",
        "properties": {
            "apiVersion": {
                "description": "Version of the language; documents without it are not read.",
                "enum": [API_VERSION],
            },
            "pbx": {
                "description": "Name of the PBX on which the document's objects live.",
                "type": [*_TEXT, "null"],
            },
            "site": {
                "description": "Name of the site at which the document's phones stand.",
                "type": [*_TEXT, "null"],
            },
            "defaults": _defaults(),
            "moved": _MOVED,
            "removed": _REMOVED,
            **{section: _section(kind) for section, kind in SECTIONS.items()},
        },
        "patternProperties": {
            "^x-": {"description": "The author's own: anchors for the rest of the document."},
        },
        "required": ["apiVersion"],
        "additionalProperties": False,
        "allOf": list(_required_without_defaults()),
        "definitions": definitions,
    }


def kind_schema(kind: str) -> JsonSchema:
    """Return the schema of one entry of a kind (what stands below its key)."""
    model = KINDS[kind]
    entry = dict(_definitions()[model.__name__])
    required = _required(model)
    if required:
        entry["required"] = required
    return {
        "$schema": DRAFT,
        "title": f"{API_VERSION}: {kind}",
        **entry,
        "definitions": _reachable(entry),
    }


def all_schemas(extra_pbx: Mapping[str, JsonSchema] | None = None) -> dict[str, JsonSchema]:
    """Return every schema by the name of its file: `estate.json` and one for each kind."""
    schemas = {f"{kind}.json": kind_schema(kind) for kind in KINDS}
    schemas["estate.json"] = estate_schema(extra_pbx)
    return schemas


_MOVED: JsonSchema = {
    "description": "Things that have a new name: the same object, not a new one.",
    "type": ["array", "null"],
    "items": {
        "type": "object",
        "properties": {
            "from": {
                "description": "Address until now (extension/ferrybank/1001).",
                "type": "string",
                "pattern": _ADDRESS,
            },
            "to": {
                "description": "Address from now on.",
                "type": "string",
                "pattern": _ADDRESS,
            },
        },
        "required": ["from", "to"],
        "additionalProperties": False,
    },
}
_REMOVED: JsonSchema = {
    "description": "Things that are no longer ours.",
    "type": ["array", "null"],
    "items": {
        "type": "object",
        "properties": {
            "address": {
                "description": "Address of the object (extension/ferrybank/1001).",
                "type": "string",
                "pattern": _ADDRESS,
            },
            "destroy": {
                "description": "Whether the platform loses it as well; otherwise it stays there.",
                "type": ["boolean", "string", "integer"],
                "pattern": _BOOLEAN,
                "default": False,
            },
        },
        "required": ["address"],
        "additionalProperties": False,
    },
}


def _section(kind: type[Entry]) -> JsonSchema:
    said = _one_line(kind.__doc__)
    entry: JsonSchema = {"$ref": f"#/definitions/{kind.__name__}"}
    if kind.single:
        return {"description": said, "anyOf": [entry, {"type": "null"}]}
    return {
        "description": f"{said} The key: {kind.key.says}.",
        "type": ["object", "null"],
        "propertyNames": {
            "pattern": f"^(?:{kind.key.pattern})$",
            "patternErrorMessage": f"The key is {kind.key.says}.",
        },
        "additionalProperties": {"anyOf": [entry, {"type": "null"}]},
    }


def _defaults() -> JsonSchema:
    """Return what `defaults` may hold: every keyed section's fields, none of them required."""
    return {
        "description": "Values for fields that entries of this document leave out, by section.",
        "type": ["object", "null"],
        "properties": {
            section: {
                "description": f"Fields that entries of {section} take from here.",
                "anyOf": [{"$ref": f"#/definitions/{kind.__name__}"}, {"type": "null"}],
            }
            for section, kind in SECTIONS.items()
            if not kind.single
        },
        "additionalProperties": False,
    }


def _required(kind: type[Entry]) -> list[str]:
    return [info.alias or name for name, info in kind.model_fields.items() if info.is_required()]


def _required_without_defaults() -> Iterator[JsonSchema]:
    """Yield, for each section, that its required fields are, unless `defaults` may hold them."""
    for section, kind in SECTIONS.items():
        required = _required(kind)
        if not required or kind.single:
            continue
        yield {
            "if": {
                "required": ["defaults"],
                "properties": {"defaults": {"type": "object", "required": [section]}},
            },
            "else": {
                "properties": {
                    section: {"additionalProperties": {"type": "object", "required": required}},
                }
            },
        }


@cache
def _definitions() -> Mapping[str, JsonSchema]:
    """Return the definitions of all kinds and their parts; kinds without their `required`."""
    _, made = models_json_schema(
        [(kind, "validation") for kind in KINDS.values()],
        ref_template="#/definitions/{model}",
        schema_generator=DocumentedSchema,
    )
    definitions = {name: _relaxed(each) for name, each in made["$defs"].items()}
    for kind in KINDS.values():
        definition = definitions[kind.__name__]
        definition.pop("required", None)
        definition["properties"] = {
            **{name: each for name, each in definition["properties"].items()
               if name not in META_FIELDS},
            **{name: each for name, each in definition["properties"].items()
               if name in META_FIELDS},
        }  # fmt: skip
    definitions["Pbx"]["properties"]["adapter"]["examples"] = list(_BUILT_IN_ADAPTERS)
    return definitions


def _reachable(schema: JsonSchema) -> dict[str, JsonSchema]:
    """Return the definitions that a schema refers to, directly or not, by name."""
    found: dict[str, JsonSchema] = {}
    waiting = [schema]
    while waiting:
        for name in _refs(waiting.pop()):
            if name not in found:
                found[name] = _definitions()[name]
                waiting.append(found[name])
    return dict(sorted(found.items()))


def _refs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield reference.rpartition("/")[2]
        for each in node.values():
            yield from _refs(each)
    elif isinstance(node, list):
        for each in node:
            yield from _refs(each)


def _add_adapters(definitions: dict[str, JsonSchema], extra: Mapping[str, JsonSchema]) -> None:
    pbx = dict(definitions["Pbx"])
    own = pbx["properties"]
    pbx["properties"] = {
        **own,
        "adapter": {
            **own["adapter"], "examples": sorted({*_BUILT_IN_ADAPTERS, *extra})
        },
    }  # fmt: skip
    pbx["allOf"] = []
    for adapter in sorted(extra):
        prefix = "".join(word.title() for word in re.split(r"[^A-Za-z0-9]+", adapter))
        given = dict(extra[adapter])
        for name, each in (
            given.pop("$defs", None) or given.pop("definitions", None) or {}
        ).items():
            definitions[f"{prefix}{name}"] = _relaxed(_renamed(each, prefix))
        settings = _relaxed(_renamed(given, prefix))
        properties = settings.get("properties", {})
        then: JsonSchema = {"properties": properties}
        if settings.get("additionalProperties") is False:
            then["propertyNames"] = {"enum": sorted({*own, *properties})}
        pbx["allOf"].append(
            {
                "if": {"required": ["adapter"], "properties": {"adapter": {"const": adapter}}},
                "then": then,
            }
        )
    definitions["Pbx"] = pbx


def _renamed(node: Any, prefix: str) -> Any:
    """Return a schema whose references name definitions with the prefix."""
    if isinstance(node, dict):
        return {
            key: f"#/definitions/{prefix}{each.rpartition('/')[2]}"
            if key == "$ref" and isinstance(each, str)
            else _renamed(each, prefix)
            for key, each in node.items()
        }
    if isinstance(node, list):
        return [_renamed(each, prefix) for each in node]
    return node


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _relaxed(schema: Any) -> Any:
    """Return pydantic's schema in Draft 7, for scalars as people write them."""
    if schema is True or schema is False:
        return schema
    node = {key: each for key, each in schema.items() if key not in ("title", "default")}
    default = schema.get("default")
    if default is not None and default not in ([], {}, ""):
        node["default"] = default
    if "description" in node:
        node["description"] = _one_line(node["description"])
    for key in ("properties", "patternProperties"):
        if key in node:
            node[key] = {name: _relaxed(each) for name, each in node[key].items()}
    for key in ("items", "additionalProperties", "propertyNames"):
        if key in node:
            node[key] = _relaxed(node[key])
    for key in ("anyOf", "allOf", "oneOf"):
        if key in node:
            node[key] = [_relaxed(each) for each in node[key]]
    if "patternProperties" in node:
        node.setdefault("additionalProperties", False)
    node = _with_plain_names(_short(_scalar(node)))
    return _without_siblings(_nullable(node))


def _scalar(node: JsonSchema) -> JsonSchema:
    """Let a scalar be written as text or as YAML would type it."""
    kind = node.get("type")
    low, high = node.pop("ge", None), node.pop("le", None)
    if low is not None:
        node["minimum"] = low
    if high is not None:
        node["maximum"] = high
    if node.pop("x-seconds", False):
        return {**node, "type": ["integer", "string"], "pattern": _SECONDS}
    if "enum" in node or "const" in node:
        node.pop("type", None)
        return node
    if kind == "integer":
        return {**node, "type": ["integer", "string"], "pattern": f"^{_WHOLE}$"}
    if kind == "number":
        return {**node, "type": ["number", "string"], "pattern": f"^{_NUMBER}$"}
    if kind == "boolean":
        # Numbers only as 0 and 1; `minimum` and `maximum` do not concern the other types.
        return {
            **node, "type": ["boolean", "string", "integer"], "pattern": _BOOLEAN,
            "minimum": 0, "maximum": 1,
        }  # fmt: skip
    if kind == "string":
        return {**node, "type": list(_TEXT_OF_FORM if "pattern" in node else _TEXT)}
    return node


def _short(node: JsonSchema) -> JsonSchema:
    """Let a part with a shorthand be written as plain text, too."""
    field = node.pop("x-shorthand", None)
    if field is None:
        return node
    description = node.pop("description", "")
    plain = {**node["properties"][field]}
    return {"description": description, "anyOf": [node, plain]}


def _with_plain_names(node: JsonSchema) -> JsonSchema:
    """Complete and explain the keys of a map whose keys are known (`x-keys`)."""
    known = node.pop("x-keys", None)
    if known is None:
        return node
    value = node.pop("additionalProperties")
    return {
        **node,
        "properties": {
            name: {"description": said, "allOf": [value]} for name, said in known.items()
        },
        "additionalProperties": False,
    }


def _nullable(node: JsonSchema) -> JsonSchema:
    """Turn "this or null" into one schema, which editors explain and complete better."""
    options = node.get("anyOf")
    if options is None or {"type": "null"} not in options or len(options) != 2:
        return node
    (option,) = (each for each in options if each != {"type": "null"})
    if "$ref" in option or "anyOf" in option or "allOf" in option:
        return node
    rest = {key: each for key, each in node.items() if key != "anyOf"}
    if "const" in option:
        option = {"enum": [option["const"]]}
    merged = {**option, **rest}
    if "enum" in option:
        merged["enum"] = [*option["enum"], None]
    else:
        types = option.get("type")
        merged["type"] = [*(types if isinstance(types, list) else [types]), "null"]
    return merged


def _without_siblings(node: JsonSchema) -> JsonSchema:
    if "$ref" not in node or len(node) == 1:
        return node
    rest = {key: each for key, each in node.items() if key != "$ref"}
    return {**rest, "allOf": [{"$ref": node["$ref"]}]}
