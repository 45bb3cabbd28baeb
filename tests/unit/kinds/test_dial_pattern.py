"""What dial patterns take, against all numbers that can be dialled with a few keys."""

from itertools import product

from reconciler.kinds.dial_pattern import covers, overlap, taken_by

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
