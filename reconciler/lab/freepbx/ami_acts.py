"""What AMI does to calls and queues, in the recorded words. No call is really carried.

Calls of phones on the wire are theirs: the lab's proxy cannot end or move them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from reconciler.lab.freepbx.live import Call, Live

Fields = dict[str, Any]
ACTS = frozenset({"hangup", "redirect", "originate", "queueadd", "queueremove"})


def act(live: Live, action: str, request: dict[str, str]) -> Iterator[Fields]:
    """The messages that answer one of `ACTS`."""
    if action in ("hangup", "redirect"):
        yield _on_call(live, action, request)
    elif action == "originate":
        yield _said("Originate successfully queued")
        yield _originated(live, request)
    else:
        yield _on_queue(live, action, request)


def _on_call(live: Live, action: str, request: dict[str, str]) -> Fields:
    leg = next((each for each in live.calls if each.channel == request.get("channel")), None)
    if leg is None:
        return _said(
            "No such channel" if action == "hangup" else "Channel does not exist: x", "Error"
        )
    live.calls = [
        each
        for each in live.calls
        if each is not leg and (not leg.bridge or each.bridge != leg.bridge)
    ]
    if action == "hangup":
        return _said("Channel Hungup")
    live.calls.append(leg._replace(callee=request.get("exten", "")))
    return _said("Redirect successful")


def _originated(live: Live, request: dict[str, str]) -> Fields:
    """Who is registered answers at once; nobody else can be rung."""
    rung = re.match(r"(?:Local|PJSIP)/(\w+)", request.get("channel", ""))
    number = rung[1] if rung else ""
    answers = any(each.number == number for each in live.registered())
    unique = f"1700000000.{len(live.calls)}"
    if answers:
        other, bridge = request.get("exten", ""), f"bridge-{unique}"
        for own, far in ((number, other), (other, number)):
            channel = f"PJSIP/{own}-{len(live.calls) + 1:08x}"
            live.calls.append(Call(channel, own, far, "Dial", "00:00:00", bridge))
    return {
        "Event": "OriginateResponse", "Response": "Success" if answers else "Failure",
        "Channel": request.get("channel", ""), "Reason": 4 if answers else 0,
        "Uniqueid": unique if answers else "<null>",
    }  # fmt: skip


def _on_queue(live: Live, action: str, request: dict[str, str]) -> Fields:
    number, interface = request.get("queue", ""), request.get("interface", "")
    found = next((each for each in live.loaded.queues if each[0] == number), None)
    adds = action == "queueadd"
    doing = "add interface" if adds else "remove interface"
    if found is None:
        return _said(f"Unable to {doing} {'to' if adds else 'from'} queue: No such queue", "Error")
    members = live.members.setdefault(number, {})
    static = any(interface == each for each, _ in found[2])
    if adds and (static or interface in members):
        return _said("Unable to add interface: Already there", "Error")
    if not adds and static:
        return _said("Member not dynamic", "Error")
    if not adds and interface not in members:
        return _said("Unable to remove interface: Not there", "Error")
    if adds:
        members[interface] = request.get("penalty", "0")
        return _said("Added interface to queue")
    del members[interface]
    return _said("Removed interface from queue")


def _said(words: str, response: str = "Success") -> Fields:
    return {"Response": response, "Message": words}
