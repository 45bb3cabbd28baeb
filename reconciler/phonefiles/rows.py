"""Rows: settings that become one parameter each, as a table. Pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from reconciler.model.secret import Secret
from reconciler.model.value import Value
from reconciler.phonefiles.phone import Phone, Said
from reconciler.phonefiles.sheet import NotHeld, Sheet, Written

Turn: TypeAlias = Callable[[Value], Written]


def as_is(value: Value) -> Written:
    """Write texts, numbers and secrets as they are, truth as 1 and 0."""
    if isinstance(value, str | int | Secret):
        return value
    raise NotHeld("it cannot be written")


def flipped(value: Value) -> Written:
    """Write truth as 0 and 1, for parameters that switch something off."""
    return not value


class Row(NamedTuple):
    """A setting, the parameters that hold it, and how its value is turned into theirs."""

    setting: str
    names: tuple[str, ...]
    turn: Turn = as_is


def row(setting: str, *names: str, turn: Turn = as_is) -> Row:
    """Return a row."""
    return Row(setting, names, turn)


def write_rows(rows: Iterable[Row], phone: Phone, sheet: Sheet) -> None:
    """Write the settings that somebody says."""
    for each in rows:
        said = phone.settings.get(each.setting)
        if said is not None:
            write_said(said, each.names, each.turn, sheet)


def write_said(said: Said, names: Iterable[str], turn: Turn, sheet: Sheet) -> None:
    """Write a value into parameters; None empties them."""
    with sheet.about(said.source):
        value = None if said.value is None else turn(said.value)
        for name in names:
            sheet.put(name, value, said.source)


def between(least: int, most: int, unit: str = "") -> Turn:
    """Return a turn that takes only numbers within limits."""

    def turn(value: Value) -> Written:
        if not least <= value <= most:
            raise NotHeld(f"it takes {least} to {most}{f' {unit}' if unit else ''}")
        return int(value)

    return turn


def write_empties(empties: Mapping[str, tuple[str, ...]], phone: Phone, sheet: Sheet) -> None:
    """Empty what somebody says is `null`, of settings that a row does not write by itself."""
    for setting, names in empties.items():
        said = phone.settings.get(setting)
        if said is not None and said.value is None:
            for name in names:
                sheet.put(name, None, said.source)
