"""Reading ahead: once, on the same terms, and never what the command itself would not read."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest

from reconciler.errors import Unreachable
from reconciler.execution.secrets.fingerprint import workspace_key
from reconciler.journal.records import Intent
from reconciler.language.load import load
from reconciler.language.source import Sources
from reconciler.model.extent import Extent
from reconciler.model.live import TargetLive
from reconciler.model.resource import Desired
from reconciler.model.secret import Secret
from reconciler.testing.building import desired, pbx
from reconciler.workflow import foresee as foresight
from reconciler.workflow.ahead import Ahead
from reconciler.workflow.declare import declare
from reconciler.workflow.foresee import foresee, speaking_of_targets
from reconciler.workspace import Stores, Surroundings, open_sessions, open_stores
from tests.unit.planning.paper import PaperAdapter

OFFICE = "pbx/office"
PASSWORD = {"password": Secret("env:PASSWORD")}


class Far(PaperAdapter):
    """A platform far away: counts how often it is connected to and read."""

    remote: Literal[True] = True

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.connected: list[Any] = []
        self.read_times = 0
        self.error = error

    @asynccontextmanager
    async def connect(self, _: object, settings: Any, **__: Any) -> AsyncIterator[Any]:  # type: ignore[override]
        self.connected.append(settings.get("password"))
        yield self

    async def read(self, extent: Extent) -> TargetLive:
        await asyncio.sleep(0)
        self.read_times += 1
        if self.error:
            raise self.error
        return TargetLive(OFFICE, complete=extent.kinds)


def surroundings(folder: Path, adapter: PaperAdapter) -> Surroundings:
    return Surroundings(
        folder, folder / ".reconciler", {"PASSWORD": "S3cret"}, lambda: datetime.now(UTC),
        "tester", adapters={"memory": adapter},
    )  # fmt: skip


@pytest.fixture
def far() -> Far:
    return Far()


@pytest.fixture
def at(tmp_path: Path, far: Far) -> Surroundings:
    (tmp_path / ".reconciler").mkdir()
    workspace_key(tmp_path / ".reconciler", {})
    return surroundings(tmp_path, far)


def estate(**settings: Any) -> Desired:
    return desired([], [pbx("office")._replace(settings={**PASSWORD, **settings})])


def read(ahead: Ahead, wish: Desired, at: Surroundings) -> tuple[Any, Any]:
    """Return what is read of the office by the rest of the command."""

    async def rest(keys: Any) -> tuple[Any, Any]:
        async with ahead.sessions or open_sessions(wish, keys, at) as sessions:
            return await sessions.read_all([OFFICE])

    with open_stores(at, wish, ahead.keys) as stores:
        return ahead.run(rest(stores))


def test_a_target_that_is_read_ahead_is_read_once(at: Surroundings, far: Far) -> None:
    with Ahead(at) as ahead:
        ahead.begin(estate())
        ahead.settle(estate())
        found, failures = read(ahead, estate(), at)
    assert (found[OFFICE].unreachable, failures) == (None, ())
    assert (len(far.connected), far.read_times) == (1, 1)


def test_a_failure_is_told_where_it_would_be_told_otherwise(at: Surroundings, far: Far) -> None:
    far.error = Unreachable("office", "connecting", "nobody there")
    told = []
    for begins in (True, False):
        with Ahead(at) as ahead:
            if begins:
                ahead.begin(estate())
            found, failures = read(ahead, estate(), at)
        told.append((found[OFFICE].unreachable, list(map(str, failures))))
    assert told[0] == told[1]
    assert far.read_times == 2


@pytest.mark.parametrize(
    "settled",
    [
        estate(host="198.51.100.7"),
        estate(of_somebodys_adapter=frozenset()),
        estate(password=Secret("env:ANOTHER")),
        estate()._replace(workspace={"secrets.commands": {"x": ["y"]}}),
        desired([], [pbx("office")._replace(settings=PASSWORD), pbx("branch")]),
    ],
)
def test_what_was_begun_on_other_terms_is_given_up(at: Surroundings, settled: Desired) -> None:
    with Ahead(at) as ahead:
        ahead.begin(estate())
        assert ahead.sessions is not None
        ahead.settle(settled)
        assert (ahead.sessions, ahead.keys) == (None, None)


@pytest.mark.parametrize(
    "wish",
    [
        estate(password=Secret("command:vault")),
        estate(password=Secret("generated")),
        estate(password=Secret("vault:pbx#password")),
        estate(password=Secret("env:NOT_SET")),
        estate(of_somebodys_adapter=frozenset()),
        estate()._replace(workspace={"secrets.store.in_journal": True}),
        desired([], [pbx("office")._replace(on_demand=True)]),
    ],
)
def test_what_has_to_be_asked_for_first_is_read_in_its_turn(
    at: Surroundings, far: Far, wish: Desired
) -> None:
    with Ahead(at) as ahead:
        ahead.begin(wish)
        assert (ahead.sessions, ahead.keys) == (None, None)
    assert far.connected == []


def test_platforms_at_hand_are_read_in_their_turn(at: Surroundings) -> None:
    with Ahead(at._replace(adapters={"memory": PaperAdapter()})) as ahead:
        ahead.begin(estate())
        assert ahead.sessions is None


def test_the_first_command_of_all_makes_nothing_before_files_are_right(
    tmp_path: Path, far: Far
) -> None:
    at = surroundings(tmp_path, far)
    with Ahead(at) as ahead:
        ahead.begin(estate())
        assert ahead.sessions is None
    assert not at.folder.exists()


@pytest.mark.parametrize("as_url", [False, True])
def test_what_was_read_before_another_run_wrote_is_read_again(
    at: Surroundings, as_url: bool
) -> None:
    """Whoever waits for the lock must not plan on what was there before the other's writes."""
    if as_url:
        at = at._replace(journal=f"sqlite:///{at.folder}/elsewhere.db")
    prove_that_writes_are_noticed(at)


