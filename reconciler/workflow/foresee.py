"""Foresee: what files say of targets, before the rest of them is looked into. Pure."""

import re
from typing import Final

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.language.source import Sources
from reconciler.model.resource import Desired
from reconciler.model.secret import SCHEMES
from reconciler.workspace import Surroundings, with_store

_SECTIONS: Final = ("pbxs", "sites", "workspace", "provisioning", "moved")
_SAID: Final = re.compile(rf"""(?m)(?:^|[{{,\s"'])(?:{"|".join(_SECTIONS)})["']?\s*:""")
_MOST_CHARACTERS: Final = 50_000
"""What is longer takes longer to look into twice than is won."""


def foresee(sources: Sources, at: Surroundings) -> Desired | None:
    """Return the targets and the workspace of an estate, and nothing else of it.

    None where that would be no quicker than to make out the whole, or where the files are wrong.
    Whoever goes by it compares with the whole estate later on.
    """
    named = {name: each for name, each in sources.files.items() if _speaks_of_targets(each.text)}
    if not named or sum(len(each.text) for each in named.values()) > _MOST_CHARACTERS:
        return None
    from reconciler.language.decode import decode
    from reconciler.language.parse import parse
    from reconciler.resolve.index import Index
    from reconciler.resolve.singles import merged
    from reconciler.resolve.targets import Targets

    nodes = parse(Sources(named))
    declarations = decode(nodes.value, SCHEMES)
    said = declarations.value
    problems: list[Diagnostic] = []
    desired = Desired(
        {},
        Targets(at.adapters, problems).all(Index(said, problems)),
        workspace=merged(said.of("workspace"), problems),
        provisioning=merged(said.of("provisioning"), problems),
    )
    found = (*nodes.diagnostics, *declarations.diagnostics, *problems)
    if said.moved or any(each.severity == "error" for each in found):
        return None
    return with_store(desired, at)


def _speaks_of_targets(text: str) -> bool:
    # Most files hold none of these words, and to see that is quick.
    return any(each in text for each in _SECTIONS) and _SAID.search(text) is not None
