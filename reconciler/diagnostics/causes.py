"""Findings of one cause: alike in every word but for whose they are. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.place import Place

_SAME: Final = 3
"""From how many on they are told as one."""


def by_cause(found: Iterable[Diagnostic]) -> list[Sequence[Diagnostic]]:
    """Return findings with those of one cause together, each where the first of them stands.

    Sixty phones for want of one template are sixty findings, and one thing to mend.
    """
    alike: dict[object, list[Diagnostic]] = {}
    causes = [(each, _cause(each)) for each in found]
    for each, cause in causes:
        alike.setdefault(cause, []).append(each)
    groups: list[Sequence[Diagnostic]] = []
    for each, cause in causes:
        group = alike[cause]
        if len(group) < _SAME:
            groups.append([each])
        elif each is group[0]:
            groups.append(group)
    return groups


def whose(found: Diagnostic) -> str:
    """Return the key of the entry in which a finding stands, "" where that is not known."""
    at = found.at
    return str(at.path[1]) if isinstance(at, Place) and len(at.path) > 1 else ""


def _cause(found: Diagnostic) -> object:
    key = whose(found)
    own = re.compile(rf"(?<![\w.-]){re.escape(key)}(?![\w-])") if key else None

    def bare(text: str) -> str:
        return own.sub("\0", text) if own is not None else text

    return found.code, found.severity, bare(found.detail), bare(found.hint or "")
