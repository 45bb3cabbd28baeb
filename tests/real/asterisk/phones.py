"""Phones and a carrier for tests: real SIP user agents (sipp) that do what the test says.

    with Phone(pbx, "1001", "secret-1") as ada, Phone(pbx, "1002", "secret-2") as ben:
        ada.register()
        ben.register()
        at_ben = ben.expect_call(answer_after_s=0.5)
        call = ada.call("1002")
        call.wait_answered()
        call.hang_up()
        assert at_ben.result().caller == "1001"

Every answer these classes give is taken from SIP messages that were sent or received, every wait
ends by an event or fails at a deadline with the messages seen.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self
from urllib.parse import quote

from tests.real.asterisk.agent import LabTimeoutError, SippAgent
from tests.real.asterisk.fetch import Prefix
from tests.real.asterisk.messages import SipMessage, display_of, user_of
from tests.real.asterisk.ports import PortBlock, pick_address
from tests.real.asterisk.rtp import PACKET_S, Voice
from tests.real.asterisk.scenario import Agent

DEADLINE_S = 60.0
CHALLENGES = (401, 407)

_serial = itertools.count(1)


class Pbx(Protocol):
    """What user agents need of a server; `Asterisk` is one."""

    prefix: Prefix
    ports: PortBlock

    @property
    def sip_address(self) -> tuple[str, int]: ...


@dataclass(frozen=True)
class Behaviour:
    """What to do with a call that comes in. refuse and redirect_to apply at once, without ringing.

    answer_after_s None: ring until the caller gives up.
    hang_up_after_s: seconds after our answer; None leaves that to the test or the other side.
    """

    answer_after_s: float | None = None
    refuse: int | None = None
    redirect_to: str | None = None
    hang_up_after_s: float | None = None


RING = Behaviour()
ANSWER = Behaviour(answer_after_s=0)


@dataclass(frozen=True)
class CallResult:
    """How a call went, for one of its ends.

    code: the final answer to the INVITE (200, 486, 487 after a CANCEL...), 0 if there was none.
    caller, display: number and name in the From header. dialled: the number in the request URI.
    identity: number and name asserted by P-Asserted-Identity or Remote-Party-ID, or "".
    heard: RTP packets received.
    """

    rang: bool
    answered: bool
    cancelled: bool
    code: int
    caller: str
    display: str
    dialled: str
    identity: str
    hung_up_by_us: bool
    heard: int


class Call:
    """One end of one call, outgoing or incoming (perhaps yet to come)."""

    def __init__(self, owner: UserAgent, *, incoming: bool, behaviour: Behaviour = RING) -> None:
        self.owner = owner
        self.incoming = incoming
        self.behaviour = behaviour
        self.call_id = ""
        self.messages: list[SipMessage] = []
        self.voice = Voice(owner.host)
        self._timers: list[threading.Timer] = []
        self._cseq = 100

    # -- facts, from the messages seen so far --

    @property
    def invite(self) -> SipMessage | None:
        """The INVITE that counts: of an outgoing call the last one, with credentials."""
        return next((m for m in self._own_invites(reverse=not self.incoming)), None)

    @property
    def arrived_at(self) -> float:
        """When the INVITE was seen: seconds since the epoch; 0 if it was not."""
        return next((m.at for m in self.messages if m.method == "INVITE"), 0.0)

    @property
    def ended_at(self) -> float:
        """When ringing or talking was over; 0 if it is not."""
        return next((m.at for m in self.messages if self._ends(m)), 0.0)

    @property
    def answered_at(self) -> float:
        return next((m.at for m in self.messages if m.code == 200 and _of_invite(m)), 0.0)

    @property
    def rang(self) -> bool:
        return any(m.code == 180 for m in self.messages)

    @property
    def had_early_media(self) -> bool:
        return any(m.code == 183 for m in self.messages)

    @property
    def answered(self) -> bool:
        return self.answered_at > 0

    @property
    def cancelled(self) -> bool:
        return any(m.method == "CANCEL" for m in self.messages)

    @property
    def code(self) -> int:
        """The final answer to the first INVITE, 0 while there is none."""
        finals = [m.code for m in self.messages if m.code >= 200 and _of_invite(m)]
        if not self.incoming and finals[:1] and finals[0] in CHALLENGES:
            finals = finals[1:]
        return finals[0] if finals else 0

    @property
    def ended(self) -> bool:
        return self.ended_at > 0

    @property
    def refused(self) -> bool:
        """Whether this end said no by itself; a call that was cancelled is answered 487."""
        return any(m.sent and m.code >= 300 and m.code != 487 for m in self.messages)

    def result_so_far(self) -> CallResult:
        """Return how the call went up to now, without waiting."""
        with self.owner.changed:
            invite = self.invite
            sender = invite.header("From") if invite else ""
            asserted = invite and (
                invite.header("P-Asserted-Identity") or invite.header("Remote-Party-ID")
            )
            return CallResult(
                rang=self.rang,
                answered=self.answered,
                cancelled=self.cancelled,
                code=self.code,
                caller=user_of(sender),
                display=display_of(sender),
                dialled=invite.request_user if invite else "",
                identity=asserted or "",
                hung_up_by_us=any(m.method == "BYE" and m.sent for m in self.messages),
                heard=self.voice.heard,
            )

    # -- waiting --

    def wait_arrived(self, deadline_s: float = DEADLINE_S) -> Self:
        return self._wait(lambda: self.arrived_at > 0, "the INVITE", deadline_s)

    def wait_ringing(self, deadline_s: float = DEADLINE_S) -> Self:
        return self._wait(lambda: self.rang, "ringing", deadline_s)

    def wait_answered(self, deadline_s: float = DEADLINE_S) -> Self:
        """Return when the call is up and acknowledged, so that it can be talked in."""
        done = self._is_acknowledged
        return self._wait(done, "an answer", deadline_s)

    def wait_ended(self, deadline_s: float = DEADLINE_S) -> Self:
        return self._wait(lambda: self.ended, "the end", deadline_s)

    def wait_audio(self, packets: int = 5, deadline_s: float = DEADLINE_S) -> Self:
        """Return when that many more RTP packets have been heard."""
        target, end = self.voice.heard + packets, time.monotonic() + deadline_s
        while self.voice.heard < target:
            if time.monotonic() > end:
                raise LabTimeoutError(f"no audio at {self.owner.user}\n{self.owner.ladder()}")
            time.sleep(PACKET_S)
        return self

    def result(self, deadline_s: float = DEADLINE_S) -> CallResult:
        """Wait for the end of the call, then tell how it went."""
        self.wait_ended(deadline_s)
        return self.result_so_far()

    # -- doing --

    def answer(self) -> None:
        """Pick up."""
        self._answer_invite("ANSWER", self._media())

    def refuse(self, code: int = 603) -> None:
        self._answer_invite(f"REFUSE{code}", {})

    def redirect(self, number: str) -> None:
        """Answer 302: the phone forwards by itself. To a number at the PBX, or to a SIP URI."""
        host, port = self.owner.peer
        to = number if number.startswith("sip:") else f"sip:{number}@{host}:{port}"
        self._answer_invite("REDIRECT", {"Redirect": to})

    def cancel(self) -> CallResult:
        """Give up an outgoing call that rings."""
        invite = self._known_invite()
        names = ("Via", "From", "To")
        self._order("CANCEL", {name: invite.header(name) for name in names})
        return self.result()

    def hang_up(self) -> CallResult:
        """End a call that is up; a call which the other side has just ended is fine too."""
        self.wait_answered()
        if not self.ended:
            self._order("BYE", self._dialog("BYE"))
        return self.result()

    def talk(self, seconds: float) -> Self:
        """Let the call go on; audio flows both ways."""
        target = self.voice.said + round(seconds / PACKET_S)
        end = time.monotonic() + seconds + DEADLINE_S
        while self.voice.said < target and not self.ended:
            if time.monotonic() > end:
                raise LabTimeoutError("the voice thread does not run")
            time.sleep(PACKET_S)
        return self

    def press(self, digits: str, *, by: Literal["info", "rtp"] = "info") -> Self:
        """Press keys, by SIP INFO (each is answered before the next) or RFC 4733 events."""
        self.wait_answered()
        for digit in digits:
            if by == "rtp":
                self.voice.press(digit)
                continue
            before = self._count(200, "INFO")
            self._order("DIGIT", {**self._dialog("INFO"), "Digit": digit})
            self._wait(lambda n=before: self._count(200, "INFO") > n, f"200 for {digit}")
        return self

    def hold(self) -> Self:
        """Put the other side on hold."""
        return self._reinvite("sendonly")

    def resume(self) -> Self:
        return self._reinvite("sendrecv")

    def transfer(self, number: str) -> Self:
        """Transfer the other side to a number (blind, by REFER)."""
        self.wait_answered()
        host, port = self.owner.peer
        refer = {**self._dialog("REFER"), "Refer-To": f"<sip:{number}@{host}:{port}>"}
        self._order("REFER", refer)
        return self._wait(lambda: self._count(202, "REFER") > 0, "202 for REFER")

    def transfer_to(self, other: Call) -> Self:
        """Join the other side with that of another call of this phone (attended, with Replaces).

        The other call may still ring.
        """
        self.wait_answered()
        answer = next(m for m in reversed(other.messages) if m.code > 100 and _of_invite(m))
        ours, theirs = answer.header("From"), answer.header("To")
        if other.incoming:
            ours, theirs = theirs, ours
        replaces = f"{other.call_id};to-tag={_tag_of(theirs)};from-tag={_tag_of(ours)}"
        host, port = self.owner.peer
        number = other.result_so_far().dialled
        target = f"<sip:{number}@{host}:{port}?Replaces={quote(replaces, safe='')}>"
        self._order("REFER", {**self._dialog("REFER"), "Refer-To": target})
        return self._wait(lambda: self._count(202, "REFER") > 0, "202 for REFER")

    def forget(self) -> None:
        """Expect this call no longer; does nothing when it has come."""
        with self.owner.changed:
            if self in self.owner.expected:
                self.owner.expected.remove(self)
                self.close()

    # -- what the user agent calls --

    def see(self, message: SipMessage) -> None:
        """Take note of a message and react as a phone does by itself."""
        self.messages.append(message)
        if message.media_address and not message.sent and _of_invite(message):
            self.voice.talk_to(message.media_address)
        if message.sent:
            # An order that reaches sipp before it has done what the last one said is lost, so
            # the clock of the answer starts when 180 is out.
            if message.code == 180:
                self._later(self.behaviour.answer_after_s, self._answer_unless_over)
            elif message.code == 200 and _of_invite(message) and self.incoming:
                self._later(self.behaviour.hang_up_after_s, self._hang_up_unless_ended)
        elif message.code == 200 and _of_invite(message):
            number = message.header("CSeq").split()[0]
            self._order("ACK", self._dialog("ACK", number))
        elif message.code >= 300 and _of_invite(message) and self.answered:
            number = message.header("CSeq").split()[0]
            transaction = {"Via": message.header("Via")}
            self._order("ACKREFUSAL", {**self._dialog("ACK", number), **transaction})
        elif message.method == "INVITE" and len(self.messages) == 1:
            self._behave()
        if self._ends(message):
            for timer in self._timers:
                timer.cancel()
            self.voice.hush()

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self.voice.close()

    # -- inside --

    def _behave(self) -> None:
        wanted = self.behaviour
        if wanted.refuse is not None:
            self.refuse(wanted.refuse)
        elif wanted.redirect_to is not None:
            self.redirect(wanted.redirect_to)
        else:
            self._answer_invite("RING", {})

    def _later(self, seconds: float | None, action: Callable[[], None]) -> None:
        if seconds == 0:
            action()
        elif seconds is not None:
            timer = threading.Timer(seconds, action)
            timer.daemon = True
            self._timers.append(timer)
            timer.start()

    def _answer_unless_over(self) -> None:
        with self.owner.changed:
            if not self.ended and not self.answered:
                self.answer()

    def _hang_up_unless_ended(self) -> None:
        with self.owner.changed:
            if not self.ended:
                self._order("BYE", self._dialog("BYE"))

    def _reinvite(self, direction: str) -> Self:
        """Offer the media anew; try again when both sides do so at once (491, and 500 of pjsip)."""
        self.wait_answered()
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            headers = self._dialog("INVITE")
            self._order("REINVITE", {**headers, **self._media(direction)})
            acknowledged = headers["CSeq"].replace("INVITE", "ACK")
            self._wait(
                lambda wanted=acknowledged: any(m.header("CSeq") == wanted for m in self.messages),
                "the ACK of the re-INVITE",
            )
            if any(m.code == 200 and m.header("CSeq") == headers["CSeq"] for m in self.messages):
                return self
            time.sleep(0.1)
        raise LabTimeoutError(f"{self.owner.user}: no re-INVITE succeeded\n{self.owner.ladder()}")

    def _media(self, direction: str = "sendrecv") -> dict[str, str]:
        return {
            "Media-Port": str(self.voice.port),
            "Direction": direction,
            "Sdp-Version": str(next(_serial)),
        }

    def _answer_invite(self, order: str, headers: Mapping[str, str]) -> None:
        invite = self._known_invite()
        dialog = {"From": invite.header("From"), "To": invite.header("To")}
        self._order(order, {**dialog, **headers})

    def _dialog(self, method: str, cseq: str | None = None) -> dict[str, str]:
        """Return the headers of a request of ours inside the dialog."""
        if cseq is None:
            self._cseq += 1
            cseq = str(self._cseq)
        accepted = next(m for m in self.messages if m.code == 200 and _of_invite(m))
        invite = self._known_invite()
        ours, theirs = accepted.header("From"), accepted.header("To")
        contact = accepted.header("Contact")
        if self.incoming:
            ours, theirs, contact = theirs, ours, invite.header("Contact")
        found = re.search(r"<([^>]+)>", contact)
        target = found[1] if found else contact
        return {"From": ours, "To": theirs, "CSeq": f"{cseq} {method}", "Target": target}

    def _order(self, name: str, headers: Mapping[str, str]) -> None:
        self.owner.agent.order(name, self.call_id, headers)

    def _known_invite(self) -> SipMessage:
        if (invite := self.invite) is None:
            raise LabTimeoutError(f"no call has come to {self.owner.user} yet")
        return invite

    def _own_invites(self, *, reverse: bool) -> list[SipMessage]:
        answer = self.answered_at or float("inf")
        found = [
            m
            for m in self.messages
            if m.method == "INVITE" and m.sent is not self.incoming and m.at <= answer
        ]
        return found[::-1] if reverse else found

    def _is_acknowledged(self) -> bool:
        acknowledged = any(m.method == "ACK" and m.at >= self.answered_at for m in self.messages)
        return self.answered and (acknowledged or self.ended)

    def _count(self, code: int, method: str) -> int:
        return sum(m.code == code and m.cseq_method == method for m in self.messages)

    def _ends(self, message: SipMessage) -> bool:
        if self.answered:
            return message.code >= 200 and message.cseq_method == "BYE"
        return message.code >= 300 and _of_invite(message) and message.code == self.code

    def _wait(
        self, happened: Callable[[], bool], what: str, deadline_s: float = DEADLINE_S
    ) -> Self:
        with self.owner.changed:
            self.owner.changed.wait_for(lambda: happened() or self.ended, deadline_s)
            if not happened():
                why = f"the call ended with {self.code}" if self.ended else f"{deadline_s:g} s"
                raise LabTimeoutError(
                    f"{self.owner.user} waited for {what}: {why}\n{self.owner.ladder()}"
                )
        return self


class UserAgent:
    """A SIP user agent that lives as long as the `with` block; see Phone and Outside.

    calls: every call in and out, in order. by_default: for calls that no expect_call() awaits.
    """

    by_default = RING

    def __init__(
        self,
        pbx: Pbx,
        user: str,
        *,
        password: str = "",
        login: str | None = None,
        name: str = "",
        host: str = "127.0.0.1",
        user_agent: str = "reconciler-lab/1.0",
    ) -> None:
        self.user = user
        self.name = name
        self.peer = pbx.sip_address
        self.host = host
        self._ports = pbx.ports
        self.port = pbx.ports.take(host)
        self._control_port = pbx.ports.take(host)
        who = Agent(user, login or user, password or "none", user_agent, self.peer)
        address = (self.host, self.port)
        self.agent = SippAgent(pbx.prefix, who, address, self._control_port, self._see)
        self.changed = threading.Condition(threading.RLock())
        self.messages: list[SipMessage] = []
        self.calls: list[Call] = []
        self.expected: list[Call] = []

    def __enter__(self) -> Self:
        self.agent.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if value is not None:
            print(f"\n{self.ladder()}")  # noqa: T201
        self.close()

    def close(self) -> None:
        """Unplug: nothing is sent, calls are left hanging."""
        for call in (*self.calls, *self.expected):
            call.close()
        self.agent.close()
        self._ports.give_back(self.port, self._control_port)

    @property
    def uri(self) -> str:
        """The SIP URI at which it listens, without a user part."""
        return f"sip:{self.host}:{self.port}"

    @property
    def received(self) -> list[Call]:
        """The calls that came in, in order: all that have, by what others know of them."""
        self.agent.catch_up()
        with self.changed:
            return [c for c in self.calls if c.incoming]

    def expect_call(
        self,
        *,
        answer_after_s: float | None = None,
        refuse: int | None = None,
        redirect_to: str | None = None,
        hang_up_after_s: float | None = None,
    ) -> Call:
        """Say what to do with the next call that comes in; return that call, yet to come.

        With no argument it rings until the caller gives up. Calls expected in a row come in order.
        """
        behaviour = Behaviour(answer_after_s, refuse, redirect_to, hang_up_after_s)
        call = Call(self, incoming=True, behaviour=behaviour)
        with self.changed:
            self.expected.append(call)
        return call

    def answer(self, after_s: float = 0) -> Call:
        """Answer the next call."""
        return self.expect_call(answer_after_s=after_s)

    def ring_until_cancelled(self) -> Call:
        """Let the next call ring."""
        return self.expect_call()

    def busy(self) -> Call:
        """Refuse the next call with 486."""
        return self.expect_call(refuse=486)

    def decline(self) -> Call:
        """Refuse the next call with 603."""
        return self.expect_call(refuse=603)

    def rest(self) -> None:
        """Expect nothing any more, and treat calls as at first: after a test that failed, too."""
        with self.changed:
            for call in self.expected:
                call.close()
            self.expected.clear()
            self.by_default = type(self).by_default

    def requests(self, method: str) -> list[SipMessage]:
        """Return the requests of a method received so far, in a call or not."""
        with self.changed:
            return [m for m in self.messages if m.method == method and not m.sent]

    def wait_request(
        self, method: str, *, count: int = 1, deadline_s: float = DEADLINE_S
    ) -> list[SipMessage]:
        """Return the requests of a method when there are `count` of them; NOTIFY for one."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.requests(method)) >= count, deadline_s):
                raise LabTimeoutError(f"{self.user} got no {method}\n{self.ladder()}")
            return self.requests(method)

    def ladder(self) -> str:
        """Return what was sent and received, for people who read a failure."""
        with self.changed:
            lines = [f"messages of {self.user} at {self.host}:{self.port}:"]
            lines += [f"  {message}" for message in self.messages]
            return "\n".join([*lines, self.agent.problems()]).rstrip()

    def place_call(self, number: str, caller: str) -> Call:
        """Send an INVITE with that From header (without a tag)."""
        call = Call(self, incoming=False)
        call.call_id = f"call-{next(_serial)}-{self.port}"
        with self.changed:
            self.calls.append(call)
        headers = {"Callee": number, "Caller": caller, **call._media()}
        self.agent.order("CALL", call.call_id, headers)
        return call

    def _see(self, message: SipMessage) -> None:
        with self.changed:
            self.messages.append(message)
            if (call := self._call_of(message)) is not None:
                call.see(message)
            elif message.method == "REGISTER" and not message.sent:
                self._decide_registration(message)
            self.changed.notify_all()

    def _call_of(self, message: SipMessage) -> Call | None:
        for call in self.calls:
            if call.call_id == message.call_id:
                return call
        if message.method != "INVITE" or message.sent:
            return None
        if self.expected:
            call = self.expected.pop(0)
        else:
            call = Call(self, incoming=True, behaviour=self.by_default)
        call.call_id = message.call_id
        self.calls.append(call)
        return call

    def _decide_registration(self, request: SipMessage) -> None:
        self.agent.order("REFUSE403", request.call_id, _answer_headers(request))


