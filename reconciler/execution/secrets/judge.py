"""Judging the secrets that people want: what is missing, unfit or weak, as diagnostics."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from reconciler.diagnostics.diagnostic import Diagnostic, Related
from reconciler.diagnostics.place import Place
from reconciler.errors import SecretUnavailable
from reconciler.execution.secrets.sources import GENERATED, Secrets
from reconciler.execution.secrets.strength import is_pin, unfit, weakness
from reconciler.execution.secrets.walk import Path, dotted
from reconciler.model.address import Address
from reconciler.model.resource import Resource
from reconciler.model.secret import Clear, Secret

_RELATED = 3


class _Missing(NamedTuple):
    """Why a secret is not there, what it is of whom first ("secret of ..."), and all places."""

    error: SecretUnavailable
    user: str
    places: list[Place]


@dataclass
class Findings:
    """What was found, and for failures, everywhere they matter."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    failed: dict[str, "_Missing"] = field(default_factory=dict)

    def all(self) -> Iterator[Diagnostic]:
        """Yield one diagnostic per reference that fails, then the others."""
        for error, user, places in self.failed.values():
            more = len(places) - 1
            others_too = f" and of {more:,} more" if more else ""
            detail = f"{error} It is the {user}{others_too}."
            # A value of a template or a default is the same place for all who have it.
            first, *others = dict.fromkeys(places)
            related = tuple(Related(each, "also used here") for each in others[:_RELATED])
            yield Diagnostic("secret-unavailable", detail, first, error.hint, related=related)
        yield from self.diagnostics


class Examined(NamedTuple):
    """A secret that was looked up: whether it can be used, and its value if there is one yet."""

    secret: Secret
    usable: bool
    value: Clear | None = None


def examine(
    resource: Resource,
    path: Path,
    secret: Secret,
    secrets: Secrets,
    findings: Findings,
) -> Examined:
    """Look a secret up and judge its value."""
    if secret.reference is None:
        return Examined(secret, usable=True)
    name = dotted(path)
    try:
        clear = secrets.look_up(secret.reference, address=resource.address, path=name)
    except SecretUnavailable as error:
        place = _place(resource, path)
        # By what it says: a file fails for the reference that stands in it.
        user = f"{name} of {resource.address}"
        findings.failed.setdefault(str(error), _Missing(error, user, [])).places.append(place)
        return Examined(secret, usable=False)
    if clear is None or secrets.is_derived(secret.reference):
        return Examined(secret, usable=True, value=clear)
    if secret.reference in secrets.open_files:
        findings.diagnostics.append(_open_file(secret.reference, _place(resource, path)))
    why = unfit(name, clear.reveal())
    if why is not None:
        place = _place(resource, path)
        findings.diagnostics.append(_unfit(resource.address, name, secret.reference, why, place))
        return Examined(secret, usable=False)
    generated = secret.reference.startswith(GENERATED)
    why = None if generated else weakness(clear.reveal(), resource.address.key)
    if why is not None:
        place = _place(resource, path)
        findings.diagnostics.append(_weak(resource.address, name, why, place))
    return Examined(secret, usable=True, value=clear)


def _unfit(address: Address, path: str, reference: str, why: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "secret-unfit",
        f"The value of {reference} cannot be the {path} of {address}: it {why}.",
        place,
        "store another value, or write {secret: generated}",
    )


def _weak(address: Address, path: str, why: str, place: Place) -> Diagnostic:
    """Return the finding; its words are the same for all that are weak alike, and told once so."""
    return Diagnostic(
        "weak-secret",
        f"The {'PIN' if is_pin(path) else 'password'} of {address} ({path}) is easily guessed: it "
        f"{why}.",
        place,
        _OTHER_PIN
        if is_pin(path)
        else "write {secret: generated}: a strong one is made at the next apply",
        severity="warning",
    )


_OTHER_PIN: Final = (
    "set another one (reconciler secrets set NAME, or where it comes from) and tell who types it; "
    "a generated one is shown to nobody"
)
"""People type a PIN: one that no command shows would lock them out."""


def _open_file(reference: str, place: Place) -> Diagnostic:
    name = reference.partition(":")[2]
    return Diagnostic(
        "secret-file-open",
        f"Everybody on this machine can read the secret {reference}.",
        place,
        f"chmod 600 {name}",
        severity="warning",
    )


def _place(resource: Resource, path: Path) -> Place:
    return resource.place_of(str(path[0])).at(*path[1:])
