"""Knots: what YAML allows and we do not, or what has no sense in it, as findings."""

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic, Related
from reconciler.diagnostics.phrase import shorten
from reconciler.diagnostics.place import Place, Span
from reconciler.language.limits import MAX_ALIASED


def duplicate_key(name: str, at: Span, first: Place) -> Diagnostic:
    """Return the finding of a key that stands twice in one mapping."""
    return found(
        "duplicate-key",
        f'"{shorten(name)}" stands twice in the same mapping; only one of them can be meant, and '
        "most programs would drop the first without a word.",
        at,
        hint="remove one of the two, or put both values under one key",
        related=(Related(first, "first written here"),),
    )


def complex_key(at: Span) -> Diagnostic:
    """Return the finding of a mapping or list in the place of a key."""
    return found(
        "complex-key",
        "A key must be text, but a mapping or a list stands here.",
        at,
        hint='put text that holds {{ }} in quotes: "{{ extension.name }}"',
    )


def custom_tag(tag: str, at: Span) -> Diagnostic:
    """Return the finding of a tag that is not one of YAML's own harmless ones."""
    return found(
        "custom-tag",
        f'The tag "{shorten(tag)}" is not understood; values carry no tags here.',
        at,
        hint='remove the tag; a secret is written {secret: "scheme:reference"}',
    )


def loose_alias(name: str, at: Span, *, is_inside: bool) -> Diagnostic:
    """Return the finding of an alias without an anchor, or inside the value that it names."""
    name = shorten(name)
    if is_inside:
        return found("recursive-alias", f'"*{name}" stands inside the value that it names.', at)
    return found(
        "unknown-alias",
        f'No anchor "&{name}" stands before this alias.',
        at,
        hint='write text that begins with * in quotes, or define the "&" first',
    )


def alias_bomb(at: Span) -> Diagnostic:
    """Return the finding of aliases that stand for too much."""
    return found(
        "alias-bomb",
        f"The aliases up to here stand for more than {MAX_ALIASED:,} values.",
        at,
        hint="write fewer aliases of aliases",
    )


def bad_merge(at: Place) -> Diagnostic:
    """Return the finding of a `<<` that brings no mapping."""
    says = "<< takes an alias of a mapping, or a list of such aliases."
    return found("bad-merge", says, at, hint="write <<: *name")


def too_deep(limit: int, at: Span) -> Diagnostic:
    """Return the finding of containers that stand too deep in each other."""
    return found("too-deep", f"More than {limit} mappings and lists stand in each other here.", at)


def too_many_values(limit: int, at: Span) -> Diagnostic:
    """Return the finding of a document that holds too much."""
    says = f"The document holds more than {limit:,} values."
    return found("too-many-values", says, at, hint="divide it into several files")


def too_many_problems(limit: int, at: Place | Span | None) -> Diagnostic:
    """Return the last finding of a file in which looking stopped."""
    return found(
        "too-many-problems", f"Looking stopped after {limit} problems in this document.", at
    )
