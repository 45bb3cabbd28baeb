"""Narrowing a plan: --target pulls what is needed, --exclude leaves out, drift mended alone."""

from reconciler.model.change import Create, Update
from reconciler.model.live import Edit
from reconciler.model.secret import Secret
from reconciler.planning.narrow import narrow
from reconciler.planning.select import Selection
from reconciler.testing.building import (
    answered,
    desired,
    live,
    owned,
    ownership,
    pbx,
    resource,
    site,
    there,
)
from tests.unit.planning.paper import compare

ADA = resource("extension/office/1001", name="Ada")
BEN = resource("extension/office/1002", name="Ben")
GROUP = resource("ring_group/office/600", name="Desk", members=["1001"])
MENU = resource("ivr/office/main", options={"1": "ring_group/600"})
ESTATE = [ADA, BEN, GROUP, MENU]


def narrowed(*, wish=None, now=(), rows=(), answer=None, **selection):
    wish = wish or desired(ESTATE)
    found = compare(wish, live(answer or answered(now)), ownership(*rows))
    return narrow(Selection(**selection), found)


def names(found):
    return {str(each.address) for each in found.changes}


def test_nothing_selected_is_everything():
    assert names(narrowed()) == {str(each.address) for each in ESTATE}
    assert Selection().is_whole


def test_a_target_pulls_in_what_it_needs_all_the_way():
    assert names(narrowed(targets=("ivr/office/main",))) == {
        "ivr/office/main",
        "ring_group/office/600",
        "extension/office/1001",
    }


def test_a_pattern_selects_several():
    assert names(narrowed(targets=("extension/*",))) == {
        "extension/office/1001",
        "extension/office/1002",
    }
    assert names(narrowed(targets=("extension/office/100?",), exclude=("*2",))) == {
        "extension/office/1001"
    }


def test_a_new_password_is_for_its_extension_and_its_phone_or_waits():
    """One without the other: the phone registers, is refused, and nobody can call from it."""
    number = resource("extension/office/1001", name="Ada", secret=Secret("generated", "new"))
    fields = {"lines": [{"extension": "1001"}], "files.a": "new"}
    desk = resource("phone/home/desk", fields, needs=[str(number.address)])
    was = [there(number.address, name="Ada", secret=Secret("generated", "old")),
           there(desk.address, {**fields, "files.a": "old"})]  # fmt: skip
    now = live(answered(was[:1]), answered(was[1:], "site/home"))
    rows = ownership(*(owned(str(each.address), each.fields) for each in was))
    found = compare(desired([number, desk], [pbx(), site()]), now, rows)
    both = {"extension/office/1001", "phone/home/desk"}
    for selection in (
        {"targets": ("extension/office/1001",)}, {"targets": ("phone/home/desk",)},
        {"scopes": ("office", "home")},
    ):  # fmt: skip
        assert names(narrow(Selection(**selection), found)) == both, selection
    for selection in (
        {"scopes": ("office",)}, {"scopes": ("home",)}, {"exclude": ("phone/*",)},
        {"exclude": ("extension/*",)},
    ):  # fmt: skip
        half = narrow(Selection(**selection), found)
        assert names(half) == set(), selection
        (waits,) = half.waiting
        assert "which is not selected" in waits.reason


def test_what_is_needed_and_there_already_is_not_pulled_in():
    now = [there(each.address, each.fields) for each in (ADA, GROUP)]
    rows = [owned(ADA), owned(GROUP)]
    assert names(narrowed(now=now, rows=rows, targets=("ivr/*",))) == {"ivr/office/main"}


def test_exclude_leaves_out_what_it_names_and_what_cannot_be_without_it():
    assert names(narrowed(exclude=("extension/office/1001",))) == {"extension/office/1002"}
    assert names(narrowed(exclude=("ivr/*",))) == names(narrowed()) - {"ivr/office/main"}


def test_what_goes_is_not_kept_by_leaving_out_what_it_referred_to():
    now = [there(GROUP.address, GROUP.fields)]
    found = narrowed(
        wish=desired([ADA, BEN]), now=now, rows=[owned(GROUP)], exclude=("extension/office/1001",)
    )
    assert names(found) == {"extension/office/1002", "ring_group/office/600"}


def test_exclude_wins_over_what_a_target_needs():
    """And takes along what would point at an object that is not there."""
    found = narrowed(targets=("ring_group/*",), exclude=("extension/*",))
    assert names(found) == set()
    found = narrowed(exclude=("extension/office/1001",))
    assert "ring_group/office/600" not in names(found)
    assert "extension/office/1002" in names(found)


def test_an_excluded_change_of_what_is_there_takes_nothing_along():
    now = [there(ADA.address, name="Old"), there(BEN.address, BEN.fields)]
    found = narrowed(now=now, rows=[owned(ADA, name="Old"), owned(BEN)], exclude=("*/1001",))
    assert "extension/office/1001" not in names(found)
    assert "ring_group/office/600" in names(found)


def test_scopes_keep_one_pbx():
    wish = desired([ADA, resource("extension/branch/1", name="x")])
    answer = answered()
    found = compare(wish, live(answer, answered([], "pbx/branch")))
    assert names(narrow(Selection(scopes=("branch",)), found)) == {"extension/branch/1"}


def test_a_pattern_that_matches_nothing_selects_nothing():
    assert names(narrowed(targets=("extension/office/9*",))) == set()


def test_what_waits_is_narrowed_too():
    def waiting(**selection):
        found = narrowed(answer=answered(unreachable="no answer"), **selection)
        return {str(each.address) for each in found.waiting}

    assert len(waiting()) == 4
    assert waiting(targets=("ivr/*",)) == {"ivr/office/main"}
    assert waiting(exclude=("*",)) == set()
    assert waiting(scopes=("branch",)) == set()


def test_only_drift_mends_what_others_changed_and_nothing_more():
    wish = desired(
        [
            resource(ADA.address, name="Ada", ring_time=30, max_contacts=2),
            BEN,
            GROUP,
            resource("extension/office/1003", name="new"),
        ]
    )
    now = [
        there(ADA.address, name="Hacked", ring_time=20, max_contacts=9),
        there(GROUP.address, GROUP.fields, edits=[Edit("x", "a", "b")]),
    ]
    rows = [
        owned(ADA, ring_time=20, max_contacts=3),
        owned(BEN),
        owned(GROUP),
    ]
    found = narrowed(wish=wish, now=now, rows=rows, only_drift=True)
    changes = {str(each.address): each for each in found.changes}
    assert set(changes) == {
        "extension/office/1001",
        "extension/office/1002",
        "ring_group/office/600",
    }
    ada = changes["extension/office/1001"]
    assert isinstance(ada, Update)
    assert [each.path for each in ada.fields] == ["name"]
    assert ada.after == {"name": "Ada", "ring_time": 20, "max_contacts": 9}
    assert isinstance(changes["extension/office/1002"], Create)
    assert changes["ring_group/office/600"].edits
