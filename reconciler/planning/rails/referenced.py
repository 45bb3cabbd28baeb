"""The rail about what would lead to nothing once something is deleted, moved or renamed. Pure."""

from collections.abc import Iterable, Iterator

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.kinds.numbers import number_of
from reconciler.model.address import Address
from reconciler.model.change import Change, Create, Delete, Move
from reconciler.model.live import Leading
from reconciler.planning.order import references_in
from reconciler.planning.rails.situation import Situation, allow


def still_referenced(at: Situation) -> Iterator[Diagnostic]:
    """Neither an object nor a hand-written line must be left pointing at nothing."""
    yield from _by_objects(at)
    yield from _by_hand(at)


def _by_objects(at: Situation) -> Iterator[Diagnostic]:
    moved = {each.source for each in at.changes(Move) if isinstance(each, Move)}
    deleted = {each.address for each in at.changes(Delete)} | (moved - at.after.keys())
    if not deleted:
        return
    referrers: dict[Address, list[Address]] = {}
    for address, fields in at.after.items():
        for need in references_in(address, fields) & deleted:
            referrers.setdefault(need, []).append(address)
    for address, by in sorted(referrers.items()):
        verb = "moved" if address in moved else "deleted"
        yield Diagnostic(
            "still-referenced",
            f"{address} would be {verb}, but {', '.join(str(each) for each in sorted(by))} "
            "still refers to it.",
            hint="change or delete what refers to it first; or " + allow("still-referenced"),
        )


def _by_hand(at: Situation) -> Iterator[Diagnostic]:
    """Yield what lines that others wrote lead to, and would find no longer or by another name."""
    for change in at.changes(Create, Delete, Move):
        target = at.live.targets.get(change.target)
        leads = [each for each in target.leading if _loses(each, change, at)] if target else []
        if not leads:
            continue
        source = change.source if isinstance(change, Move) else change.address
        which = f"{_quoted(each.line for each in leads)}, written by hand in {_places(leads)},"
        if isinstance(change, Create):
            detail = (
                f"{source} gets another name on {change.target.partition('/')[2]}: {which} would "
                "lead nowhere."
            )
            hint = _renaming(leads)
        else:
            verb = "moved" if isinstance(change, Move) else "deleted"
            detail = f"{source} would be {verb}, but {which} would still lead to it."
            hint = "change those lines first"
        yield Diagnostic(
            "still-referenced",
            detail,
            change.origin,
            hint=f"{hint}; or {allow('still-referenced')}",
        )


def _renaming(leads: list[Leading]) -> str:
    """Return how lines get the new name without a call being lost in between."""
    here = [each for each in leads if not each.reload]
    there = [each for each in leads if each.reload]
    ways = []
    if here:
        ways.append(
            f"write {_quoted(each.instead for each in here)} there and do not reload: apply does, "
            "and no call is lost"
        )
    if there:
        ways.append(
            f"in {_places(there)}, which an apply does not reload, let those lines try "
            f"{_quoted(each.instead for each in there)} first and then the old name; reload that "
            f"({_quoted(each.reload for each in there)}), and take the old name out afterwards"
        )
    return "; ".join(ways)


def _loses(lead: Leading, change: Change, at: Situation) -> bool:
    """Whether a line leads to what a change takes away, or by a name that it has no longer."""
    if isinstance(change, Create):
        return (lead.kind, lead.key, bool(lead.instead)) == (*_kind_and_key(change.address), True)
    if not isinstance(change, (Delete, Move)) or lead.instead:
        return False
    source = change.source if isinstance(change, Move) else change.address
    if lead.kind:
        return (lead.kind, lead.key) == _kind_and_key(source) and source not in at.after
    scope = source.scope
    return lead.key == number_of(source, change.before) and not any(
        address.scope == scope and number_of(address, fields) == lead.key
        for address, fields in at.after.items()
    )


def _kind_and_key(address: Address) -> tuple[str, str]:
    return address.kind, address.key


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in dict.fromkeys(names))


def _places(leads: Iterable[Leading]) -> str:
    """Return where lines stand, at most five places: `extensions.conf [oncall], [outbound]`."""
    found: dict[str, list[str]] = {}
    for file, _, section in (each.where.partition(" ") for each in leads):
        if section not in found.setdefault(file, []):
            found[file].append(section)
    places = [f"{file} {', '.join(each[:5])}{_more(each)}" for file, each in found.items()]
    return " and ".join(places)


def _more(names: list[str]) -> str:
    return f" and {len(names) - 5} more" if len(names) > 5 else ""
