"""Where a device stands: in its life, and in fetching what it is given. Times ISO 8601 in UTC."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from reconciler.model.address import Address

Lifecycle: TypeAlias = Literal[
    "discovered", "onboarding", "managed", "maintenance", "firmware_updating", "decommissioned"
]

ProvisionStatus: TypeAlias = Literal["pending", "generated", "pushed", "applied", "failed", "stale"]
"""pending: there is nothing for it yet; generated: there are files, and it has not come for them;
pushed: it was given them; applied: it was seen to use them; failed: it could not be given them;
stale: it has an older version."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One device. Empty texts are not known.

    `published_at`: when its files last changed; `fetched_at`: since when it has what it has;
    `last_seen`, `source`, `model`, `firmware`: its last visit; `proved_at`: when it was last seen
    to use what it was given. `lifecycle` is the state that it has reached, since `since`.
    """

    address: Address
    lifecycle: Lifecycle
    since: str
    status: ProvisionStatus
    vendor: str = ""
    model: str = ""
    mac: str = ""
    published_at: str = ""
    fetched_at: str = ""
    last_seen: str = ""
    source: str = ""
    seen_model: str = ""
    firmware: str = ""
    proved_at: str = ""
    failure: str = ""
