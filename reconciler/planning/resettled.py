"""Phones that move to another site: deleted in one place, created in another, and not lost. Pure.

A site is a target of its own, so a move there is no `Move`. Devices hold nothing but what is
declared; whatever else goes to another target leaves something behind, and counts as deleted.
"""

from collections.abc import Iterable

from reconciler.model.address import Address
from reconciler.model.change import Change, Create, Delete
from reconciler.model.resource import Moved


def resettled(changes: Iterable[Change], moved: Iterable[Moved]) -> dict[Address, Address]:
    """Return the phones that go to another site, by where they come from."""
    known = tuple(changes)
    gone = {each.address for each in known if isinstance(each, Delete)}
    made = {each.address for each in known if isinstance(each, Create)}
    return {
        each.source: each.destination
        for each in moved
        if each.source.kind == "phone" and each.source in gone and each.destination in made
    }
