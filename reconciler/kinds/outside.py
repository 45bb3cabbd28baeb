"""Outside numbers that configuration dials: members, forwards, destinations."""

import re

from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.destination import parse_destination
from reconciler.kinds.marks import DestinationMark, Reference
from reconciler.model.value import Fields

_NUMBER = re.compile(r"\+[0-9]{2,20}|external/\+?[0-9*#]{2,32}|[0-9]{7,20}")
"""An outside number where an extension could stand, too."""


def outside_number(text: str, mark: Reference | DestinationMark) -> str | None:
    """Return the outside number that a reference's text means, None if it means an object."""
    if isinstance(mark, Reference):
        if mark.external and _NUMBER.fullmatch(text):
            return text.removeprefix("external/")
        return None
    destination = parse_destination(text)
    return destination.key if destination and destination.kind == "external" else None


def outside_numbers(kind: str, fields: Fields) -> list[str]:
    """Return the outside numbers that an object sends calls to, as written."""
    return [
        number
        for reference in TRAITS[kind].references
        for text, _ in reference.texts(fields)
        if (number := outside_number(text, reference.mark)) is not None
    ]
