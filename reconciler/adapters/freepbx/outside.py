"""Outside numbers as destinations: misc destinations, which dial a number as a phone would.

`external/+441134960100` is a misc destination that dials it. One that is there is used, whoever
made it; else one is made, and FreePBX's list names it `external +441134960100`. None is deleted:
what else leads there (a misc application, a directory) is not known to us.
"""

from collections.abc import Iterator
from typing import Final

from reconciler.adapters.freepbx.answers import redact
from reconciler.adapters.freepbx.forms import edited
from reconciler.adapters.freepbx.kinds import extension
from reconciler.adapters.freepbx.listing import Listings
from reconciler.adapters.freepbx.names import OUTSIDE, Names
from reconciler.adapters.freepbx.pages import PAGES
from reconciler.errors import Refused
from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.destination import parse_destination
from reconciler.kinds.marks import DestinationMark
from reconciler.model.value import Fields

NAMED: Final = "external {}"
"""What we call the ones that we make."""


def numbers_of(kind: str, fields: Fields, names: Names) -> Iterator[str]:
    """Yield the outside numbers that an object's destinations name."""
    if kind == "extension" and any(each.startswith("forward.") for each in fields):
        yield from extension.forwarded_outside(fields, names.extensions)
    for each in TRAITS[kind].references:
        if isinstance(each.mark, DestinationMark):
            for text, _ in each.texts(fields):
                found = parse_destination(text)
                if found is not None and found.kind == "external" and not found.pbx:
                    yield found.key


class Outside:
    """Makes the misc destinations that are missing."""

    def __init__(self, lists: Listings, target: str) -> None:
        self._lists = lists
        self._target = target

    async def prepare(self, kind: str, fields: Fields) -> None:
        """Make what is missing for this object's outside numbers. Raises Refused."""
        numbers = await self._lists.with_names(lambda names: list(numbers_of(kind, fields, names)))
        if not numbers or self._lists.web is None:
            return
        known = (await self._lists.outside()).values()
        for number in dict.fromkeys(numbers):
            if number not in known:
                await self._make(number)

    async def _make(self, number: str) -> None:
        doing = f"making a misc destination for {number}"
        web = self._lists.web
        assert web is not None
        empty = await self._lists.empty(OUTSIDE)
        sent = {"description": [NAMED.format(number)], "destdial": [number]}
        await web.submit(
            {"display": PAGES[OUTSIDE].display}, edited(empty.pairs, sent), doing=doing
        )
        self._lists.forget(OUTSIDE, "outside")
        if number not in (await self._lists.outside()).values():
            raise Refused(self._target, doing, redact("FreePBX answered, and there is none"))
