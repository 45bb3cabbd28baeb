"""Foresee: what files say of targets, before the rest of them is looked into."""

import re
from typing import Final

from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.kept.estate import Estate
from reconciler.kept.keeping import Keeping, keeping
from reconciler.language.source import Sources
from reconciler.model.resource import Desired
from reconciler.model.secret import SCHEMES
from reconciler.workspace import Surroundings, with_store

_SECTIONS: Final = ("pbxs", "sites", "workspace", "provisioning", "moved")
_SAID: Final = re.compile(rf"""(?m)(?:^|[{{,\s"'])(?:{"|".join(_SECTIONS)})["']?\s*:""")
_MOST_CHARACTERS: Final = 50_000
"""What is longer takes longer to look into twice than is won."""


def foresee(named: Sources, at: Surroundings) -> Desired | None:
    """Return the targets and the workspace that files speak of, and nothing else of the estate.

    None where the files are wrong. Whoever goes by it compares with the whole estate later on.
    """
    known = _kept(named, at).take()
    desired = _made_out(named, at) if known is None else known.declared
    return None if desired is None else with_store(desired, at)


def keep_targets(estate: Estate, named: Sources, at: Surroundings) -> None:
    """Keep what these files say of targets, for when other files are edited."""
    desired = estate.declared
    if not desired.moved:
        alone = Desired(
            {},
            desired.targets,
            workspace=desired.workspace,
            provisioning=desired.provisioning,
        )
        _kept(named, at).put(Estate(alone, diagnostics=estate.diagnostics), named)


def _kept(named: Sources, at: Surroundings) -> Keeping:
    cache, today = at.folder / "cache" if at.use_cache else None, at.now().date()
    return keeping(
        Checked(named), cache, at.adapters, today=today, rendered=False, folder="targets"
    )


def speaking_of_targets(sources: Sources) -> Sources | None:
    """Return the files that speak of targets.

    None if there are none, or where to look into them is no quicker than to make out the whole.
    """
    named = {name: each for name, each in sources.files.items() if _speaks_of_targets(each.text)}
    if not named or sum(len(each.text) for each in named.values()) > _MOST_CHARACTERS:
        return None
    return Sources(named)


def _made_out(named: Sources, at: Surroundings) -> Desired | None:
    from reconciler.language.decode import decode
    from reconciler.language.parse import parse
    from reconciler.resolve.index import Index
    from reconciler.resolve.singles import merged
    from reconciler.resolve.targets import Targets

    nodes = parse(named)
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
    return None if said.moved or any(e.severity == "error" for e in found) else desired


def _speaks_of_targets(text: str) -> bool:
    # Most files hold none of these words, and to see that is quick.
    return any(each in text for each in _SECTIONS) and _SAID.search(text) is not None
