"""Diagnostics for people, editors and machines. Pure: colour comes in as a function.

JSON shape (version 1):
    {"version": 1, "errors": N, "warnings": N, "diagnostics": [
        {"code", "severity", "summary", "detail", "hint": str | null,
         "span": {"file", "line", "column", "end_line", "end_column"} | null,
         "related": [{"text", "span"}]}]}
Lines and columns count from 1; columns count characters; the end is exclusive.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from reconciler.diagnostics.causes import by_cause, whose
from reconciler.diagnostics.codes import summary_of
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.place import Place, Span
from reconciler.views.cells import cells, clean
from reconciler.views.excerpt import Excerpts
from reconciler.views.terminal.page import Role, Style, plain
from reconciler.views.words import listed

_ROLES: Final[Mapping[str, Role]] = {"error": "error", "warning": "warn", "info": "dim"}
_COUNTED: Final = {"error": "error", "warning": "warning", "info": "note"}


def text(
    found: Iterable[Diagnostic],
    texts: Mapping[str, str],
    *,
    style: Style = plain,
    width: int = 100,
    counted: Iterable[Diagnostic] | None = None,
) -> str:
    """Return the findings as text, by position, with the lines they point at and a last count.

    What many have for one cause is shown once, with who else has it. `counted` are all that there
    are, where not all are shown.
    """
    placed = _Placed(found, texts)
    if not placed.ordered:
        return ""
    every = [each for each, _ in placed.ordered] if counted is None else dict.fromkeys(counted)
    page = _Page(placed, texts, style, max(width, 40))
    groups = by_cause(each for each, _ in placed.ordered)
    return "\n\n".join((*map(page.group, groups), _count(every)))


def lines(found: Iterable[Diagnostic], texts: Mapping[str, str]) -> str:
    """Return a line for each finding, as editors and compilers write them."""
    placed = _Placed(found, texts)
    shown = []
    for each, span in placed.ordered:
        where = f"{span}: " if span is not None else ""
        hint = placed.hint(each)
        tail = f" (hint: {hint})" if hint else ""
        shown.append(clean(f"{where}{each.severity}[{each.code}]: {each.detail}{tail}"))
    return "\n".join(shown)


def machine(
    found: Iterable[Diagnostic], texts: Mapping[str, str], command: str = "validate"
) -> dict[str, Any]:
    """Return the findings as data in the documented shape."""
    placed = _Placed(found, texts)
    return {
        "version": 1,
        "command": command,
        "errors": sum(each.severity == "error" for each, _ in placed.ordered),
        "warnings": sum(each.severity == "warning" for each, _ in placed.ordered),
        "diagnostics": [
            {
                "code": each.code,
                "severity": each.severity,
                "summary": summary_of(each.code),
                "detail": each.detail,
                "hint": placed.hint(each),
                "span": span._asdict() if span is not None else None,
                "related": [
                    {"text": other.text or "suggested", "span": placed.spans[other.at]._asdict()}
                    for other in each.related
                ],
            }
            for each, span in placed.ordered
        ],
    }


def as_json(found: Iterable[Diagnostic], texts: Mapping[str, str]) -> str:
    """Return the findings as JSON text in the documented shape."""
    return json.dumps(machine(found, texts), indent=2, ensure_ascii=False)


class _Placed:
    """Findings without repetition, with their spans, by file and position.

    Those without a place come last.
    """

    def __init__(self, found: Iterable[Diagnostic], texts: Mapping[str, str]) -> None:
        findings = list(dict.fromkeys(found))
        at = [each.at for each in findings]
        at += [other.at for each in findings for other in each.related]
        self.spans: dict[Place | Span, Span] = {}
        for each in at:
            if isinstance(each, Span):
                self.spans[each] = each
        if places := [each for each in at if isinstance(each, Place)]:
            from reconciler.language.locate import locate  # with YAML: only what is shown

            for place, span in locate(places, texts).items():
                self.spans[place] = span
        with_spans = [(each, self.span(each)) for each in findings]
        self.ordered: Sequence[tuple[Diagnostic, Span | None]] = sorted(
            with_spans, key=lambda each: (each[1] is None, each[1] or (), each[0].code)
        )

    def span(self, each: Diagnostic) -> Span | None:
        """Return where a finding stands."""
        return self.spans[each.at] if each.at is not None else None

    def hint(self, each: Diagnostic) -> str | None:
        """Return the way out. A related place without text is where the suggestion stands."""
        if each.hint is None:
            return None
        at = next((self.spans[other.at] for other in each.related if not other.text), None)
        said = each.hint.removesuffix("?")
        return each.hint if at is None else f"{said} ({at}){each.hint[len(said) :]}"

    def of(self, code: str) -> list[Span]:
        """Return where the findings of a code stand."""
        return [span for each, span in self.ordered if each.code == code and span is not None]


class _Page:
    """How findings are laid out."""

    def __init__(self, placed: _Placed, texts: Mapping[str, str], style: Style, width: int) -> None:
        self._placed = placed
        self._style = style
        self._width = width
        self._excerpts = Excerpts(
            texts, placed.of("secret-literal"), placed.of("unknown-secret-scheme")
        )

    def group(self, alike: Sequence[Diagnostic]) -> str:
        """Return the first finding of a cause in full, and whose the others are."""
        first, *others = alike
        block = self.block(first, self._placed.span(first))
        if not others:
            return block
        said = f"and {len(others):,} more like it: {listed([*map(self._where, others)], 4)}"
        return "\n".join((block, *(f"  {line}" for line in _wrapped(clean(said), self._width - 2))))

    def _where(self, each: Diagnostic) -> str:
        span, key = self._placed.span(each), whose(each)
        at = f"{span.file}:{span.line}" if span is not None else ""
        return f"{key} ({at})" if key and at else key or at

    def block(self, each: Diagnostic, span: Span | None) -> str:
        """Return one finding in full."""
        role = _ROLES[each.severity]
        others = [(self._placed.spans[other.at], other.text) for other in each.related]
        others = [(at, note) for at, note in others if note]
        shown_spans = [*([span] if span is not None else []), *(at for at, _ in others)]
        gutter = max((len(str(at.line)) for at in shown_spans), default=1)
        indent = " " * (gutter + 1)
        head = self._style(f"{each.severity}[{each.code}]", role)
        shown = [f"{head}: {self._style(summary_of(each.code), 'bold')}"]
        if span is not None:
            shown += self._excerpt(span, role, gutter)
        room = self._width - gutter - 1
        shown += [f"{indent}{line}" for line in _wrapped(clean(each.detail), room)]
        for at, note in others:
            shown += self._excerpt(at, "dim", gutter, note)
        if hint := self._placed.hint(each):
            first, *rest = _wrapped(clean(hint), room - 6)
            shown.append(f"{indent}{self._style('hint:', 'good')} {first}")
            shown += [f"{indent}      {line}" for line in rest]
        return "\n".join(shown)

    def _excerpt(self, span: Span, role: Role, gutter: int, note: str = "") -> Iterator[str]:
        """Yield where it is, the line of the file, and carets under what is meant."""
        blank = " " * gutter
        tail = f" {clean(note)}" if note else ""
        yield f"{blank}{self._style('-->', 'dim')} {clean(str(span))}{tail}"
        excerpt = self._excerpts.at(span, self._width - gutter - 3)
        if excerpt is None:
            return
        bar = self._style("|", "dim")
        yield f"{blank} {bar}"
        yield f"{self._style(str(span.line).rjust(gutter), 'dim')} {bar} {excerpt.line}".rstrip()
        yield f"{blank} {bar} {' ' * excerpt.offset}{self._style('^' * excerpt.carets, role)}"


def _count(found: Iterable[Diagnostic]) -> str:
    """Return how many errors, warnings and notes there are."""
    counts = dict.fromkeys(_COUNTED, 0)
    for each in found:
        counts[each.severity] += 1
    return ", ".join(
        f"{number:,} {_COUNTED[severity]}{'s' if number > 1 else ''}"
        for severity, number in counts.items()
        if number
    )


def _wrapped(words: str, width: int) -> list[str]:
    """Return the text in lines that fit, broken at blanks."""
    shown = [""]
    for word in words.split(" "):
        if shown[-1] and cells(shown[-1]) + 1 + cells(word) > width:
            shown.append(word)
        else:
            shown[-1] = f"{shown[-1]} {word}" if shown[-1] else word
    return shown
