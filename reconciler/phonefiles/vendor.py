"""What a vendor's renderer offers. The command line passes them in by name."""

from typing import NamedTuple, Protocol

from reconciler.phonefiles.file import PhoneFile
from reconciler.phonefiles.models import Models
from reconciler.phonefiles.phone import Phone
from reconciler.phonefiles.sheet import Sheet


class Remark(NamedTuple):
    """What is to be said about a raw parameter.

    `unknown-parameter`, `dangerous-parameter`, or `value-not-held` when it cannot be written.
    """

    code: str
    detail: str
    hint: str | None = None


class Vendor(Protocol):
    """A vendor's format. Everything is pure."""

    name: str
    """As written at phones and templates (`yealink`)."""
    title: str
    """As people call it."""
    models: Models
    secret_names: str
    """Regular expression on the names of all parameters that can hold a secret."""

    by_name_only: bool
    """Whether only phones are meant that say `vendor`, because the table takes any model."""

    def sheet(self, phone: Phone) -> Sheet:
        """Return an empty sheet with this format's rules."""
        ...

    def fill(self, phone: Phone, sheet: Sheet) -> None:
        """Write everything that the phone shall be told, but for `raw`."""
        ...

    def lint(self, name: str, value: str | None, phone: Phone) -> Remark | None:
        """Return what is to be said about a raw parameter."""
        ...

    def files(self, phone: Phone, sheet: Sheet) -> tuple[PhoneFile, ...]:
        """Put the sheet into the files that the phone fetches."""
        ...
