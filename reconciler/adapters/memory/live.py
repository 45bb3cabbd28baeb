"""What goes on at a memory platform: what somebody wrote into `FILE.live`, for tests and demos.

    {"registrations": [{"extension": "1001", "contact": "sip:1001@192.0.2.7", "expires_s": 590}],
     "calls": [{"extension": "1001", "callee": "1002"}], "notified": []}

Who is notified is added to `notified`. Without such a file nobody can ask what goes on.
"""

import json
from pathlib import Path
from typing import Any

from reconciler.adapter import Call, LiveState, Registration
from reconciler.adapters.memory.connection import MemoryConnection
from reconciler.adapters.memory.store import Store
from reconciler.errors import Refused, Unreachable
from reconciler.model.address import Address
from reconciler.model.target import Target


def live_file(store: Store) -> Path | None:
    """Return the file that says what goes on; None when there is none."""
    file = store.file.with_name(f"{store.file.name}.live") if store.file is not None else None
    return file if file is not None and file.exists() else None


class WatchedConnection(MemoryConnection):
    """A memory platform that somebody plays the phones of."""

    def __init__(self, target: Target, store: Store, file: Path) -> None:
        super().__init__(target, store)
        self._scope = target.scope
        self._file = file

    async def live_state(self) -> LiveState:
        """Return what goes on. Raises Unreachable when the file is unreadable."""
        said = self._said()
        return LiveState(
            "memory", "", "",
            tuple(self._registration(each) for each in said.get("registrations", ())),
            (), (), tuple(self._call(each) for each in said.get("calls", ())),
        )  # fmt: skip

    async def notify(self, extension: str, event: str) -> str:
        """Note who was notified. Raises Refused when nobody is registered there."""
        said = self._said()
        if all(each["extension"] != extension for each in said.get("registrations", ())):
            raise Refused(self._scope, f"notifying {extension}", "no phone is registered there")
        said.setdefault("notified", []).append([extension, event])
        self._file.write_text(json.dumps(said), encoding="utf-8")
        return f"sent to the phones of extension {extension}"

    def _said(self) -> dict[str, Any]:
        try:
            said: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise Unreachable(self._scope, "looking at what goes on", str(error)) from None
        return said

    def _registration(self, each: dict[str, Any]) -> Registration:
        return Registration(
            self._extension(each), each.get("contact", ""), each.get("state", "reachable"),
            each.get("user_agent", ""), each.get("expires_s"),
        )  # fmt: skip

    def _call(self, each: dict[str, Any]) -> Call:
        name = each["extension"]
        return Call(
            f"memory/{name}", "up", name, each.get("callee", ""), "", int(each.get("for_s", 1)),
            address=self._extension(each),
        )  # fmt: skip

    def _extension(self, each: dict[str, Any]) -> Address:
        return Address("extension", self._scope, each["extension"])