class Phone(UserAgent):
    """A desk phone of the PBX."""

    def __init__(
        self,
        pbx: Pbx,
        number: str,
        password: str,
        *,
        name: str = "",
        login: str | None = None,
        user_agent: str = "reconciler-lab/1.0",
    ) -> None:
        super().__init__(
            pbx, number, password=password, login=login, name=name, user_agent=user_agent
        )

    def register(self, expires_s: int = 600) -> None:
        """Register, and fail unless the PBX accepts."""
        if (code := self.try_register(expires_s)) != 200:
            raise LabTimeoutError(f"{self.user}: REGISTER answered {code}\n{self.ladder()}")

    def unregister(self) -> None:
        """Take the registration back."""
        self.register(expires_s=0)

    def try_register(self, expires_s: int = 600) -> int:
        """Register and return the code of the final answer: 200, or 401 for a wrong password."""
        call_id = f"register-{next(_serial)}-{self.port}"

        def codes() -> list[int]:
            return [m.code for m in self.messages if m.call_id == call_id and m.code]

        def final() -> bool:
            return any(c not in (100, *CHALLENGES) for c in codes()) or len(codes()) > 1

        self.agent.order("REGISTER", call_id, {"Expires": str(expires_s)})
        with self.changed:
            if not self.changed.wait_for(final, DEADLINE_S):
                raise LabTimeoutError(f"{self.user}: REGISTER unanswered\n{self.ladder()}")
            return codes()[-1]

    def call(self, number: str) -> Call:
        """Dial a number; the call goes on in the background."""
        shown = f'"{self.name}" ' if self.name else ""
        return self.place_call(number, f"{shown}<sip:{self.user}@{self.peer[0]}>")


