"""What is made out piece by piece is what it would be as a whole, and made once."""

from collections.abc import Mapping, Sequence

import pytest

from reconciler.model.pieces import InPieces, Later

WHOLE = {str(number): number * number for number in range(40)}


def in_pieces(asked: list[Sequence[str]]) -> InPieces[str, int]:
    def make(keys: Sequence[str]) -> Mapping[str, int]:
        asked.append(tuple(keys))
        return {each: WHOLE[each] for each in keys}

    return InPieces({each: number for number, each in enumerate(WHOLE)}, make)


def test_nothing_is_made_for_names_alone() -> None:
    asked: list[Sequence[str]] = []
    found = in_pieces(asked)
    assert list(found) == list(WHOLE)
    assert (found.keys() == WHOLE.keys(), len(found), "3" in found, "x" in found) == (
        True, 40, True, False,
    )  # fmt: skip
    assert (found.get("x"), asked) == (None, [])
    with pytest.raises(KeyError):
        found["x"]


def test_each_is_made_once_and_of_many_asked_for_the_rest_together() -> None:
    asked: list[Sequence[str]] = []
    found = in_pieces(asked)
    for each in WHOLE:
        assert found[each] == found[each] == WHOLE[each]
    assert sorted(key for keys in asked for key in keys) == sorted(WHOLE)
    assert len(asked) < len(WHOLE) / 2


def test_as_a_whole_it_is_equal_to_what_it_stands_for() -> None:
    asked: list[Sequence[str]] = []
    found = in_pieces(asked)
    assert found["7"] == 49
    assert list(found.items()) == list(WHOLE.items())
    assert list(found.values()) == list(WHOLE.values())
    assert found == WHOLE
    assert dict(found) == WHOLE
    assert {**found, "x": 1} == {**WHOLE, "x": 1}
    assert len(asked) == 2


def test_what_is_made_later_is_made_when_it_is_looked_at() -> None:
    asked: list[int] = []

    def make() -> dict[str, int]:
        asked.append(1)
        return WHOLE

    found = Later(make)
    assert asked == []
    assert (dict(found), len(found), "3" in found, asked) == (WHOLE, 40, True, [1])
