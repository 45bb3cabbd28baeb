"""Who watches whom: subscriptions to the state of extensions, and what they are told (RFC 4235).

Pure but time.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from reconciler.lab.pbx.calls import Talk
from reconciler.lab.phones.hosts import Place
from reconciler.lab.phones.sip.message import Message, Uri, respond, uri_in

LONGEST_S: Final = 3600


@dataclass(slots=True)
class Watcher:
    """One subscription, from the answer that took it on."""

    user: str
    contact: Uri
    ours: str
    theirs: str
    call_id: str
    until: float
    version: int = 0
    told: str = ""


@dataclass
class Watchers:
    """Subscriptions by Call-ID. `now` gives seconds."""

    now: Callable[[], float]
    found: dict[str, Watcher] = field(default_factory=dict)

    def take(self, request: Message, of: Place) -> Message:
        """Answer a SUBSCRIBE for event `dialog` that may be taken; 489 for others."""
        if request.get("event").split(";")[0].strip().lower() != "dialog":
            return respond(request, 489, ("allow-events", "dialog"), tag="lab", peer=of)
        asked = request.get("expires")
        seconds = min(int(asked) if asked.isdigit() else LONGEST_S, LONGEST_S)
        old = self.found.get(request.get("call-id"))
        tag = secrets.token_hex(4)
        answer = respond(request, 200, ("expires", str(seconds)), tag=tag, peer=of)
        call_id = request.get("call-id")
        self.found[call_id] = Watcher(
            uri_in(request.target).user, uri_in(request.get("contact")), answer.get("to"),
            request.get("from"), call_id, self.now() + seconds, old.version if old else 0,
        )  # fmt: skip
        if seconds == 0:
            del self.found[call_id]
        return answer

    def due(self, talks: Iterable[Talk]) -> Iterator[tuple[Watcher, str]]:
        """Return who has to be told something new, and what: the state of the extension."""
        states = _states(talks)
        for call_id, each in list(self.found.items()):
            if each.until <= self.now():
                del self.found[call_id]
                continue
            state = states.get(each.user, "terminated")
            if state != each.told:
                each.told = state
                each.version += 1
                yield each, state


def _states(talks: Iterable[Talk]) -> dict[str, str]:
    """Return what extensions do; one that talks and rings is told to talk."""
    found: dict[str, str] = {}
    for talk in talks:
        for user, early in ((talk.caller, "proceeding"), (talk.callee, "early")):
            if found.get(user) != "confirmed":
                found[user] = "confirmed" if talk.is_up else early
    return found


def body_of(watcher: Watcher, state: str, host: str) -> bytes:
    """Return what a NOTIFY says of an extension."""
    dialog = f'<dialog id="{watcher.user}"><state>{state}</state></dialog>'
    return (
        '<?xml version="1.0"?><dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" '
        f'version="{watcher.version - 1}" state="full" entity="sip:{watcher.user}@{host}">'
        f"{dialog}</dialog-info>"
    ).encode()
