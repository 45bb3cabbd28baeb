"""Which phones a command means: the declared ones, chosen by site, model, tag and name. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from reconciler.model.address import Address
from reconciler.model.resource import Desired, Resource


@dataclass(frozen=True, slots=True)
class Placed:
    """A declared phone. `mac` is 12 lower-case digits, `lines` are (PBX, extension) in order."""

    address: Address
    vendor: str
    model: str
    mac: str
    pbx: str
    lines: tuple[tuple[str, str], ...]
    host: str | None = None
    subnets: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    lifecycle: str = "managed"
    firmware: str | None = None
    hw_revision: str | None = None

    @property
    def name(self) -> str:
        """`site/name`, as people type it."""
        return f"{self.address.scope}/{self.address.key}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was asked for: all that is named has to fit; nothing named is nothing chosen."""

    names: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked for."""
        return not (self.names or self.sites or self.models or self.tags)


class NotOurs(ValueError):
    """Somebody named phones that are not declared: nothing is done to any."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))
        self.names = tuple(names)


VendorOf = Callable[[Resource], str]


def placed_phones(
    desired: Desired, pbx_of: Mapping[Address, str], vendor_of: VendorOf
) -> tuple[Placed, ...]:
    """Return the declared phones, by address."""
    found = []
    for address, resource in desired.resources.items():
        if address.kind != "phone":
            continue
        fields, site = resource.fields, desired.sites.get(address.scope, {})
        pbx = pbx_of.get(address, "")
        found.append(
            Placed(
                address, vendor_of(resource), str(fields["model"]),
                "".join(c for c in str(fields["mac"]).lower() if c in "0123456789abcdef"),
                pbx, tuple(_line(each["extension"], pbx) for each in fields.get("lines") or []),
                fields.get("address"), tuple(map(str, site.get("subnets") or [])),
                frozenset(fields.get("tags") or []), str(fields.get("lifecycle") or "managed"),
                fields.get("firmware"), fields.get("hw_revision"),
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda each: str(each.address)))


def _line(text: object, pbx: str) -> tuple[str, str]:
    named, colon, extension = str(text).partition(":")
    return (named, extension) if colon else (pbx, named)


def choose(phones: Iterable[Placed], chosen: Chosen) -> tuple[Placed, ...]:
    """Return the phones that are meant. Raises NotOurs if a name fits none."""
    known = tuple(phones)
    strangers = [each for each in chosen.names if not any(_named(one, each) for one in known)]
    if strangers:
        raise NotOurs(strangers)
    return tuple(each for each in known if not chosen.is_empty and _fits(each, chosen))


def _fits(phone: Placed, chosen: Chosen) -> bool:
    return (
        (not chosen.names or any(_named(phone, each) for each in chosen.names))
        and (not chosen.sites or phone.address.scope in chosen.sites)
        and (not chosen.models or any(fnmatchcase(phone.model, each) for each in chosen.models))
        and (not chosen.tags or not phone.tags.isdisjoint(chosen.tags))
    )


def _named(phone: Placed, text: str) -> bool:
    """Whether a text names the phone: `phone/site/name`, `site/name`, `name`, or its MAC."""
    bare = text.removeprefix("phone/")
    digits = "".join(c for c in text.lower() if c not in ":-.")
    return (
        fnmatchcase(phone.name, bare)
        or ("/" not in bare and fnmatchcase(phone.address.key, bare))
        or digits == phone.mac
    )
