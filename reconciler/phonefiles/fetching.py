"""Fetching: where a phone gets its files, and what it shows there. Decided here and nowhere else.

Phones append file names to an address, so what one has to show that is not a password stands in
the address, as folders between the server's and the file's name:

    https://prov.example.com/p/                                   its place in the network is enough
    https://prov.example.com/p/TOKEN/                             a token of its own
    https://prov.example.com/p/805ec0000001-SIGNATURE/            a signature over its MAC

Tokens, signatures and passwords are references like every secret: they are put in at the last
moment and masked wherever a file is shown. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.model.address import Address
from reconciler.model.secret import Secret
from reconciler.model.value import Fields, Value
from reconciler.phonefiles.file import Part
from reconciler.phonefiles.phone import Phone, Said
from reconciler.phonefiles.signature import SIGNATURE

TOKEN: Final = "provisioning.token"  # noqa: S105
PASSWORD: Final = "provisioning.password"  # noqa: S105
USUAL: Final = ("subnet",)


@dataclass(frozen=True, slots=True)
class Fetching:
    """What the provisioning section says of all phones: the server's address, what is required."""

    base_url: str | None = None
    require: tuple[str, ...] = USUAL

    @property
    def factors(self) -> frozenset[str]:
        """Everything that a phone may have to show."""
        return frozenset(factor for each in self.require for factor in each.split("|"))

    def shown_by(self, address: Address, mac: str) -> tuple[Secret, ...]:
        """Return what stands in a phone's address, in order. `mac` is 12 lower-case hex digits."""
        held = {
            "token": Secret(f"generated:{address}/{TOKEN}"),
            "signature": Secret(f"{SIGNATURE}:{mac}"),
        }
        return tuple(secret for factor, secret in held.items() if factor in self.factors)

    def login_of(self, address: Address, mac: str, settings: Mapping[str, Said]) -> dict[str, Said]:
        """Return the user name and password that a phone needs and nobody declares."""
        if "digest" not in self.factors or self.base_url is None:
            return {}
        usual = {
            "provisioning.username": Said(mac),
            PASSWORD: Said(Secret(f"generated:{address}/{PASSWORD}")),
        }
        return {path: said for path, said in usual.items() if path not in settings}

    def shown_of(self, phone: Phone) -> dict[str, Value]:
        """Return what a phone shows to the server, by the names of its fields there.

        A signature is not among it: the server makes it of the key.
        """
        if self.base_url is None or phone.value("provisioning.url") != self.base_url:
            return {}
        token = next(
            (e for e in phone.shown if not (e.reference or "").startswith(SIGNATURE)), None
        )
        held = {
            "access.token": token,
            "access.username": phone.value("provisioning.username"),
            "access.password": phone.value("provisioning.password"),
        }
        return {name: value for name, value in held.items() if value is not None}

    def parts(self, url: str, shown: tuple[Secret, ...]) -> tuple[Part, ...]:
        """Return an address of a folder with what is shown there behind it, a slash at the end."""
        parts: list[Part] = [url.rstrip("/") + "/"]
        for secret in shown:
            parts += [secret, "/"]
        return tuple(parts)


def fetching_of(provisioning: Fields) -> Fetching:
    """Return what the merged provisioning section says of fetching."""
    url = provisioning.get("base_url")
    return Fetching(str(url) if url else None, tuple(provisioning.get("require") or USUAL))
