"""The vendor-neutral view of a phone: what it shall be told, every value with its source.

Renderers read nothing else. A source is a setting's name as people wrote it (`sip.transport`,
`keys.3.label`, `pbx.sip.port`, `site.ntp`); `Phone.declared` says for each where it stands.
A value that nobody declared (a default) has no source.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.diagnostics.diagnostic import Severity
from reconciler.diagnostics.place import Place
from reconciler.model.address import Address
from reconciler.model.secret import Secret
from reconciler.model.value import Value
from reconciler.phonefiles.file import Part
from reconciler.phonefiles.models import Model
from reconciler.phonefiles.phonebook import Phonebook


class Said(NamedTuple):
    """A value and who said it. None as value: make it empty."""

    value: Value
    source: str = ""


class Origin(NamedTuple):
    """Where a declared value stands, and how bad it is when the phone cannot hold it.

    What was written for the phone (by itself, its templates, its site's layer) and cannot be held
    is an error; what the PBX or site offers to all its phones is a warning. What shall be empty
    (`null`) and has no parameter is neither: there is nothing to empty.
    """

    place: Place
    severity: Severity = "error"
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """An account: the extension that a line registers to, and how.

    `sip` holds what applies to this account by the names of the phone's `sip` section, the PBX's
    and the extension's values filled in: `server`, `port`, `transport` and `register_expiry` are
    always there. `source` is the line's name (`lines.0`); its parts follow with a dot.
    """

    number: int
    source: str
    user: str
    name: str
    label: str
    secret: Secret | None
    sip: Mapping[str, Said] = field(default_factory=dict)
    shared: bool | None = None
    ring_tone: str | None = None
    auto_answer: bool | None = None
    pickup_code: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A programmable key. `module` 0 is the phone itself; `account` is None for the first line's.

    `value` is what the action needs: digits that are dialled (feature codes put before), a text,
    an address; for `line` the account's number. `source` is the key's name (`keys.3`), `parts`
    what else was written in it (`blf`, `label`).
    """

    module: int
    number: int
    action: str
    value: str
    label: str
    source: str
    parts: tuple[str, ...] = ()
    account: int = 1
    locked: bool | None = None


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone as its renderer sees it. `mac` is 12 lower-case digits."""

    address: Address
    place: Place
    mac: str
    vendor: str
    model: Model
    accounts: tuple[Account, ...]
    keys: tuple[Key, ...] | None
    modules: tuple[str, ...]
    settings: Mapping[str, Said]
    raw: Mapping[str, str | None]
    declared: Mapping[str, Origin]
    pickup_code: str | None = None
    firmware_url: str | None = None
    book: Phonebook | None = None
    """The phonebook of its PBX, where `features.phonebook` asks for one."""
    shown: tuple[Secret, ...] = ()
    """What stands in the phone's address at the provisioning server, see `fetching.py`."""
    has_our_firmware: bool = False
    """Whether `firmware_url` is at the provisioning server."""
    pushed: bool = False
    """Whether its settings are written to it, so that only parameters reach it and no file."""

    def folder(self, address: str) -> tuple[Part, ...]:
        """Return the address of its files with what is shown there; a slash at its end stays."""
        parts: list[Part] = [address.removesuffix("/")]
        for secret in self.shown:
            parts += ["/", secret]
        return (*parts, "/") if address.endswith("/") else tuple(parts)

    def beside(self, base: str, file: str) -> tuple[Part, ...]:
        """Return the address of a file in the folder of its files, with what is shown there."""
        return (*self.folder(base.removesuffix("/")), f"/{file}")

    @property
    def firmware(self) -> tuple[Part, ...]:
        """Where its image is; at our server with what it has to show there for any file."""
        if self.firmware_url is None or not self.has_our_firmware:
            return (self.firmware_url,) if self.firmware_url else ()
        folder, _, file = self.firmware_url.rpartition("/")
        return self.beside(folder, file)

    def said(self, setting: str) -> Said | None:
        """Return a setting by its path (`network.voice_vlan`), None when nobody says it."""
        return self.settings.get(setting)

    def value(self, setting: str) -> Value:
        """Return a setting's value; None when nobody says it, or when it shall be empty."""
        found = self.settings.get(setting)
        return None if found is None else found.value

    @property
    def title(self) -> str:
        """The phone as messages name it."""
        return f"{self.vendor.capitalize()} {self.model.name}"
