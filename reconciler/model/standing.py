"""Where a device stands: in its life, and in fetching what it is given. Times ISO 8601 in UTC."""

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

from reconciler.model.address import Address
from reconciler.model.value import EMPTY

Lifecycle: TypeAlias = Literal[
    "discovered", "onboarding", "managed", "maintenance", "firmware_updating", "decommissioned"
]

ProvisionStatus: TypeAlias = Literal["pending", "generated", "pushed", "applied", "failed", "stale"]
"""pending: there is nothing for it yet; generated: there are files, and it has not come for them;
pushed: it was given them; applied: it was seen to use them; failed: it could not be given them;
stale: it has an older version."""


AttemptState: TypeAlias = Literal["", "held", "differs", "in_doubt", "off", "locked", "refused"]
"""held: it has what it shall have; differs: it took that and has other values; in_doubt: the line
broke while it was written to; off: nobody answers there; locked, refused: it does not let us in."""


class Attempt(NamedTuple):
    """What we saw when we last talked to a phone over its own interface. Times ISO 8601 in UTC.

    `since`: when it was first found so; `why` in words; `fields` are the parameters concerned, each
    with what it carries out. `passwords` says which ones its lines had when it was last seen to use
    all that it was given (`planning.delivery.passwords_of`).
    """

    state: AttemptState = ""
    at: str = ""
    since: str = ""
    why: str = ""
    fields: Mapping[str, str] = EMPTY
    passwords: str = ""


class Sighting(NamedTuple):
    """A phone that was talked to: when, where it is, and what it says that it is."""

    at: str
    source: str = ""
    model: str = ""
    firmware: str = ""


class Standing(NamedTuple):
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
    attempt: Attempt = Attempt()
