"""Parse: what the parser makes of YAML, and whose documents it reads."""

import gc
from time import process_time

import pytest

from reconciler.language.parse import parse
from tests.unit.language.pipeline import HEAD, codes, parsed, sources


def data(text: str) -> object:
    found = parsed(HEAD + text)
    assert found.diagnostics == ()
    return {k: v for k, v in found.value.documents[0].data.items() if k != "apiVersion"}


@pytest.mark.parametrize("scalar", ["0123", "+441134960100", "1.10", "12:30", "no", "0x1F", "1e3"])
def test_scalars_are_text(scalar: str) -> None:
    assert data(f"a: {scalar}") == {"a": scalar}


@pytest.mark.parametrize("scalar", ["null", "~", ""])
def test_only_a_plain_null_is_nothing(scalar: str) -> None:
    assert data(f"a: {scalar}") == {"a": None}
    assert data(f'a: "{scalar}"') == {"a": scalar}


def test_null_in_other_writings_is_a_name() -> None:
    assert data("a: Null") == {"a": "Null"}


def test_harmless_tags_are_text() -> None:
    assert data("a: !!str 12\nb: !!int 12\nc: !!null x\nd: ! 12") == {
        "a": "12", "b": "12", "c": None, "d": "12",
    }  # fmt: skip


def test_keys_are_text() -> None:
    assert data("1001: a\nnull: b\ntrue: c") == {"1001": "a", "null": "b", "true": "c"}


def test_anchors_aliases_and_merges() -> None:
    text = """\
    x: &x {a: "1", b: "2"}
    y: &y {b: "3", c: "4"}
    one: {<<: *x, a: own}
    two: {<<: [*x, *y], d: "5"}
    list: &l [p, q]
    three: *l
    """
    found = data(__import__("textwrap").dedent(text))
    assert isinstance(found, dict)
    assert found["one"] == {"a": "own", "b": "2"}
    assert found["two"] == {"a": "1", "b": "2", "c": "4", "d": "5"}
    assert found["three"] == ["p", "q"]


def test_lines_of_entries_and_of_merged_ones() -> None:
    found = parsed(HEAD + "x: &x\n  '1': {}\nextensions:\n  <<: *x\n  '2': {}\n")
    lines = found.value.documents[0].lines
    assert lines["extensions"] == {"1": 5, "2": 6}
    assert lines[""]["extensions"] == 4


def test_documents_of_others_are_skipped_and_named() -> None:
    found = parsed("a: !Ref x\na: 1\n---\n- list\n---\n", f"kind: Pod\napiVersion: v1\n---\n{HEAD}")
    assert found.diagnostics == ()
    assert [(each.file, each.number, each.reason) for each in found.value.skipped] == [
        ("a.yaml", 0, "it has no apiVersion"),
        ("a.yaml", 1, "it is not a mapping"),
        ("a.yaml", 2, "it is empty"),
        ("b.yaml", 0, "its apiVersion is v1"),
    ]
    assert [(each.file, each.number) for each in found.value.documents] == [("b.yaml", 1)]


def test_what_was_read_before_a_mistake_is_kept() -> None:
    found = parsed(f"{HEAD}pbx: a\n---\n{HEAD}pbx: [\n")
    assert codes(found.diagnostics) == ["malformed-yaml"]
    assert [each.number for each in found.value.documents] == [0]
    assert found.value.unread == (f"{HEAD}pbx: a\n---\n{HEAD}pbx: [\n",)


def test_known_files_are_not_parsed_again() -> None:
    first = parsed(HEAD + "pbx: hq\n")
    assert first.value.sound == {"a.yaml": "sha-a"}
    from reconciler.language.node import Parsed

    known = {"sha-a": Parsed(first.value.documents, ())}
    again = parse(sources("not: [yaml"), known)
    assert again.value.documents == first.value.documents
    assert again.value.sound == {}


def test_a_deep_or_multiplying_file_costs_little() -> None:
    started = process_time()
    for text in ("[" * 200_000, "{a: " * 100_000, "- " * 100_000, "? " * 50_000):
        assert parsed(HEAD + "x: " + text).has_errors
    bomb = (
        HEAD
        + "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n"
            for n in range(20)
        )
    )
    assert codes(parsed(bomb).diagnostics) == ["alias-bomb"]
    merges = (
        HEAD
        + "a: &a {x: 1}\n"
        + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} {{k: [*{chr(97 + n)}, *{chr(97 + n)}]}}\n"
            for n in range(25)
        )
    )
    assert codes(parsed(merges).diagnostics) == ["alias-bomb"]
    assert process_time() - started < 5


def test_the_collector_is_as_it_was() -> None:
    assert gc.isenabled()
    parsed(HEAD + "a: [")
    assert gc.isenabled()
