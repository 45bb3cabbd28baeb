"""The witness: the chain's head kept in a signed file of its own, beside the journal.

A copy of the database put back in place of a later one adds up in itself; the witness has seen
more lines. It is written after the transaction, so it may be behind the journal, never ahead: by
what became of steps until their run ends or the journal is closed, and that of a journal on a
server, in the workspace's folder, as long as others write.
"""

import hashlib
import hmac
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from reconciler.database.file import file_of
from reconciler.database.wording import JOURNAL
from reconciler.journal.seal import Keys, seal_head


class Seen(NamedTuple):
    """How many lines the witness saw, and the seal of the last."""

    lines: int
    last: str


def witness_file(url: str, folder: Path | None) -> Path | None:
    """Return where the witness of the journal at a URL or path is: beside a file, or in `folder`.

    None for a server's without a folder, or with a URL that cannot be read. Raises JournalError for
    a URL of SQLite that names no file.
    """
    file = file_of(url, JOURNAL)
    if file is not None:
        return file.with_name(f"{file.name}.head")
    if folder is None:
        return None
    try:
        parts = urlsplit(url)
        # Never of the password, not even as a digest.
        query = [each for each in parse_qsl(parts.query) if each[0] != "password"]
        named = [parts.username, parts.hostname, parts.port, parts.path, sorted(query)]
    except ValueError:
        return None
    return folder / f"journal-{hashlib.sha256(json.dumps(named).encode()).hexdigest()[:12]}.head"


class Witness:
    """A file that remembers the chain's head. `file` None: there is none."""

    def __init__(self, file: Path | None, keys: Keys) -> None:
        self.file = file
        self._keys = keys

    def read(self) -> Seen | None:
        """Return what the witness saw; None without a file or when its seal does not hold."""
        if self.file is None:
            return None
        try:
            data = json.loads(self.file.read_text(encoding="utf-8"))
            seen = Seen(int(data["lines"]), str(data["last"]))
            held = hmac.compare_digest(seal_head(self._keys, *seen), str(data["seal"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return seen if held else None

    def write(self, lines: int, last: str) -> None:
        """Remember the head, unless more was seen already. A failure is not one of the run."""
        if self.file is None:
            return
        seen = self.read()
        if seen is not None and seen.lines >= lines:
            return
        text = json.dumps(
            {"lines": lines, "last": last, "seal": seal_head(self._keys, lines, last)}
        )
        draft = self.file.with_name(f"{self.file.name}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(text)
                out.flush()
                os.fsync(out.fileno())
            draft.replace(self.file)
        except OSError:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
