"""Signatures in phones' addresses, as secrets: `signature:MAC`, made of the signing key. Pure."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from reconciler.errors import SecretUnavailable
from reconciler.model.secret import Clear
from reconciler.provisioning.signatures import SHORTEST, sign


class Signing(NamedTuple):
    """Makes signatures with the key that a reference stands for; None where there is no key."""

    key: str | None

    def needs(self, mac: str) -> Sequence[str]:  # noqa: ARG002 - the key is the same for all
        """Return the key's reference. Raises SecretUnavailable when there is none."""
        if self.key is None:
            raise SecretUnavailable(
                "Addresses cannot be signed: there is no key that signs.",
                hint='provisioning: {signing_key: {secret: "store:provisioning-key"}}',
            )
        return [self.key]

    def value(self, mac: str, reveal: Callable[[str], str]) -> Clear:
        """Return the signature over a MAC. Raises SecretUnavailable for a key that is too short."""
        key = reveal(self.key or "")
        if len(key) < SHORTEST:
            raise SecretUnavailable(
                f"The key that signs addresses has {len(key)} characters; it needs {SHORTEST}.",
                hint="openssl rand -hex 32",
            )
        return Clear(sign(key, mac))
