"""What a declared phone shall hold: the parameters that its file names, each by itself."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from reconciler.device import DeviceVendor
from reconciler.errors import SecretUnavailable
from reconciler.model.address import Address
from reconciler.model.secret import Clear, Secret
from reconciler.phonefiles.build import build_phone
from reconciler.phonefiles.file import Part, PhoneFile, SecretRule, UnfitSecret
from reconciler.phonefiles.inventory import Inventory, take_inventory
from reconciler.phonefiles.phonebook import Phonebooks
from reconciler.phonefiles.render import fill_sheet
from reconciler.phones.meant import Placed
from reconciler.planning.phones.holding import Wanted
from reconciler.workflow.declare import Declared
from reconciler.workspace import Stores

_DIALECT = "provisioning.dialect"

Reveal = Callable[[Secret], str]


@dataclass(frozen=True, slots=True)
class Holding:
    """What a phone shall hold.

    `sealed` are parameters with secrets, and those that shall be as the factory has them: neither
    can be compared. `told` are those on which consequences depend.
    """

    wanted: Wanted
    sealed: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    rules: Sequence[SecretRule] = ()
    told: Mapping[str, str] = field(default_factory=dict)
    owner: Address | None = None

    def revealed(self, reveal: Reveal) -> dict[str, Clear]:
        """Return the values that cannot be compared. Raises SecretUnavailable."""
        found = {}
        for name, parts in self.sealed.items():
            try:
                text = PhoneFile(name, parts, "text", "", rules=tuple(self.rules)).revealed(reveal)
            except UnfitSecret as unfit:
                raise SecretUnavailable(f"{self.owner}: {unfit}.") from None
            found[name] = Clear(text.decode())
        return found


class Holdings:
    """What phones shall hold, put together when somebody asks."""

    def __init__(
        self, declared: Declared, stores: Stores, devices: Mapping[str, DeviceVendor]
    ) -> None:
        self._declared = declared
        self._stores = stores
        self._devices = devices

    @cached_property
    def _ground(self) -> tuple[Inventory, Phonebooks]:
        """What all phones have in common."""
        books = Phonebooks(self._declared.desired)
        return take_inventory(self._declared.declarations), books

    def of(self, phone: Placed) -> Holding | None:
        """Return what a phone shall hold; None where its model is not known."""
        from reconciler.adapters.renderers import RENDERERS

        vendor = RENDERERS.get(phone.vendor)
        model = vendor.models.get(phone.model) if vendor is not None else None
        if vendor is None or model is None:
            return None
        resource = self._declared.desired.resources[phone.address]
        inventory, books = self._ground
        desired = self._declared.desired
        view = build_phone(resource, desired, inventory, vendor.name, model, books).value
        # A dialect is one of files: over its own interface every phone speaks in numbers.
        settings = {name: said for name, said in view.settings.items() if name != _DIALECT}
        sheet = fill_sheet(replace(view, settings=settings), vendor, resource)
        values: dict[str, str] = {}
        sealed: dict[str, tuple[Part, ...]] = {}
        sources: dict[str, tuple[str, ...]] = {}
        for each in sheet.parameters:
            plain = all(isinstance(part, str) for part in each.parts)
            text = "".join(part for part in each.parts if isinstance(part, str))
            sources[each.name] = each.sources
            is_reset = bool(sheet.empty) and text == sheet.empty
            values.pop(each.name, None)
            sealed.pop(each.name, None)
            if plain and not is_reset and not re.fullmatch(vendor.secret_names, each.name):
                values[each.name] = text
            else:
                sealed[each.name] = each.parts
        deciding = self._devices[phone.vendor].deciding
        told = {name: values[name] for name in deciding if name in values}
        return Holding(Wanted(values, sources), sealed, sheet.rules, told, phone.address)

    def reveal(self, secret: Secret) -> str:
        """Return a secret's value. Raises SecretUnavailable."""
        address = Address("phone", "", "")  # references stand by themselves by now
        found = self._stores.secrets.look_up(secret.reference or "", address=address, path="secret")
        if found is None:
            raise SecretUnavailable(
                f"The secret {secret.reference} does not exist yet.",
                hint="reconciler apply makes it, and tells the PBX",
            )
        return found.reveal()
