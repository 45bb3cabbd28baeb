"""Writes `reconciler/kinds/all_traits.py` anew from the kinds' models (`make schemas`)."""

import subprocess
import sys
from pathlib import Path

from reconciler.kinds.derive import traits_of
from reconciler.kinds.models import KINDS
from reconciler.kinds.traits import Traits

FILE = Path(__file__).parents[2] / "reconciler/kinds/all_traits.py"
_HEAD = '''"""The traits of every kind, written down. GENERATED from the models: `make schemas`.

A test compares them with what the models say.
"""

from collections.abc import Mapping
from typing import Final

from reconciler.kinds.marks import DestinationMark, Key, Reference
from reconciler.kinds.traits import ReferenceField, Traits

TRAITS: Final[Mapping[str, Traits]] = {
'''


def text() -> str:
    """Return the file as it should be, but for its line breaks."""
    kinds = (f"    {name!r}: {_said(traits_of(model))},\n" for name, model in KINDS.items())
    return f'{_HEAD}{"".join(kinds)}}}\n"""Every kind\'s traits by its name."""\n'


def _said(traits: Traits) -> str:
    fields = (f"{name}={_sorted(value)}" for name, value in traits._asdict().items())
    return f"Traits({', '.join(fields)},)"


def _sorted(value: object) -> str:
    if isinstance(value, frozenset):
        return f"frozenset({sorted(value)})" if value else "frozenset()"
    return repr(value)


def main() -> None:
    """Write the file and let ruff break its lines."""
    FILE.write_text(text(), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", FILE], check=True)


if __name__ == "__main__":
    main()
