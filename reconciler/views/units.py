"""Which fields are time spans, read from the kinds: every number is shown with its unit. Pure."""

from reconciler.kinds.all_traits import TRAITS
from reconciler.model.value import Value


def with_unit(kind: str, path: str, value: Value, text: str) -> str:
    """Return the text with ` s` behind it where the field is a time span."""
    counted = isinstance(value, (int, float)) and not isinstance(value, bool)
    known = TRAITS.get(kind)
    return f"{text} s" if counted and known and path in known.seconds else text
