"""Amending the text that people wrote: only what is meant changes."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.language.amend import CannotAmend, add_item, set_fields

TEXT = """\
# Our phones.
apiVersion: reconciler/v1
site: main   # the office

phones:
  lobby:  # near the door
    mac: "80:5E:C0:AA:BB:01"
    model: 'T46U'
    lines: ["1001"]   # reception
    lifecycle: managed
  # The workshop.
  bench: {mac: "80:5E:C0:AA:BB:02", model: T43U, lines: []}

# The end.
"""


def changed_lines(before: str, after: str) -> list[str]:
    old = before.splitlines()
    return [each for each in after.splitlines() if each not in old]


def test_a_field_is_set_where_it_stands():
    text = set_fields(TEXT, 0, ("phones", "lobby"), {"lifecycle": "maintenance"})
    assert changed_lines(TEXT, text) == ["    lifecycle: maintenance"]
    assert len(text.splitlines()) == len(TEXT.splitlines())


def test_a_field_is_added_below_the_others():
    text = set_fields(TEXT, 0, ("phones", "lobby"), {"location": "2nd floor: east"})
    assert changed_lines(TEXT, text) == ['    location: "2nd floor: east"']
    assert text.index("location") < text.index("# The workshop.")


def test_a_field_is_added_in_one_line():
    text = set_fields(TEXT, 0, ("phones", "bench"), {"lifecycle": "decommissioned"})
    added = "model: T43U, lines: [], lifecycle: decommissioned}"
    assert added in text


def test_a_field_is_taken_out():
    text = set_fields(TEXT, 0, ("phones", "lobby"), {"lifecycle": None})
    assert "lifecycle" not in text
    assert "# The workshop." in text


@pytest.mark.parametrize(
    ("field", "left"),
    [
        ("mac", "  bench: {model: T43U, lines: []}"),
        ("model", '  bench: {mac: "80:5E:C0:AA:BB:02", lines: []}'),
        ("lines", '  bench: {mac: "80:5E:C0:AA:BB:02", model: T43U}'),
    ],
)
def test_a_field_is_taken_out_of_one_line(field, left):
    text = set_fields(TEXT, 0, ("phones", "bench"), {field: None})
    assert changed_lines(TEXT, text) == [left]


def test_a_field_beside_a_comment_is_not_taken_out_of_braces():
    text = "phones:\n  a: {\n    mac: x, # the new one\n    model: T43U\n  }\n"
    with pytest.raises(CannotAmend, match="comment"):
        set_fields(text, 0, ("phones", "a"), {"mac": None})


@pytest.mark.parametrize("section", ["moved:\n", "moved: []\n", "moved:   # none yet\n", ""])
def test_an_item_is_the_first(section):
    text = add_item(f"apiVersion: reconciler/v1\n{section}", 0, "moved", {"from": "x"})
    assert yaml.safe_load(text)["moved"] == [{"from": "x"}]


def test_a_second_document():
    text = add_item(TEXT + "---\napiVersion: reconciler/v1\n", 1, "moved", {"from": "x"})
    assert text.startswith(TEXT)


def test_a_list_is_made_and_grows():
    moved = {"from": "phone/a/x", "to": "phone/b/x"}
    text = add_item(TEXT, 0, "moved", moved)
    text = add_item(text, 0, "moved", {"from": "phone/a/y", "to": "phone/b/y"})
    assert len(yaml.safe_load(text)["moved"]) == 2


@pytest.mark.parametrize(
    "act",
    [
        lambda: set_fields(TEXT, 0, ("phones", "nobody"), {"a": "b"}),
        lambda: set_fields(TEXT, 3, ("phones", "lobby"), {"a": "b"}),
        lambda: add_item(TEXT, 0, "phones", {"mac": "x"}),
        lambda: add_item("moved: [", 0, "moved", {}),
        lambda: add_item("moved: [{a: b}]\n", 0, "moved", {"a": "c"}),
    ],
)
def test_what_cannot_be_done_safely_is_refused(act):
    with pytest.raises(CannotAmend):
        act()


TEXTS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=30)


@given(TEXTS, TEXTS)
def test_whatever_is_written_reads_back(name, value):
    text = set_fields(TEXT, 0, ("phones", "lobby"), {"location": value})
    assert yaml.safe_load(text)["phones"]["lobby"]["location"] == value
    text = add_item(TEXT, 0, "moved", {f"x{name}": value})
    assert yaml.safe_load(text)["moved"] == [{f"x{name}": value}]
