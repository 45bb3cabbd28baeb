"""Which vendors' phones can be talked to: one line for each folder that has a DEVICE."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from reconciler.device import DeviceVendor

_FOLDERS: Final = ("grandstream", "polycom", "yealink")
"""Vendors with a client of their own, in the order in which an unknown phone is asked."""


class _Devices(Mapping[str, "DeviceVendor"]):
    """Clients by vendor; others are reached through their PBX. Reading one imports it."""

    def __getitem__(self, name: str) -> "DeviceVendor":
        if name in _FOLDERS:
            found: DeviceVendor = import_module(f"reconciler.adapters.{name}").DEVICE
            return found
        from reconciler.adapters.generic.live import SipPhones

        return SipPhones(name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)

    def __iter__(self) -> Iterator[str]:
        return iter(_FOLDERS)

    def __len__(self) -> int:
        return len(_FOLDERS)


DEVICES: Final[Mapping[str, "DeviceVendor"]] = _Devices()
"""The client of every vendor, by name; iterating gives those with a client of their own."""
