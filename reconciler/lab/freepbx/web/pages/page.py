"""What all pages have: an object to fill a form with, and an action that was sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Row, Value
from reconciler.lab.freepbx.web.forms import Filled
from reconciler.lab.freepbx.wire import Params, text

TARGETS = ("extdisplay", "itemid", "id", "account", "pagegrp", "announcement_id")
"""Parameters that say which object. Which of them a page reads is recorded for a few pages only,
so the emulator reads them all."""


class Broken(Exception):
    """PHP stops in the middle: the error page, and nothing more is done."""


class Done(NamedTuple):
    """A form was taken. `location`: the answer is a 302 to there, otherwise the page again."""

    location: str = ""


def no_list(_pbx: Pbx) -> str:
    """A list that a script fills."""
    return "<table></table>"


class Page(NamedTuple):
    """One page. `fill` gives None for its list, which has no form; `send` None for no action."""

    fill: Callable[[Pbx, Params], Filled | None]
    send: Callable[[Pbx, Params, str], Done | None]
    shows: Callable[[Pbx], str] = no_list
    """The HTML of its list, which most pages fill by a script."""
    reloads: bool = True
    """Whether what it does lights up Apply Config."""
    module: str = ""
    """The module that it comes with, where not every system has that."""


def target(params: Params) -> str:
    """The object that a request is about; empty for a new one."""
    return next((found for name in TARGETS if (found := text(params, name))), "")


def goto(params: Params, suffix: str) -> str:
    """The destination that two lists of a form say."""
    category = text(params, f"goto{suffix}")
    return text(params, f"{category}{suffix}") if category else ""


def shown(value: Value) -> str:
    """A stored value as a form shows it."""
    return "" if value is None else str(value)


def columns_of(row: Row, *names: str) -> dict[str, str | list[str] | None]:
    """Columns whose fields have the same names."""
    return {name: shown(row[name]) for name in names}


def wants_form(params: Params) -> bool:
    """Whether a page shows its form and not its list."""
    return text(params, "view") == "form" or bool(target(params)) or "action" in params
