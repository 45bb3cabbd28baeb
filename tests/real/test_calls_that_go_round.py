"""Calls that go round: through a carrier and back, and in no time. They end, or take their time.

What can be known of rounds `validate` says (`endless-call`); a number that somebody else forwards
to us cannot be known. Either way the server has to stay usable.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler.model.value import Value
from tests.real.asterisk.instance import Asterisk
from tests.real.dialplan_lab import load, phone

Factory = Callable[..., Asterisk]

DIDS = ("+16035550100", "+16035550101")
BACK = "[in]\nexten => _[+0-9].,1,Dial(PJSIP/${{EXTEN}}@office)\n"
OFFICE = """\
[office]
type = endpoint
context = in
aors = office
allow = !all,ulaw
[office]
type = aor
contact = sip:127.0.0.1:{port}
[office-identify]
type = identify
endpoint = office
match = 127.0.0.1
"""
ROUNDS: dict[str, dict[str, dict[str, Value]]] = {
    "a group that rings its own number": {
        "ring_group/600": {"name": "G", "members": [DIDS[0]], "no_answer": "announcement/sorry"},
        "announcement/sorry": {"file": "beep"},
    },
    "a group that rings two of its numbers": {
        "ring_group/600": {"name": "G", "members": [*DIDS]},
    },
    "a phone that forwards to its own number": {
        "ring_group/600": {"name": "G", "members": ["1001"], "ring_time": 1,
                           "no_answer": "extension/1001"},
        "extension/1001": phone("1001", forward__always=DIDS[0]),
    },
    "a queue that goes on to a group with its number": {
        "ring_group/600": {"name": "G", "members": [DIDS[1]], "no_answer": "queue/700"},
        "queue/700": {"name": "Q", "join_empty": "no", "no_answer": "external/" + DIDS[0]},
    },
}  # fmt: skip


@pytest.mark.parametrize("name", ROUNDS)
def test_a_call_that_comes_back_from_the_carrier_ends(asterisk_factory: Factory, name: str) -> None:
    pbx, carrier = asterisk_factory(), asterisk_factory(host="127.0.0.2")
    carrier.add_config("rec_pjsip_00.conf", OFFICE.format(port=pbx.sip_port))
    carrier.add_config("rec_ext_00.conf", BACK.format())
    for module in ("res_pjsip", "pbx_config"):
        carrier.cli(f"module reload {module}")
    load(
        pbx,
        {
            "trunk/carrier": {"host": carrier.host, "port": carrier.sip_port, "mode": "ip",
                              "qualify": False},
            "outbound_route/all": {"order": 1, "patterns": [{"match": "+1603X."}],
                                   "trunks": ["carrier"]},
            "extension/1001": phone("1001"),
            **{f"inbound_route/{did}": {"destination": "ring_group/600"} for did in DIDS},
            **ROUNDS[name],
        },
    )  # fmt: skip
    pbx.cli(f"channel originate Local/{DIDS[0]}@rec-inbound-carrier application Wait 60")
    pbx.wait_for_log(r"rec-screen:\d+\] Hangup\(")
    pbx.wait_idle()


def test_a_round_that_takes_no_time_is_slowed(asterisk: Asterisk) -> None:
    """Nobody of the group is registered, so it would go on and on: the caller can still be served.

    Without the brake the log grows by thousands of steps a second.
    """
    load(
        asterisk,
        {
            "ring_group/600": {"name": "A", "members": ["1001"], "no_answer": "schedule/on"},
            "schedule/on": {
                "open": ["daily 00:00-24:00"], "override": "open", "open_to": "announcement/hi",
                "closed_to": "hangup",
            },
            "announcement/hi": {"file": "no-such-file", "then": "ring_group/600"},
            "extension/1001": phone("1001"),
        },
    )  # fmt: skip
    asterisk.cli("channel originate Local/600@from-internal application Wait 60")
    for _ in range(3):
        asterisk.wait_for_log(r"\[s@rec-round:4\] Wait")
    passed = asterisk.log().count("[s@rec-round:1]")
    waited = asterisk.log().count("[s@rec-round:4]")
    assert passed <= 20 * (waited + 1)
    assert asterisk.channels()
