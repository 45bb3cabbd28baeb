"""The calls that go through the lab's PBX, as its messages tell of them. Pure but time."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from reconciler.lab.phones.sip.message import Message, parameter, uri_in

_CHALLENGES = (401, 407)


@dataclass(frozen=True, slots=True)
class Talk:
    """A call: who called whom, since when it has been asked for, and whether it was answered."""

    caller: str
    callee: str
    since: float
    is_up: bool = False


@dataclass
class Calls:
    """Calls by their Call-ID. `now` gives seconds."""

    now: Callable[[], float]
    talks: dict[str, Talk] = field(default_factory=dict)

    def note_request(self, request: Message) -> None:
        """Take note of a request on its way."""
        call = request.get("call-id")
        if request.method == "INVITE" and not parameter(request.get("to"), "tag"):
            caller, callee = uri_in(request.get("from")).user, uri_in(request.get("to")).user
            self.talks.setdefault(call, Talk(caller, callee, self.now()))
        elif request.method in ("BYE", "CANCEL"):
            self.talks.pop(call, None)

    def note_answer(self, answer: Message) -> None:
        """Take note of an answer on its way back."""
        call = answer.get("call-id")
        if not answer.get("cseq").endswith(" INVITE") or call not in self.talks:
            return
        if 200 <= answer.status < 300:
            self.talks[call] = replace(self.talks[call], is_up=True)
        elif answer.status >= 300 and answer.status not in _CHALLENGES:
            del self.talks[call]
