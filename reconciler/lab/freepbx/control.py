"""The hook for tests: faults and counts over HTTP, below `/_lab/`. No FreePBX has this."""

from __future__ import annotations

import json
from typing import Any, Protocol

from reconciler.lab.freepbx.faults import Fault, Faults
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.traffic import Traffic
from reconciler.lab.freepbx.wire import Reply, Request

CONTROL = "/_lab/"


class Switched(Protocol):
    """What has the switches: the emulator."""

    pbx: Pbx
    faults: Faults
    traffic: Traffic

    def state(self) -> dict[str, str]:
        """Return what it holds."""


class Control:
    """POST and DELETE fault; GET and DELETE traffic; GET state; POST asterisk; POST reload."""

    def __init__(self, emulator: Switched) -> None:
        self._emulator = emulator

    def reply(self, request: Request) -> Reply:
        """Do what is asked."""
        what = request.path.removeprefix(CONTROL)
        emulator = self._emulator
        if what == "fault" and request.method == "POST":
            emulator.faults.arm(Fault(**_body(request)))
        elif what == "fault" and request.method == "DELETE":
            emulator.faults.clear()
        elif what == "traffic" and request.method == "DELETE":
            emulator.traffic.clear()
        elif what == "traffic":
            seen = [each.label for each in emulator.traffic.seen]
            return Reply(200, {"counts": dict(emulator.traffic.counts), "seen": seen})
        elif what == "state":
            return Reply(200, emulator.state())
        elif what == "asterisk":
            emulator.pbx.asterisk_is_up = bool(_body(request).get("up"))
        elif what == "reload":
            given = _body(request)
            emulator.pbx.reloads.fails_with = str(given.get("fails_with", ""))
            emulator.pbx.reloads.hangs = bool(given.get("hangs"))
        else:
            return Reply(404, {"error": "there is no such switch"})
        return Reply(200, {"done": what})


def _body(request: Request) -> dict[str, Any]:
    found = json.loads(request.body or b"{}")
    return found if isinstance(found, dict) else {}
