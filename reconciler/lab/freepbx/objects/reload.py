"""Apply Config: one at a time, in the background, with an outcome that is asked for later.

A reload takes effect at the moment it ends. Nothing runs meanwhile: `settle` looks at the clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.lab.freepbx.live import Live, Loaded, loaded_from
from reconciler.lab.freepbx.tables import Tables

EXECUTED = "Successfully reloaded"
RUNNING = "Process is already running."
NOT_CONNECTED = "Asterisk is not connected"


@dataclass
class Reload:
    """One transaction: when it ends (None: never) and what it will say.

    What it tells Asterisk is what is there when it begins; `changes` is how far that goes.
    """

    number: int
    ends_at: float | None
    changes: int = 0
    loaded: Loaded = field(default_factory=Loaded)
    failure: str = ""
    settled: bool = False


@dataclass
class Reloads:
    """All reloads of one PBX. `fails_with` and `hangs` are faults to switch on.

    `duration_s` is how long a reload takes; 4 s on a small real system, 9 s with 309 extensions.
    """

    tables: Tables
    live: Live = field(default_factory=Live)
    duration_s: float = 0.05
    clock: Callable[[], float] = time.monotonic
    asterisk_is_up: bool = True
    fails_with: str = ""
    hangs: bool = False
    all: dict[int, Reload] = field(default_factory=dict)
    loaded: int = 0
    """How many changes of the tables Asterisk has been told of."""

    def start(self) -> Reload:
        """Begin a reload; a second one while one runs fails (seen)."""
        self.settle()
        now = self.clock()
        reload = self._begun(now + self.duration_s)
        if any(not each.settled and not each.failure for each in self.all.values()):
            reload.failure, reload.ends_at = RUNNING, now + self.duration_s / 10
        elif not self.asterisk_is_up:
            reload.failure, reload.ends_at = NOT_CONNECTED, now + self.duration_s / 2
        elif self.fails_with:
            reload.failure = self.fails_with
        elif self.hangs:
            reload.ends_at = None
        self.all[reload.number] = reload
        return reload

    def run_now(self) -> str:
        """A reload that its caller waits for; the failure in words, or empty."""
        reload = self.start()
        if reload.ends_at is not None:
            reload.ends_at = self.clock()
        self.settle()
        return reload.failure

    def occupy(self, seconds: float) -> Reload:
        """Somebody else's reload, which takes this long."""
        reload = self._begun(self.clock() + seconds)
        self.all[reload.number] = reload
        return reload

    def _begun(self, ends_at: float) -> Reload:
        found = loaded_from(self.tables)
        return Reload(len(self.all) + 1, ends_at, self.tables.changes, found)

    def settle(self) -> None:
        """Let reloads whose time has come take effect."""
        now = self.clock()
        for reload in self.all.values():
            if reload.settled or reload.ends_at is None or reload.ends_at > now:
                continue
            reload.settled = True
            if not reload.failure:
                self.tables.needs_reload = False
                self.loaded = reload.changes
                self.live.loaded = reload.loaded

    def status(self, number: int) -> tuple[str, str] | None:
        """State and details as `fetchApiStatus` gives them; None for an unknown transaction."""
        self.settle()
        reload = self.all.get(number)
        if reload is None:
            return None
        if not reload.settled:
            return "Processing", ""
        # The columns are cut like all others: `failure_reason` has 255 characters.
        return ("Failed", reload.failure[:255]) if reload.failure else ("Executed", EXECUTED)
