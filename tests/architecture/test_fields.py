"""No field of the language is a lie: something reads it, or declaring it is a finding."""

import re
from pathlib import Path
from typing import get_args

from pydantic import BaseModel

from reconciler.kinds import KINDS
from reconciler.kinds.not_in_effect import NotInEffect

PACKAGE = Path("reconciler")
FOR_PEOPLE = {
    "changelog", "city", "floor", "note", "postal_code", "region", "street",
}  # fmt: skip
"""Fields that people read where they are written."""
OWN_STAGES = {"observed", "subdivision"}
"""Fields that only their own kind looks at (a calendar works out its days)."""


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type):
        return [annotation] if issubclass(annotation, BaseModel) else []
    return [model for each in get_args(annotation) for model in _models_in(each)]


def _fields(model: type[BaseModel]) -> set[str]:
    """Return the names of all fields of a kind that are not said to have no effect."""
    found: set[str] = set()
    for name, info in model.model_fields.items():
        if any(isinstance(each, NotInEffect) for each in info.metadata):
            continue
        found.add(name)
        for part in _models_in(info.annotation):
            found |= _fields(part)
    return found


def test_every_field_is_read_or_said_to_have_no_effect() -> None:
    elsewhere = [
        file.read_text(encoding="utf-8")
        for file in PACKAGE.rglob("*.py")
        if file.parts[1] not in ("kinds", "lab", "testing")
    ]
    words = set(re.findall(r"\w+", "\n".join(elsewhere)))
    unread = {
        f"{kind}: {name}"
        for kind, model in KINDS.items()
        for name in _fields(model) - words - FOR_PEOPLE - OWN_STAGES
    }
    assert not unread
