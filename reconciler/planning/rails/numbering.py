"""Which change takes a number that people dial. Pure."""

from reconciler.kinds.numbers import number_of
from reconciler.model.change import Adopt, Change, Create, Move, Replace, Update


def new_number(change: Change) -> str | None:
    """Return the number that a change gives to its object, None if it gives none anew."""
    if isinstance(change, Create):
        return number_of(change.address, change.after)
    if isinstance(change, (Adopt, Move, Replace, Update)):
        source = change.source if isinstance(change, Move) else change.address
        number = number_of(change.address, change.after)
        return number if number != number_of(source, change.before) else None
    return None
