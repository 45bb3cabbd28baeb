"""Phonebook: the PBX's extensions as a list that phones fetch. One file for each PBX and vendor.

The vendors' folders write the bytes; here is what goes in and where it is found. Pure.
"""

from dataclasses import dataclass
from typing import NamedTuple

from reconciler.model.resource import Desired


class Contact(NamedTuple):
    """Somebody who can be called."""

    number: str
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Phonebook:
    """The phonebook of a PBX's phones of one vendor. `base` is where phones fetch their files.

    Equal by identity, so that renderers can keep the file that they made of one.
    """

    pbx: str
    vendor: str
    base: str
    title: str
    contacts: tuple[Contact, ...]

    @property
    def file(self) -> str:
        """The file's name: one for all phones of a vendor at a PBX."""
        return f"phonebook-{self.pbx}-{self.vendor}.xml"


class Phonebooks:
    """The phonebooks of an estate, each made once. `asked` counts how often somebody wanted one."""

    def __init__(self, desired: Desired) -> None:
        self.asked = 0
        self._desired = desired
        self._contacts: dict[str, tuple[Contact, ...]] = {}
        self._books: dict[tuple[str, ...], Phonebook] = {}

    def book(self, pbx: str, vendor: str, base: str, title: str | None) -> Phonebook:
        """Return the phonebook of these phones; the same object for the same phones."""
        self.asked += 1
        named = title or pbx
        key = (pbx, vendor, base, named)
        if key not in self._books:
            self._books[key] = Phonebook(pbx, vendor, base, named, self._of(pbx))
        return self._books[key]

    def _of(self, pbx: str) -> tuple[Contact, ...]:
        if pbx not in self._contacts:
            self._contacts[pbx] = contacts_of(self._desired, pbx)
        return self._contacts[pbx]


def contacts_of(desired: Desired, pbx: str) -> tuple[Contact, ...]:
    """Return a PBX's extensions by name, then number."""
    found = [
        Contact(address.key, str(resource.fields.get("name") or address.key))
        for address, resource in desired.resources.items()
        if address.kind == "extension" and address.scope == pbx
    ]
    return tuple(sorted(found, key=lambda each: (each.name.casefold(), each.number)))
