"""Phones that stand in no file: from where else PJSIP has objects, by `sorcery.conf`. Pure."""

from collections.abc import Iterator
from typing import Final

from reconciler.adapter import Finding
from reconciler.transport.ami_config import ConfigFile

SORCERY: Final = "sorcery.conf"

_IN_FILES: Final = frozenset({"config", "memory", "memory_cache"})
"""Where objects stand if not in a database (`endpoint = realtime,ps_endpoints`)."""


def elsewhere(sorcery: ConfigFile | None) -> Iterator[Finding]:
    """Say that there may be phones which we do not see, so that their numbers look free."""
    lines = [line for each in (sorcery.sections if sorcery else ()) for line in each.lines]
    for name, value in lines:
        kind, where = name.partition("/")[0].strip(), value.partition(",")[0].strip()
        if kind in ("endpoint", "aor", "auth") and where not in _IN_FILES:
            yield Finding(
                "phones elsewhere",
                "warning",
                f"{SORCERY} says `{name} = {where}`: what stands there is not read, and its "
                "numbers look free",
                advice="declare no number that has a phone there",
            )
