"""Estates of the cases: from YAML to rendered files, as the command does it."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

from reconciler.adapters.memory import MemoryAdapter
from reconciler.adapters.renderers import RENDERERS
from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.language.decode import decode
from reconciler.language.load import load
from reconciler.language.parse import parse
from reconciler.model.resource import Desired
from reconciler.phonefiles.inventory import Inventory, take_inventory
from reconciler.phonefiles.render import Rendered, render_phones
from reconciler.resolve.resolve import resolve
from reconciler.rules import check

FOLDER = Path(__file__).parent
VENDORS = ("yealink", "grandstream", "polycom", "snom", "fanvil", "generic")
TODAY = date(2026, 11, 22)


class Estate(NamedTuple):
    """What files say, ready to be rendered."""

    desired: Desired
    inventory: Inventory
    texts: dict[str, str]
    findings: tuple[Diagnostic, ...]

    def render(self) -> Checked[tuple[Rendered, ...]]:
        return render_phones(self.desired, self.inventory, RENDERERS)


def estate_of(path: Path) -> Estate:
    """Return an estate of a file or folder."""
    sources = load([path], cwd=path.parent)
    nodes = parse(sources.value)
    declared = decode(nodes.value)
    resolved = resolve(declared.value, {"memory": MemoryAdapter()}, today=TODAY)
    checked = check(resolved.value, today=TODAY)
    stages = (sources, nodes, declared, resolved, checked)
    findings = tuple(each for stage in stages for each in stage.diagnostics)
    return Estate(
        checked.value, take_inventory(declared.value), dict(sources.value.texts), findings
    )


@cache
def case(vendor: str) -> Estate:
    """Return the vendor's estate of the cases."""
    return estate_of(FOLDER / "estates" / f"{vendor}.yaml")