class Outside(UserAgent):
    """The carrier at the far end of a trunk, on a loopback address of its own.

    Point the trunk's contact at `uri`, and identify it by `host`. It answers every call unless
    told otherwise. `login` and `password` are what a trunk that registers must know: a wrong one
    is refused (403), or asked for again (401).
    """

    by_default = ANSWER

    def __init__(
        self,
        pbx: Pbx,
        *,
        name: str = "carrier",
        host: str | None = None,
        login: str = "",
        password: str = "",
        asks_again: bool = False,
    ) -> None:
        super().__init__(pbx, name, host=host or pick_address())
        self._login = (login, password)
        self._asks_again = asks_again
        self.registrations: list[SipMessage] = []

    def call(self, number: str, *, from_number: str, from_name: str = "") -> Call:
        """Deliver a call for `number` (a DID) to the PBX."""
        shown = f'"{from_name}" ' if from_name else ""
        return self.place_call(number, f"{shown}<sip:{from_number}@{self.host}>")

    def refuse_all(self, code: int = 503) -> None:
        """Refuse calls from now on: an outage that is polite."""
        self.by_default = Behaviour(refuse=code)

    def answer_all(self) -> None:
        """Answer calls from now on."""
        self.by_default = ANSWER

    def down(self) -> None:
        """Vanish: nothing listens at the address any more."""
        self.agent.kill()

    def up(self) -> None:
        """Come back after down()."""
        self.agent.start()

    def dialled_numbers(self) -> list[str]:
        """Return the numbers of the calls that came in, in order."""
        return [call.result_so_far().dialled for call in self.received]

    def _decide_registration(self, request: SipMessage) -> None:
        headers = _answer_headers(request)
        login, password = self._login
        given = request.header("Authorization")
        is_wrong = bool(login) and not _digest_is_right(given, login, password, "REGISTER")
        if is_wrong and (self._asks_again or not given):
            headers["Challenge"] = f'Digest realm="carrier", nonce="{time.time_ns():x}"'
            self.agent.order("CHALLENGE", request.call_id, headers)
        elif is_wrong:
            self.agent.order("REFUSE403", request.call_id, headers)
        else:
            self.registrations.append(request)
            wanted = {"Contact": request.header("Contact"), "Expires": request.header("Expires")}
            self.agent.order("ACCEPT", request.call_id, {**headers, **wanted})


