"""What dial patterns take, against all numbers that can be dialled with a few keys."""

from itertools import product

import pytest
from pydantic import ValidationError

from reconciler.kinds.dial_pattern import covers, overlap, set_of, taken_by
from reconciler.kinds.outbound_route import OutboundRoute

DIALLED = ["".join(each) for size in range(5) for each in product("0129a", repeat=size)]
PATTERNS = (
    "9", "99", "X", "x", "Z9", "NXX", "[12]X", "[0-2]", "XXXX", ".", "!", "X.", "X!", "9.", "9!",
    "9X!", "Z.", "0[1-2].", "N!", "9XX", "[a]X", "+9", "1-2",
)  # fmt: skip


def test_patterns_cover_and_overlap_as_the_numbers_say_that_they_take() -> None:
    patterns = [each for each in PATTERNS if each not in ("+9", "1-2")]
    takes = {p: {each for each in DIALLED if taken_by(p).fullmatch(each)} for p in patterns}
    for one, other in product(patterns, repeat=2):
        assert covers(one, other) == (takes[other] <= takes[one]), (one, other)
        assert overlap(one, other) == bool(takes[one] & takes[other]), (one, other)


def test_a_plus_is_no_digit() -> None:
    assert covers("+X.", "+16035550100")
    assert not overlap("X.", "+16035550100")
    assert covers("_.", "+16035550100")


@pytest.mark.parametrize(
    ("text", "takes"),
    [
        ("[15-9]", "156789"), ("[1-3-5]", "1235"), ("[5-57]", "57"), ("[-19]", "19"),
        ("[1-]", "1"), ("[^1]", "^1"), ("[9-1]", ""), ("[]", ""), ("[a-c]", "abc"),
    ],
)  # fmt: skip
def test_sets_are_read_as_asterisk_reads_them(text: str, takes: str) -> None:
    """What people wrote by hand there is read, too: a regular expression would fail at some."""
    assert set_of(text) == set(takes)
    assert bool(taken_by(f"{text}X").fullmatch("17")) == ("1" in takes)
    assert covers("!", text)
    assert overlap(f"{text}11", "911") == ("9" in takes)


@pytest.mark.parametrize("pattern", ["[9-1]XX", "0[1-37-5].", "[*-#]X"])
def test_a_range_that_goes_down_is_refused_where_it_is_declared(pattern: str) -> None:
    with pytest.raises(ValidationError, match="goes down, which takes nothing"):
        OutboundRoute.model_validate({"order": 1, "patterns": [pattern], "trunks": ["a"]})
