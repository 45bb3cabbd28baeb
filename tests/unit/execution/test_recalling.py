"""Answers that are known again: told in full, whoever asks, as often as they ask."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from reconciler.execution.secrets.fingerprint import Fingerprints
from reconciler.execution.secrets.sources import Secrets
from reconciler.execution.session import Sessions
from reconciler.model.extent import Extent
from reconciler.model.live import LiveObject, TargetLive, Traces
from reconciler.model.secret import Clear, Secret
from reconciler.testing.building import at, pbx
from tests.unit.planning.paper import PaperAdapter

OFFICE = "pbx/office"
ADA = at("extension/office/1001")
WHOLE = Extent(frozenset(PaperAdapter().supports))


class Recaller:
    """Holds one extension, whose name is what it says; makes it out unless it is known."""

    def __init__(self, says: str, *, tells_all: bool = False) -> None:
        self.says, self.made_out, self.known = says, 0, Traces()
        self.tells_all = tells_all
        self.told: list[TargetLive] = []

    def recall(self, known: TargetLive) -> None:
        self.known = known.traces
        self.told.append(known)

    async def read(self, extent: Extent) -> TargetLive:
        if self.tells_all:
            extent = WHOLE
        traces = Traces(
            f"trace of {self.says}" if extent == WHOLE else "", objects={ADA: f"by {self.says}"}
        )
        if traces.held and self.known.held == traces.held:
            return TargetLive(OFFICE, version="now", traces=traces, as_known=True)
        self.made_out += 1
        ada = LiveObject(ADA, {"name": self.says, "secret": Clear("S3cret")})
        beyond = {ADA: ("a line of somebody's",)}
        return TargetLive(OFFICE, "now", {ADA: ada}, extent.kinds, traces=traces, beyond=beyond)


class Opening(PaperAdapter):
    """Opens what it was told to."""

    def __init__(self, opened: Recaller) -> None:
        super().__init__()
        self.opened = opened

    @asynccontextmanager
    async def connect(self, *_: Any, **__: Any) -> AsyncIterator[Any]:  # type: ignore[override]
        yield self.opened


class Shelf(dict[str, TargetLive]):
    """Remembers answers."""

    def __init__(self) -> None:
        self.later: dict[str, TargetLive] = {}

    def take(self, target: str) -> TargetLive | None:
        return self.get(target)

    def put(self, target: str, live: TargetLive) -> None:
        self[target] = live
        self.later.pop(target, None)

    def since(self, target: str) -> TargetLive | None:
        return self.later.get(target)

    def put_since(self, target: str, live: TargetLive) -> None:
        self.later[target] = live


def sessions(opened: Recaller, shelf: Shelf, folder: Path) -> Sessions:
    secrets = Secrets(None, environ={}, folder=folder)
    targets = {OFFICE: pbx("office")}
    marks = Fingerprints(b"k" * 32)
    return Sessions(
        targets, {"memory": Opening(opened)}, secrets, marks, {}, folder=folder, answers=shelf
    )


async def test_what_is_as_known_is_told_in_full(tmp_path: Path) -> None:
    shelf = Shelf()
    first = Recaller("Ada")
    async with sessions(first, shelf, tmp_path) as open_:
        made_out = await open_.read(OFFICE)
        for extent in (None, WHOLE):
            again = await open_.read(OFFICE, extent)
            assert (again.objects, again.complete) == (made_out.objects, made_out.complete)
    assert first.made_out == 1
    assert isinstance(made_out.objects[ADA].fields["secret"], Secret), "nothing in clear is kept"

    later = Recaller("Ada")
    async with sessions(later, shelf, tmp_path) as open_:
        for extent in (WHOLE, None):
            again = await open_.read(OFFICE, extent)
            assert (again.objects, again.complete) == (made_out.objects, made_out.complete)
            assert again.beyond == made_out.beyond != {}
            assert not again.as_known
    assert later.made_out == 0


@pytest.mark.parametrize("extent", [None, WHOLE])
async def test_what_is_not_as_known_is_made_out(tmp_path: Path, extent: Extent | None) -> None:
    shelf = Shelf()
    async with sessions(Recaller("Ada"), shelf, tmp_path) as open_:
        await open_.read(OFFICE)
    changed = Recaller("Eve")
    async with sessions(changed, shelf, tmp_path) as open_:
        found = await open_.read(OFFICE, extent)
        assert found.objects[ADA].fields["name"] == "Eve"
        assert (await open_.read(OFFICE)).objects == found.objects
    assert shelf[OFFICE].objects == found.objects


async def test_what_was_told_last_is_remembered_whatever_was_asked(tmp_path: Path) -> None:
    """After an apply the next plan knows again what the verdict has read."""
    shelf = Shelf()
    written = Recaller("Ada", tells_all=True)
    async with sessions(written, shelf, tmp_path) as open_:
        await open_.read(OFFICE)
        written.says = "Eve"
        verdict = await open_.read(OFFICE, Extent(objects=frozenset({ADA})))
    assert verdict.objects[ADA].fields["name"] == "Eve"
    assert shelf[OFFICE].objects == verdict.objects
    later = Recaller("Eve")
    async with sessions(later, shelf, tmp_path) as open_:
        assert (await open_.read(OFFICE)).objects == verdict.objects
    assert later.made_out == 0


async def test_what_was_told_in_part_is_remembered_beside_the_whole(tmp_path: Path) -> None:
    shelf = Shelf()
    one = Extent(objects=frozenset({ADA}))
    written = Recaller("Ada")
    async with sessions(written, shelf, tmp_path) as open_:
        whole = await open_.read(OFFICE)
        await open_.read(OFFICE, one)
    assert shelf.later == {}, "it is as it was told"
    written = Recaller("Ada")
    async with sessions(written, shelf, tmp_path) as open_:
        await open_.read(OFFICE)
        written.says = "Eve"
        alone = await open_.read(OFFICE, one)
    assert shelf[OFFICE].objects == whole.objects, "somebody may put all of it back"
    assert shelf.later[OFFICE].objects == alone.objects
    assert isinstance(shelf.later[OFFICE].objects[ADA].fields["secret"], Secret)
    back = Recaller("Ada")
    async with sessions(back, shelf, tmp_path) as open_:
        assert (await open_.read(OFFICE)).objects == whole.objects
    assert back.made_out == 0
    later = Recaller("Eve")
    async with sessions(later, shelf, tmp_path) as open_:
        await open_.read(OFFICE)
        assert [dict(each.traces.objects) for each in later.told] == [
            {ADA: "by Eve"}, {ADA: "by Ada"}
        ]  # fmt: skip
    assert shelf.later == {}, "now it is part of the whole"
    assert shelf[OFFICE].objects == alone.objects
