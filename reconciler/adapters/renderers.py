"""Which vendors' phone files can be rendered: one line for each folder that has a RENDERER.

A folder may render files without being an adapter of sites: that takes live state, too.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Final

from reconciler.phonefiles.vendor import Vendor

_FOLDERS: Final = ("fanvil", "generic", "grandstream", "polycom", "snom", "yealink")


class _Renderers(Mapping[str, Vendor]):
    """Renderers by vendor. Reading one imports it."""

    def __getitem__(self, name: str) -> Vendor:
        if name not in _FOLDERS:
            raise KeyError(name)
        return _renderer(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_FOLDERS)

    def __len__(self) -> int:
        return len(_FOLDERS)


@cache
def _renderer(name: str) -> Vendor:
    renderer: Vendor = import_module(f"reconciler.adapters.{name}").RENDERER
    return renderer


RENDERERS: Final[Mapping[str, Vendor]] = _Renderers()
"""Every vendor whose phones' files can be rendered, by name."""
