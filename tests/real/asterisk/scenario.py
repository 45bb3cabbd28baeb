"""The sipp scenario of one SIP user agent, as a small state machine that takes orders.

A plain sipp scenario is a fixed script with pauses. A phone in a test has to do what the test says,
when it says so: ring, answer, hold the line while an apply runs, press a key. So this scenario
waits in *states*; in each it accepts real SIP from the PBX and *orders* from the test, which are
requests with made-up methods (ORDER-CALL, ORDER-ANSWER...) sent to the same UDP port under the
Call-ID they are about. sipp matches requests by their method's text and by Call-ID, so it needs no
change for that. An order carries the headers which the next message needs (`[last_From:]` and so on
copy them), so the dialog's state is kept in one place, `phones.py`.

Facts about sipp 3.8 that shape this (all seen):
- It takes a response only when a request of that CSeq method was sent *earlier in the file*.
- Nothing else is sent while a retransmission is pending, and what stops one depends on places in
  the file. Loopback loses nothing, so only a call's or registration's first request has it.
- It wants From, To and CSeq in any request, or else calls it unexpected.
- A response goes to where the request with the same top Via branch came from. So an order has a
  branch of its own, and answers to the PBX use the Via kept from the PBX's request.
- A call's requests go to where its first message came from; for a call begun by an order,
  `setdest` turns it towards the PBX. (-rsa would do it too, but from a second, random port.)
- A status line cannot hold a keyword, so every refusal is spelled out.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

ORDER = "ORDER"
PROVISIONAL = (100, 180, 181, 182, 183)
# Every final answer a PBX gives to an INVITE, apart from 200 and the two challenges.
# fmt: off
REFUSALS = (
    302, 400, 403, 404, 405, 406, 408, 410, 415, 420, 423, 480, 481, 482, 483, 484, 485, 486, 487,
    488, 489, 491, 500, 501, 502, 503, 504, 580, 600, 603, 604, 606,
)
# fmt: on
# What a user agent may be told to refuse with: sipp wants every status line spelled out.
REASONS = {
    403: "Forbidden",
    404: "Not Found",
    408: "Request Timeout",
    410: "Gone",
    480: "Temporarily Unavailable",
    483: "Too Many Hops",
    484: "Address Incomplete",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    500: "Server Internal Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Server Time-out",
    600: "Busy Everywhere",
    603: "Decline",
    604: "Does Not Exist Anywhere",
    606: "Not Acceptable",
    607: "Unwanted",
}
# Requests that only want to hear 200.
COURTESIES = ("OPTIONS", "NOTIFY", "MESSAGE", "INFO", "UPDATE", "SUBSCRIBE", "PUBLISH")

SDP = """\
v=0
o=agent 1 [$sdp_version] IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [$media_port] RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=[$direction]
"""
NO_BODY = "Content-Length: 0\n"
WITH_SDP = "Content-Type: application/sdp\nContent-Length: [len]\n\n" + SDP

ECHOED = "[last_Via:]\n[last_From:]\n[last_To:]{tag}\n[last_Call-ID:]\n{cseq}\n"
IN_DIALOG = ECHOED.format(tag="", cseq="[last_CSeq:]")
OWN_TAG = ECHOED.format(tag=";tag=[pid]-[call_number]", cseq="[last_CSeq:]")
# Answers given on order: Via and CSeq are those of the PBX's request, not of the order.
LATE = "Via: [$via]\n[last_From:]\n[last_To:];tag=[pid]-[call_number]\n[last_Call-ID:]\n"
LATE_INVITE = LATE + "CSeq: [$cseq] INVITE\n"
LATE_REGISTER = LATE + "CSeq: [$cseq] REGISTER\n"
CONTACT = "Contact: <sip:{user}@[local_ip]:[local_port]>\n"
VIA = "Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch];rport\nMax-Forwards: 70\n"


@dataclass(frozen=True)
class Agent:
    """Who the user agent is, and whom it speaks to."""

    user: str  # user part of its contact
    login: str
    password: str
    user_agent: str  # name and firmware
    peer: tuple[str, int]  # the PBX's address


def build_scenario(agent: Agent) -> str:
    """Return the scenario as XML."""
    states = [*_idle(agent), *_register(agent), *_registrar(), *_call(agent), *_ring(agent)]
    states += [*_talk(agent), *_ends()]
    body = "\n".join(states)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="agent">\n{body}\n</scenario>\n'


# -- states ------------------------------------------------------------------------------------


def _idle(agent: Agent) -> list[str]:
    """Take the first message of a Call-ID."""
    to_pbx = f'<setdest host="{agent.peer[0]}" port="{agent.peer[1]}" protocol="udp"/>'
    placing = [to_pbx, _grab("callee", "Callee"), _grab("caller", "Caller", "[^ ].*"), *_media()]
    origin = [_grab("via", "Via", "[^ ].*"), _grab("cseq", "CSeq", "[0-9]+")]
    return [
        _label("idle"),
        _request(ORDER + "REGISTER", "register", actions=[to_pbx, _grab("expires", "Expires")]),
        _request(ORDER + "CALL", "call", actions=placing),
        _request("INVITE", "ring", actions=origin),
        _request("REGISTER", "registrar", actions=origin),
        *(_request(method, "courtesy") for method in COURTESIES),
        _stray_order(),
        _request("ACK", "end"),  # a late one, of a call that is over
        _request("BYE", "no_such_call", optional=False),
        _label("no_such_call"),
        _send("SIP/2.0 481 Call Does Not Exist\n" + IN_DIALOG + NO_BODY, to="end"),
        _label("courtesy"),
        _send("SIP/2.0 200 OK\n" + OWN_TAG + NO_BODY, to="end"),
    ]


def _register(agent: Agent) -> list[str]:
    identity = f"<sip:{agent.user}@[remote_ip]>"
    head = (
        "REGISTER sip:[remote_ip]:[remote_port] SIP/2.0\n"
        + VIA
        + f"From: {identity};tag=[pid]-[call_number]\nTo: {identity}\n"
        + "Call-ID: [call_id]\nCSeq: {cseq} REGISTER\n"
        + CONTACT.format(user=agent.user)
        + f"User-Agent: {agent.user_agent}\nExpires: [$expires]\n"
    )
    return [
        _label("register"),
        _send(head.format(cseq=1) + NO_BODY, retransmit=True),
        _response(401, "register_again", auth=True),
        _response(407, "register_again", auth=True),
        *(_response(code, "end") for code in REFUSALS),
        _response(200, "end", optional=False),
        _label("register_again"),
        _send(head.format(cseq=2) + _credentials(agent) + NO_BODY, retransmit=True),
        *(_response(code, "end") for code in (401, 407, *REFUSALS)),
        _response(200, "end", optional=False),
    ]


def _registrar() -> list[str]:
    """Stand in for a carrier that a trunk registers with; the test decides about the login."""
    ok = "SIP/2.0 200 OK\n" + LATE_REGISTER + "[last_Contact:]\n[last_Expires:]\n" + NO_BODY
    challenge = "SIP/2.0 401 Unauthorized\n" + LATE_REGISTER + "WWW-Authenticate: [$challenge]\n"
    return [
        _label("registrar"),
        _request(ORDER + "ACCEPT", "accept"),
        _request(f"{ORDER}REFUSE403", "forbid"),
        _request(
            ORDER + "CHALLENGE",
            "challenge",
            optional=False,
            actions=[_grab("challenge", "Challenge", "[^ ].*")],
        ),
        _label("challenge"),
        _send(challenge + NO_BODY, to="end"),
        _label("forbid"),
        _send("SIP/2.0 403 Forbidden\n" + LATE_REGISTER + NO_BODY, to="end"),
        _label("accept"),
        _send(ok, to="end"),
    ]


def _call(agent: Agent) -> list[str]:
    head = (
        "{method} sip:[$callee]@[remote_ip]:[remote_port] SIP/2.0\n"
        "{via}From: [$caller];tag=[pid]-[call_number]\n{to}"
        "Call-ID: [call_id]\nCSeq: {cseq} {method}\n"
    )
    to_callee = "To: <sip:[$callee]@[remote_ip]>\n"
    invite = head.format(method="INVITE", via=VIA, to=to_callee, cseq="{cseq}")
    invite += CONTACT.format(user=agent.user) + f"User-Agent: {agent.user_agent}\n"
    # The ACK of a refusal belongs to the INVITE's transaction: same branch, the response's To.
    ack_refusal = head.format(
        method="ACK", via="[last_Via:]\nMax-Forwards: 70\n", to="[last_To:]\n", cseq="{cseq}"
    )

    def states(attempt: int) -> list[str]:
        here, refused = f"calling_{attempt}", f"refused_{attempt}"
        return [
            _label(here),
            *(_response(code, here) for code in PROVISIONAL),
            *(_response(code, refused) for code in REFUSALS),
            *(_response(code, "challenged" if attempt == 1 else refused, auth=attempt == 1)
              for code in (401, 407)),
            _request(ORDER + "CANCEL", f"cancel_{attempt}"),
            _response(200, "acknowledge", optional=False),
            _label(f"cancel_{attempt}"),
            # CANCEL repeats the branch of the INVITE, which the order brings along.
            _send(
                "CANCEL sip:[$callee]@[remote_ip]:[remote_port] SIP/2.0\n[last_Via:]\n"
                "Max-Forwards: 70\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n"
                f"CSeq: {attempt} CANCEL\n" + NO_BODY,
            ),
            _label(f"cancelling_{attempt}"),
            _stray_order(f"cancelling_{attempt}"),
            *(_response(code, f"cancelling_{attempt}") for code in (*PROVISIONAL, 200)),
            *(_response(code, refused) for code in REFUSALS if code != 487),
            _response(487, refused, optional=False),
            _label(refused),
            _send(ack_refusal.format(cseq=attempt) + NO_BODY, to="end"),
        ]  # fmt: skip

    return [
        _label("call"),
        _send(invite.format(cseq=1) + WITH_SDP, retransmit=True),
        *states(1),
        _label("challenged"),
        _send(ack_refusal.format(cseq=1) + NO_BODY),
        _send(invite.format(cseq=2) + _credentials(agent) + WITH_SDP, retransmit=True),
        *states(2),
        _label("acknowledge"),
        _request("BYE", "answer_bye"),
        _request(ORDER + "ACK", "send_ack", optional=False, actions=[_grab_target()]),
        _label("send_ack"),
        _send("ACK [$target] SIP/2.0\n" + _own_request() + NO_BODY, to="talk"),
    ]


def _ring(agent: Agent) -> list[str]:
    contact = CONTACT.format(user=agent.user)
    redirect = _grab("redirect", "Redirect")
    refusals = [
        piece
        for code, reason in REASONS.items()
        for piece in (
            _label(f"refuse_{code}"),
            _send(f"SIP/2.0 {code} {reason}\n" + LATE_INVITE + NO_BODY, to="await_ack"),
        )
    ]
    return [
        _label("ring"),
        _request(ORDER + "RING", "send_ringing"),
        _request(ORDER + "ANSWER", "answer", actions=_media()),
        *(_request(f"{ORDER}REFUSE{code}", f"refuse_{code}") for code in REASONS),
        _request(ORDER + "REDIRECT", "redirect", actions=[redirect]),
        _request("CANCEL", "cancelled", optional=False),
        _label("send_ringing"),
        _send("SIP/2.0 180 Ringing\n" + LATE_INVITE + contact + NO_BODY, to="ring"),
        *refusals,
        _label("redirect"),
        _send(
            "SIP/2.0 302 Moved Temporarily\n" + LATE_INVITE + "Contact: <[$redirect]>\n" + NO_BODY,
            to="await_ack",
        ),
        _label("cancelled"),
        _send("SIP/2.0 200 OK\n" + OWN_TAG + NO_BODY),
        _send(
            "SIP/2.0 487 Request Terminated\n" + LATE_INVITE + NO_BODY,
            to="await_ack",
        ),
        _label("await_ack"),
        _request("CANCEL", "await_ack"),
        _stray_order("await_ack"),
        _request("ACK", "end", optional=False),
        _label("answer"),
        _send("SIP/2.0 200 OK\n" + LATE_INVITE + contact + WITH_SDP, to="talk"),
    ]


def _talk(agent: Agent) -> list[str]:
    """Stay in the call until either side hangs up."""
    contact = CONTACT.format(user=agent.user)
    ask = [_grab_target()]
    media = [*ask, *_media()]
    digit = "Content-Type: application/dtmf-relay\nContent-Length: [len]\n\nSignal=[$digit]\n"
    return [
        # Reached by their labels only; they stand before the state in which their responses,
        # or the ACK, will come.
        _label("in_dialog_courtesy"),
        _send("SIP/2.0 200 OK\n" + IN_DIALOG + NO_BODY, to="talk"),
        _label("reinvited"),
        _send("SIP/2.0 200 OK\n" + IN_DIALOG + contact + WITH_SDP, to="talk"),
        _label("send_info"),
        _send(
            "INFO [$target] SIP/2.0\n" + _own_request() + digit + "Duration=160\n",
            to="talk",
        ),
        _label("send_refer"),
        _send(
            "REFER [$target] SIP/2.0\n"
            + _own_request()
            + contact
            + "Refer-To: [$refer_to]\n"
            + NO_BODY,
            to="talk",
        ),
        _label("send_reinvite"),
        _send(
            "INVITE [$target] SIP/2.0\n" + _own_request() + contact + WITH_SDP,
            to="talk",
        ),
        _label("send_reinvite_ack"),
        _send("ACK [$target] SIP/2.0\n" + _own_request() + NO_BODY, to="talk"),
        _label("ack_refused_reinvite"),
        _send(
            "ACK [$target] SIP/2.0\n[last_Via:]\nMax-Forwards: 70\n[last_From:]\n[last_To:]\n"
            "[last_Call-ID:]\n[last_CSeq:]\n" + NO_BODY,
            to="talk",
        ),
        _label("talk"),
        _request("ACK", "talk"),
        _request("BYE", "answer_bye"),
        _request("INVITE", "reinvited"),
        _request("CANCEL", "in_dialog_courtesy"),
        *(_request(method, "in_dialog_courtesy") for method in COURTESIES),
        *(_response(code, "talk") for code in (*PROVISIONAL, 200, 202, 401, *REFUSALS)),
        _request(ORDER + "DIGIT", "send_info", actions=[*ask, _grab("digit", "Digit")]),
        _request(ORDER + "REFER", "send_refer", actions=[*ask, _grab("refer_to", "Refer-To")]),
        _request(ORDER + "REINVITE", "send_reinvite", actions=media),
        _request(ORDER + "ACK", "send_reinvite_ack", actions=ask),
        _request(ORDER + "ACKREFUSAL", "ack_refused_reinvite", actions=ask),
        _request(ORDER + "BYE", "hang_up", optional=False, actions=ask),
        _label("answer_bye"),
        _send("SIP/2.0 200 OK\n" + IN_DIALOG + NO_BODY, to="end"),
        _label("hang_up"),
        _send("BYE [$target] SIP/2.0\n" + _own_request() + NO_BODY),
        _label("hanging_up"),
        _request("BYE", "answer_bye"),  # both at once
        _stray_order("hanging_up"),
        *(_request(method, "hanging_up") for method in ("ACK", "INVITE", *COURTESIES)),
        *(_response(code, "end") for code in REFUSALS),
        _response(200, "end", optional=False),
    ]


def _ends() -> list[str]:
    return [_label("end"), "<nop/>"]


# -- pieces ------------------------------------------------------------------------------------


def _own_request() -> str:
    """Headers of our request inside a dialog; the order states From, To, Call-ID and CSeq."""
    return VIA + "[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\n"


def _credentials(agent: Agent) -> str:
    return f"[authentication username={agent.login} password={agent.password}]\n"


def _label(name: str) -> str:
    return f'<label id="{name}"/>'


def _grab(variable: str, header: str, pattern: str = "[^ ]+") -> str:
    """Copy a header of the message just received into a variable."""
    return (
        f'<ereg regexp={quoteattr(pattern)} search_in="hdr" header="{header}:" '
        f'assign_to="{variable}"/>'
    )


def _media() -> list[str]:
    names = {"media_port": "Media-Port", "direction": "Direction", "sdp_version": "Sdp-Version"}
    return [_grab(variable, header) for variable, header in names.items()]


def _grab_target() -> str:
    return _grab("target", "Target")


def _request(
    method: str, to: str, *, optional: bool = True, actions: list[str] | None = None
) -> str:
    attributes = f'request="{method}" next="{to}"' + (' optional="true"' if optional else "")
    if not actions:
        return f"<recv {attributes}/>"
    return f"<recv {attributes}><action>{''.join(actions)}</action></recv>"


def _response(code: int, to: str, *, optional: bool = True, auth: bool = False) -> str:
    attributes = f'response="{code}" next="{to}"' + (' optional="true"' if optional else "")
    return f"<recv {attributes}" + (' auth="true"/>' if auth else "/>")


def _stray_order(to: str = "end") -> str:
    """Ignore an order that comes too late, as when the other side has just hung up."""
    return f'<recv request="^{ORDER}" regexp_match="true" optional="true" next="{to}"/>'


def _send(text: str, *, to: str | None = None, retransmit: bool = False) -> str:
    attributes = (' retrans="500"' if retransmit else "") + (f' next="{to}"' if to else "")
    return f"<send{attributes}><![CDATA[\n{text}\n]]></send>"
