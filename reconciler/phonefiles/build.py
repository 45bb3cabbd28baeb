"""Build: a phone's resource, its extensions, PBX and site become the view of renderers. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Checked, Diagnostic, Severity
from reconciler.diagnostics.place import Place
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Resource
from reconciler.model.secret import Secret
from reconciler.model.value import Fields, Value
from reconciler.phonefiles.inventory import Inventory
from reconciler.phonefiles.models import Model
from reconciler.phonefiles.phone import Account, Key, Origin, Phone, Said
from reconciler.phonefiles.phonebook import Phonebook, Phonebooks
from reconciler.phonefiles.settings import own_settings, pbx_origins, sip_of, site_origins
from reconciler.phonefiles.sheet import NotHeld
from reconciler.phonefiles.targets import dialled
from reconciler.phonefiles.words import source
from reconciler.planning.phones.delivery import DELIVERY, is_pushed

_NOT_FOR_FILES: Final = frozenset(
    ("mac", "vendor", "model", "site", "pbx", "template", "address", "lifecycle", "location",
     "tags", "owner", "serial", "hw_revision", "firmware", "lines", "keys", "expansion_modules")
)  # fmt: skip
"""Fields that people and the engine need, or that are taken apart here (lines, keys, modules).

`firmware` counts where a version has an address: see `Phone.firmware_url`."""

_TARGETS: Final = frozenset(("blf", "speed", "park", "pickup", "intercom"))


def build_phone(
    resource: Resource,
    desired: Desired,
    inventory: Inventory,
    vendor: str,
    model: Model,
    books: Phonebooks | None = None,
) -> Checked[Phone]:
    """Return the vendor-neutral view of a phone, and what is missing for it to be complete.

    `books` are the phonebooks of the estate, where several phones are built.
    """
    builder = _Builder(resource, desired, inventory, books or Phonebooks(desired))
    return builder.phone(vendor, model)


def secret_of(secret: Secret, address: Address, path: str) -> Secret:
    """Return a reference that says by itself which field it means, as sealing does it."""
    if secret.reference == "generated":
        return Secret(f"generated:{address}/{path}", secret.fingerprint)
    return secret


class _Builder:
    def __init__(
        self, resource: Resource, desired: Desired, inventory: Inventory, books: Phonebooks
    ) -> None:
        self.books = books
        self.resource = resource
        self.desired = desired
        self.inventory = inventory
        placement = inventory.placement_of(resource, desired)
        self.pbx, self.is_past = placement.pbx, placement.is_past
        self.site: Fields = desired.sites.get(resource.address.scope, {})
        self.codes = self._codes(self.pbx)
        site = inventory.sites.get(resource.address.scope)
        self.general = [
            each.place for each in placement.templates if each.entry.__dict__["vendor"] == "any"
        ] + ([site] if site is not None else [])
        self.declared: dict[str, Origin] = {}
        self.findings: list[Diagnostic] = []

    def phone(self, vendor: str, model: Model) -> Checked[Phone]:
        fields, address = self.resource.fields, self.resource.address
        settings = {
            path: said._replace(value=secret_of(said.value, address, path))
            if isinstance(said.value, Secret)
            else said
            for path, said in own_settings(
                self.resource, self.site, self.inventory.fetching
            ).items()
        }
        settings.pop(DELIVERY, None)
        self._declare(settings)
        book = self._book(vendor, settings)
        accounts = self._accounts(settings)
        firmware = self.inventory.firmware_url(vendor, model.name, fields.get("firmware"))
        if firmware is not None:
            self.declared["firmware"] = Origin(self.resource.place_of("firmware"))
        raw = {
            path.removeprefix("raw."): value
            for path, value in fields.items()
            if path.startswith("raw.")
        }
        fetching, mac = self.inventory.fetching, str(fields["mac"]).replace(":", "")
        url = settings.get("provisioning.url", Said(None)).value
        ours = url is not None and url == fetching.base_url
        modules = tuple(str(each["model"]) for each in fields.get("expansion_modules") or [])
        view = Phone(
            address, self.resource.origin, mac, vendor, model,
            accounts, self._keys(accounts), modules, settings, raw, self.declared,
            self.codes.get("pickup_extension"), firmware, book,
            fetching.shown_by(address, mac) if ours else (),
            ours and firmware is not None and firmware.startswith(f"{str(url).rstrip('/')}/"),
            is_pushed(fields),
        )  # fmt: skip
        return Checked(view, tuple(self.findings))

    def _codes(self, pbx: str) -> Fields:
        prefix = "feature_codes."
        return {
            path.removeprefix(prefix): value
            for path, value in self.desired.pbxs.get(pbx, {}).items()
            if path.startswith(prefix)
        }

    def _declare(self, settings: Mapping[str, Said]) -> None:
        for path, value in self.resource.fields.items():
            head = path.partition(".")[0]
            if path == DELIVERY:
                continue  # how settings travel stands in no file
            if head == "sip" and not self.resource.fields.get("lines"):
                continue  # there is no account that would have it
            if head not in _NOT_FOR_FILES and head not in ("credentials", "raw"):
                place = self.resource.place_of(path)
                self.declared[path] = Origin(place, self._severity(place), value is None)
        self.declared |= site_origins(
            settings, self.inventory.sites.get(self.resource.address.scope)
        )

    def _severity(self, place: Place) -> Severity:
        """What is written for phones of every kind is a warning where one cannot hold it.

        So is what a phone was given before: a rollback gives it the same once more.
        """
        if self.is_past:
            return "warning"
        said_by = any(
            (place.file, place.document, place.path[: len(each.path)]) == each[:3]
            for each in self.general
        )
        return "warning" if said_by else "error"

    def _book(self, vendor: str, settings: dict[str, Said]) -> Phonebook | None:
        """Return the phonebook of the PBX's extensions, and tell the phone where it lies."""
        said = settings.pop("features.phonebook", None)
        if said is None:
            return None
        place = self.resource.place_of("features.phonebook")
        if settings.get("features.phonebook_url", Said(None)).value is not None:
            self._refuse("a phone has one phonebook: phonebook or phonebook_url", place)
            return None
        if said.value is None:
            settings.setdefault("features.phonebook_url", said)
            return None
        url = settings.get("provisioning.url", Said(None)).value
        if not url:
            self._refuse("where phones fetch their files is not known", place,
                         "say base_url in provisioning, or provisioning: {url: ...}")  # fmt: skip
            return None
        protocol = settings.get("provisioning.protocol", Said(None)).value
        try:
            base = source(url, protocol).url.removesuffix("/")
        except NotHeld:  # the renderer says so
            return None
        title = settings.get("features.phonebook_name", Said(None)).value
        book = self.books.book(self.pbx, vendor, base, title)
        settings["features.phonebook_url"] = Said(f"{base}/{book.file}", said.source)
        return book

    def _refuse(self, why: str, place: Place, hint: str | None = None) -> None:
        self.declared.pop("features.phonebook", None)
        detail = f"{self.resource.address} cannot hold this features.phonebook: {why}."
        self.findings.append(found("value-not-held", detail, place, hint=hint))

    # Accounts

    def _accounts(self, settings: Mapping[str, Said]) -> tuple[Account, ...]:
        accounts: dict[int, Account] = {}
        number = 0
        for index, line in enumerate(self.resource.fields.get("lines") or []):
            source = f"lines.{index}"
            place = self.resource.place_of("lines").at(index)
            number = line.get("position") or number + 1
            if number in accounts:
                self._incomplete(f"two lines take account {number}", place)
                continue
            account = self._account(number, source, place, line, settings)
            if account is not None:
                accounts[number] = account
        return tuple(accounts[each] for each in sorted(accounts))

    def _account(
        self, number: int, source: str, place: Place, line: Fields, settings: Mapping[str, Said]
    ) -> Account | None:
        pbx, colon, user = str(line["extension"]).partition(":")
        if not colon:
            pbx, user = self.pbx, pbx
        resource = self.desired.resources.get(Address("extension", pbx, user))
        if resource is None:  # resolve has said so
            return None
        extension = resource.fields
        sip = sip_of(settings, extension, self.desired.pbxs.get(pbx, {}))
        secret = extension.get("secret")
        if not sip.get("server", Said(None)).value:
            self._incomplete(f"line {number} has no SIP server: PBX {pbx} names none", place)
        if not isinstance(secret, Secret):
            self._incomplete(f"extension {user} has no secret that the phone could be told", place)
            secret = None
        self.declared[source] = Origin(place)
        self.declared |= {
            f"{source}.{part}": Origin(place.at(part))
            for part, value in line.items()
            if part in ("label", "shared", "ring_tone", "auto_answer") and value is not None
        }
        self.declared |= pbx_origins(sip, self.inventory.pbxs.get(pbx))
        name = str(extension["name"])
        return Account(
            number, source, user, name, line.get("label") or name,
            secret_of(secret, resource.address, "secret") if secret else None, sip,
            line.get("shared"), line.get("ring_tone"), line.get("auto_answer"),
            self._codes(pbx).get("pickup_extension"),
        )  # fmt: skip

    def _incomplete(self, why: str, place: Place) -> None:
        self.findings.append(found("phone-incomplete", f"{self.resource.address}: {why}.", place))

    # Keys

    def _keys(self, accounts: Sequence[Account]) -> tuple[Key, ...] | None:
        listed = self.resource.fields.get("keys")
        if listed is None:
            return None
        keys: dict[tuple[int, int], Key] = {}
        usual, origins = self.resource.place_of("keys"), self.resource.origins
        free: dict[int, int] = {}
        for index, entry in enumerate(listed):
            module = entry.get("module") or 0
            number = entry.get("position") or free.get(module, 1)
            free[module] = number + 1
            source = f"keys.{index}"
            place = origins.get(source) or usual.at(index)
            try:
                keys[module, number] = self._key(module, number, source, entry, accounts)
            except NotHeld as refusal:
                self.findings.append(
                    found(
                        "value-not-held",
                        f"{self.resource.address}, key {number}: {refusal.detail}.",
                        place,
                        hint=refusal.hint,
                    )
                )
                continue
            self.declared[source] = Origin(place)
            for part in keys[module, number].parts:
                self.declared[f"{source}.{part}"] = Origin(place.at(part))
        return tuple(keys[each] for each in sorted(keys))

    def _key(
        self, module: int, number: int, source: str, entry: Fields, accounts: Sequence[Account]
    ) -> Key:
        parts = tuple(part for part in _KEY_PARTS if entry.get(part) is not None)
        action = next(name for name in entry if name in _ACTIONS)
        written: Value = entry[action]
        label = entry.get("label")
        value, name = str(written), ""
        if action in _TARGETS:
            target = dialled(value, self.pbx, self.desired.resources, self.codes)
            value, name = self._with_code(action, target.number), target.name
        elif action == "line":
            named = next((each for each in accounts if each.number == written), None)
            if named is None:
                raise NotHeld(f"the phone has no line {written}", "give it that line in lines")
            name = named.label
        elif action in ("none", "function"):
            action, value = ("none", "") if action == "none" else ("function", value)
        shown = "" if action == "none" else str(label if label is not None else name or value)
        return Key(
            module, number, action, value, shown, source, parts,
            entry.get("on_line") or 1, entry.get("locked"),
        )  # fmt: skip

    def _with_code(self, action: str, number: str) -> str:
        """Put the feature code before the number, where the PBX carries the action out."""
        code = {"pickup": "pickup_extension", "intercom": "intercom"}.get(action)
        return f"{self.codes[code]}{number}" if code and self.codes.get(code) else number


_KEY_PARTS: Final = ("label", "on_line", "locked")
_ACTIONS: Final = frozenset(
    ("blf", "speed", "line", "park", "pickup", "intercom", "dtmf", "ldap", "xml", "url",
     "multicast", "function", "none")
)  # fmt: skip
