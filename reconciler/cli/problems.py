"""What a command has said of mistakes and failures, for whoever asked for JSON (`unanswered`)."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from reconciler.diagnostics.diagnostic import Diagnostic


class Failure(NamedTuple):
    """A failure of the world, or a command line that cannot be understood."""

    code: str
    message: str
    hint: str | None = None


class Problems:
    """Everything that was said so far, in the order in which it was said."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.texts: dict[str, str] = {}
        self.failures: list[Failure] = []
        self.run: int | None = None
        """The run that is through with what it wrote, if there is one: phones may follow."""

    def note_diagnostics(self, found: Iterable["Diagnostic"], texts: Mapping[str, str]) -> None:
        """Remember findings in files, and the files' texts, from which positions are found."""
        self.diagnostics += found
        self.texts.update(texts)

    def note_failure(self, code: str, message: str, hint: str | None = None) -> None:
        """Remember a failure."""
        self.failures.append(Failure(code, message, hint))


PROBLEMS: Final = Problems()
"""Of this process, which runs one command."""
