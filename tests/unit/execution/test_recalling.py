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

    def recall(self, known: TargetLive) -> None:
        self.known = known.traces

    async def read(self, extent: Extent) -> TargetLive:
        if self.tells_all:
            extent = WHOLE
        traces = Traces(f"trace of {self.says}") if extent == WHOLE else Traces()
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

    def take(self, target: str) -> TargetLive | None:
        return self.get(target)

    def put(self, target: str, live: TargetLive) -> None:
        self[target] = live


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


async def test_what_was_told_in_part_is_not_remembered(tmp_path: Path) -> None:
    shelf = Shelf()
    written = Recaller("Ada")
    async with sessions(written, shelf, tmp_path) as open_:
        whole = await open_.read(OFFICE)
        written.says = "Eve"
        await open_.read(OFFICE, Extent(objects=frozenset({ADA})))
    assert shelf[OFFICE].objects == whole.objects
