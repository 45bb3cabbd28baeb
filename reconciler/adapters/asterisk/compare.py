"""Expected lines against actual ones: what somebody changed by hand, without showing a secret."""

import re
from collections.abc import Collection, Iterable, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Final

from reconciler.adapters.asterisk.carrier import Pairs, Place
from reconciler.adapters.asterisk.sections import FILES, Family, Section, holds_secret, text_of
from reconciler.model.address import Address
from reconciler.model.live import Edit

HIDDEN: Final = "***"
_SENSITIVE = re.compile(r"pass|secret|pin$|^pin|cred|digest|token", re.I)
_ASKING = re.compile(r"(Authenticate\(|Read\(|PIN=)[^,)]*", re.I)
_WHERE = re.compile(r"(?P<file>rec_[a-z_]+) \[(?P<name>[^\]]*)\]")
_FAMILY_OF: Final[dict[str, Family]] = {
    name.removesuffix("_{shard:02d}.conf"): family for family, name in FILES.items()
}


def where(place: Place) -> str:
    """Return where a section stands, in people's words: `rec_ext [rec-queue-700]`."""
    file = FILES[place.family].removesuffix("_{shard:02d}.conf")
    return f"{file} [{place.name}]" + (f" {place.key}" if place.key else "")


def section_at(text: str) -> tuple[Family, str] | None:
    """Return family and name of the section that `where` named; None for other places."""
    found = _WHERE.match(text)
    family = _FAMILY_OF.get(found["file"]) if found else None
    return (family, found["name"]) if found and family else None


def changed_lines(
    place: Place, expected: Section, actual: Pairs, secrets: Collection[str]
) -> list[Edit]:
    """Return the lines in which an actual section differs from what we wrote."""
    wanted = [(line.variable, text_of(line.value)) for line in expected.lines]
    if tuple(wanted) == actual:
        return []
    edits: list[Edit] = []
    matcher = SequenceMatcher(a=wanted, b=list(actual), autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        for line, pair in zip_longest(expected.lines[i1:i2], actual[j1:j2]):
            ours = None if line is None else f"{line.variable} = {text_of(line.value, HIDDEN)}"
            quiet = line is not None and holds_secret(line.value) and place.family != "vm"
            theirs = None if pair is None else _show(place.family, pair, secrets, quiet=quiet)
            edits.append(Edit(where(place), ours, theirs))
    return edits


def missing(place: Place, expected: Section) -> Edit:
    """Return that a whole section is gone."""
    return Edit(where(place), f"{len(expected.lines)} lines", None)


def left_over(place: Place, pair: tuple[str, str], of: Address) -> Edit:
    """Return that a line stands there for the sake of an object that is gone."""
    variable, text = pair
    return Edit(_leading(place, of), None, f"{variable} = {text}", str(of))


def left_section(place: Place, actual: Pairs, of: Address) -> Edit:
    """Return that a whole section stands there for the sake of an object that is gone."""
    return Edit(_leading(place, of), None, f"{len(actual)} lines", str(of))


def _leading(place: Place, of: Address) -> str:
    return f"{where(place)}, which leads to {of}: that is not there"


def surplus(place: Place, actual: Pairs) -> Edit:
    """Return that a section stands in our files which we did not write."""
    return Edit(where(place), None, f"{len(actual)} lines")


def _show(family: Family, pair: tuple[str, str], secrets: Iterable[str], *, quiet: bool) -> str:
    variable, text = pair
    if quiet or _SENSITIVE.search(variable):
        return f"{variable} = {HIDDEN}"
    if family == "vm":
        _, comma, rest = text.partition(",")
        return f"{variable} = {HIDDEN}{comma}{rest}"
    text = _ASKING.sub(rf"\g<1>{HIDDEN}", text)
    for secret in secrets:
        if len(secret) >= 3:
            text = text.replace(secret, HIDDEN)
    return f"{variable} = {text}"


def secrets_in(sections: Sequence[Section]) -> set[str]:
    """Return the clear secrets of rendered sections, so that they can be hidden elsewhere."""
    found: set[str] = set()
    for section in sections:
        for line in section.lines:
            parts = line.value if isinstance(line.value, list) else [line.value]
            found |= {text_of(part) for part in parts if not isinstance(part, str)}
    return found
