"""Names and numbers: what people call things by, and the ids that FreePBX gives them. Pure.

IVRs, announcements, trunks, time conditions and routes are numbered by FreePBX. People know them
by the one text that FreePBX shows for them, and so do we: the key is that text where it can be a
key, and made of it where it cannot ("Main menu" is `main-menu`). Of two that would have the same
key, the one with the lower id has it; the other's ends in its id.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

T = TypeVar("T")
OUTSIDE: Final = "misc_destination"
"""Their page's name; they are no kind, but how destinations outside are held."""
RECORDINGS: Final = "recordings"
_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


class UnknownName(Exception):  # an answer, not a failure of the world
    """There is nothing of that name on the PBX."""


class Unlisted(Exception):
    """Things of a kind cannot be listed with the credentials that we have."""


class NotAsked(Exception):
    """What is needed to tell or write something was not asked for yet; `what` names it."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, slots=True)
class Names:
    """Keys by id and ids by key, of each kind that FreePBX numbers; and other lists.

    What was not asked for is None; who looks into it raises NotAsked. `unlisted` are kinds that
    could not be listed.
    """

    keys: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    files: Mapping[str, str] | None = None
    """Files by recording id."""
    played: Mapping[str, str] | None = None
    """Recording id by key of announcement."""
    numbers: frozenset[str] | None = None
    boxed: frozenset[str] | None = None
    dialled: Mapping[str, str] | None = None
    """Numbers that misc destinations dial, by their ids."""
    unlisted: frozenset[str] = frozenset()
    zone: str | None = None
    """The PBX's own time zone, which FreePBX calls `default`."""

    @property
    def extensions(self) -> frozenset[str]:
        """The PBX's own extensions: every other number in a list of members is one outside."""
        return _asked(self.numbers, "extension")

    @property
    def boxes(self) -> frozenset[str]:
        """Extensions that have a voicemail box."""
        return _asked(self.boxed, "extension")

    @property
    def outside(self) -> Mapping[str, str]:
        """Numbers that misc destinations dial, by their ids."""
        return _asked(self.dialled, OUTSIDE)

    @property
    def recordings(self) -> Mapping[str, str]:
        """Files by recording id."""
        return _asked(self.files, RECORDINGS)

    def of(self, kind: str) -> Mapping[str, str]:
        """Return the keys of a kind's objects by id. Raises Unlisted."""
        if kind in self.unlisted:
            raise Unlisted(f"{kind} objects can only be listed with web credentials")
        return _asked(self.keys.get(kind), kind)

    def key(self, kind: str, identity: str) -> str:
        """Return the key of an id. Raises Unlisted or UnknownName."""
        found = self.of(kind).get(identity)
        if found is None:
            raise UnknownName(f"there is no {kind} with the id {identity}")
        return found

    def id(self, kind: str, key: str) -> str:
        """Return the id of a key. Raises Unlisted or UnknownName."""
        for identity, known in self.of(kind).items():
            if known == key:
                return identity
        raise UnknownName(f"there is no {kind} {key} on the PBX")

    def outside_id(self, number: str) -> str:
        """Return the id of the oldest misc destination that dials a number. Raises UnknownName."""
        found = [identity for identity, known in self.outside.items() if known == number]
        if not found:
            raise UnknownName(f"there is no misc destination that dials {number}")
        return min(found, key=lambda each: (_number(each), each))

    def announcement_of(self, recording: str) -> str | None:
        """Return the key of the first announcement that plays a recording, None if none does."""
        played = _asked(self.played, "announcement")
        found = [key for key, each in played.items() if each == recording]
        return min(found) if found else None

    def recording_of(self, announcement: str) -> str:
        """Return the recording id that an announcement plays. Raises UnknownName."""
        found = _asked(self.played, "announcement").get(announcement)
        if not found:
            raise UnknownName(f"there is no announcement {announcement} with a recording")
        return found

    def file_id(self, file: str) -> str:
        """Return the recording id of a file. Raises UnknownName."""
        for identity, known in self.recordings.items():
            if file in (known, f"custom/{known}"):
                return identity
        raise UnknownName(
            f"there is no system recording {file} on the PBX; FreePBX plays what stands under "
            "Admin > System Recordings"
        )


def _asked(found: T | None, what: str) -> T:
    if found is None:
        raise NotAsked(what)
    return found


def key_of(text: str) -> str:
    """Return the key that a name of FreePBX's makes; "" if nothing of it can stand in a key."""
    if _KEY.fullmatch(text):
        return text
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^A-Za-z0-9._]+", "-", plain).strip("-._").lower()
    return slug[:63].rstrip("-._")


def keys_of(kind: str, texts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return keys by id, from pairs of id and FreePBX's text. Order does not matter."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for identity, text in sorted(texts, key=lambda pair: (_number(pair[0]), pair[0])):
        key = key_of(text) or kind
        if key in taken:
            key = f"{key[:56]}-{identity}"
        taken.add(key)
        found[identity] = key
    return found


def _number(identity: str) -> int:
    return int(identity) if identity.isdigit() else 0
