"""Blocked callers: listed and written over ajax.php, or over GraphQL. Pure."""

import re
from collections.abc import Mapping
from typing import Any, Final

from reconciler.adapters.freepbx.words import Unspeakable, Words
from reconciler.kinds.all_traits import TRAITS

LIST: Final = "{ allBlacklists { blacklists { number description } } }"


def from_row(row: Mapping[str, Any], words: Words) -> None:
    """Read an entry. Raises Unspeakable."""
    number = str(row.get("number") or "")
    if not re.fullmatch(TRAITS["blocklist"].key.pattern, number):
        raise Unspeakable(f"{number} is no number")
    description = str(row.get("description") or "")
    # FreePBX keeps a "1" where nothing was said.
    words.fields["description"] = None if description in ("", "1") else description


def rows_of(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the entries of GraphQL's list."""
    listed = data.get("allBlacklists") or {}
    return list(listed.get("blacklists") or [])
