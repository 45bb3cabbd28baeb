"""A call to a user with several phones: all ring, one answers, the others stop (RFC 3261, 16.7).

Pure: it says what is to be sent.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from reconciler.lab.phones.hosts import Place
from reconciler.lab.phones.sip.message import Message

_KEPT: Final = 1000
"""How many calls are remembered after their end: answers may come again."""


class Sending(NamedTuple):
    """A message and where it goes."""

    message: Message
    to: Place


class Outcome(NamedTuple):
    """What an answer leads to: what goes back to the caller, and what to phones."""

    forward: Message | None
    send: tuple[Sending, ...] = ()


@dataclass
class Fork:
    """One call that rings at several phones, by the branches under which it was sent."""

    legs: dict[str, Sending]
    open: set[str]
    up: bool = False
    stopped: bool = False
    best: Message | None = None


@dataclass
class Forks:
    """Forked calls by the caller's branch, and by each of ours."""

    _calls: OrderedDict[str, Fork] = field(default_factory=OrderedDict)
    _legs: dict[str, Fork] = field(default_factory=dict)

    def begin(self, branch: str, legs: dict[str, Sending]) -> tuple[Sending, ...]:
        """Send an INVITE with the caller's branch to several phones; again if it comes again."""
        fork = self._calls.get(branch)
        if fork is None:
            fork = self._calls[branch] = Fork(legs, set(legs))
            self._legs.update(dict.fromkeys(legs, fork))
            if len(self._calls) > _KEPT:
                _, oldest = self._calls.popitem(last=False)
                for each in oldest.legs:
                    del self._legs[each]
        return tuple(fork.legs[each] for each in fork.open)

    def knows(self, branch: str) -> bool:
        """Tell whether a caller's request belongs to a forked call."""
        return branch in self._calls

    def cancel(self, branch: str) -> tuple[Sending, ...]:
        """The caller has given up: stop ringing."""
        fork = self._calls[branch]
        return () if fork.up else tuple(_stopped(fork))

    def answered(self, answer: Message) -> Outcome | None:
        """Take an answer to one of our INVITEs; None if it belongs to no forked call."""
        fork = self._legs.get(answer.branch)
        if fork is None or answer.method != "INVITE":
            return None
        if answer.status < 200:
            return Outcome(answer if answer.status > 100 and not fork.up else None)
        fork.open.discard(answer.branch)
        if answer.status < 300:
            was_up, fork.up = fork.up, True
            return Outcome(None if was_up else answer, tuple(_stopped(fork)))
        done = (_acknowledged(fork.legs[answer.branch], answer),)
        if fork.best is None or answer.status < fork.best.status:
            fork.best = answer
        return Outcome(fork.best if not fork.open and not fork.up else None, done)


def _stopped(fork: Fork) -> Iterator[Sending]:
    """Cancel where it still rings, once."""
    if not fork.stopped:
        fork.stopped = True
        for each in sorted(fork.open):
            yield _with_method(fork.legs[each], "CANCEL")


def _with_method(leg: Sending, method: str) -> Sending:
    """Return a CANCEL or an ACK of an INVITE: under the same branch."""
    invite, target = leg.message, leg.message.target
    kept = [("via", invite.get("via"))]
    kept += [(name, invite.get(name)) for name in ("from", "to", "call-id", "max-forwards")]
    kept.append(("cseq", f"{invite.sequence} {method}"))
    return Sending(Message(f"{method} {target} SIP/2.0", tuple(kept)), leg.to)


def _acknowledged(leg: Sending, answer: Message) -> Sending:
    ack, to = _with_method(leg, "ACK")
    headers = tuple((k, answer.get("to") if k == "to" else v) for k, v in ack.headers)
    return Sending(Message(ack.start, headers), to)
