"""Did the platform do what it said: lies, and what it changed besides."""

import pytest

from reconciler.adapter import Support
from reconciler.execution.verify import asked_of, collateral, difference, show_value
from reconciler.model.change import Adopt, Create, Delete, FieldChange, Forget, Move, Update
from reconciler.model.live import Edit
from reconciler.model.secret import Secret
from reconciler.model.value import UNSET
from reconciler.testing.building import at, there

ADA = "extension/office/1001"
ABOUT = (at(ADA), "pbx/office", (), None, 0)
ALL = Support("extension")


def update(before, *changed, kind=Update):
    fields = tuple(FieldChange(path, before.get(path, UNSET), value) for path, value in changed)
    return kind(*ABOUT, before=before, after={**before, **dict(changed)}, fields=fields)


@pytest.mark.parametrize(
    ("back", "says"),
    [
        (None, "it is not there"),
        ({"name": "Ada", "ring_time": 30}, None),
        ({"name": "Ada", "ring_time": 30, "other": 1}, None),
        ({"name": "Ada"}, "it reads back ring_time nothing instead of 30"),
        ({"name": "ada", "ring_time": 30}, 'it reads back name "ada" instead of "Ada"'),
    ],
)
def test_a_create_is_held_against_what_it_asked_for(back, says):
    change = Create(*ABOUT, after={"name": "Ada", "ring_time": 30})
    assert difference(change, back and there(ADA, back), ALL) == says


def test_an_update_is_held_only_against_what_it_named():
    change = update({"name": "Ada", "ring_time": 20}, ("ring_time", 30))
    assert asked_of(change) == {"ring_time": 30}
    assert difference(change, there(ADA, name="other", ring_time=30), ALL) is None
    assert difference(change, there(ADA, name="Ada", ring_time=20), ALL) is not None


def test_emptied_means_gone_or_none():
    change = update({"dtmf": "info"}, ("dtmf", None))
    assert difference(change, there(ADA), ALL) is None
    assert difference(change, there(ADA, dtmf=None), ALL) is None
    assert difference(change, there(ADA, dtmf="info"), ALL) is not None


def test_a_delete_is_done_when_it_is_gone():
    change = Delete(*ABOUT, before={})
    assert difference(change, None, ALL) is None
    assert difference(change, there(ADA), ALL) == "it is still there"
    assert difference(Forget(*ABOUT), there(ADA), ALL) is None


def test_what_is_not_read_back_is_not_missed():
    change = Create(*ABOUT, after={"secret": Secret("env:X", "f"), "x": 1})
    hidden = Support("extension", unreadable=frozenset({"secret", "x"}))
    assert difference(change, there(ADA), hidden) is None
    assert difference(change, there(ADA), ALL) is not None


def test_secrets_are_compared_unseen_and_not_told():
    change = Create(*ABOUT, after={"secret": Secret("env:X", "f1")})
    assert difference(change, there(ADA, secret=Secret(None, "f1")), ALL) is None
    assert difference(change, there(ADA, secret=Secret(None, None)), ALL) is None
    assert difference(change, there(ADA, secret=Secret(None, "f2")), ALL) == (
        "it reads back secret ***"
    )


def test_lines_that_differ_below_the_fields_are_lies_too():
    change = Create(*ABOUT, after={"name": "Ada"})
    back = there(ADA, name="Ada", edits=[Edit("pjsip.conf [1001]", "a=1", None)])
    assert difference(change, back, ALL) == 'pjsip.conf [1001] reads back nothing instead of "a=1"'


@pytest.mark.parametrize("kind", [Update, Adopt])
def test_what_changed_besides_is_found_with_what_it_was(kind):
    change = update({"name": "Ada", "ring_time": 20, "x": 1}, ("ring_time", 30), kind=kind)
    assert collateral(change, there(ADA, name="Ada", ring_time=30, x=1), ALL) == {}
    assert collateral(change, there(ADA, name="Ada", ring_time=99), ALL) == {"x": 1}
    assert collateral(change, there(ADA, name="B", ring_time=30, x=2), ALL) == {
        "name": "Ada",
        "x": 1,
    }
    assert collateral(change, None, ALL) == {}


@pytest.mark.parametrize(
    ("was", "box", "lost"),
    [(True, False, {}), (False, True, {}), (True, True, {"voicemail.email": "a@example.com"})],
)
def test_what_goes_or_comes_with_a_switch_is_missed_only_when_it_is_not_switched(was, box, lost):
    support = Support("extension", switches={"voicemail.enabled": ("voicemail",)})
    before = {"voicemail.enabled": was, "voicemail.email": "a@example.com"}
    change = update(before, ("voicemail.enabled", box))
    assert collateral(change, there(ADA, {"voicemail.enabled": box}), support) == lost


def test_new_and_gone_objects_have_nothing_besides():
    back = there(ADA, name="B")
    for change in (
        Create(*ABOUT, after={"name": "Ada"}),
        Delete(*ABOUT, before={"name": "Ada"}),
        Move(*ABOUT, source=at(ADA), before={"name": "Ada"}, after={}, fields=()),
    ):
        assert collateral(change, back, ALL) == {}


def test_values_in_messages():
    assert [show_value(each) for each in (None, UNSET, "a", 3, Secret("env:X"))] == [
        "nothing", "nothing", '"a"', "3", "***",
    ]  # fmt: skip
