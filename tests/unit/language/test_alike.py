"""Entries that are written alike: whatever a text is, it is read as libyaml reads all of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from yaml import YAMLError

from reconciler.language import alike, tree
from reconciler.language.alike import Forms, read_alike
from reconciler.language.tree import TooMuch, Tree, read_trees

ROOT = Path(__file__).parents[3]

ESTATE = """\
apiVersion: reconciler/v1
pbx: hq # the one
extensions:
  "1001":
    name: Ada King
    caller_id: {name: Ada, number: "+441134960001"}
    codecs: [g722, alaw]
    ring_time: 20
  "1002":
    name: Bén Ünal
    caller_id: {name: "Tom & \\u00c9", number: '1'}
    codecs: [g722, opus]
    ring_time: null
  "1003":
    name: 12:30
    caller_id: {name: 'a', number: "#1: {x}"}
    codecs: [g722, ulaw]
    ring_time: 25   # long
ring_groups:
  all: {name: All, members: ["1001", "1002"], no_answer: hangup}

  desk: {name: Desk, members: ["1002", "1003"], no_answer: voicemail/1001}
  # nobody
  none: {name: None, members: [], no_answer: ~}
phones:
   p1:
     mac: 80:5e:c0:00:00:01
     keys:
     - blf: extension/1001
     - {speed: "999"}
     note: |
       name: x
        - y
   p2:
     mac: 80:5e:c0:00:00:02
     keys:
     - blf: extension/1002
     - {speed: "112"}
     note: |
       name: z
        - y
---
apiVersion: reconciler/v1
extensions:
  "2001": &a {name: Ada, x: [a, b]}
  "2002": *a
  "2003": &b {name: Ada, x: [a, b]}
  "2004": {name: Ada, x: [a, c]}
"""

PIECES = (
    "\n", "\n  ", "\n    ", "  ", " ", "- ", ": ", ":", ",", "{", "}", "[", "]", '"', "'", "|", ">",
    "&a ", "*a", "!x ", "!!str ", "<<: *a", "---\n", "...\n", " #", "null", "~", "\t", "\r\n",
    "\u2028", "\x85", "\x00", "\ue000", "\ue0000", "?", "? ", "%", "%s", "\\", "\\n", "日本", "é",
    "name", "k: v\n", '  "1002":', "extensions:\n", "\ufeff", "1" * 1100, "\ud800",
)  # fmt: skip
CHANGES = st.lists(
    st.tuples(
        st.integers(0, len(ESTATE)),
        st.integers(0, 9),
        st.sampled_from(PIECES) | st.text(max_size=3),
    ),
    max_size=5,
)


@pytest.fixture(autouse=True, scope="module", params=[2, 300])
def very_many(request: pytest.FixtureRequest) -> Iterator[None]:
    """Have all words of an entry found at once as soon as its form is known, and hardly ever."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alike, "_VERY_MANY", request.param)
        yield


def outcome(read: Callable[[], Iterator[Tree]]) -> list[Any]:
    """Return the trees, and what ended the reading."""
    found: list[Any] = []
    try:
        found.extend(read())
    except TooMuch as stop:
        found += [stop.diagnostic, stop.before]
    except (YAMLError, UnicodeEncodeError) as error:
        found.append(str(error))
    return found


def assert_same(text: str, forms: Forms) -> None:
    for _ in range(2):  # a form is known when it is met again
        assert outcome(lambda: read_alike("f", text, forms)) == outcome(
            lambda: read_trees("f", text)
        )


def known() -> Forms:
    """Return forms that know the estate's."""
    forms = Forms()
    for _ in range(2):
        list(read_alike("f", ESTATE, forms))
    return forms


@settings(max_examples=300, deadline=None)
@given(CHANGES)
@example([])
def test_a_text_means_the_same_with_and_without_known_forms(
    changes: list[tuple[int, int, str]],
) -> None:
    text = ESTATE
    for at, gone, added in changes:
        text = text[:at] + added + text[at + gone :]
    assert_same(text, known())
    assert_same(text, Forms())


WORD = st.sampled_from(["null", "a null", "12:30", "a b"]) | st.text(
    st.sampled_from(" !#%'()*+-./:0a@{}[],&|>~\"\\\t\n\xa0\xe9\u3000\u65e5"), max_size=8
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(WORD, WORD, WORD), min_size=2, max_size=4))
def test_no_word_is_read_otherwise_than_alone(words: list[tuple[str, str, str]]) -> None:
    entries = "".join(
        f'  e{number}:\n    a: {one}\n    b: [{two}, "{two}"]\n    c: {{d: {three}, e: "{one}"}}\n'
        for number, (one, two, three) in enumerate([("x", "y", "z"), ("x", "y", "z"), *words])
    )
    assert_same(f"extensions:\n{entries}", Forms())


def test_every_file_that_we_have_means_the_same() -> None:
    paths = [e for part in ("tests", "examples") for e in sorted((ROOT / part).rglob("*.y*ml"))]
    assert len(paths) > 50
    forms = Forms()
    for path in paths:
        assert_same(path.read_bytes().decode("utf-8-sig", "replace"), forms)


def test_a_file_near_the_limit_is_counted_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "extensions:\n" + "".join(f"  e{n}: {{a: b, c: [d, e]}}\n" for n in range(100))
    monkeypatch.setattr(tree, "MAX_NODES", 1000)
    monkeypatch.setattr("reconciler.language.alike.MAX_NODES", 1000)
    assert_same(text, Forms())


def test_of_entries_that_are_alike_libyaml_makes_few_events(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = 0

    class Counted(tree.CParser):  # type: ignore[misc,name-defined]
        def get_event(self) -> Any:
            nonlocal made
            made += 1
            return super().get_event()

    text = "extensions:\n" + "".join(f"  e{n}: {{a: b{n}, c: [d, e]}}\n" for n in range(100))
    expected = list(read_trees("f", text))
    monkeypatch.setattr(tree, "CParser", Counted)
    assert list(read_alike("f", text, Forms())) == expected
    assert made < 300  # 1,000 if each is read
