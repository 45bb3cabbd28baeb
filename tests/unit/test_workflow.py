"""Whether a saved plan still fits: the one thing of the workflow that no single stage decides."""

from datetime import UTC, datetime
from pathlib import Path

from reconciler.language.reading import Reading
from reconciler.language.source import Sources
from reconciler.model.ownership import Ownership
from reconciler.planning.plan import plan
from reconciler.planning.planfile import Header, read_plan, write_plan
from reconciler.planning.recover import Recovered
from reconciler.planning.select import Selection
from reconciler.testing.building import answered, at, desired, live, owned, resource, there
from reconciler.workflow.declare import Declared
from reconciler.workflow.propose import stale_in
from reconciler.workflow.survey import Survey
from reconciler.workspace import Surroundings
from tests.unit.planning.paper import PaperAdapter

ADA = resource("extension/office/1001", name="Ada", ring_time=30)
BEN = resource("extension/office/1002", name="Ben")
WISH = desired([ADA, BEN])
ADAPTERS = {"memory": PaperAdapter(reloads=True)}
AT = Surroundings(Path(), Path(), {}, lambda: datetime.now(UTC), "tester", adapters=ADAPTERS)
DECLARED = Declared(WISH, Reading(Sources({}), None, ()), Sources({}), (), (), "")
HEADER = Header("0", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "", "", "", ())
OURS = {at("extension/office/1001"): owned(ADA, ring_time=20)}
THERE = there("extension/office/1001", name="Ada", ring_time=20)


def saved(wish=WISH, now=(THERE,), ledger=OURS):
    """Return a plan for Ada alone, as it comes back from its file."""
    only = Selection(targets=("*/1001",))
    planned = plan(wish, live(answered(now)), Ownership(ledger), ADAPTERS, only=only)
    return read_plan(write_plan(planned, HEADER, b"k" * 32), b"k" * 32, HEADER.created)[0]


def reasons(*objects, ledger=None):
    ledger = ledger or Ownership(OURS)
    survey = Survey(WISH, live(answered(objects)), ledger, (), Recovered({}, (), (), ledger), 0.0)
    return stale_in(saved(), survey, DECLARED, AT)


def test_a_saved_plan_fits_as_long_as_nothing_that_it_takes_in_has_changed():
    assert reasons(THERE) == ()
    assert reasons(there("extension/office/1001", name="Ada", ring_time=25)) == (
        "extension/office/1001 has changed on pbx/office",
    )


def test_a_saved_plan_whose_commit_would_drop_what_came_meanwhile_does_not_fit():
    told = reasons(THERE, there("extension/office/1002", name="Ben"))
    assert told == ("other things have changed on pbx/office, which it takes in",)


def test_a_saved_plan_whose_objects_need_what_is_gone_does_not_fit():
    ada = resource("extension/office/1001", {"name": "Ada", "forward.busy": "1002"})
    wish, ben = desired([ada, BEN]), there("extension/office/1002", name="Ben")
    ledger = OURS | {BEN.address: owned(BEN)}
    planned = saved(wish, (THERE, ben), ledger)

    def told(*objects):
        now, rows = live(answered(objects)), Ownership(ledger)
        return stale_in(
            planned, Survey(wish, now, rows, (), Recovered({}, (), (), rows), 0.0), DECLARED, AT
        )

    assert told(THERE, ben) == ()
    assert "extension/office/1002, which extension/office/1001 needs, is gone" in told(THERE)


def test_a_saved_plan_does_not_undo_an_order_that_somebody_made_meanwhile(monkeypatch):
    adapter = PaperAdapter()
    routes = adapter.supports["outbound_route"]._replace(placed=frozenset({"order"}))
    monkeypatch.setattr(adapter, "supports", {**adapter.supports, "outbound_route": routes})
    around = AT._replace(adapters={"memory": adapter})

    def route(key, place):
        found = there(f"outbound_route/office/{key}", patterns=[], trunks=[])
        return found._replace(told={"order": place})

    def told(wish, *objects):
        wish = desired([wish])
        then = live(answered([THERE, route("out", 1), route("help", 2)]))
        planned = plan(wish, then, Ownership({}), around.adapters)
        text = write_plan(planned, HEADER, b"k" * 32)
        now, rows = live(answered([THERE, *objects])), Ownership({})
        survey = Survey(wish, now, rows, (), Recovered({}, (), (), rows), 0.0)
        planned = read_plan(text, b"k" * 32, HEADER.created)[0]
        return stale_in(planned, survey, DECLARED, around)

    wish = resource("outbound_route/office/out", {"caller_id.number": "16035550100"})
    assert told(wish, route("out", 1), route("help", 2)) == ()
    assert told(wish, route("new", 1), route("out", 2), route("help", 3)) == ()
    assert told(wish, route("help", 1), route("out", 2)) == (
        "the order of the outbound_route objects has changed on pbx/office",
    )
    # A plan that writes no route puts none in order.
    assert told(ADA, route("help", 1), route("out", 2)) == ()


def test_a_saved_plan_that_knows_nothing_of_a_killed_run_does_not_fit():
    ledger = Ownership(OURS, {"pbx/office": "written"}, {"pbx/office": (BEN.address,)})
    assert reasons(THERE, ledger=ledger) == (
        "a run was stopped on pbx/office before all that it wrote took effect",
    )
