"""Hand-written contexts in which phones may dial: what Asterisk looks at there, in order. Pure.

A context's own lines come first, exact ones before patterns, then what its `switch` answers, then
its includes (pbx.c, pbx_find_extension). A line or an include whose name only the PBX knows, by a
variable, is like a switch: it may answer anything, or nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from reconciler.adapters.asterisk.carrier import Place, Setup
from reconciler.adapters.asterisk.handwritten.ahead import Context, Include, contexts_in
from reconciler.adapters.asterisk.owner import owner_of
from reconciler.adapters.asterisk.sections import MAIN_FILES, Section
from reconciler.model.live import Met


def entrances(sections: Sequence[Section], setup: Setup) -> Mapping[str, tuple[Met, ...]]:
    """Return what is looked at in each hand-written context, and in the one where ours begins."""
    contexts = contexts_in(sections)
    contexts.setdefault(setup.internal_context, Context())
    return {name: tuple(_met(name, each, setup)) for name, each in contexts.items()}


def _met(name: str, context: Context, setup: Setup) -> Iterator[Met]:
    where = f"{MAIN_FILES['ext']} [{name}]"
    for exten, caller, takes, is_first, at in context.lines:
        shown = f"exten => {exten}/{caller}" if caller else f"exten => {exten}"
        what: Literal["line", "switch"] = "line" if takes else "switch"
        yield Met(what, takes, shown, at, bool(caller) or not is_first)
    for switch, at in context.switches:
        yield Met("switch", switch, f"switch => {switch}/...", at)
    for include in context.before:
        yield from _included(include, where)
    if name == setup.internal_context:
        yield Met("numbers", "", "", where)
        yield Met("routes", "", "", where)
    for include in context.behind:
        yield from _included(include, where)


def _included(include: Include, where: str) -> Iterator[Met]:
    """Yield what an include leads to: of ours, to all numbers and as far as routes leave there."""
    name, is_timed = include
    shown = f"include => {name}"
    if "${" in name:
        yield Met("switch", "", shown, where, is_timed)
    elif not name.startswith("rec-"):
        yield Met("include", name, shown, where, is_timed)
    elif name in ("rec-internal", "rec-extensions"):
        yield Met("numbers", "", shown, where, is_timed)
    elif name.startswith("rec-class-"):
        yield Met("numbers", "", shown, where, is_timed)
        yield Met("routes", "", shown, where, is_timed)
    elif (owner := owner_of(Place("ext", name), ())) and owner.kind == "outbound_route":
        yield Met("route", owner.key, shown, where, is_timed)
    elif name == "rec-external":
        yield Met("outside", "", shown, where, is_timed)
