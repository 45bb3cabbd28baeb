"""The view: carets under what is meant, whatever stands on the line."""

import json

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.place import Place, Span
from reconciler.views import diagnostics as view


def shown(line: str, start: int, end: int, width: int = 60) -> tuple[str, str]:
    """Return the excerpt's line and carets."""
    finding = found("bad-value", "x", Span("f", 1, start + 1, 1, end + 1))
    lines = view.text([finding], {"f": line}, width=width).split("\n")
    return lines[3].removeprefix("1 | "), lines[4].removeprefix("  | ")


def test_tabs_and_wide_characters() -> None:
    assert shown("\ta: x", 4, 5) == ("    a: x", "       ^")
    assert shown("日本: x", 4, 5) == ("日本: x", "      ^")
    assert shown("e\u0301: x", 4, 5) == ("e\u0301: x", "   ^")


def test_control_characters_do_nothing() -> None:
    line, carets = shown("a: \x1b[31mx", 8, 9)
    assert "\x1b" not in line
    assert line[len(carets) - 1] == "x"


def test_long_lines_are_cut_around_what_is_meant() -> None:
    text = "a" * 200 + "MEANT" + "b" * 200
    line, carets = shown(text, 200, 205)
    assert len(line) <= 56
    assert line.startswith("...")
    assert line.endswith("...")
    assert line[carets.index("^") : carets.rindex("^") + 1] == "MEANT"
    line, carets = shown(text, 100, 305)
    assert len(line) <= 60
    assert len(carets) <= len(line)


def test_a_span_over_several_lines_marks_the_first() -> None:
    finding = found("bad-value", "x", Span("f", 1, 4, 3, 2))
    assert view.text([finding], {"f": "a: b\n  c\n d"}).split("\n")[4] == "  |    ^"


def test_passwords_are_covered_everywhere() -> None:
    text = 'a: {password: hunter2, "api_key": "s3cr3t", pin: 4711, secret: {secret: "env:X"}}\n'
    finding = found("unknown-field", "x", Place("f", 0, ("a", "password"), "key"))
    said = view.text([finding], {"f": text}, width=120)
    assert "env:X" in said
    for secret in ("hunter2", "s3cr3t", "4711"):
        assert secret not in said


def test_order_repetition_and_counts() -> None:
    first = found("bad-value", "one", Span("b", 2, 1, 2, 2))
    second = found("defaults-unused", "two", Span("a", 9, 1, 9, 2))
    nowhere = Diagnostic("nothing-declared", "three", severity="info")
    said = view.lines([nowhere, first, second, first], {})
    assert said.split("\n") == [
        "a:9:1: warning[defaults-unused]: two",
        "b:2:1: error[bad-value]: one",
        "info[nothing-declared]: three",
    ]
    assert view.text([nowhere, first, second], {}).endswith("1 error, 1 warning, 1 note")
    assert view.text([], {}) == ""


def test_json_is_json() -> None:
    finding = found("bad-value", "one", Span("b", 2, 1, 2, 5), hint="do")
    data = json.loads(view.as_json([finding], {}))
    assert data["errors"] == 1
    assert data["diagnostics"][0]["span"] == {
        "file": "b", "line": 2, "column": 1, "end_line": 2, "end_column": 5,
    }  # fmt: skip


def test_style_is_asked_for_every_colour() -> None:
    finding = found("bad-value", "one", Span("b", 1, 1, 1, 2), hint="do")
    said = view.text([finding], {"b": "x"}, style=lambda text, role: f"<{role}>{text}</>")
    assert "<error>error[bad-value]</>" in said
    assert "<error>^</>" in said
    assert "<good>hint:</> do" in said
