"""The nouns: addresses as text, secrets that do not speak, values as canonical JSON."""

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.address import Address, parse_address
from reconciler.model.change import (
    Adopt,
    Create,
    Delete,
    Forget,
    Move,
    Replace,
    Update,
    action_of,
)
from reconciler.model.codec import canonical, fingerprint, from_json, to_json
from reconciler.model.live import Edit, LiveObject, live_fingerprint
from reconciler.model.secret import Clear, Secret
from reconciler.model.value import UNSET

KEYS = st.text() | st.sampled_from(["$secret", "$unset", "fp", "$", "$$", "$$secret", "$clear"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(KEYS, each, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("extension/office/0042", Address("extension", "office", "0042")),
        ("template/desk", Address("template", "", "desk")),
        ("inbound_route/office/+1@+2", Address("inbound_route", "office", "+1@+2")),
        ("firmware/a/b/c", Address("firmware", "a", "b/c")),
        ("extension", None),
        ("", None),
        ("extension//1", None),
        ("extension/office/", None),
        ("/office/1", None),
    ],
)
def test_addresses_are_read_as_people_write_them(text, address):
    assert parse_address(text) == address
    if address is not None:
        assert str(address) == text


def test_secrets_are_equal_by_what_they_are_not_by_where_they_come_from():
    assert Secret("env:A", "f") == Secret("store:b", "f")
    assert Secret("env:A", "f") != Secret("env:A", "g")
    assert Secret("env:A") != Secret("env:A")
    assert Secret(None, "f") != "f"
    assert len({Secret("a", "f"), Secret("b", "f")}) == 1


def test_a_secret_without_fingerprint_equals_only_itself():
    unknown = Secret("generated")
    assert unknown == unknown
    assert unknown != copy.copy(unknown)


@pytest.mark.parametrize("speak", [str, repr, "{}".format, "{!r}".format, lambda v: f"{v!s:>3}"])
def test_secrets_do_not_print(speak):
    for secret in (Clear("hunter2"), Secret("env:A", "hunter2")):
        assert "hunter2" not in speak(secret)
        assert "hunter2" not in speak([secret, {"a": secret}])


def test_a_secret_in_clear_goes_nowhere():
    for write in (pickle.dumps, copy.deepcopy, json.dumps, to_json, lambda v: to_json({"a": [v]})):
        with pytest.raises(TypeError) as caught:
            write(Clear("hunter2"))
        assert "hunter2" not in str(caught.value)
    assert Clear("hunter2").reveal() == "hunter2"
    assert Clear("hunter2") != "hunter2"


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_values_survive_json(fields):
    assert from_json(json.loads(canonical(to_json(fields)))) == fields


def test_secrets_and_unset_survive_json():
    fields = {"a": [Secret("env:A", "f")], "b": UNSET, "c": {"d": Secret(None, None)}}
    back = from_json(json.loads(canonical(to_json(fields))))
    assert back["a"] == fields["a"]
    assert back["a"][0].reference == "env:A"
    assert back["b"] is UNSET
    assert back["c"]["d"].fingerprint is None


def test_canonical_is_the_same_for_the_same():
    one = {"b": 1, "a": {"y": "é", "x": [2.5, None, True]}}
    two = {"a": {"x": [2.5, None, True], "y": "é"}, "b": 1}
    assert canonical(one) == canonical(two) == '{"a":{"x":[2.5,null,true],"y":"é"},"b":1}'


def test_numbers_that_json_does_not_have_are_refused():
    with pytest.raises(ValueError):
        canonical({"a": float("nan")})


@pytest.mark.parametrize("other", [{"a": "1"}, {"a": 1, "b": None}, {"A": 1}, {}])
def test_fingerprints_tell_differences(other):
    assert fingerprint({"a": 1}) == fingerprint({"a": 1})
    assert fingerprint({"a": 1}) != fingerprint(other)


def test_live_fingerprints_see_hand_edits_and_absence():
    at = Address("extension", "office", "1")
    plain = LiveObject(at, {"a": 1})
    assert live_fingerprint(None) == ""
    assert live_fingerprint(plain) == live_fingerprint(LiveObject(at, {"a": 1}, native_id="7"))
    edited = LiveObject(at, {"a": 1}, edits=(Edit("f", "x", "y"),))
    assert live_fingerprint(edited) != live_fingerprint(plain)


def test_every_change_has_its_verb():
    at = Address("extension", "office", "1")
    about = (at, "pbx/office", (), None, 0)
    changes = [
        Create(*about, after={}),
        Update(*about, before={}, after={}, fields=()),
        Replace(*about, before={}, after={}, fields=(), because=()),
        Delete(*about, before={}),
        Adopt(*about, before={}, after={}, fields=()),
        Forget(*about),
        Move(*about, source=at, before={}, after={}, fields=()),
    ]
    assert [action_of(each) for each in changes] == [
        "create", "update", "replace", "delete", "adopt", "forget", "move",
    ]  # fmt: skip
