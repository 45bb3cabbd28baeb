"""Secrets as the flow carries them: references and fingerprints, never values.

`Secret` is what desired state, plans, the ledger and views hold: where the value comes from and
its keyed fingerprint. `Clear` holds a value for the short way between a platform's answer and its
sealing (`execution/reveal.py`), and between revealing and sending. Neither ever prints a value.
"""

from typing import Any, Final

SCHEMES: Final = ("env", "file", "store", "command", "generated")
"""The built-in schemes of references; entry points (`reconciler.secrets`) add others."""


class Secret:
    """A secret by reference and fingerprint. Two secrets are equal if their fingerprints are.

    `reference` is `scheme:rest` or `generated`; None when only the fingerprint is known (live,
    ledger). `fingerprint` is None while the value is not known: not generated yet, or a platform
    that does not give it back. Such a secret equals nothing, not even itself by value.
    """

    __slots__ = ("fingerprint", "reference")

    def __init__(self, reference: str | None = None, fingerprint: str | None = None) -> None:
        self.reference = reference
        self.fingerprint = fingerprint

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return self is other or (
            self.fingerprint is not None and self.fingerprint == other.fingerprint
        )

    def __hash__(self) -> int:
        return hash((Secret, self.fingerprint))

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__


class Clear:
    """A secret's value in clear. It does not print, compare as text, pickle or serialise."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value. Called where it is sealed or sent, and nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __reduce__(self) -> Any:
        raise TypeError("a secret in clear is never serialised")
