"""Laws: no text makes the parser raise, and every finding points into its file."""

import string

from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.adapters.memory import MemoryAdapter
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.lines import split_lines
from reconciler.language.decode import decode
from reconciler.language.fmt import format_text
from reconciler.language.parse import parse
from reconciler.language.source import Source, Sources
from reconciler.resolve.resolve import resolve
from reconciler.rules import check
from reconciler.views import diagnostics as view

ESTATE = """\
apiVersion: reconciler/v1
pbxs:
  hq: {adapter: memory, timezone: Europe/London}
sites:
  office: {timezone: Europe/London, country: GB, phones: {adapter: memory}}
defaults:
  extensions: {ring_time: 30, voicemail: {enabled: true}}
templates:
  base: &base {vendor: yealink, features: {language: English}}
  desk: {<<: *base, extends: base, line_keys: [{speed: "999"}]}
extensions:
  "1001": {name: Ada, secret: {secret: "store:ada"}}
  "1002":
    name: "Bén 日本"
    secret: {secret: generated}
    forward: {busy: "1001"}
ring_groups:
  "600": {name: All, members: ["1001", "1002"], no_answer: voicemail/1001}
phones:
  a:
    mac: 80:5e:c0:f0:01:21
    model: T43U
    template: desk
    lines: [{extension: "1001", label: "{{ extension.name }}"}]
    keys:
      - blf: extension/1002
moved: [{from: extension/hq/900, to: extension/hq/1001}]
---
apiVersion: reconciler/v1
policy: {require_reason: true}
"""

PIECES = [
    "\t", "\n", "  ", "- ", ": ", "{", "}", "[", "]", '"', "'", "|", ">", "&a ", "*a", "!x ",
    "<<: ", "---\n", "...\n", "#", "null", "~", "\ufeff", "\u2028", "\x85", "\r\n", "\x00", "?",
    "%", "@", "{{", "{%", "日本", "é", "1001", "extension/1001", "secret: hunter2", "name",
    "0", "\ud800",
]  # fmt: skip
pieces = st.sampled_from(PIECES)
mutations = st.lists(
    st.tuples(
        st.integers(0, len(ESTATE)),
        st.integers(0, 12),
        st.sampled_from(PIECES) | st.text(max_size=5),
    ),
    min_size=1,
    max_size=6,
)


def mutated(changes: list[tuple[int, int, str]]) -> str:
    text = ESTATE
    for at, removed, added in changes:
        text = text[:at] + added + text[at + removed :]
    return text


def findings(text: str) -> list[Diagnostic]:
    nodes = parse(Sources({"estate.yaml": Source("estate.yaml", text, "")}))
    declared = decode(nodes.value)
    desired = resolve(declared.value, {"memory": MemoryAdapter()})
    checked = check(desired.value)
    return [each for stage in (nodes, declared, desired, checked) for each in stage.diagnostics]


def assert_points_into(text: str, found: list[Diagnostic]) -> None:
    lines = split_lines(text)
    for each in view.machine(found, {"estate.yaml": text})["diagnostics"]:
        for span in (each["span"], *(other["span"] for other in each["related"])):
            if span is None:
                continue
            assert 1 <= span["line"] <= len(lines), each
            assert 1 <= span["column"] <= len(lines[span["line"] - 1]) + 1, each
            start = (span["line"], span["column"])
            assert start <= (span["end_line"], span["end_column"]), each
            assert span["end_line"] <= len(lines) + 1, each
    assert isinstance(view.text(found, {"estate.yaml": text}), str)
    assert isinstance(view.lines(found, {"estate.yaml": text}), str)


def test_the_estate_itself_is_sound() -> None:
    assert findings(ESTATE) == []


@settings(max_examples=300, deadline=None)
@given(mutations)
def test_a_changed_estate_never_raises_and_findings_point_into_it(
    changes: list[tuple[int, int, str]],
) -> None:
    text = mutated(changes)
    assert_points_into(text, findings(text))


@settings(max_examples=200, deadline=None)
@given(st.text() | st.text(alphabet=string.printable) | st.lists(pieces).map("".join))
@example("apiVersion: reconciler/v1\nextensions: {? [a]: b}")
@example("apiVersion: reconciler/v1\n? {a: b}\n: c")
@example("apiVersion: reconciler/v1\n<<: [1]\n")
@example("&a [*a]")
@example("a: &a\n  b: *a")
@example("\ufeffapiVersion: reconciler/v1")
@example("%YAML 9.9\n---\na")
@example("!!binary aGk=")
@example("- - - -\n")
def test_no_text_makes_the_parser_raise(text: str) -> None:
    for whole in (text, f"apiVersion: reconciler/v1\n{text}"):
        assert_points_into(whole, findings(whole))


@settings(max_examples=150, deadline=None)
@given(mutations)
def test_formatting_never_raises_changes_no_meaning_and_is_stable(
    changes: list[tuple[int, int, str]],
) -> None:
    text = mutated(changes)
    formatted = format_text(text)
    if formatted.has_errors:
        assert formatted.value == text
        return
    again = format_text(formatted.value)
    assert again.value == formatted.value
    assert _data(formatted.value) == _data(text)


def _data(text: str) -> list[object]:
    nodes = parse(Sources({"estate.yaml": Source("estate.yaml", text, "")}))
    return [each.data for each in nodes.value.documents]
