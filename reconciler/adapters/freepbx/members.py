"""Lists of who rings, as FreePBX writes them: `1001-1003-15551234#`. Pure.

A number with `#` is dialled as from a phone: that is how outside numbers stand in such lists.
"""

import re
from collections.abc import Iterable
from typing import Final

LIST_LENGTH: Final = 255
"""What findmefollow.grplist and ringgroups.grplist hold (facts, section 9)."""


def show(text: str) -> list[str]:
    """Return the members of a list, in order; an outside number without its `#`."""
    return [each.rstrip("#") for each in re.split(r"[-\n\r]+", text) if each.strip()]


def write(members: Iterable[str], extensions: Iterable[str]) -> list[str]:
    """Return members as FreePBX has them: all but the PBX's own extensions get a `#`."""
    own = frozenset(extensions)
    return [each if each in own else f"{each.removeprefix('external/')}#" for each in members]
