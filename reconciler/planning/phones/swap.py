"""Who comes after somebody else: what the one before knows must open nothing any more. Pure.

New hardware under a phone's name, a phone that leaves while its number stays, and a new person
under a number that was given up.
"""

from collections.abc import Iterable, Iterator, Sequence, Set

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.model.address import Address
from reconciler.model.live import Live
from reconciler.model.ownership import Ownership
from reconciler.model.resource import Desired, Resource
from reconciler.model.secret import Secret
from reconciler.planning.phones.fleet import lines_in, lines_of

_OWN = ("provisioning.token", "provisioning.password")
"""Secrets of a phone that nobody declares."""


def replaced_by_other_hardware(
    desired: Desired, live: Live, alike: Set[str] = frozenset()
) -> tuple[Resource, ...]:
    """Return the phones that are other hardware than what was published for.

    None is declared in files that are `alike`.
    """
    return tuple(
        resource
        for address, resource in desired.resources.items()
        if address.kind == "phone"
        and resource.origin.file not in alike
        and (target := live.targets.get(resource.target)) is not None
        and (here := target.objects.get(address)) is not None
        and here.fields.get("mac") not in (None, "", resource.fields.get("mac"))
    )


def known_to_old_hardware(replaced: Iterable[Resource], desired: Desired) -> tuple[str, ...]:
    """Return the references of generated secrets that phones know which are replaced.

    Others are not ours to change: whoever set them sets new ones.
    """
    names: dict[str, None] = {}
    for resource in replaced:
        names.update(dict.fromkeys(_known_to(resource, desired)))
    return tuple(names)


def still_known(replaced: Iterable[Resource], desired: Desired) -> tuple[Diagnostic, ...]:
    """Return a warning for each password of a line that the old hardware knows and that stays."""
    return tuple(
        found(
            "known-to-old-phone",
            f"{resource.address} is replaced by other hardware, and the old one knows the password "
            f"of {line}: it comes from {secret.reference}, which is not ours to change.",
            desired.resources[line].place_of("secret"),
            hint="set another one there, or write {secret: generated}: then this happens by itself",
        )
        for resource in replaced
        for line in lines_of(resource)
        if line in desired.resources
        and isinstance(secret := desired.resources[line].fields.get("secret"), Secret)
        and secret.reference is not None
        and not secret.reference.startswith("generated")
    )


def leaving(desired: Desired, live: Live) -> tuple[Address, ...]:
    """Return the phones that are taken out of use: their hardware stands under no other name."""
    let_go = {each.address for each in desired.removed if not each.destroy}
    gone = {
        address: target.objects[address].fields.get("mac")
        for target in live.targets.values()
        if target.target.startswith("site/")
        for address in target.objects
        if address.kind == "phone" and address not in desired.resources and address not in let_go
    }
    if not gone:
        return ()
    stays = {r.fields.get("mac") for a, r in desired.resources.items() if a.kind == "phone"}
    return tuple(address for address, mac in gone.items() if mac not in stays)


def known_to_leavers(gone: Sequence[Address], desired: Desired, owned: Ownership) -> list[str]:
    """Return the references of generated passwords of lines that phones know which leave.

    Only what is ours counts: of somebody else's phone nothing is known.
    """
    rows = [owned.objects[each] for each in gone if each in owned.objects]
    lines = {
        line
        for row in rows
        if row.on_delete == "delete"
        for line in lines_in(row.fields, row.needs)
        if line in desired.resources
    }
    return [
        name
        for line in sorted(lines)
        for name in _generated(desired.resources[line].fields.get("secret"), f"{line}/secret")
    ]


def left_behind(desired: Desired, live: Live) -> dict[Address, tuple[str, ...]]:
    """Return the own generated secrets of objects that are to be created, by object.

    Where the one of this address that was there before had been removed on purpose, its secrets
    are known to whoever had it: to a person, to a phone in a drawer. A rollback names its secrets
    in full and is not meant: it puts back what was.
    """
    found: dict[Address, tuple[str, ...]] = {}
    there = {address for target in live.targets.values() for address in target.objects}
    for address, resource in desired.resources.items():
        if address in there:
            continue
        target = live.targets.get(resource.target)
        if target is None or target.has(address) is not False:
            continue
        names = tuple(
            f"generated:{address}/{path}"
            for path, value in resource.fields.items()
            if isinstance(value, Secret) and value.reference == "generated"
        )
        if names:
            found[address] = names
    return found


def _known_to(resource: Resource, desired: Desired) -> Iterator[str]:
    for path in _OWN:
        yield f"generated:{resource.address}/{path}"
    for path, value in resource.fields.items():
        yield from _generated(value, f"{resource.address}/{path}")
    for line in lines_of(resource):
        secret = desired.resources[line].fields.get("secret") if line in desired.resources else None
        yield from _generated(secret, f"{line}/secret")


def _generated(value: object, name: str) -> Iterator[str]:
    if isinstance(value, Secret) and value.reference == "generated":
        yield f"generated:{name}"
    elif isinstance(value, Secret) and (value.reference or "").startswith("generated:"):
        yield value.reference or ""
