"""The vendors, by name."""

from typing import Final

from reconciler.lab.phones.device import Vendor
from reconciler.lab.phones.grandstream.make import Grandstream
from reconciler.lab.phones.make import Make
from reconciler.lab.phones.others.make import Cisco, Fanvil, Snom
from reconciler.lab.phones.polycom.make import Polycom
from reconciler.lab.phones.yealink.make import Yealink

MAKES: Final[dict[Vendor, Make]] = {
    "grandstream": Grandstream(), "yealink": Yealink(), "polycom": Polycom(), "snom": Snom(),
    "fanvil": Fanvil(), "cisco": Cisco(),
}  # fmt: skip
