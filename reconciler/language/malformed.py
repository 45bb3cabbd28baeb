"""What libyaml says about a text that is not YAML, in words that help."""

import re
from collections.abc import Sequence
from typing import Any

from yaml import MarkedYAMLError, YAMLError

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic, Related
from reconciler.diagnostics.lines import split_lines
from reconciler.diagnostics.place import Span
from reconciler.language.knots import too_deep
from reconciler.language.limits import MAX_DEPTH
from reconciler.language.source import Source

_NOT_YAML = re.compile(
    "[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]"
)
_CONFLICT = re.compile("<{7}( |$)")
"""How git begins what it could not merge."""
_QUOTES = "put the text in quotes"
_DEEPER = "begin the line in the column of the keys beside it"
_TABS = "indent with spaces, not with tabs"
_SAYS: tuple[tuple[str, str, str | None], ...] = (
    ("mapping values are not allowed", "A ': ' stands where no key can be.", _QUOTES),
    ("violates indentation", "A tab stands where blanks have to be.", _TABS),
    ("could not find expected ':'", "A key without ': ' after it.", "write key: value"),
    ("did not find expected key", "Something that is not a key of this mapping stands here.",
     "check the indentation, and quotes around text with quotes in it"),
    ("did not find expected '-' indicator", "Something that is no item of this list stands here.",
     "begin every item with '- ' in the same column"),
    ("did not find expected ',' or ']'", "A list in brackets is not closed or lacks a comma.",
     "close the list with ]"),
    ("did not find expected ',' or '}'", "A mapping in braces is not closed or lacks a comma.",
     "close the mapping with }"),
    ("found unexpected end of stream", "The file ends inside quotes.", "close the quotes"),
    ("found undefined tag handle", "A tag with an unknown prefix stands here.",
     "put text that begins with ! in quotes"),
    ("found unknown escape character", "A backslash in double quotes begins no known escape.",
     "use single quotes, or write the backslash twice"),
    ("did not find expected alphabetic", "* and & begin aliases and anchors.", _QUOTES),
    ("did not find expected node content", "A value is missing here.",
     "close the brackets, or write null for nothing"),
    ("block sequence entries are not allowed", "A list item cannot begin here.",
     "put the list on lines of its own"),
    ("did not find expected <document start>", "A document ended, and text follows it.",
     "begin the next document with ---"),
)  # fmt: skip

_STARTED = (
    ("flow sequence", "the list in brackets"),
    ("flow mapping", "the mapping in braces"),
    ("block mapping", "the mapping"),
    ("block collection", "the list"),
    ("quoted scalar", "the text in quotes"),
    ("simple key", "the key"),
)


def why_unread(source: Source, error: YAMLError | UnicodeEncodeError) -> Diagnostic:
    """Return what is wrong with a text that libyaml gave up on."""
    if isinstance(error, MarkedYAMLError):
        return _unreadable(source, error)
    return _unencodable(source)


def _unreadable(source: Source, error: MarkedYAMLError) -> Diagnostic:
    """Return libyaml's complaint with its position, and what was being read there."""
    lines = split_lines(source.text)
    span = _at(source.file, lines, error.problem_mark or error.context_mark)
    torn = next((at for at, line in enumerate(lines, 1) if _CONFLICT.match(line)), None)
    if torn is not None:
        return found(
            "malformed-yaml",
            "A merge left both sides in the file: a conflict begins here.",
            Span(source.file, torn, 1, torn, len(lines[torn - 1]) + 1),
            hint="keep one side, and remove the lines <<<<<<<, ======= and >>>>>>>",
        )
    character = lines[span.line - 1][span.column - 1 : span.column]
    problem = error.problem or "it is not YAML"
    if "nesting depth" in problem:  # libyaml's own limit, met before ours by text without an end
        return too_deep(MAX_DEPTH, span)
    detail, hint = f"Reading stopped: {problem}.", None
    if "cannot start any token" in problem:
        detail = f"No value can begin with {_named(character)}."
        hint = _TABS if character == "\t" else _QUOTES
    else:
        for phrase, says, way_out in _SAYS:
            if phrase in problem:
                detail, hint = says, way_out
                break
        if "mapping values" in problem and ":" not in lines[span.line - 1][: span.column - 1]:
            hint = _DEEPER  # the first of its line: a key, read as more of the value above it
    started = next((says for name, says in _STARTED if name in (error.context or "")), None)
    related: tuple[Related, ...] = ()
    if started is not None and error.context_mark is not None:
        began = _at(source.file, lines, error.context_mark)
        if began != span:
            related = (Related(began, f"{started} began here"),)
    return found("malformed-yaml", detail, span, hint=hint, related=related)


def _at(file: str, lines: Sequence[str], mark: Any) -> Span:
    """Return the character at a mark; the end of the text for a mark behind it."""
    if mark is None:
        return Span(file, 1, 1, 1, 1)
    line = min(mark.line, len(lines) - 1)
    column = min(mark.column, len(lines[line])) if line == mark.line else len(lines[line])
    end = min(column + 1, len(lines[line]))
    return Span(file, line + 1, column + 1, line + 1, max(end, column) + 1)


def _unencodable(source: Source) -> Diagnostic:
    """Return where the first character stands that no YAML file may hold."""
    bad = _NOT_YAML.search(source.text)
    start = bad.start() if bad else 0
    before = split_lines(source.text[:start])
    line, column = max(len(before), 1), len(before[-1]) + 1 if before else 1
    which = f"U+{ord(source.text[start]):04X}" if bad else "a character"
    return found(
        "malformed-yaml",
        f"The file holds {which}, which YAML does not allow.",
        Span(source.file, line, column, line, column + (1 if bad else 0)),
        hint="remove the control character",
    )


def _named(character: str) -> str:
    if character == "\t":
        return "a tab"
    return f'"{character}"' if character.isprintable() else f"U+{ord(character or ' '):04X}"
