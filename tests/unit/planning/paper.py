"""A platform on paper: the memory adapter's translation, with limits and commits as wanted."""

from collections.abc import Iterable, Mapping, Sequence

from reconciler.adapter import Finish, Support
from reconciler.adapters.memory import MemoryAdapter
from reconciler.model.address import Address
from reconciler.model.change import Change
from reconciler.model.live import Edit, Live
from reconciler.model.ownership import Ownership
from reconciler.model.resource import Desired
from reconciler.model.step import Request
from reconciler.model.target import Target
from reconciler.model.value import Fields
from reconciler.planning.diff import Diff, diff
from reconciler.testing.building import ownership


class PaperAdapter(MemoryAdapter):
    """Supports what a test says, and wants a reload when `reloads`."""

    def __init__(
        self,
        *,
        defaults: Fields | None = None,
        unreadable: Iterable[str] = (),
        immutable: Iterable[str] = (),
        reloads: bool = False,
    ) -> None:
        super().__init__()
        self.reloads = reloads
        self.after: Mapping[Address, Fields] = {}
        self.supports: Mapping[str, Support] = {
            name: each._replace(
                defaults=defaults or {},
                unreadable=frozenset(unreadable),
                immutable=frozenset(immutable),
            )
            for name, each in self.supports.items()
        }

    def finish(
        self,
        changes: Sequence[Change],
        after: Mapping[Address, Fields],
        edits: Sequence[Edit],
        target: Target,
        *,
        owed: bool = False,
    ) -> Finish | None:
        self.after = after
        if not self.reloads:
            return None
        args = {"objects": sorted(map(str, after)), "edits": [each.where for each in edits]}
        if owed:
            args["everything"] = True
        return Finish((Request("reload", args),), f"reload {target.scope}")


def compare(
    wish: Desired,
    now: Live,
    ledger: Ownership | None = None,
    adapter: MemoryAdapter | None = None,
) -> Diff:
    return diff(wish, now, ledger or ownership(), {"memory": adapter or PaperAdapter()})


def only(found: Diff) -> Change:
    """Return the one change of a diff."""
    assert len(found.changes) == 1, found.changes
    return found.changes[0]
