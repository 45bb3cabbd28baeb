"""Undoing a run: what it changed is wanted as before, and nothing else is said by the rollback."""

from reconciler.journal.records import RunRecord, StepRecord
from reconciler.model.secret import Secret
from reconciler.testing.building import at, desired, owned, ownership, pbx, resource
from reconciler.undo import undo

ADA = "extension/office/1001"
BEN = "extension/office/1002"
LOBBY = "phone/main/lobby"


def step(address, before, after, action="update", state="done"):
    where = at(address)
    target = f"{'site' if where.kind == 'phone' else 'pbx'}/{where.scope}"
    return StepRecord(
        7, f"{action} {address}", target, where, action, before, after, None, "", state
    )


def undone(*steps, rows=(), wish=()):
    run = RunRecord(7, "apply", "done", "", None, "ada", "", "", "", steps=steps)
    return undo(run, desired(wish, [pbx()]), ownership(*rows), {})


def wanted(undoing, address):
    return undoing.desired.resources[at(address)].fields


def test_what_the_run_made_goes_and_what_it_deleted_comes_back():
    found = undone(
        step(ADA, None, {"name": "Ada"}, "create"),
        step(BEN, {"name": "Ben"}, None, "delete"),
        rows=[owned(ADA, name="Ada")],
        wish=[resource(ADA, name="Ada")],
    )
    assert at(ADA) not in found.desired.resources
    assert wanted(found, BEN) == {"name": "Ben"}
    assert set(found.only.targets) == {ADA, BEN}


def test_what_was_not_done_or_only_forgotten_is_not_undone():
    found = undone(
        step(ADA, {"name": "Ada"}, {"name": "A"}, state="failed"),
        step(BEN, {"name": "Ben"}, None, "forget"),
    )
    assert found.only.targets == ()
    assert found.desired.resources == {}


def test_what_the_run_left_as_it_was_is_wanted_as_applied_last_and_no_more():
    before, after = {"name": "Ada", "ring_time": 20}, {"name": "A", "ring_time": 20}
    found = undone(step(ADA, before, after), rows=[owned(ADA, name="A", dtmf="info")])
    # Nobody declared the ring time: a rollback that names it would take it over.
    assert wanted(found, ADA) == {"name": "Ada", "dtmf": "info"}


def test_a_field_that_came_with_the_run_goes_with_it():
    found = undone(
        step(ADA, {"name": "Ada"}, {"name": "Ada", "ring_time": 30}),
        rows=[owned(ADA, name="Ada", ring_time=30)],
    )
    assert wanted(found, ADA) == {"name": "Ada"}


def test_files_are_rendered_again_and_secrets_that_nobody_knows_are_named():
    before = {"model": "T46U", "files.a.cfg": "old", "admin": Secret(None, "f1")}
    after = {"model": "T54W", "files.a.cfg": "new", "admin": Secret("env:NEW", "f2")}
    row = owned(LOBBY, {"model": "T54W", "admin": Secret("env:NEW", "f2")})
    found = undone(step(LOBBY, before, after), rows=[row])
    assert wanted(found, LOBBY) == {"model": "T46U", "admin": Secret("env:NEW", "f2")}
    assert found.kept_secrets == (f"{LOBBY} admin",)
