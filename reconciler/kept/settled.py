"""Settled: of which files all is as it should be, from one plan to the next. IO; never raises.

Whether an object is what it shall be depends on what its file adds up to, on the values of its
secrets, on what its platform holds, on the ledger, and on our own code. As long as all that is the
same, nothing of the file is compared again; nor are secrets judged again whose values are the same.
What is kept is signed with the workspace key: whoever could write it could hide a change.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from reconciler.execution.secrets.fingerprint import Fingerprints
from reconciler.execution.secrets.seal import Sealed
from reconciler.kept.inputs import is_all_ours, program_key
from reconciler.kept.packing import CannotKeep, pack
from reconciler.language.filing import write_whole
from reconciler.model.address import Address
from reconciler.model.codec import canonical
from reconciler.model.live import Live
from reconciler.model.resource import Desired
from reconciler.model.value import EMPTY

FILE: Final = "settled.json"


def answers_of(desired: Desired, live: Live, adapters: Mapping[str, object]) -> str:
    """Return by what answers are known again, with whom was asked; "" where that is not known."""
    held = {name: each.traces.held for name, each in live.targets.items() if not each.unread}
    if len(held) < len(live.targets) or not all(held.values()) or desired.moved:
        return ""
    if not is_all_ours(desired.targets, adapters):
        return ""
    with suppress(OSError, CannotKeep):
        targets = [
            [name, each.scope, each.adapter, pack(dict(each.settings))]
            for name, each in sorted(desired.targets.items())
        ]
        return _hash(canonical([program_key(), targets, held]))
    return ""


class Comparison:
    """What is compared, beside what was compared last.

    It is kept in `folder`, if there is one; `sign` makes fingerprints under the workspace key.
    `answers` are what platforms hold (`answers_of`), `traces` say by file what it adds up to.
    """

    def __init__(
        self, folder: Path | None, sign: Fingerprints, answers: str, traces: Mapping[str, str]
    ) -> None:
        self._folder = folder if answers else None
        self._sign = sign
        self._answers = answers
        self._traces = traces
        self._last: Any = self._read()
        self._now: Any = None

    @property
    def alike(self) -> frozenset[str]:
        """The files that add up to what they did, while all platforms hold what they held."""
        answers, _, files, _ = self._last
        if not self._answers or answers != self._answers:
            return frozenset()
        return frozenset(
            file for file, said in self._traces.items() if files.get(file, ("",))[0] == said
        )

    @property
    def sealed(self) -> Mapping[str, Sealed]:
        """To what the secrets of those files were sealed."""
        known = self._last[3]
        return {file: Sealed(*known[file]) for file in self.alike if file in known}

    def settled(self, ledger: str, sealed: Mapping[str, Sealed]) -> frozenset[str]:
        """Return the files of which all is as it should be, as far as that is known from before.

        `ledger` is the trace of what is ours, `sealed` says by file what its secrets are.
        """
        if not ledger:
            return frozenset()
        marks = {file: _hash(canonical(list(each.marks))) for file, each in sealed.items()}
        files = {file: [said, marks.get(file, "")] for file, said in self._traces.items()}
        self._now = [self._answers, ledger, files, {f: [*each] for f, each in sealed.items()}]
        known = self._last[2] if self._last[1] == ledger else EMPTY
        return frozenset(file for file in self.alike if known.get(file) == files[file])

    def keep(self, unsettled: Collection[str]) -> None:
        """Keep that all is as it should be, but for these files."""
        if self._folder is None or self._now is None:
            return
        answers, ledger, files, sealed = self._now
        kept = {file: each for file, each in files.items() if file not in unsettled}
        now = [answers, ledger, kept, sealed]
        if now == self._last:
            return
        with suppress(OSError):
            body = canonical(now)
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._folder / FILE, f"{self._signature(body)}\n{body}".encode())

    def _read(self) -> Any:
        if self._folder is not None:
            with suppress(OSError, ValueError):
                head, _, body = (self._folder / FILE).read_bytes().decode().partition("\n")
                if head == self._signature(body):
                    return json.loads(body)
        return ["", "", {}, {}]

    def _signature(self, body: str) -> str:
        said = _hash(f"{program_key()}\n{body}")
        return self._sign(Address("settled", "", "settled"), "signature", said)


def _hash(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()
