"""What a kind's file offers: how one object becomes sections, and what its sections tell back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from reconciler.adapters.asterisk.sections import Family, Section, text_of
from reconciler.kinds.all_traits import TRAITS
from reconciler.model.secret import Clear
from reconciler.model.value import Fields, Value

DEFAULT_CODECS: Final = ("g722", "alaw", "ulaw")
"""What phones and trunks may speak when no codecs are declared."""


CODES: Final = {
    "voicemail": "*97",
    "voicemail_other": "*98",
    "voicemail_direct": None,
    "pickup_extension": None,
    "echo_test": None,
}
"""Feature codes that are carried out here, with those that hold when none are declared."""


@dataclass(frozen=True, slots=True)
class Setup:
    """The settings of a target on which renderings depend."""

    internal_context: str = "from-internal"
    transport: str | None = None
    country: str | None = None
    codes: Mapping[str, str | None] = field(default_factory=lambda: dict(CODES))


def setup_of(settings: Fields) -> Setup:
    """Read a target's settings (flat; what is not declared has its default)."""
    codes = {name: settings.get(f"feature_codes.{name}") or usual for name, usual in CODES.items()}
    return Setup(
        internal_context=settings.get("internal_context") or "from-internal",
        transport=settings.get("transport"),
        country=settings.get("country"),
        codes=codes,
    )


class Place(NamedTuple):
    """Where a section stands: family and name, and the line's name in a shared section."""

    family: Family
    name: str
    key: str | None = None


def place_of(section: Section, key: str) -> Place:
    """Return where an object's section stands."""
    return Place(section.family, section.name, key if section.shared else None)


Pairs = tuple[tuple[str, str], ...]
"""A section's lines as they stand in the file, secrets in clear."""


@dataclass(frozen=True, slots=True)
class Found:
    """An object's sections as the platform holds them."""

    sections: Mapping[Place, Pairs] = field(repr=False)

    def lines(self, family: Family, name: str, key: str | None = None) -> Pairs:
        """Return the lines of a section, none if it is missing."""
        return self.sections.get(Place(family, name, key), ())

    def value(self, family: Family, name: str, variable: str) -> str | None:
        """Return the first value of a variable in a section."""
        return next((text for at, text in self.lines(family, name) if at == variable), None)

    def values(self, family: Family, name: str, variable: str) -> list[str]:
        """Return all values of a variable in a section."""
        return [text for at, text in self.lines(family, name) if at == variable]


def found_in(sections: Sequence[Section], key: str) -> Found:
    """Return rendered sections in the shape in which the platform's are read."""
    return Found(
        {
            place_of(each, key): tuple((line.variable, text_of(line.value)) for line in each.lines)
            for each in sections
        }
    )


class Number(NamedTuple):
    """A number that reaches an object from inside: what it does, and whose state it shows."""

    number: str
    application: str
    hint: str | None = None


def no_numbers(_key: str, _fields: Fields) -> tuple[Number, ...]:
    """Return nothing: objects of the kind are not dialled."""
    return ()


Render = Callable[[str, Fields, Setup], tuple[Section, ...]]
Read = Callable[[str, Found, Fields | None], dict[str, Value]]


class Carrier(NamedTuple):
    """How Asterisk carries out one kind.

    `render` gives the sections of an object from its key and fields. `read` gives those fields
    that stand in the sections one to one, secrets as `Clear`; fields that it leaves out are known
    from the meta section alone. It is told the declared fields (None: the meta section is gone),
    for where a line stands for one of two fields. `mains` are the sections without which an
    object does not exist.
    `numbers` are the numbers that reach the object from inside.
    """

    kind: str
    render: Render
    read: Read
    mains: Callable[[str], tuple[Place, ...]]
    numbers: Callable[[str, Fields], tuple[Number, ...]] = no_numbers


class Options:
    """An object's fields with the kind's defaults for what is not said."""

    def __init__(self, kind: str, fields: Fields) -> None:
        self._fields = fields
        self._defaults = TRAITS[kind].defaults

    def __getitem__(self, path: str) -> Value:
        value = self._fields.get(path)
        return self._defaults.get(path) if value is None else value

    def below(self, prefix: str) -> dict[str, Value]:
        """Return the keys of a free-form map that are set, sorted."""
        start = f"{prefix}."
        nested = self._fields.get(prefix)
        flat = dict(nested) if isinstance(nested, Mapping) else {}
        flat |= {at[len(start) :]: v for at, v in self._fields.items() if at.startswith(start)}
        return {name: flat[name] for name in sorted(flat) if flat[name] is not None}

    def mentions(self, prefix: str) -> bool:
        """Tell whether anything below a section is set."""
        return any(at.startswith(f"{prefix}.") and v is not None for at, v in self._fields.items())


def clear(text: str | None) -> Clear | None:
    """Wrap a secret that was read; an empty one is none."""
    return Clear(text) if text else None


def number(text: str | None) -> int | None:
    """Read a whole number; None if it is none."""
    return int(text) if text is not None and text.strip().isdigit() else None
