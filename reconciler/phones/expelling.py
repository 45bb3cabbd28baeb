"""Phones that left go on ringing until their registration ends, for an hour: it is ended. IO.

Meant are phones that were taken out of service, and hardware that was replaced, on lines that stay
and get another password by that. Where another device has the line, too, nothing is ended: that one
is told of its new password over its registration.
"""

from collections.abc import Collection, Iterable, Mapping

from reconciler.adapter import Watcher
from reconciler.device import Expeller
from reconciler.errors import ReconcilerError
from reconciler.execution.session import Sessions
from reconciler.model.address import Address
from reconciler.model.change import Change, Delete, Update
from reconciler.model.resource import Desired
from reconciler.phones.leaving import is_other_hardware
from reconciler.planning.phones.fleet import lines_in, registers_as
from reconciler.planning.phones.telling import changes_password
from reconciler.planning.resettled import resettled

Left = Mapping[Address, tuple[Address, frozenset[str]]]
"""By line: the phone that leaves it, and the contacts that it has there."""


def left_lines(changes: Iterable[Change], desired: Desired) -> dict[Address, Address]:
    """Return the lines that no device has any more but who leaves, each with that phone."""
    known = tuple(changes)
    moved = resettled(known, desired.moved)
    stays = {r.fields.get("mac") for a, r in desired.resources.items() if a.kind == "phone"}
    rekeyed = {each.address for each in known if changes_password(each)}
    leaving = {
        line: each.address
        for each in known
        if each.address.kind == "phone" and each.address not in moved
        if isinstance(each, Delete) or (isinstance(each, Update) and is_other_hardware(each))
        if each.before.get("mac") not in stays  # else it is told of what it gets elsewhere
        for line in lines_in(each.before, each.needs)
        if line in rekeyed and line in desired.resources
    }
    for address, resource in desired.resources.items() if leaving else ():
        for line in registers_as(address, resource.fields, resource.needs):
            if leaving.get(line, address) != address:
                del leaving[line]
    return leaving


async def contacts_of(lines: Mapping[Address, Address], desired: Desired, at: Sessions) -> Left:
    """Return from where those lines are registered now. A PBX that does not tell is left out."""
    found: dict[Address, tuple[Address, frozenset[str]]] = {}
    for target in {desired.resources[line].target for line in lines}:
        try:
            connection = await at.connection(target)
            state = await connection.live_state() if isinstance(connection, Watcher) else None
        except ReconcilerError:
            continue
        for each in state.registrations if state else ():
            if each.address in lines and desired.resources[each.address].target == target:
                _, known = found.get(each.address, (each.address, frozenset[str]()))
                found[each.address] = lines[each.address], known | {each.contact}
    return found


async def expel(
    left: Left, done: Collection[Address], desired: Desired, at: Sessions
) -> tuple[dict[Address, Address], dict[Address, Address]]:
    """End what phones that left have registered, where phone and line are `done`.

    Returns the lines that nobody rings any more, and those that cannot be ended, with their phones.
    """
    ended: dict[Address, Address] = {}
    lasting: dict[Address, Address] = {}
    for line, (phone, contacts) in sorted(left.items()):
        if not {line, phone} <= set(done):
            continue
        try:
            connection = await at.connection(desired.resources[line].target)
            gone = isinstance(connection, Expeller) and await connection.expel(line.key, contacts)
        except ReconcilerError:
            gone = False
        (ended if gone else lasting)[line] = phone
    return ended, lasting
