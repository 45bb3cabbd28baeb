"""Operations: what is declared and does not do anything yet, said rather than kept quiet."""

from collections.abc import Iterator
from typing import Final

from reconciler.diagnostics.codes import found
from reconciler.model.resource import Desired
from reconciler.rules.rule import Finding

_LATER: Final = {
    "rollout": "changes go out to all phones at once",
}
"""Parts of the policy that no stage looks at yet, and what happens instead."""


def not_in_effect(desired: Desired) -> Iterator[Finding]:
    """Parts of the policy that are checked and kept, but that nothing acts on yet."""
    for name, instead in _LATER.items():
        if any(path == name or path.startswith(f"{name}.") for path in desired.policy):
            yield Finding(
                found("not-in-effect", f"policy.{name} has no effect yet: {instead}."), None
            )
