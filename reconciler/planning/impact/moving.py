"""Who moves from one PBX to another, told once: not as one who leaves and one who is new. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from reconciler.model.address import Address
from reconciler.model.change import Adopt, Change, Create, Delete
from reconciler.model.plan import Impact
from reconciler.model.value import Fields
from reconciler.planning.impact.names import bare, kind_words, label, listed
from reconciler.planning.impact.writers import Situation, ends

Pair = tuple[Delete, Create | Adopt]


def moving(changes: Sequence[Change], heirs: Mapping[Address, Address]) -> list[Pair]:
    """Return what leaves a PBX, each with what takes its place on another one."""
    there = {each.address: each for each in changes}
    found = []
    for each in changes:
        heir = there.get(heirs.get(each.address, each.address))
        if isinstance(each, Delete) and isinstance(heir, (Create, Adopt)):
            found.append((each, heir))
    return found


def told_of(
    pairs: Sequence[Pair], before: Mapping[Address, Fields], after: Mapping[Address, Fields]
) -> Iterator[Impact]:
    """Yield a line for each that moves, or one for many that go the same way."""
    ways: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs:
        ways.setdefault((pair[0].address.scope, pair[1].address.scope), []).append(pair)
    for (source, destination), own in ways.items():
        way = f"from {source} to {destination}"
        if len(own) > 2:
            names = [bare(new.address, new.after) for _, new in own[:4]]
            kind = own[0][0].address.kind
            yield Impact(
                f"{len(own):,} {kind_words(kind, len(own))}",
                f"move {way}{_about(own)} ({listed(names, total=len(own))})",
            )
            continue
        for old, new in own:
            where = Situation(new.address, new.after, before, after)
            text = _about([(old, new)])
            if new.address.kind == "inbound_route":
                text = f": {ends(new.after.get('destination'), where)} there"
            yield Impact(label(new.address, new.after), f"moves {way}{text}")


def _about(pairs: Sequence[Pair]) -> str:
    old = pairs[0][0]
    if old.address.kind != "extension":
        return ""
    boxes = any(
        path.startswith("voicemail.") and value is not None
        for each, _ in pairs
        for path, value in each.before.items()
    )
    said = ": phones have to register there"
    return f"{said}, and messages in the voicemail stay behind" if boxes else said
