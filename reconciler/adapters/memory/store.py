"""Where the memory platform keeps its objects: a dict, or a JSON file that is replaced whole.

The file is `{"extension": {"1001": {"name": "Ada", "voicemail.email": "..."}}, ...}`, an object on
each line. Like a PBX's own database it holds passwords in clear; it stands for the platform, not
for our workspace.
"""

import json
import os
from pathlib import Path
from typing import Any


class Store:
    """Objects by kind and key. With no file they live as long as the store."""

    def __init__(self, file: str | None) -> None:
        self.file = Path(file) if file is not None else None
        self.kinds: dict[str, dict[str, dict[str, Any]]] = {}
        self.marked = True
        """Whether secrets inside of lists and maps (`$clear`) may be among the objects."""

    def look(self) -> bytes | None:
        """Return what stands in the file, None if there is none. Raises OSError."""
        if self.file is None or not self.file.exists():
            return None
        return self.file.read_bytes()

    def load(self, raw: bytes | None = None) -> None:
        """Make out what stands in the file, if there is one. Raises OSError or ValueError."""
        raw = self.look() if raw is None else raw
        if raw is None:
            return
        data = json.loads(raw)
        if not isinstance(data, dict) or not all(isinstance(each, dict) for each in data.values()):
            raise ValueError("not a mapping of kinds")
        self.kinds = data
        self.marked = b'"$' in raw or b"\\u0024" in raw

    def save(self) -> None:
        """Replace the file in one go: a crash leaves the old or the new one, never a half."""
        if self.file is None:
            return
        beside = self.file.with_name(f".{self.file.name}.new")
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="utf-8") as out:
            out.write(_text(self.kinds))
            out.flush()
            os.fsync(out.fileno())
        beside.replace(self.file)


def _text(kinds: dict[str, dict[str, dict[str, Any]]]) -> str:
    """Return JSON with an object on each line: readable, and quick, which `indent` is not."""
    encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
    sections = []
    for kind in sorted(kinds):
        lines = [f"  {encode(key)}: {encode(kinds[kind][key])}" for key in sorted(kinds[kind])]
        inside = ",\n".join(lines)
        sections.append(
            f" {encode(kind)}: {{\n{inside}\n }}" if lines else f" {encode(kind)}: {{}}"
        )
    return "{\n" + ",\n".join(sections) + "\n}\n" if sections else "{}\n"
