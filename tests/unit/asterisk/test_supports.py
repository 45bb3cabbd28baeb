"""The support matrix of Asterisk: what it says of a field is said of one that there is."""

from pathlib import Path

import pytest

from reconciler.adapters.asterisk.supports import SUPPORTS
from reconciler.kinds import KINDS
from reconciler.kinds.entry import leaf_paths

REAL = Path(__file__).parents[2] / "real"
WITH_CALLS = (
    "test_asterisk_dialplan.py", "test_asterisk_options.py", "test_help_calls.py",
    "test_end_to_end_calls.py",
)  # fmt: skip
FOR_PEOPLE = {"name", "description", "text", "carrier"}
OF_EVERY_KIND = {"protect", "ignore", "on_delete", "waive", "note"}
WORKED_OUT = {"closed_on": "closed_days"}
"""Fields that others are made of before anything is written."""


@pytest.mark.parametrize("kind", SUPPORTS)
def test_every_field_that_is_named_is_there(kind: str) -> None:
    support, paths = SUPPORTS[kind], leaf_paths(KINDS[kind])
    named = {*support.notes, *support.unheld, *support.unreadable, *support.unshown}
    known = {each.replace("[]", "") for each in paths} | {each.split(".")[0] for each in paths}
    assert named <= known


@pytest.mark.parametrize("kind", SUPPORTS)
def test_what_is_said_to_be_shown_by_calls_stands_in_a_test_with_calls(kind: str) -> None:
    texts = "".join((REAL / name).read_text("utf-8") for name in WITH_CALLS)
    support = SUPPORTS[kind]
    claimed = {
        WORKED_OUT.get(each, each)
        for each in leaf_paths(KINDS[kind])
        if each.split(".")[0] not in FOR_PEOPLE | OF_EVERY_KIND | set(support.unheld)
        and each not in support.unshown
    }
    assert {each for each in claimed if each.rpartition(".")[2] not in texts} == set()