def is_believed(at: Surroundings, other: Callable[[Stores], None] = lambda _: None) -> bool:
    """Read ahead, and say whether that still counts under the lock. `other` is done meanwhile."""
    with Ahead(at, writes=True) as ahead:
        ahead.begin(estate())
        with open_stores(at, estate(), ahead.keys) as stores:
            with stores.lock("apply", at):
                other(stores)
            with stores.lock("apply", at):
                ahead.hold(stores)
                return ahead.sessions is not None


def prove_that_writes_are_noticed(at: Surroundings) -> None:
    """Read ahead while others do this and that. `at` has no journal yet."""

    def done(stores: Stores) -> None:
        stores.journal.end(stores.journal.begin("apply", "somebody"), "done", {})

    def killed(stores: Stores) -> None:
        run = stores.journal.begin("apply", "somebody")
        stores.journal.intend(run, [Intent("create 1", OFFICE, None, "create")])

    assert not is_believed(at), "nobody knows what was before"
    assert not any(isinstance(each, Far) and each.connected for each in at.adapters.values())
    assert is_believed(at)
    assert not is_believed(at, done)
    assert is_believed(at), "what was written before it was begun does no harm"
    assert not is_believed(at, killed)
    assert not is_believed(at), "it may have been sent just now"


FILES = {
    "inventory.yaml": """\
apiVersion: reconciler/v1
workspace: {name: office, parallelism: 3}
pbxs:
  office: {adapter: memory, timezone: Europe/London, country: GB}
sites:
  london: {country: GB, timezone: Europe/London}
""",
    "people.yaml": """\
apiVersion: reconciler/v1
pbx: office
extensions:
  "1001": {name: Ada}
""",
}


def foreseen_in(folder: Path, at: Surroundings) -> Desired | None:
    named = speaking_of_targets(load([folder], cwd=folder).value)
    return None if named is None else foresee(named, at)


def test_what_is_foreseen_of_targets_is_what_the_whole_estate_says(
    tmp_path: Path, at: Surroundings
) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    early: list[Desired] = []
    whole = declare([tmp_path], at, begin=early.append).value.desired
    assert len(early) == 1
    assert early[0].resources == {}
    assert (early[0].targets, early[0].moved) == (whole.targets, whole.moved)
    assert early[0].workspace == whole.workspace


def test_what_is_known_of_targets_is_what_their_files_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other files may be edited: then nobody looks into these. Edited themselves, they are."""
    at = Surroundings(
        tmp_path, tmp_path / ".reconciler", {}, lambda: datetime.now(UTC), "tester"
    )  # our own adapters: nothing is kept with those of others
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    people, inventory = tmp_path / "people.yaml", tmp_path / "inventory.yaml"
    whole = declare([tmp_path], at).value.desired
    looked_into: list[Sources] = []
    made_out = foresight._made_out

    def noted(named: Sources, at: Surroundings) -> Desired | None:
        looked_into.append(named)
        return made_out(named, at)

    monkeypatch.setattr(foresight, "_made_out", noted)

    def foreseen() -> Desired | None:
        return foreseen_in(tmp_path, at)

    people.write_text(people.read_text().replace("Ada", "Eve"))
    known = foreseen()
    assert known is not None
    assert (known.targets, known.workspace) == (whole.targets, whole.workspace)
    assert (known.resources, looked_into) == ({}, [])
    inventory.write_text(inventory.read_text().replace("office: {adapter", "hall: {adapter"))
    new = foreseen()
    assert new is not None
    assert "pbx/hall" in new.targets
    assert "pbx/office" not in new.targets
    assert len(looked_into) == 1


@pytest.mark.parametrize(
    "people",
    [
        "apiVersion: reconciler/v1\nmoved: [{from: extension/office/1, to: extension/office/2}]\n",
        "apiVersion: reconciler/v1\npbxs: {branch: {adapter: memory, timezone: Nowhere}}\n",
        "apiVersion: reconciler/v1\npbxs: [\n",
        "apiVersion: reconciler/v1\nsites: {x: {}}\n" + "# long\n" * 10_000,
    ],
)
def test_what_is_not_sure_is_not_foreseen(tmp_path: Path, at: Surroundings, people: str) -> None:
    for name, text in {**FILES, "people.yaml": people}.items():
        (tmp_path / name).write_text(text)
    assert foreseen_in(tmp_path, at) is None
