"""Format: fields in order, comments with their keys, nothing else touched."""

from textwrap import dedent

from reconciler.language.fmt import format_text
from tests.unit.language.pipeline import codes


def formatted(text: str) -> str:
    found = format_text(dedent(text))
    assert found.diagnostics == ()
    again = format_text(found.value)
    assert again.value == found.value
    return found.value


def test_sections_fields_and_comments() -> None:
    assert formatted(
        """\
        # yaml-language-server: $schema=x

        phones:
          a:
            lines:
              - {label: x, extension: "1001"}   # the first
              - shared: yes
                extension: "1002"
            # hardware
            mac: "001122334455"
            model: T43U
        # people
        extensions:
          # Ada
          "1001":
            protect: true
            # her mail
            voicemail:
              email: a@example.com
              enabled: yes

            name: "Ada"
          "1000": {secret: {secret: generated}, name: Ben}
        # version
        apiVersion: reconciler/v1
        """
    ) == dedent(
        """\
        # yaml-language-server: $schema=x

        # version
        apiVersion: reconciler/v1
        # people
        extensions:
          # Ada
          "1001":
            name: "Ada"
            # her mail
            voicemail:
              enabled: yes
              email: a@example.com

            protect: true
          "1000": {name: Ben, secret: {secret: generated}}
        phones:
          a:
            # hardware
            mac: "001122334455"
            model: T43U
            lines:
              - {extension: "1001", label: x}   # the first
              - shared: yes
                extension: "1002"
        """
    )


def test_blanks_at_line_ends_go_but_not_inside_texts() -> None:
    assert formatted("apiVersion: reconciler/v1  \npbx: hq\t\nx: |\n  a  \ny: 1\n\n\n") == (
        "apiVersion: reconciler/v1\npbx: hq\nx: |\n  a  \ny: 1\n"
    )


def test_documents_of_others_stay_as_they_are() -> None:
    text = "b: 1   \na: 2\n"
    assert format_text(text).value == text


def test_several_documents() -> None:
    ours = "pbx: a\napiVersion: reconciler/v1\n"
    text = f"{ours}---\nb: 1\na: 2\n---\n{ours}"
    assert formatted(text) == (
        "apiVersion: reconciler/v1\npbx: a\n---\nb: 1\na: 2\n---\n"
        "apiVersion: reconciler/v1\npbx: a\n"
    )


def test_an_alias_keeps_its_anchor_above() -> None:
    text = dedent(
        """\
        apiVersion: reconciler/v1
        extensions:
          "1": {secret: &s {secret: generated}, name: a, voicemail: {pin: *s}}
          "2": {voicemail: {pin: &p {secret: generated}}, secret: *p, name: b}
        """
    )
    found = format_text(text)
    assert codes(found.diagnostics) == ["not-formatted"]
    assert found.value == text


def test_mistakes_are_reported_and_the_text_comes_back() -> None:
    text = "apiVersion: reconciler/v1\na: [\n"
    found = format_text(text, "x.yaml")
    assert codes(found.diagnostics) == ["malformed-yaml"]
    assert found.value == text


def test_what_holds_anchors_stands_above_whoever_uses_them() -> None:
    assert formatted(
        """\
        x-b: &b {ring_time: 25, name: Ben}
        apiVersion: reconciler/v1
        x-a:
          - &a {name: Ada}
        extensions: {"1001": *a}
        defaults: {extensions: *b}
        pbx: hq
        """
    ) == dedent(
        """\
        apiVersion: reconciler/v1
        pbx: hq
        x-b: &b {name: Ben, ring_time: 25}
        x-a:
          - &a {name: Ada}
        defaults: {extensions: *b}
        extensions: {"1001": *a}
        """
    )
