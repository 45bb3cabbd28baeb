"""What the tests of Asterisk's pure half share: objects, their sections, and reading them back."""

from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from reconciler.adapters.asterisk.carrier import Setup
from reconciler.adapters.asterisk.check import check
from reconciler.adapters.asterisk.decode import decode
from reconciler.adapters.asterisk.index import index_sections
from reconciler.adapters.asterisk.render import CARRIERS, render
from reconciler.adapters.asterisk.sections import Line, Section, text_of
from reconciler.adapters.asterisk.supports import SUPPORTS
from reconciler.diagnostics.place import Place
from reconciler.kinds import KINDS
from reconciler.kinds.entry import flatten, secret_paths
from reconciler.model.address import Address
from reconciler.model.live import LiveObject
from reconciler.model.resource import Resource
from reconciler.model.secret import Clear
from reconciler.model.value import Fields, Value
from reconciler.testing.strategies import entries, keys

SETUP = Setup(country="US")
SCOPE = "lumen"
HELD = sorted(CARRIERS)

Objects = Mapping[Address, Fields]


def at(text: str) -> Address:
    """Return an address on the test's PBX: `extension/1001`."""
    kind, _, key = text.partition("/")
    return Address(kind, SCOPE, key)


def resource(address: Address, fields: Fields) -> Resource:
    """Return a declared object."""
    return Resource(address, f"pbx/{SCOPE}", fields, Place("estate.yaml", 0, ()), 1)


def sections_of(objects: Objects, setup: Setup = SETUP) -> list[Section]:
    """Return everything that our files hold for these objects, as it is read: secrets too."""
    found = [
        section
        for address in sorted(objects)
        for section in render(address.kind, address.key, objects[address], setup)
    ]
    return [*found, *(each.section for each in index_sections(objects, setup))]


def as_read(sections: Iterable[Section]) -> list[Section]:
    """Return sections with all values as plain text, as a file gives them."""
    return [
        each._replace(lines=tuple(Line(name, text_of(value)) for name, value in each.lines))
        for each in sections
    ]


def read_back(sections: Iterable[Section], setup: Setup = SETUP) -> dict[Address, LiveObject]:
    """Decode sections into objects."""
    return decode(as_read(sections), SCOPE, setup).objects


def shown(fields: Fields) -> dict[str, Value]:
    """Return fields with secrets as text, so that they can be compared."""
    return {
        path: value.reveal() if isinstance(value, Clear) else value
        for path, value in fields.items()
    }


def lines_of(section: Section) -> list[str]:
    """Return a section's lines as they stand in a file."""
    return [f"{line.variable} = {text_of(line.value)}" for line in section.lines]


def as_text(sections: Iterable[Section]) -> str:
    """Return sections as people read them, the family behind the name."""
    return "\n".join(
        f"[{each.name}]  ; {each.family}\n" + "".join(f"{line}\n" for line in lines_of(each))
        for each in sections
    )


_SECRETS = {"secret": "canary-sip-secret", "pin": "7391846205", "admin_pin": "8642097531"}


def with_secrets(kind: str, fields: Fields) -> dict[str, Value]:
    """Return fields with values in place of references."""
    clear = {
        path: Clear(_SECRETS[path.rpartition(".")[2]])
        for path in secret_paths(KINDS[kind])
        if fields.get(path) is not None
    }
    return {**fields, **clear}


@st.composite
def declared(draw: DrawFn, kind: str) -> tuple[Address, dict[str, Value]]:
    """Return an object of a kind that plain Asterisk holds, with its secrets in clear."""
    raw: dict[str, Any] = draw(entries(kind, without=SUPPORTS[kind].unheld))
    fields = dict(flatten(KINDS[kind].model_validate(raw)))
    if kind == "schedule" and fields.get("closed_on"):
        days = st.sampled_from(("2026-12-25", "2026-12-24 13:00-24:00", "2027-01-01"))
        fields["closed_days"] = sorted(draw(st.sets(days)))
    address = Address(kind, SCOPE, draw(keys(kind)))
    problems = check(resource(address, fields), SETUP)
    assume(not any(problem.severity == "error" for problem in problems))
    return address, with_secrets(kind, fields)


def anything_declared() -> SearchStrategy[tuple[Address, dict[str, Value]]]:
    """Return an object of any kind that plain Asterisk holds."""
    return st.sampled_from(HELD).flatmap(declared)


@st.composite
def edited_line(draw: DrawFn, section: Section) -> Section:
    """Return the section with one line removed, changed, added or doubled."""
    at = draw(st.integers(0, len(section.lines) - 1))
    line = section.lines[at]
    how = draw(st.sampled_from(("remove", "change", "add", "double")))
    lines = list(section.lines)
    if how == "remove":
        del lines[at]
    elif how == "change":
        lines[at] = Line(line.variable, f"{text_of(line.value)}x")
    elif how == "add":
        name = line.variable if section.shared else "added"
        lines.insert(at, Line(name, draw(st.sampled_from(("yes", "n,NoOp()", "7")))))
    else:
        lines.insert(at, line)
    return section._replace(lines=tuple(lines))
