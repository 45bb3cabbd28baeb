"""Every path of a phone's life, and no skip."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.standing import Lifecycle, ProvisionStatus
from reconciler.planning.phones.lifecycle import TRANSITIONS, Evidence, advance, path

STATES = get_args(Lifecycle)
EDGES = {(each.source, each.target) for each in TRANSITIONS}
EVIDENCE = st.builds(
    Evidence,
    declared=st.booleans(),
    recognised=st.booleans(),
    status=st.sampled_from(get_args(ProvisionStatus)),
    registered=st.sampled_from([True, False, None]),
    in_call=st.booleans(),
    in_window=st.booleans(),
    firmware_differs=st.sampled_from([True, False, None]),
)
PROVED = Evidence(status="applied", registered=True)


def states(source: Lifecycle, wanted: Lifecycle) -> list[str]:
    return [each.target for each in path(source, wanted)]


@pytest.mark.parametrize(("source", "wanted"), list(product(STATES, STATES)))
def test_every_path_exists_and_leaves_no_state_out(source: Lifecycle, wanted: Lifecycle) -> None:
    steps = path(source, wanted)
    at = source
    for step in steps:
        assert step.source == at
        assert (step.source, step.target) in EDGES
        at = step.target
    assert at == wanted
    if wanted not in ("discovered", "onboarding"):
        assert "decommissioned" not in states(source, wanted)[:-1]


def test_the_paths_that_people_ask_for() -> None:
    assert states("discovered", "managed") == ["onboarding", "managed"]
    assert states("discovered", "firmware_updating") == [
        "onboarding", "managed", "maintenance", "firmware_updating",
    ]  # fmt: skip
    assert states("firmware_updating", "managed") == ["maintenance", "managed"]
    assert states("managed", "onboarding") == ["decommissioned", "discovered", "onboarding"]
    assert states("decommissioned", "managed") == ["discovered", "onboarding", "managed"]
    for state in set(STATES) - {"decommissioned"}:
        assert states(state, "decommissioned") == ["decommissioned"]


@pytest.mark.parametrize(
    "skip",
    sorted(
        {(a, b) for a in STATES for b in STATES if a != b}
        - EDGES
    ),
)  # fmt: skip
def test_what_is_no_step_takes_more_than_one(skip: tuple[Lifecycle, Lifecycle]) -> None:
    assert len(path(*skip)) > 1


@given(st.sampled_from(STATES), st.sampled_from(STATES), EVIDENCE)
def test_nobody_comes_further_than_what_was_seen(
    source: Lifecycle, wanted: Lifecycle, seen: Evidence
) -> None:
    reached, waits = advance(source, wanted, seen)
    whole = [source, *(each.target for each in path(source, wanted))]
    assert reached in whole
    assert (waits is None) == (reached == wanted)
    if "managed" in whole[1 : whole.index(reached) + 1] and whole.index("managed") > 0:
        came_from = whole[whole.index("managed") - 1]
        assert seen.registered is True or (came_from == "onboarding" and seen.status == "applied")


def test_a_phone_whose_pbx_cannot_be_asked_is_managed_once_it_uses_its_files() -> None:
    assert advance("onboarding", "managed", Evidence(status="applied")) == ("managed", None)
    unseen = Evidence(status="applied", registered=False)
    assert advance("onboarding", "managed", unseen)[0] == "onboarding"


def test_onboarding_ends_with_a_proof_and_with_nothing_less() -> None:
    assert advance("discovered", "managed", PROVED) == ("managed", None)
    for status in ("pending", "generated", "pushed", "failed", "stale"):
        reached, waits = advance("discovered", "managed", Evidence(status=status, registered=True))
        assert reached == "onboarding"
        assert waits is not None
        assert waits.needs == "it has fetched its files and its lines have registered"


def test_maintenance_ends_with_a_registration() -> None:
    assert advance("managed", "maintenance", Evidence())[0] == "maintenance"
    for registered in (None, False):
        seen = Evidence(status="applied", registered=registered)
        assert advance("maintenance", "managed", seen)[0] == "maintenance"
    assert advance("maintenance", "managed", PROVED)[0] == "managed"


def test_firmware_waits_for_window_and_call() -> None:
    wanted = Evidence(firmware_differs=True)
    assert advance("maintenance", "firmware_updating", wanted)[0] == "firmware_updating"
    for seen in (
        Evidence(firmware_differs=True, in_call=True),
        Evidence(firmware_differs=True, in_window=False),
        Evidence(firmware_differs=None),
        Evidence(firmware_differs=False),
    ):
        assert advance("maintenance", "firmware_updating", seen)[0] == "maintenance"
