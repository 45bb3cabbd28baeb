"""Did you mean: near words are found, far ones are not, and many take no longer than few."""

from time import process_time

import pytest

from reconciler.diagnostics.suggest import closest


@pytest.mark.parametrize(
    ("word", "choices", "found"),
    [
        ("1O2", ["101", "102"], "102"),
        ("extentions", ["extensions", "trunks"], "extensions"),
        ("ring-group", ["ring_groups", "queues"], "ring_groups"),
        ("hg", ["hq", "lab"], "hq"),
        ("Members", ["members"], "members"),
        ("zebra", ["extensions", "trunks"], None),
        ("x" * 500, ["x"], None),
        ("", ["a"], None),
    ],
)
def test_closest(word: str, choices: list[str], found: str | None) -> None:
    assert closest(word, choices) == found


def test_among_many() -> None:
    many = {str(number): None for number in range(10_000, 60_000)}
    started = process_time()
    for _ in range(200):
        assert closest("1O123", many) == "10123"
        assert closest("nothing-like-it", many) is None
    assert process_time() - started < 2
