"""What can be declared: one file per kind, and the list of them all.

A model is loaded when somebody asks for it. Who only has to know what a field means asks
`all_traits.TRAITS`, which loads nothing.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.kinds.models import KINDS, SECTIONS

__all__ = ["KINDS", "SECTIONS"]


def __getattr__(name: str) -> object:
    """Load the list when somebody asks for it: it comes with pydantic."""
    if name not in __all__:
        raise AttributeError(name)
    from reconciler.kinds import models

    return getattr(models, name)
