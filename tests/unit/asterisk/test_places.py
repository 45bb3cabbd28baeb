"""Where something stands is known as if every file had been looked through."""

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.adapters.asterisk.files import SHARING, Key, Lines, Shards, Wish, file_name
from reconciler.adapters.asterisk.sections import Family
from reconciler.transport.ami_config import ConfigFile, Section

FAMILIES: tuple[Family, ...] = ("ext", "vm")
TITLES, VARIABLES = ("default", "Sales", "sales", "general"), ("1001", "1002", "exten")
KEYS = [
    Key(family, title, variable)
    for family in FAMILIES
    for title in {each.lower() for each in TITLES}
    for variable in (None, *VARIABLES)
]

_lines = st.lists(st.tuples(st.sampled_from(VARIABLES), st.sampled_from("xy")), max_size=3)
_content = st.lists(st.tuples(st.sampled_from(TITLES), _lines), max_size=3)
_file = st.tuples(st.sampled_from(FAMILIES), st.integers(0, 2))
_deeds = st.lists(
    st.one_of(
        st.tuples(st.just("load"), _file, _content),
        st.tuples(st.just("drop"), _file, st.none()),
        st.tuples(st.just("wish"), st.sampled_from(KEYS), st.none() | _lines),
        st.tuples(st.just("look"), st.sampled_from(KEYS), st.none()),
    ),
    max_size=12,
)


def looked_through(shards: Shards, key: Key) -> Iterator[tuple[str, Lines]]:
    """Yield the files that hold something under a key, and what: the slow way."""
    for name, file in shards.files.items():
        if shards.families[name] != key.family:
            continue
        there = [each for each in file.sections if each.name.lower() == key.name]
        lines = [pair for each in there for pair in each.lines if key.variable in (None, pair[0])]
        if lines or (there and key.variable is None):
            yield name, tuple(lines)


@settings(max_examples=150)
@given(_deeds)
def test_what_stands_where_is_what_looking_through_everything_tells(deeds: list[tuple]) -> None:
    shards = Shards(3)
    for deed, at, what in deeds:
        if deed == "load":
            sections = tuple(Section(title, (), tuple(lines)) for title, lines in what)
            shards.load(at[0], file_name(*at), ConfigFile(sections=sections))
        elif deed == "drop":
            shards.drop(file_name(*at))
        elif deed == "look":
            shards.holds(at)
        elif (at.variable is not None) == (at.family in SHARING):
            own = what and tuple(x for x in what if at.variable in (None, x[0]))
            shards.edits(Wish("extension/1001", {at: own or None}))
    for key in KEYS:
        found = dict(looked_through(shards, key))
        assert sorted(shards.places(key)) == sorted(found)
        held = shards.holds(key)
        assert sorted(held or ()) == sorted(pair for lines in found.values() for pair in lines)
        assert (held is None) == (not found)
