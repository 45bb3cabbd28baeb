"""What is written once for many: the contexts that phones and callers enter.

    from-internal          where phones dial: emergency routes, numbers, routes
    rec-class-CLASS        the same for a class of service
    rec-internal           all numbers: extensions, groups, queues, features
    rec-exts-NN            numbers and hints of extensions, spread by a hash so that a change
    rec-numbers-NN         rewrites few lines; the same for all other numbers
    rec-external           outside numbers that the configuration itself dials

Asterisk visits at most 128 contexts for one number (AST_PBX_MAX_STACK): hence the buckets.
"""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from reconciler.adapters.asterisk.carrier import Setup
from reconciler.adapters.asterisk.dialplan import (
    CONFIRM,
    EXTERNAL,
    INTERNAL,
    Script,
    context_of,
    entry_of,
)
from reconciler.adapters.asterisk.render import CARRIERS
from reconciler.adapters.asterisk.sections import Section
from reconciler.model.address import Address
from reconciler.model.value import Fields

BUCKETS: Final = {"exts": 32, "numbers": 8}
"""Over how many contexts numbers are spread."""


@dataclass(frozen=True, slots=True)
class IndexSection:
    """A section, and which object each of its lines is there for (by the line's text)."""

    section: Section
    owners: Mapping[str, Address] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The context's name."""
        return self.section.name


Objects = Mapping[Address, Fields]


def index_sections(objects: Objects, setup: Setup) -> tuple[IndexSection, ...]:
    """Return all index sections for these objects, in a fixed order."""
    if not objects:
        return ()
    buckets = tuple(_numbers(objects))
    names = [each.name for each in buckets]
    return (*_fixed(objects, setup, names), *buckets)


def bucket_of(family: str, number: str) -> str:
    """Return the context in which a number stands."""
    return f"rec-{family}-{zlib.crc32(number.encode()) % BUCKETS[family]:02d}"


def numbers_of(address: Address, fields: Fields) -> Iterator[tuple[str, str]]:
    """Yield the numbers that reach an object from inside, with the family of their bucket."""
    carrier = CARRIERS.get(address.kind)
    family = "exts" if address.kind == "extension" else "numbers"
    for number, _ in carrier.numbers(address.key, fields) if carrier else ():
        yield family, number


def _numbers(objects: Objects) -> Iterator[IndexSection]:
    scripts: dict[str, Script] = {}
    owners: dict[str, dict[str, Address]] = {}
    taken: set[str] = set()
    for address in sorted(objects):
        carrier = CARRIERS.get(address.kind)
        numbers = carrier.numbers(address.key, objects[address]) if carrier else ()
        for number, hint in numbers:
            if number in taken:
                continue
            taken.add(number)
            family = "exts" if address.kind == "extension" else "numbers"
            name = bucket_of(family, number)
            script = scripts.setdefault(name, Script(name))
            before = len(script.lines)
            target = context_of(address.kind, address.key)
            script.exten(number, f"Goto({target},{entry_of(address.kind, address.key)},1)")
            if hint:
                script.hint(number, hint)
            for line in script.lines[before:]:
                owners.setdefault(name, {})[f"{line.variable} = {line.value}"] = address
    for name in sorted(scripts):
        yield IndexSection(scripts[name].section(), owners[name])


def _fixed(objects: Objects, setup: Setup, buckets: list[str]) -> Iterator[IndexSection]:
    extensions = Script("rec-extensions")
    extensions.include(*(name for name in buckets if name.startswith("rec-exts-")))
    yield IndexSection(extensions.section())
    internal = Script(INTERNAL)
    internal.include(
        "rec-extensions", *(name for name in buckets if name.startswith("rec-numbers-"))
    )
    yield IndexSection(internal.section())
    entry = Script(setup.internal_context)
    entry.include(INTERNAL)
    yield IndexSection(entry.section())
    outside = Script(EXTERNAL)
    outside.exten("_X.", "Hangup(3)")
    yield IndexSection(outside.section())
    confirm = Script(CONFIRM)
    confirm.exten("s", "Set(REC_TRIES=0)")
    confirm.same("Read(REC_KEY,followme/options,1,,1,5)", "ask")
    confirm.same('GotoIf($["${REC_KEY}"="1"]?take)')
    confirm.same("Set(REC_TRIES=$[${REC_TRIES}+1])")
    confirm.same('GotoIf($["${REC_KEY}"="" & ${REC_TRIES}<2]?ask)')
    confirm.same("Set(GOSUB_RESULT=CONTINUE)")
    confirm.same("Return()", "take")
    yield IndexSection(confirm.section())
