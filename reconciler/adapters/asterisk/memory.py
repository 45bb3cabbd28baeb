"""Memory: what a connection has made out of what it read, so that nothing is made out twice."""

from dataclasses import dataclass, field
from typing import Final

from reconciler.adapters.asterisk.carrier import Pairs, Place
from reconciler.adapters.asterisk.owner import Owner, owner_of
from reconciler.adapters.asterisk.sections import Section, text_of
from reconciler.model.address import Address
from reconciler.model.live import LiveObject, TargetLive

_ANSWERS: Final = 2
"""The whole one, and what was written since."""


@dataclass(slots=True)
class Memory:
    """What one connection worked out of what it read: each thing with what it was worked out of.

    An apply reads a PBX several times over, and nearly everything is as it was.
    """

    objects: dict[Owner, tuple[dict[Place, Pairs], LiveObject | None]] = field(default_factory=dict)
    pairs: dict[int, tuple[Section, Pairs]] = field(default_factory=dict)
    owners: dict[Place, tuple[Pairs, Owner | None]] = field(default_factory=dict)
    traces: dict[Address, str] = field(default_factory=dict)
    """Of what each object was made of, the last time that it was."""
    told: tuple[TargetLive, ...] = ()
    """The last answers that are known, of this connection and earlier ones: secrets are sealed."""
    password: str = field(default="", repr=False)
    """Traces are under it."""

    def recall(self, answer: TargetLive) -> None:
        """Be told an answer of an earlier connection to the same target, with the same settings."""
        self.told = (answer, *(each for each in self.told if each is not answer))[:_ANSWERS]

    def known(self, address: Address, trace: str) -> LiveObject | None:
        """Return an object as it is known, if it was made out of the same."""
        for answer in self.told:
            if answer.traces.objects.get(address) == trace and address in answer.objects:
                return answer.objects[address]
        return None

    def pairs_of(self, section: Section) -> Pairs:
        """Return a section's lines as they stand in the file, made once for each section read."""
        known = self.pairs.get(id(section))
        if known is None or known[0] is not section:
            made = tuple(
                [
                    (name, text if text.__class__ is str else text_of(text))
                    for name, text in section.lines
                ]
            )
            known = self.pairs[id(section)] = section, made
        return known[1]

    def owner_of(self, place: Place, pairs: Pairs) -> Owner | None:
        """Return the object to which a section of ours belongs by its name."""
        known = self.owners.get(place)
        if known is None or known[0] is not pairs:
            known = self.owners[place] = pairs, owner_of(place, pairs)
        return known[1]
