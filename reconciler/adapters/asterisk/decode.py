"""Sections -> live objects: fields from meta and real lines, and every hand edit made visible.

The meta section says what was declared. Where a real line says otherwise (somebody changed the
ring time in the dialplan), the real line wins, and the difference shows as drift of the field.
Then the object is rendered anew from these fields: every line that still differs is an `Edit`.

An object whose main section is gone is absent, even if its meta section is left. A section that
follows our naming but has no meta section was added by hand: it becomes an object with the fields
that its lines tell. What belongs to nothing at all, and every difference in what is written once
for many, is an edit of the PBX as a whole: seen, and put right by the next commit, because these
files are ours.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from reconciler.adapters.asterisk.carrier import (
    Carrier,
    Found,
    Pairs,
    Place,
    Setup,
    found_in,
    place_of,
)
from reconciler.adapters.asterisk.compare import (
    changed_lines,
    left_over,
    left_section,
    missing,
    secrets_in,
    surplus,
)
from reconciler.adapters.asterisk.index import index_sections, is_bucket
from reconciler.adapters.asterisk.leading import dead_lines, dead_section
from reconciler.adapters.asterisk.memory import Memory
from reconciler.adapters.asterisk.meta import (
    RENDERER,
    Known,
    as_pairs,
    meta_name,
    meta_section,
    read_meta,
)
from reconciler.adapters.asterisk.owner import INDEX, Owner, owner_of
from reconciler.adapters.asterisk.render import CARRIERS
from reconciler.adapters.asterisk.sections import Section
from reconciler.adapters.asterisk.tracing import trace_of
from reconciler.kinds.all_traits import TRAITS
from reconciler.model.address import Address
from reconciler.model.live import RENDERING, Edit, LiveObject
from reconciler.model.secret import Clear
from reconciler.model.value import Fields, Value


class Held(NamedTuple):
    """What our files hold: objects, and edits that belong to no single one of them."""

    objects: dict[Address, LiveObject]
    edits: tuple[Edit, ...]


def decode(
    sections: Iterable[Section], scope: str, setup: Setup, memory: Memory | None = None
) -> Held:
    """Return what our files hold. `sections` are those of all families, as read.

    With `memory`, of this setup and scope alone, what did not change is not worked out again.
    """
    memory = memory or Memory()
    actual = _by_place(sections, memory)
    owned: dict[Owner, dict[Place, Pairs]] = {}
    strays: dict[Place, Pairs] = {}
    index: dict[Place, Pairs] = {}
    known = _claims(actual, setup)
    for place, pairs in actual.items():
        owner = known.get(place) or memory.owner_of(place, pairs)
        if place.family == "ext" and (
            INDEX.fullmatch(place.name) or place.name == setup.internal_context
        ):
            index[place] = pairs
        elif owner is None or owner.kind not in CARRIERS:
            strays[place] = pairs
        else:
            owned.setdefault(owner, {})[place] = pairs
    objects: dict[Address, LiveObject] = {}
    for owner in sorted(owned):
        known_as = memory.objects.get(owner)
        if known_as is None or known_as[0] != owned[owner]:
            known_as = owned[owner], _made_out(owner, owned[owner], scope, setup, memory)
            memory.objects[owner] = known_as
        found = known_as[1]
        if found is not None:
            objects[found.address] = found
    return Held(objects, _common_edits(objects, scope, index, strays, setup))


def _made_out(
    owner: Owner, owned: dict[Place, Pairs], scope: str, setup: Setup, memory: Memory
) -> LiveObject | None:
    """Return an object, as it was known or worked out."""
    address = Address(owner.kind, scope, owner.key)
    trace = memory.traces[address] = _trace(owned, memory.password)
    return memory.known(address, trace) or _decode_object(owner, owned, scope, setup)


def _trace(owned: Mapping[Place, Pairs], password: str) -> str:
    return trace_of((repr(sorted(owned.items())).encode(),), password)


def _by_place(sections: Iterable[Section], memory: Memory) -> dict[Place, Pairs]:
    found: dict[Place, Pairs] = {}
    for section in sections:
        place, pairs = Place(section.family, section.name), memory.pairs_of(section)
        if not section.shared:
            found[place] = found[place] + pairs if place in found else pairs
            continue
        for pair in pairs:
            at = place._replace(key=pair[0])
            found[at] = (*found.get(at, ()), pair)
    return found


def _claims(actual: Mapping[Place, Pairs], setup: Setup) -> dict[Place, Owner]:
    """Return which places the objects with a meta section lay claim to by their fields."""
    claims: dict[Place, Owner] = {}
    for place, pairs in actual.items():
        owner = owner_of(place, pairs) if place.family == "meta" else None
        carrier = CARRIERS.get(owner.kind) if owner else None
        if owner is None or carrier is None or owner.key.isdigit():
            continue  # the names of what a number owns are clear by themselves
        fields = _with_secrets(owner.kind, read_meta(owner.kind, pairs, _paths(owner.kind)).fields)
        for section in _rendered(carrier, owner.key, fields, setup):
            claims[place_of(section, owner.key)] = owner
    return claims


def _with_secrets(kind: str, fields: Fields) -> Fields:
    """Return fields with every secret set, so that all sections that may exist are rendered."""
    return {**dict.fromkeys(TRAITS[kind].secrets, Clear("")), **fields}


def _rendered(carrier: Carrier, key: str, fields: Fields, setup: Setup) -> tuple[Section, ...]:
    """Render what was read. Fields that a hand edit made impossible render nothing."""
    try:
        return carrier.render(key, fields, setup)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError):
        return ()


@cache
def _paths(kind: str) -> frozenset[str]:
    worked_out = ("closed_days",) if kind == "schedule" else ()
    return frozenset((*TRAITS[kind].leaves, *worked_out))


def _decode_object(
    owner: Owner, actual: dict[Place, Pairs], scope: str, setup: Setup
) -> LiveObject | None:
    carrier = CARRIERS[owner.kind]
    if not any(place in actual for place in carrier.mains(owner.key)):
        return None
    meta_place = Place("meta", meta_name(*owner))
    meta_pairs = actual.get(meta_place)
    known = None if meta_pairs is None else read_meta(owner.kind, meta_pairs, _paths(owner.kind))
    found = Found({place: pairs for place, pairs in actual.items() if place != meta_place})
    fields, expected, written = _fields(carrier, owner.key, known, found, setup)
    as_written = found.sections == written
    edits = [] if as_written else _edits(expected, owner.key, found.sections, written)
    apart = False
    if known is None:
        edits.append(Edit(f"rec_meta [{meta_place.name}]", "the declared fields", None))
        leads = {place_of(each, owner.key) for each in expected if each.family == "ext"}
        apart = bool(leads) and leads.isdisjoint(actual)
    else:
        declared = meta_section(*owner, known.fields, known.renderer or RENDERER)
        if as_pairs(declared) != meta_pairs:
            edits += changed_lines(meta_place, declared, meta_pairs or (), ())
        if edits and known.renderer is not None and known.renderer < RENDERER:
            edits = [Edit(RENDERING, f"version {RENDERER}", f"version {known.renderer}")]
    address = Address(owner.kind, scope, owner.key)
    return LiveObject(address, fields, edits=tuple(edits), apart=apart)


def _fields(
    carrier: Carrier, key: str, known: Known | None, found: Found, setup: Setup
) -> tuple[dict[str, Value], tuple[Section, ...], Mapping[Place, Pairs]]:
    """Return the fields, real lines going before meta where they differ, and their rendering.

    And what was written for the declared fields: what is still so, nobody has edited.
    """
    secrets = TRAITS[carrier.kind].secrets
    if known is None:
        told = carrier.read(key, found, None)
        fields = {path: value for path, value in told.items() if value is not None}
        return fields, _rendered(carrier, key, fields, setup), {}
    declared = known.fields
    told = carrier.read(key, found, declared)
    fields = dict(declared)
    for path in secrets:
        if told.get(path) is not None:
            fields[path] = told[path]
    rendered = _rendered(carrier, key, fields, setup)
    ours = found_in(rendered, key)
    if ours.sections == found.sections:
        return fields, rendered, ours.sections
    wanted = carrier.read(key, ours, declared)
    for path in declared.keys() - secrets:
        if path.startswith("settings.") and path in wanted and path not in told:
            fields[path] = None
        elif path in told and told[path] != wanted.get(path):
            fields[path] = told[path]
    return fields, _rendered(carrier, key, fields, setup), ours.sections


def _edits(
    expected: Sequence[Section],
    key: str,
    actual: Mapping[Place, Pairs],
    written: Mapping[Place, Pairs],
) -> list[Edit]:
    secrets = secrets_in(expected)
    edits: list[Edit] = []
    places = set()
    for section in expected:
        place = place_of(section, key)
        places.add(place)
        pairs = actual.get(place)
        if pairs == written.get(place):
            continue  # only another section was edited, which changed a field of both
        if pairs is None:
            edits.append(missing(place, section))
        else:
            edits += changed_lines(place, section, pairs, secrets)
    unknown = (place for place in sorted(actual) if place not in places)
    edits += [surplus(at, actual[at]) for at in unknown if actual[at] != written.get(at)]
    return edits


def _common_edits(
    objects: Mapping[Address, LiveObject],
    scope: str,
    index: Mapping[Place, Pairs],
    strays: Mapping[Place, Pairs],
    setup: Setup,
) -> tuple[Edit, ...]:
    """Return the edits of what is written once for many, and of what belongs to nothing."""
    edits: list[Edit] = []
    left = dict(index)
    fields = {address: each.fields for address, each in objects.items() if not each.apart}
    there = frozenset(Owner(each.kind, each.key) for each in fields)
    for section in index_sections(fields, setup) if fields else ():
        place = Place("ext", section.name)
        pairs = left.pop(place, None)
        if pairs is None:
            edits.append(missing(place, section.section))
        elif changed := changed_lines(place, section.section, pairs, ()):
            dead = dead_lines(place, index, there)
            edits += _without_dead(place, section.section, pairs, dead, scope) if dead else changed
    for place, pairs in sorted(left.items()):
        of = dead_section(place, index, there)
        edits.append(
            surplus(place, pairs) if of is None else left_section(place, pairs, _at(of, scope))
        )
    edits += [surplus(place, pairs) for place, pairs in sorted(strays.items())]
    return tuple(edits)


def _without_dead(
    place: Place,
    expected: Section,
    actual: Pairs,
    dead: Mapping[tuple[str, str], Owner],
    scope: str,
) -> Iterator[Edit]:
    """Yield what a deleted object left of a section, and what else was changed there."""
    yield from (left_over(place, each, _at(dead[each], scope)) for each in actual if each in dead)
    alive = tuple(each for each in actual if each not in dead)
    for edit in changed_lines(place, expected, alive, ()):
        # Where no rows stand, lines come only in place of those: a hang-up after the last route.
        instead = edit.actual is None and not is_bucket(place.name)
        yield edit._replace(of=str(_at(min(dead.values()), scope))) if instead else edit


def _at(owner: Owner, scope: str) -> Address:
    return Address(owner.kind, scope, owner.key)
