"""Somebody else reloads at the same moment: Asterisk refuses a second one, so it is asked again."""

import asyncio
from collections.abc import Sequence

import pytest

from reconciler.adapters.asterisk.hanging import ReloadHangs
from reconciler.adapters.asterisk.session import Session
from reconciler.errors import Refused
from reconciler.transport.ami import Message


class Busy(Session):
    """A session to an Asterisk that refuses a number of times."""

    def __init__(self, *replies: str) -> None:
        self.replies = list(replies)
        self.timeout_s = 10.0

    async def ask(
        self,
        action: str,
        fields: Sequence[tuple[str, str]] = (),
        *,
        doing: str,
        idempotent: bool = True,
        by: object = None,
        timeout_s: float | None = None,
    ) -> Message:
        """Answer, or refuse as Asterisk 22.10 does."""
        if action == "CoreStatus":
            return Message([("CoreReloadDate", "2026-11-29"), ("CoreReloadTime", "09:14:58")])
        if self.replies:
            raise Refused("lumen", doing, self.replies.pop(0))
        return Message(())


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Collect waits instead of waiting."""
    found: list[float] = []

    async def sleep(wait_s: float) -> None:
        found.append(wait_s)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return found


def test_it_waits_for_the_other_reload(waits: list[float]) -> None:
    asyncio.run(Busy(*["A reload is in progress"] * 3).reload("res_pjsip.so", doing="reloading"))
    assert len(waits) == 3


def test_it_does_not_wait_for_ever(waits: list[float]) -> None:
    """But longer than a large dialplan takes."""
    with pytest.raises(ReloadHangs, match=r"in progress.* since 2026-11-29 09:14:58 "):
        asyncio.run(Busy(*["A reload is in progress"] * 99).reload("x.so", doing="reloading"))
    assert sum(waits) == pytest.approx(120)


def test_another_no_is_a_no(waits: list[float]) -> None:
    with pytest.raises(Refused, match="No such module"):
        asyncio.run(Busy("No such module").reload("x.so", doing="reloading"))
    assert waits == []


@pytest.mark.parametrize(
    ("reply", "since"),
    [
        ("A reload is in progress", "2026-11-29 09:14:58 (its own clock)"),
        # What gave no answer in time was slow, and hangs in no reload.
        ("No such module", None),
    ],
)
def test_only_a_reload_that_goes_on_is_called_one(reply: str, since: str | None) -> None:
    assert asyncio.run(Busy(reply).reload_under_way()) == since
