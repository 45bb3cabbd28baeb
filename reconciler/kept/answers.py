"""Answers: what platforms held, as files in the workspace's cache, one a target. IO; never raises.

A platform's answer is made out by our own code from bytes that come over the wire. If the bytes are
the same (`Traces`), and so are our code, the target's settings and what secrets are sealed with,
then it means the same: it is not made out again. The file is signed with the workspace key, for it
says what is there: whoever could write it could hide a change.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from reconciler.kept.answer import from_text, to_text
from reconciler.kept.inputs import is_all_ours, program_key
from reconciler.kept.packing import CannotKeep, pack
from reconciler.language.collector import collector_paused
from reconciler.language.filing import write_whole
from reconciler.model.address import Address
from reconciler.model.live import TargetLive
from reconciler.model.target import Target

FOLDER = "answers"
_SINCE = "-since"
"""Ends the name of a file with objects that were read since."""
_LARGEST = 256 * 1024 * 1024


class KeptAnswers(NamedTuple):
    """Answers of targets. `sign` makes a fingerprint under the workspace key."""

    folder: Path
    targets: Mapping[str, Target]
    adapters: Mapping[str, object]
    moves: Mapping[Address, Address]
    sign: Callable[[Address, str, str], str]

    def take(self, target: str) -> TargetLive | None:
        """Return the last answer of a target, if all else is as it was then."""
        return self._take(target, self._file(target))

    def since(self, target: str) -> TargetLive | None:
        """Return the objects that were read one by one since then, if all else is as it was."""
        return self._take(target, self._file(target, _SINCE))

    def put(self, target: str, live: TargetLive) -> None:
        """Keep an answer in place of the last one, and of what was read since."""
        self._put(target, live, self._file(target))
        with contextlib.suppress(OSError):
            self._file(target, _SINCE).unlink(missing_ok=True)

    def put_since(self, target: str, live: TargetLive) -> None:
        """Keep objects that were read one by one, beside the last answer.

        All of that would take longer to write than these took to be written to the platform.
        """
        self._put(target, live, self._file(target, _SINCE))

    def _take(self, target: str, file: Path) -> TargetLive | None:
        try:
            head, _, body = file.read_bytes().partition(b"\n")
            if head.decode() != self._signature(target, body):
                return None
            with collector_paused():
                return from_text(target, body.decode())
        except (OSError, ValueError, TypeError, LookupError, RecursionError, CannotKeep):
            return None

    def _put(self, target: str, live: TargetLive, file: Path) -> None:
        if not is_all_ours({target: self.targets[target]}, self.adapters):
            return
        with contextlib.suppress(OSError, CannotKeep, RecursionError), collector_paused():
            body = to_text(live).encode()
            if len(body) <= _LARGEST:
                self.folder.mkdir(parents=True, exist_ok=True)
                head = self._signature(target, body).encode()
                write_whole(file, head + b"\n" + body)

    def _file(self, target: str, ending: str = "") -> Path:
        return self.folder / f"{hashlib.sha256(target.encode()).hexdigest()[:20]}{ending}.json"

    def _signature(self, target: str, body: bytes) -> str:
        """Return what an answer is signed with: under the key, with all that it depends on."""
        at = self.targets[target]
        settings = pack(dict(at.settings))
        moves = sorted([*source, *destination] for source, destination in self.moves.items())
        parts = [program_key(), at.id, at.scope, at.adapter, settings, moves]
        said = json.dumps([*parts, hashlib.sha256(body).hexdigest()], sort_keys=True)
        return self.sign(Address("answers", at.scope, at.id), "signature", said)
