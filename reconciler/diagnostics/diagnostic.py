"""A diagnostic: one thing that a person should know about their files, and `Checked`."""

from collections.abc import Callable, Iterable
from typing import Generic, Literal, NamedTuple, TypeVar

from reconciler.diagnostics.place import Place, Span

Severity = Literal["error", "warning", "info"]
T = TypeVar("T")
U = TypeVar("U")


class Related(NamedTuple):
    """Another place that belongs to the story ("first declared here").

    Without text it is where the hint's suggestion stands.
    """

    at: Place | Span
    text: str


class Diagnostic(NamedTuple):
    """A finding with a code, a fixed summary, a detail in full sentences, a place and a hint.

    `code` is a slug registered in `diagnostics/codes.py`; `summary` holds no words of the user;
    `hint` can be copied. A refusal by a safety rail is a diagnostic too.
    """

    code: str
    detail: str
    at: Place | Span | None = None
    hint: str | None = None
    severity: Severity = "error"
    related: tuple[Related, ...] = ()


class Checked(NamedTuple, Generic[T]):
    """A value plus everything that was found while making it. Stages never stop at the first."""

    value: T
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def has_errors(self) -> bool:
        """Whether one of the findings is an error."""
        return any(each.severity == "error" for each in self.diagnostics)

    def then(self, stage: "Callable[[T], Checked[U]]") -> "Checked[U]":
        """Run the next stage on the value and keep the findings of both."""
        following = stage(self.value)
        return following._replace(diagnostics=self.diagnostics + following.diagnostics)


def errors(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the errors among the findings, in order."""
    return tuple(each for each in diagnostics if each.severity == "error")
