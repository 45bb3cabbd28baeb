"""What sections mean: objects, the index that fits them, and whose each of them is. Pure."""

from collections.abc import Iterator, Sequence

from reconciler.adapters.asterisk.carrier import place_of, setup_of
from reconciler.adapters.asterisk.connection import Decoded, Sections
from reconciler.adapters.asterisk.decode import decode
from reconciler.adapters.asterisk.encode import finish
from reconciler.adapters.asterisk.files import Key
from reconciler.adapters.asterisk.handwritten.ahead import lines_ahead
from reconciler.adapters.asterisk.handwritten.clashing import doubled, occupied
from reconciler.adapters.asterisk.handwritten.dialled import leading_to
from reconciler.adapters.asterisk.handwritten.entrances import entrances
from reconciler.adapters.asterisk.handwritten.objects import decode_hand_written
from reconciler.adapters.asterisk.handwritten.untold import renamed
from reconciler.adapters.asterisk.memory import Memory
from reconciler.adapters.asterisk.owner import owner_of
from reconciler.adapters.asterisk.sections import Section, text_of
from reconciler.adapters.asterisk.supports import SUPPORTS
from reconciler.model.step import Request
from reconciler.model.target import Target


def read_sections(
    sections: Sections, kinds: frozenset[str], target: Target, *, memory: Memory
) -> Decoded:
    """Return the objects of these kinds: ours with their edits, hand-written ones locked.

    `memory` is the connection's, of what it read before.
    """
    setup = setup_of(target.settings)
    held = decode(sections.ours, target.scope, setup, memory)
    by_hand = decode_hand_written(sections.foreign, target.scope, setup)
    objects = {**by_hand.objects, **held.objects}
    wanted = {address: each for address, each in objects.items() if address.kind in kinds}
    traces = {address: memory.traces[address] for address in wanted if address in held.objects}
    leading = leading_to(sections.foreign, setup)
    beyond = dict(by_hand.beyond)
    for address, told in renamed(leading, by_hand.objects, target.scope).items():
        beyond[address] = (*beyond.get(address, ()), *told)
    taken = occupied(sections.foreign, target.scope)
    return Decoded(
        wanted,
        kinds & SUPPORTS.keys(),
        held.edits,
        traces,
        beyond,
        lines_ahead(sections.foreign, setup),
        leading,
        taken,
        entrances(sections.foreign, setup),
        doubled(sections.foreign, taken, held.objects, target.scope),
    )


def index_requests(held: Decoded, *, target: Target) -> Sequence[Request]:
    """Return the requests that make what is written once for many fit these objects."""
    fields = {address: each.fields for address, each in held.objects.items() if not each.apart}
    done = finish((), fields, held.edits, setup_of(target.settings), owed=True)
    return () if done is None else done.requests


def owns(section: Section) -> Iterator[tuple[Key, str, str]]:
    """Yield the keys of a section that was read, with the objects to which they belong."""
    pairs = tuple((line.variable, text_of(line.value)) for line in section.lines)
    variables = dict.fromkeys(line.variable for line in section.lines) if section.shared else ("",)
    for variable in variables:
        owner = owner_of(place_of(section, variable), pairs)
        if owner is not None:
            key = Key(section.family, section.name.lower(), variable or None)
            yield key, owner.kind, owner.key
