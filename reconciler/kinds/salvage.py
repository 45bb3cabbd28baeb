"""Salvage: of an entry with mistakes everything is told at once, and what is right is kept. Pure.

A field that does not exist is taken for the one that was probably meant, so that nothing is said to
be missing that is only misspelt, and its value is looked at, too.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from pydantic import ValidationError

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.place import PathPart, Place
from reconciler.kinds.entry import Part, flatten
from reconciler.kinds.mistakes import Mistake, Subject, mistakes
from reconciler.kinds.sound import fill_holes, sound_part, unchecked
from reconciler.model.value import Value

Path = tuple[PathPart, ...]
Kind = TypeVar("Kind", bound=Part)

_WRITTEN_DOWN: Final = "secret-literal"
"""Told even of a value that is only guessed to be a secret: then it is covered when it is shown."""


class Salvaged(NamedTuple, Generic[Kind]):
    """What is right in a wrong entry, and all that is wrong with it.

    `origins` are the places of fields that stand under another name; `flaws` the fields (dotted
    paths) that are missing or wrong.
    """

    entry: Kind
    findings: tuple[Diagnostic, ...]
    origins: Mapping[str, Place]
    flaws: frozenset[str]


def salvage(model: type[Kind], subject: Subject, error: ValidationError) -> Salvaged[Kind]:
    """Return what is right in the entry that `error` is about."""
    guesses = _guesses(subject, mistakes(subject, error))
    findings = [each.finding for each in guesses.values()]
    wrong: list[Mistake] = []
    if guesses:
        subject = _as_meant(subject, guesses)
    try:
        entry = model.model_validate(subject.raw)
    except ValidationError as again:
        wrong = list(mistakes(subject, again))
        entry = sound_part(model, subject.raw)
        for path, more in unchecked(entry, [each.path for each in wrong]):
            wrong += mistakes(subject, more, path)
        fill_holes(entry)
    findings += [
        each.finding
        for each in wrong
        if not _is_below(each.path, guesses) or each.finding.code == _WRITTEN_DOWN
    ]
    origins = {
        path: subject.at(parts)
        for path in (flatten(entry) if guesses else ())
        if _is_below(parts := tuple(path.split(".")), guesses)
    }
    flaws = frozenset(
        ".".join(map(str, each.path)) for each in wrong if each.finding.code != "unknown-field"
    )
    return Salvaged(entry, tuple(findings), origins, flaws)


def _guesses(subject: Subject, found: Iterable[Mistake]) -> dict[Path, Mistake]:
    """Return fields that do not exist by the path of the one that was probably meant."""
    guesses: dict[Path, Mistake] = {}
    for each in found:
        if each.meant is not None:
            *above, _ = each.path
            meant = (*above, each.meant)
            if each.meant not in _value_at(subject.raw, above):
                guesses.setdefault(meant, each)
    return guesses


def _as_meant(subject: Subject, guesses: Mapping[Path, Mistake]) -> Subject:
    raw = subject.raw
    for meant, each in guesses.items():
        raw = _renamed(raw, each.path, meant[-1])
    places = {meant: subject.at(each.path) for meant, each in guesses.items()}
    return subject._replace(raw=raw, moved={**subject.moved, **places})


def _renamed(node: Value, path: Sequence[PathPart], name: PathPart) -> Value:
    """Return a copy in which the last key of the path has another name."""
    first, *rest = path
    if isinstance(node, list):
        return [_renamed(v, rest, name) if n == first else v for n, v in enumerate(node)]
    if rest:
        return {k: _renamed(v, rest, name) if k == first else v for k, v in node.items()}
    return {name if k == first else k: v for k, v in node.items()}


def _value_at(node: Value, path: Sequence[PathPart]) -> Value:
    for name in path:
        node = node[name]
    return node


def _is_below(path: Path, guesses: Mapping[Path, Mistake]) -> bool:
    return any(path[:length] in guesses for length in range(1, len(path) + 1))
