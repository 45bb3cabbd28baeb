"""What an inventory entry with `adapter: memory` holds."""

from reconciler.kinds.settings import Settings
from reconciler.kinds.text import LocalPath


class MemorySettings(Settings):
    """Inventory entry of a memory platform."""

    file: LocalPath | None = None
    """JSON file that holds the platform's objects, from the workspace's folder; only in memory,
    and gone with the process, when unset."""
