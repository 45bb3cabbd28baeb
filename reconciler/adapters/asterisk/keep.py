"""Secrets that nobody declared: a whole section is replaced, and what stands there stays.

A live secret is known to the plan by its fingerprint alone. Where a section that holds one is
written anew, the request carries `{"keep": [family, section, variable, pattern]}` in its place,
and the connection fills it in from the line that stands there now (`fill_kept`).
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from reconciler.adapters.asterisk.sections import Family, Text, text_of
from reconciler.model.secret import Clear, Secret
from reconciler.model.step import Request
from reconciler.model.value import Value

Lookup = Callable[[Family, str, str], Sequence[str | Clear]]
"""(family, section, variable) -> the values that stand there now, in order."""

_MARK: Final = "keep"


def to_value(family: Family, section: str, variable: str, text: Text) -> Value:
    """Return a line's value as JSON data. Unknown secrets become `keep` marks."""
    if not isinstance(text, list):
        if isinstance(text, Secret) and text.reference is None:
            return [{_MARK: [family, section, variable, "(.*)"]}]
        return text
    if not any(isinstance(part, Secret) and part.reference is None for part in text):
        return list(text)
    # What a person may have changed around the secret does not matter: the vm line's PIN ends at
    # the first comma, the argument of an application at its bracket or comma.
    before = "".join(part for part in text[:1] if isinstance(part, str))
    pattern = f"{re.escape(before)}([^,)]*).*"
    mark = {_MARK: [family, section, variable, pattern]}
    return [mark if isinstance(p, Secret) and p.reference is None else p for p in text]


def fill_kept(request: Request, lookup: Lookup) -> Request:
    """Return the request with every `keep` mark replaced by what stands on the platform now."""
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
        return ""
    return value