def rang_order(*agents: UserAgent) -> list[str]:
    """Return who was rung, in the order of the INVITEs, over all calls: a hunt's order.

    A phone appears as often as it was rung.
    """
    calls = [call for agent in agents for call in agent.received]
    return [call.owner.user for call in sorted(calls, key=lambda c: c.arrived_at)]


def rang_together(calls: Sequence[Call], overlap_s: float = 0.05) -> bool:
    """Whether all these calls rang at the same time: ring all, not hunting.

    When a hunt moves on, the CANCEL to one phone and the INVITE to the next leave together, and the
    two phones may note them in any order: so only a real overlap counts.
    """
    last_start = max(call.arrived_at or float("inf") for call in calls)
    first_end = min(_stopped_ringing_at(call) for call in calls)
    return last_start + overlap_s < first_end


def _stopped_ringing_at(call: Call) -> float:
    over = [m.at for m in call.messages if m.method == "CANCEL"]
    over += [at for at in (call.answered_at, call.ended_at) if at]
    return min(over, default=float("inf"))


def _tag_of(header: str) -> str:
    found = re.search(r";tag=([^;>\s]+)", header)
    assert found is not None, header
    return found[1]


def _of_invite(message: SipMessage) -> bool:
    return message.cseq_method == "INVITE"


def _answer_headers(request: SipMessage) -> dict[str, str]:
    return {name: request.header(name) for name in ("From", "To")}


def _digest_is_right(given: str, login: str, password: str, method: str) -> bool:
    """Check a digest answer without qop (RFC 2617 section 3.2.2.1)."""
    fields = dict(re.findall(r'(\w+)="?([^",]*)"?', given))
    if fields.get("username") != login:
        return False

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    secret = md5(f"{login}:{fields.get('realm')}:{password}")
    request = md5(f"{method}:{fields.get('uri')}")
    return fields.get("response") == md5(f"{secret}:{fields.get('nonce')}:{request}")
