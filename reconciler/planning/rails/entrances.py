"""The rail about phones that dial in a context which others wrote: do they reach help? Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.kinds.dial_pattern import overlap
from reconciler.model.address import Address
from reconciler.model.change import Adopt, Create, Move, Replace, Update
from reconciler.model.live import Met, TargetLive
from reconciler.model.resource import Resource
from reconciler.model.value import EMPTY, Fields
from reconciler.planning.rails.helpless import CONTEXT, RAIL, is_waived, without_help
from reconciler.planning.rails.reach import emergency_routes
from reconciler.planning.rails.situation import Situation, allow

_NAMED: Final = 5
"""How many phones a finding names."""

Contexts = Mapping[str, tuple[Met, ...]]


class _End(NamedTuple):
    """Numbers for help that do not reach their route for sure, and why that is not known.

    `why` is "" where it is known: nothing answers them.
    """

    numbers: tuple[str, ...]
    why: str


def emergency_context(at: Situation) -> Iterator[Diagnostic]:
    """Whoever dials in a hand-written context must be able to call for help there, too.

    Who cannot is told in every plan, and stops the one that puts a phone there. What cannot be
    known is told when a phone is put there or calls for help get another route.
    """
    put, rerouted = _put_there(at), _rerouted(at)
    for name, target in sorted(at.live.targets.items()):
        contexts = target.entrances
        phones = {} if contexts is None else dialling(name, at)
        scope = name.partition("/")[2]
        if contexts is not None and not _is_theirs_too(contexts):
            yield from without_help(at, scope, has_others=bool(phones))
        for context, there in sorted(phones.items()):
            new = [each for each in there if each.address in put]
            for end in _ends(scope, context, target, at):
                if new:
                    yield _finding(context, end, new, is_new=True)
                elif not end.why or scope in rerouted:
                    yield _finding(context, end, there, is_new=False)


def _is_theirs_too(contexts: Contexts) -> bool:
    """Whether people wrote lines into the context of ours, too: they may answer calls for help."""
    ours = [e for e in contexts.values() if any(m.what == "routes" and not m.shown for m in e)]
    return any(met.what in ("line", "include", "switch") for each in ours for met in each)


def _put_there(at: Situation) -> set[Address]:
    """Return the phones that the plan puts where they dial."""
    return {each.address for each, before in _written(at) if _differ(before, each.after, CONTEXT)}


def _rerouted(at: Situation) -> set[str]:
    """Return the PBXs on which the plan changes what calls for help are and by which route."""
    return {
        each.address.scope
        for each, before in _written(at)
        if each.address.kind == "outbound_route"
        and not isinstance(each, Adopt)  # it leads where it led
        and each.after.get("emergency")
        and _differ(before, each.after, "emergency", "enabled", "patterns")
    }


def _written(at: Situation) -> Iterator[tuple[Create | Move | Replace | Update | Adopt, Fields]]:
    """Yield the changes that leave an object, each with the fields that it has now."""
    for each in at.diff.changes:
        if isinstance(each, Create):
            yield each, EMPTY
        elif isinstance(each, (Adopt, Move, Replace, Update)):
            yield each, each.before


def _differ(before: Fields, after: Fields, *paths: str) -> bool:
    return any(before.get(path) != after.get(path) for path in paths)


def dialling(target: str, at: Situation) -> dict[str, list[Resource]]:
    """Return the declared phones by the hand-written context in which they dial."""
    found: dict[str, list[Resource]] = {}
    for address, each in at.desired.resources.items():
        context = each.fields.get(CONTEXT)
        if address.kind != "extension" or each.target != target or not isinstance(context, str):
            continue
        if each.fields.get("secret") is not None and not is_waived(each, at):
            found.setdefault(context, []).append(each)
    return found


def _ends(scope: str, context: str, target: TargetLive, at: Situation) -> Iterator[_End]:
    """Yield how calls for help end in a context, other than on the route that is declared."""
    said = {(each.where, each.line) for each in target.ahead if "route" in each.hides}
    ends: dict[str, list[str]] = {}
    contexts, usual = target.entrances or {}, _usual_routes(scope, at)
    for route in emergency_routes(at.after).get(scope, ()):
        for pattern in at.after[route].get("patterns") or ():
            why = not_reached(pattern["match"], route.key, context, contexts, usual, said)
            if why is not None:
                ends.setdefault(why, []).append(pattern["match"])
    for why, numbers in ends.items():
        yield _End(tuple(dict.fromkeys(numbers)), why)


def _usual_routes(scope: str, at: Situation) -> dict[str, list[str]]:
    """Return the patterns of the routes of a PBX that are not for emergency calls, by name."""
    return {
        address.key: [each["match"] for each in fields.get("patterns") or ()]
        for address, fields in at.after.items()
        if (address.kind, address.scope) == ("outbound_route", scope)
        if fields.get("enabled") is not False and not fields.get("emergency")
    }


def not_reached(
    number: str,
    route: str,
    context: str,
    contexts: Contexts,
    usual: Mapping[str, Sequence[str]] = EMPTY,
    said: Collection[tuple[str, str]] = (),
) -> str | None:
    """Return why it is not known that a number reaches its route; "" if it does not, None if so.

    `usual` are the patterns of other routes: who leaves by one of those may have to enter a PIN,
    or shows another number. A line that is `said` to come first (`number-overlap`) is not told
    twice.
    """
    unsure = ""
    for met in in_order(context, contexts, set(), is_timed=False):
        if met.what == "line" and overlap(met.text, number):
            if (met.where, met.shown) in said:
                return None
            return f"`{met.shown}` in {met.where} answers first"
        if met.what == "switch":
            return f"`{met.shown}` in {met.where} may answer first"
        if met.what in ("route", "outside"):
            names = usual if met.what == "outside" else [met.text]
            if any(overlap(each, number) for name in names for each in usual.get(name, ())):
                return f"`{met.shown}` in {met.where} may take it to another route first"
        if met.what == "routes" or (met.what == "route" and met.text == route):
            if not met.partly:
                return None
            unsure = "the way to the route is open at certain hours alone"
    return unsure


def in_order(
    name: str, contexts: Contexts, seen: set[tuple[str, bool]], *, is_timed: bool
) -> Iterator[Met]:
    """Yield what is looked at from a context on; what stands behind a timed include, as partly."""
    if (name, is_timed) in seen:
        return
    seen.add((name, is_timed))
    for met in contexts.get(name, ()):
        partly = is_timed or met.partly
        if met.what == "include":
            yield from in_order(met.text, contexts, seen, is_timed=partly)
        else:
            yield met._replace(partly=partly)


def _finding(context: str, end: _End, phones: list[Resource], *, is_new: bool) -> Diagnostic:
    first = phones[0]
    more = f" and {len(phones) - _NAMED} more" if len(phones) > _NAMED else ""
    who = f"{', '.join(str(each.address) for each in phones[:_NAMED])}{more}"
    numbers = ", ".join(end.numbers)
    waive = f"take it upon you: waive: [{{rule: {RAIL}, ...}}] at the extension"
    if end.why:
        detail = (
            f"Whether {numbers} gets help from {who} is not known: they dial in [{context}], "
            f"written by hand, and {end.why}."
        )
        hint = f"make a test call, then {waive}"
    else:
        cannot = "could not" if is_new else "cannot"
        detail = (
            f"{who} {cannot} call for help: {numbers} leads nowhere in [{context}], written by "
            "hand, where they dial."
        )
        hint = (
            f"let [{context}] lead to the emergency route there and reload, or leave {CONTEXT} "
            f"out; or {waive}; or {allow(RAIL)}"
        )
    return Diagnostic(
        RAIL,
        detail,
        first.place_of(CONTEXT),
        hint,
        "error" if is_new and not end.why else "warning",
    )
