"""Locate: the exact text of a place, through lists, aliases, merges and wide characters."""

import pytest

from reconciler.diagnostics.place import Place, Span
from reconciler.language.locate import locate

TEXT = """\
first: document
---
# a comment
extensions:
  "1001": {name: "日本 Ada", codecs: [alaw, ulaw]}
  '1002':
    name: >
      folded
      text
    shared: &shared {x: 1, deep: {y: [p, q]}}
  merged: {<<: *shared, own: 1}
  alias: *shared
? key
: value
list:
- a
- b: c
"""


@pytest.mark.parametrize(
    ("path", "part", "span"),
    [
        (("extensions",), "key", (4, 1, 4, 11)),
        (("extensions", "1001"), "key", (5, 3, 5, 9)),
        (("extensions", "1001", "name"), "value", (5, 18, 5, 26)),
        (("extensions", "1001", "codecs", 1), "value", (5, 43, 5, 47)),
        (("extensions", "1002", "shared", "deep", "y", 1), "value", (10, 42, 10, 43)),
        (("extensions", "alias", "deep", "y", 0), "value", (10, 39, 10, 40)),
        (("extensions", "merged", "deep", "y", 0), "value", (10, 39, 10, 40)),
        (("extensions", "merged", "own"), "key", (11, 25, 11, 28)),
        (("extensions", "1001", "nothing", "there"), "value", (5, 3, 5, 9)),
        (("extensions", "1001", "codecs", 7), "value", (5, 28, 5, 34)),
        (("key",), "value", (14, 3, 14, 8)),
        (("list", 1, "b"), "value", (17, 6, 17, 7)),
        (("nothing",), "value", (4, 1, 17, 7)),
    ],
)
def test_places(path: tuple[str | int, ...], part: str, span: tuple[int, ...]) -> None:
    place = Place("f.yaml", 1, path, part)  # type: ignore[arg-type]
    found = locate([place], {"f.yaml": TEXT})[place]
    if path == ("nothing",):
        assert found[1:3] == span[:2]
    else:
        assert found == Span("f.yaml", *span)  # type: ignore[arg-type]


def test_of_a_key_that_stands_twice_the_first_is_meant() -> None:
    place = Place("f", 0, ("a",), "key")
    assert locate([place], {"f": "a: 1\nb: 2\na: 3\n"})[place].line == 1


def test_what_is_not_there_is_the_first_line() -> None:
    places = [Place("gone.yaml", 0, ("a",)), Place("f", 7, ("a",)), Place("bad", 0, ("a",))]
    found = locate(places, {"f": "a: 1\n", "bad": "[[["})
    assert [each.line for each in found.values()] == [1, 1, 1]
