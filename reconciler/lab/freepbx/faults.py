"""What can be made to go wrong, at which request. Armed by tests, asked by the server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

What = Literal[
    "status", "drop", "drop-after", "hang", "slow", "ignore", "lose-session", "expire-token",
    "asterisk-down",
]  # fmt: skip


@dataclass
class Fault:
    """One thing that goes wrong.

    `status`: this HTTP status instead of an answer, nothing is done. `drop`: the connection ends
    before anything is done; `drop-after`: it is done, and no answer comes. `hang`: no answer, until
    the client gives up or `seconds` are over. `slow`: the answer comes `seconds` later. `ignore`:
    the answer is as good as ever, and nothing is stored. `lose-session` and `expire-token` end all
    web sessions and tokens first. `asterisk-down`: Asterisk is away during this one request, which
    leaves objects half-made.
    """

    what: What
    at: int | None = None
    """Request number, counted from 1 since the emulator began or `Traffic.clear`."""
    path: str = ""
    """Only requests whose label (`POST /admin/... kind names`) has this text."""
    times: int | None = 1
    """How often; None: for ever."""
    status: int = 503
    retry_after_s: int | None = None
    seconds: float = 0.0

    def fits(self, number: int, label: str) -> bool:
        """Whether it strikes at this request."""
        if self.times == 0 or self.path not in label:
            return False
        return self.at is None or self.at == number


@dataclass
class Faults:
    """Faults that are armed."""

    armed: list[Fault] = field(default_factory=list)
    struck: list[tuple[int, str]] = field(default_factory=list)
    """Request numbers and what struck them."""

    def arm(self, fault: Fault) -> Fault:
        """Make something go wrong from now on."""
        self.armed.append(fault)
        return fault

    def clear(self) -> None:
        """Everything goes well again."""
        self.armed.clear()
        self.struck.clear()

    def strike(self, number: int, label: str) -> list[Fault]:
        """Take the faults that fit a request."""
        found = [fault for fault in self.armed if fault.fits(number, label)]
        for fault in found:
            if fault.times is not None:
                fault.times -= 1
            self.struck.append((number, fault.what))
        return found
