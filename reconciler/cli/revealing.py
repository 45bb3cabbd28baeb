"""Secrets put into files for people's eyes or disks, where somebody asked for that (`--reveal`)."""

from collections.abc import Mapping

from reconciler.errors import SecretUnavailable
from reconciler.execution.secrets.sources import Secrets
from reconciler.model.address import Address
from reconciler.model.resource import Desired
from reconciler.model.secret import Secret
from reconciler.phonefiles.file import PhoneFile, UnfitSecret


def moves_among(desired: Desired) -> Mapping[Address, Address]:
    """Return old address -> new one: generated secrets follow their objects."""
    return {each.source: each.destination for each in desired.moved}


def revealed(file: PhoneFile, of: Address, secrets: Secrets) -> bytes:
    """Return a file's bytes with secrets in clear. Raises SecretUnavailable.

    Secrets are looked up, not made: what apply has not generated yet no PBX knows either.
    """

    def value(secret: Secret) -> str:
        reference = secret.reference or ""
        found = secrets.look_up(reference, address=of, path=file.name)
        if found is None:
            raise SecretUnavailable(
                f"The secret {reference} does not exist yet.",
                hint="reconciler apply makes it, and tells the PBX",
            )
        return found.reveal()

    try:
        return file.revealed(value)
    except UnfitSecret as unfit:
        raise SecretUnavailable(f"{of}: {unfit}.") from None
