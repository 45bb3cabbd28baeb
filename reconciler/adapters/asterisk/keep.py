"""Secrets that nobody declared: a whole section is replaced, and what stands there stays.

A live secret is known to the plan by its fingerprint alone. Where a section that holds one is
written anew, the request carries `{"keep": [family, section, variable, pattern]}` in its place,
and the connection fills it in from the line where it stands now (`fill_kept`). That may be another
line than the new one: a conference's PIN moves into the dialplan when leaders get one, too.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from reconciler.adapters.asterisk.files import Unsound
from reconciler.adapters.asterisk.sections import Family, Section, Text, text_of
from reconciler.model.secret import Clear, Secret
from reconciler.model.step import Request
from reconciler.model.value import Value

Lookup = Callable[[Family, str, str], Sequence[str | Clear]]
"""(family, section, variable) -> the values that stand there now, in order."""

_MARK: Final = "keep"


Standing = Mapping[str, Value]
"""The `keep` marks of secrets by fingerprint: where each stands now."""


def standing_in(sections: Iterable[Section]) -> dict[str, Value]:
    """Return where the secrets that nobody declared stand in these sections."""
    found: dict[str, Value] = {}
    for section in sections:
        for variable, text in section.lines:
            parts = text if isinstance(text, list) else [text]
            for at, part in enumerate(parts):
                if isinstance(part, Secret) and part.reference is None and part.fingerprint:
                    mark = _mark(section.family, section.name, variable, parts, at)
                    found.setdefault(part.fingerprint, mark)
    return found


def to_value(
    family: Family,
    section: str,
    variable: str,
    text: Text,
    standing: Standing = MappingProxyType({}),
) -> Value:
    """Return a line's value as JSON data. Unknown secrets become `keep` marks.

    One that stands nowhere yet is looked for in this line.
    """
    parts = text if isinstance(text, list) else [text]
    marked = [
        standing.get(part.fingerprint or "") or _mark(family, section, variable, parts, at)
        if isinstance(part, Secret) and part.reference is None
        else part
        for at, part in enumerate(parts)
    ]
    return text if marked == parts else marked


def _mark(
    family: Family, section: str, variable: str, parts: list[str | Secret | Clear], at: int
) -> Value:
    pattern = "(.*)" if len(parts) == 1 else _pattern(family, parts, at)
    return {_MARK: [family, section, variable, pattern]}


def _pattern(family: Family, text: list[str | Secret | Clear], at: int) -> str:
    """Return how a line with this secret is known: by what stands right before and after it.

    A voicemail box is known by its number; its PIN ends at the first comma.
    """
    if family == "vm":
        return "([^,]*).*"
    before, after = (
        part if isinstance(part, str) else ""
        for part in (text[at - 1] if at else "", text[at + 1] if at + 1 < len(text) else "")
    )
    return f".*{re.escape(before)}(.*){re.escape(after)}"


def fill_kept(request: Request, lookup: Lookup) -> Request:
    """Return the request with every `keep` mark replaced by what stands on the platform now.

    Raises Unsound where nothing stands: an empty PIN would be worse than a step that fails.
    """
    sections = request.args.get("sections")
    if not sections:
        return request
    filled = [
        [family, name, shared, [[variable, _fill(value, lookup)] for variable, value in lines]]
        for family, name, shared, lines in sections
    ]
    return Request(request.verb, {**request.args, "sections": filled})


def _fill(value: Value, lookup: Lookup) -> Value:
    if isinstance(value, (list, tuple)):
        return [_fill(part, lookup) for part in value]
    if isinstance(value, dict) and _MARK in value:
        family, section, variable, pattern = value[_MARK]
        for text in lookup(family, section, variable):
            if found := re.fullmatch(pattern, text_of(text), re.DOTALL):
                return Clear(found[1])
        raise Unsound(f"the secret that stays in {family} [{section}] is not there any more")
    return value
