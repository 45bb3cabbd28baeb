"""Turns: one phone of a model first, and what goes wrong twice in a row ends its model's batch."""

from collections.abc import Sequence

from reconciler.model.address import Address
from reconciler.phones.acting import Result
from reconciler.phones.meant import Placed
from reconciler.phones.turns import in_turns, is_failure


def phones(model: str, count: int) -> list[Placed]:
    return [
        Placed(Address("phone", "main", f"{model}-{n}"), "yealink", model, "", "", ())
        for n in range(count)
    ]


class Doing:
    """Does something with phones; those in `wrong` fail, those in `busy` are in a call."""

    def __init__(self, wrong: Sequence[str] = (), busy: Sequence[str] = ()) -> None:
        self.wrong, self.busy = wrong, busy
        self.batches: list[list[str]] = []

    async def __call__(self, some: Sequence[Placed]) -> list[Result]:
        names = [each.address.key for each in some]
        self.batches.append(names)
        return [
            Result(
                each,
                "failed"
                if each.address.key in self.wrong
                else "deferred"
                if each.address.key in self.busy
                else "done",
                "",
            )
            for each in some
        ]


async def states(doing: Doing, some: Sequence[Placed], at_once: int = 4) -> dict[str, str]:
    found = await in_turns(some, doing, is_failure, at_once=at_once)
    assert [each.phone for each in found] == list(some)
    return {each.phone.address.key: each.detail or each.state for each in found}


async def test_one_goes_first_and_the_others_follow_together() -> None:
    doing = Doing()
    assert set((await states(doing, phones("a", 6))).values()) == {"done"}
    assert [len(each) for each in doing.batches] == [1, 4, 1]


async def test_when_the_first_fails_no_other_is_touched() -> None:
    doing = Doing(wrong=["a-0"])
    found = await states(doing, phones("a", 5))
    assert found["a-0"] == "failed"
    assert {found[f"a-{n}"] for n in range(1, 5)} == {"the first one failed"}
    assert doing.batches == [["a-0"]]


async def test_two_in_a_row_end_it_one_does_not() -> None:
    doing = Doing(wrong=["a-2", "a-4", "a-5"])
    found = await states(doing, phones("a", 8), at_once=1)
    assert [found[f"a-{n}"] for n in range(8)] == [
        "done", "done", "failed", "done", "failed", "failed", *(["two in a row failed"] * 2),
    ]  # fmt: skip


async def test_one_in_a_call_has_proved_nothing() -> None:
    doing = Doing(busy=["a-0"], wrong=["a-1"])
    found = await states(doing, phones("a", 4))
    assert (found["a-0"], found["a-1"]) == ("deferred", "failed")
    assert found["a-2"] == "the first one failed"


async def test_what_breaks_one_model_says_nothing_of_another() -> None:
    doing = Doing(wrong=["a-0"])
    found = await states(doing, [*phones("a", 3), *phones("b", 3)])
    assert {found[f"b-{n}"] for n in range(3)} == {"done"}
    assert found["a-1"] == "the first one failed"
