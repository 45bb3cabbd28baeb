"""What is published, and what is known of its fetching. Times are ISO 8601 in UTC, with ms.

Pure. Contents are bytes with secrets in clear: they never print.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from reconciler.model.address import Address
from reconciler.model.standing import Attempt, ProvisionStatus


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file on its way into the store.

    `digest` names the rendering (the planner compares it), `masked` is the text with secrets
    masked, for differences; empty where nobody needs one.
    """

    name: str
    media_type: str
    content: bytes = field(repr=False)
    digest: str = ""
    masked: str = field(default="", repr=False)


class Access(NamedTuple):
    """What a device can show to get its files, in clear; empty for what it has not.

    `token` stands in its address (a softphone's device key is one), user name and password answer
    a challenge.
    """

    token: str = ""
    username: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return "Access(***)"


@dataclass(frozen=True, slots=True)
class Publication:
    """Everything that one owner is given, replaced as a whole: a phone, a softphone, a site.

    `shared` files are for every device of the site (`y000000000028.cfg`); `mac` is 12 lower-case
    hex digits, None for what has none. Of a disabled owner nothing is served. `uses` names the
    site's shared files that it is told of. `access` is what it shows; a token that was published
    before counts until the new one has been used. `facts` are what else a server may want to
    know (no secrets); `record` is the publisher's own, kept encrypted and given to nobody else.
    """

    owner: Address
    site: str
    files: tuple[PublishedFile, ...]
    mac: str | None = None
    vendor: str = ""
    model: str = ""
    enabled: bool = True
    shared: bool = False
    subnets: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    record: bytes = field(default=b"", repr=False)
    access: Access = Access()


class FileRow(NamedTuple):
    """A published file without its bytes. `intact` is False when the row was edited by others.

    `etag` is a keyed digest of the bytes, 32 hex digits; `size` is in bytes.
    """

    owner: Address
    name: str
    media_type: str
    digest: str
    etag: str
    size: int
    published_at: str
    seal: str
    intact: bool = True


@dataclass(frozen=True, slots=True)
class Owner:
    """What the store holds of one owner; `files` by name. `run` published it last.

    `seal` changes with every publication; `intact` is False when the row was edited by others.
    """

    address: Address
    site: str
    mac: str | None
    vendor: str
    model: str
    enabled: bool
    shared: bool
    subnets: tuple[str, ...]
    uses: tuple[str, ...]
    facts: Mapping[str, str]
    files: Mapping[str, FileRow]
    published_at: str
    run: int | None
    seal: str
    intact: bool = True


class Moment(NamedTuple):
    """Which store it is, by when it was made, and the numbers of its last changes."""

    created: str = ""
    revision: int = -1
    admissions: int = -1


@dataclass(frozen=True, slots=True)
class News:
    """What has changed since somebody looked: all of it the first time. `access` is in clear."""

    owners: tuple[Owner, ...]
    access: Mapping[Address, Access] = field(repr=False)
    gone: frozenset[Address]


class Served(NamedTuple):
    """A file as it is sent, decrypted."""

    name: str
    media_type: str
    etag: str
    content: bytes

    def __repr__(self) -> str:
        return f"Served({self.name!r}, {len(self.content)} bytes)"


class Fetch(NamedTuple):
    """A device has been given a file (or told that its copy is current).

    `owner` is the device, also where the file is shared. `source` is the peer's address; model,
    firmware and user agent are empty when the device did not say them.
    """

    owner: Address
    name: str
    etag: str
    at: str
    source: str
    model: str = ""
    firmware: str = ""
    user_agent: str = ""


class KeyUse(NamedTuple):
    """A device has shown a signature that was made with the signing key of this name."""

    owner: Address
    key_id: str
    last_used: str


class Fetched(NamedTuple):
    """Which content of a file a device has, and since when (not when it last asked)."""

    name: str
    etag: str
    at: str


class Seen(NamedTuple):
    """What is known of a device itself. Empty texts are not known.

    `proved_at`: when the device was last seen to use what it was given (registration, read-back).
    """

    last_seen: str = ""
    source: str = ""
    model: str = ""
    firmware: str = ""
    user_agent: str = ""
    proved_at: str = ""
    failed_at: str = ""
    failure: str = ""


_NEVER: Final = Attempt()


@dataclass(frozen=True, slots=True)
class Status:
    """One owner's provisioning: what is published, what was fetched, who was seen."""

    owner: Owner
    seen: Seen
    fetched: Mapping[str, Fetched]
    attempt: Attempt = Attempt()

    @property
    def status(self) -> ProvisionStatus:
        """How far the device is, as far as it is proved."""
        return status_of(self.owner, self.seen, self.fetched, self.attempt)

    @property
    def failure(self) -> str:
        """Why it failed; empty when it did not."""
        if self.status != "failed":
            return ""
        return self.attempt.why if self.attempt.state == "differs" else self.seen.failure


def status_of(
    owner: Owner, seen: Seen, fetched: Mapping[str, Fetched], attempt: Attempt = _NEVER
) -> ProvisionStatus:
    """Return how far a device is. Only its own files count: shared ones are many devices'.

    A file that was published after the device's last visit, and a newer one than it was given,
    make it stale; one that its model never asks for does not.
    """
    if not owner.files:
        return "pending"
    if seen.failed_at and seen.failed_at >= max(seen.last_seen, owner.published_at):
        return "failed"
    own = {name: fetched[name] for name in owner.files if name in fetched}
    newest = max(
        (*(each.published_at for each in owner.files.values()), *(each.at for each in own.values()))
    )
    if attempt.state == "differs" and attempt.at >= newest:
        return "failed"
    if any(given.etag != owner.files[name].etag for name, given in own.items()):
        return "stale"
    if not own:
        return "generated"
    new = [file for name, file in owner.files.items() if name not in own]
    if any(file.published_at > seen.last_seen for file in new):
        return "stale"
    return "applied" if seen.proved_at >= max(each.at for each in own.values()) else "pushed"
