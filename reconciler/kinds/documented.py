"""What fields say of themselves: the docstrings below them, read when a schema is made.

Pydantic can read them too (`use_attribute_docstrings`), but does it whenever a class is made: every
command would parse the source of all kinds, which was a fifth of its start.
"""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from functools import cache
from itertools import pairwise

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import ModelSchema


class DocumentedSchema(GenerateJsonSchema):
    """Makes JSON Schemas in which every field has its docstring as its description."""

    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        """Return a model's schema with its fields described."""
        made = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        for name, said in field_docs(model).items():
            info = model.model_fields.get(name)
            if info is not None and info.description is None:
                made["properties"][info.alias or name]["description"] = said
        return made


@cache
def field_docs(model: type[BaseModel]) -> Mapping[str, str]:
    """Return the docstrings below the fields of a model and of those it builds on."""
    said: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if issubclass(each, BaseModel) and each is not BaseModel:
            said |= _own_docs(each)
    return said


@cache
def _own_docs(model: type[BaseModel]) -> Mapping[str, str]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(definition, ast.ClassDef)
    return {
        field.target.id: inspect.cleandoc(below.value.value)
        for field, below in pairwise(definition.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }
