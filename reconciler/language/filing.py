"""Filing: a file of the cache is there whole, or not at all. IO."""

import contextlib
import os
from pathlib import Path


def write_whole(file: Path, content: bytes) -> None:
    """Write a file that nobody sees half written, readable by us alone. Raises OSError."""
    import tempfile  # with much that only writing needs

    descriptor, draft = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        Path(draft).replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            Path(draft).unlink()
        raise
