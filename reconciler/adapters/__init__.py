"""One folder per platform; folders know nothing of each other. Loaded when first asked for."""

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final

from reconciler.adapter import Adapter

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_OURS: Final = {
    "asterisk": "reconciler.adapters.asterisk",
    "freepbx": "reconciler.adapters.freepbx",
    "memory": "reconciler.adapters.memory",
    "phones": "reconciler.adapters.phones",
}
ENTRY_POINTS: Final = "reconciler.adapters"
"""Other distributions add adapters by entry points of this group: `NAME = module:ADAPTER`."""


class _Adapters(Mapping[str, Adapter]):
    """Adapters by name. Reading one imports it; listing the names does not."""

    def __init__(self) -> None:
        self._loaded: dict[str, Adapter] = {}
        self._names: tuple[str, ...] | None = None

    def __getitem__(self, name: str) -> Adapter:
        if name not in self._loaded:
            if name in _OURS:
                self._loaded[name] = import_module(_OURS[name]).ADAPTER
            else:
                found = [each for each in _installed() if each.name == name]
                if not found:
                    raise KeyError(name)
                self._loaded[name] = found[0].load()
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        if self._names is None:
            others = {each.name for each in _installed()}
            self._names = tuple(sorted(_OURS.keys() | others))
        return iter(self._names)

    def __len__(self) -> int:
        return len(tuple(iter(self)))


def _installed() -> "Iterable[EntryPoint]":
    from importlib.metadata import entry_points  # with parsers of mail and archives: when needed

    return entry_points(group=ENTRY_POINTS)


ADAPTERS: Final[Mapping[str, Adapter]] = _Adapters()
"""Every adapter that is installed, by name."""
