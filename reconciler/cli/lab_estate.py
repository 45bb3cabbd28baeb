"""An estate's phones for the lab: its rendered files, with secrets that are made up."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from reconciler.cli.render import rendered_phones
from reconciler.cli.running import checked
from reconciler.cli.workspace import surroundings
from reconciler.lab.phones import Spec
from reconciler.lab.phones.catalog import UnknownModelError
from reconciler.lab.room import Furniture
from reconciler.model.resource import Desired, Resource
from reconciler.model.secret import Secret
from reconciler.phonefiles.file import UnfitSecret
from reconciler.phonefiles.render import Rendered


def furnish_from(paths: Sequence[Path], *, no_color: bool) -> Furniture:
    """Return the phones of an estate, the files that they are given and the users of its PBXs.

    No secret of the estate is read: wherever files hold one, the lab has its own instead.
    """
    declared = checked(paths, surroundings(paths), no_color=no_color, planned=False, brief=True)
    rendered = rendered_phones(declared, None, no_color=no_color)
    if not rendered:
        raise click.UsageError(
            "These files declare no phone that gets files; a fleet needs none: "
            "reconciler lab up --fleet 12"
        )
    phones = {each.address: declared.desired.resources[each.address] for each in rendered}
    return Furniture(
        tuple(_spec(each) for each in phones.values()),
        _users(declared.desired),
        _files(rendered),
        {_name(each): len(_lines(each)) for each in phones.values()},
        _contacts(declared.desired),
    )


def specs_in(paths: Sequence[Path]) -> tuple[Spec, ...]:
    """Return the phones of an estate by their own names; nothing is rendered."""
    declared = checked(paths, surroundings(paths), planned=False, brief=True)
    phones = (e for e in declared.desired.resources.values() if e.address.kind == "phone")
    return tuple(replace(_spec(each), name=str(each.address.key)) for each in phones)


def made_up(secret: Secret) -> str:
    """Return the lab's value of a secret, the same wherever it is referred to."""
    digest = hashlib.sha256((secret.reference or "").encode()).hexdigest()
    return f"Lab1{digest[:12]}"


def _name(phone: Resource) -> str:
    return f"{phone.address.scope}/{phone.address.key}"


def _lines(phone: Resource) -> Sequence[object]:
    found = phone.fields.get("lines")
    return found if isinstance(found, tuple | list) else ()


def _spec(phone: Resource) -> Spec:
    fields = phone.fields
    spec = Spec(
        str(fields["model"]), mac=str(fields["mac"]), name=_name(phone),
        serial=str(fields["serial"]) if fields.get("serial") else None,
    )  # fmt: skip
    try:
        spec.identity(0)
    except UnknownModelError as error:
        raise click.UsageError(f"{phone.address}: {error}") from None
    return spec


def _users(desired: Desired) -> dict[str, set[str]]:
    """Return number -> passwords: several PBXs may have the same number."""
    users: dict[str, set[str]] = {}
    for address, resource in desired.resources.items():
        if address.kind == "extension":
            secret = resource.fields.get("secret")
            own = Secret(f"generated:{address}/secret")
            # A secret of another object is named in full, one's own is just "generated".
            named = isinstance(secret, Secret) and secret.reference not in (None, "generated")
            known = secret if named and isinstance(secret, Secret) else own
            users.setdefault(str(address.key), set()).add(made_up(known))
    return users


def _contacts(desired: Desired) -> dict[str, int]:
    """Return number -> how many phones may register with it."""
    found: dict[str, int] = {}
    for address, resource in desired.resources.items():
        most = resource.fields.get("max_contacts")
        if address.kind == "extension" and isinstance(most, int):
            found[str(address.key)] = max(most, found.get(str(address.key), 0))
    return found


def _files(rendered: Sequence[Rendered]) -> dict[str, bytes]:
    try:
        return {file.path: file.revealed(made_up) for each in rendered for file in each.files}
    except UnfitSecret as unfit:
        raise click.UsageError(f"The lab's own value does not fit: {unfit}.") from None
