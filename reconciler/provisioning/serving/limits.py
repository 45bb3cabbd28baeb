"""Limits: how often somebody has asked in the last minute, for a bounded number of somebodies."""

from collections import OrderedDict
from typing import Final

_WINDOW_S: Final = 60.0
MOST: Final = 100_000


class Counter:
    """Counts in windows of a minute by key. When there are too many keys the oldest are dropped.

    A window also ends when the clock was put back: nobody is shut out until it has caught up.
    """

    def __init__(self, limit: int, most: int = MOST) -> None:
        self._limit = limit
        self._most = most
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def add(self, key: str, now_s: float) -> bool:
        """Count once more; say whether the limit was passed."""
        begun, count = self._windows.get(key, (now_s, 0))
        if not 0 <= now_s - begun < _WINDOW_S:
            begun, count = now_s, 0
        self._windows[key] = (begun, count + 1)
        self._windows.move_to_end(key)
        if len(self._windows) > self._most:
            self._windows.popitem(last=False)
        return count + 1 > self._limit

    def is_over(self, key: str, now_s: float) -> bool:
        """Whether the limit was passed in this window. Counts nothing."""
        begun, count = self._windows.get(key, (now_s, 0))
        return 0 <= now_s - begun < _WINDOW_S and count >= self._limit
