"""Recorded exchanges, read from `shared/` beside the checkout (or beside the folder it is in)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[4]


def folder() -> Path | None:
    """Where the exchanges are; None when `shared/` is not there."""
    for above in (ROOT.parent, ROOT.parent.parent):
        found = above / "shared" / "facts" / "freepbx-exchanges"
        if found.is_dir():
            return found
    return None


@dataclass(frozen=True)
class Exchange:
    """One request and what a real FreePBX answered; `seen` is what was recorded besides."""

    file: str
    place: int
    case: str
    request: dict[str, Any]
    response: dict[str, Any]
    seen: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.file}[{self.place}] {self.case}"


def exchanges(file: str) -> list[Exchange]:
    """All exchanges of one file, in the order of recording."""
    path = folder()
    assert path is not None
    found = json.loads((path / f"{file}.json").read_text(encoding="utf-8"))["exchanges"]
    return [
        Exchange(file, place, _case(each), each["request"], each["response"], each)
        for place, each in enumerate(found)
        if "request" in each
    ]


def _case(each: dict[str, Any]) -> str:
    return str(each.get("case") or each["request"]["method"])
