"""Every code once, whoever reports it; and `found`, which makes a finding of one."""

from collections.abc import Mapping
from itertools import chain

from reconciler.diagnostics.catalogue import (
    declarations,
    files,
    phones,
    plans,
    references,
    rules,
    softphones,
    tables,
)
from reconciler.diagnostics.code import Code
from reconciler.diagnostics.diagnostic import Diagnostic, Related, Severity
from reconciler.diagnostics.place import Place, Span

CODES: Mapping[str, Code] = {
    code.slug: code
    for code in chain(
        files.CODES,
        declarations.CODES,
        references.CODES,
        rules.CODES,
        plans.CODES,
        phones.CODES,
        softphones.CODES,
        tables.CODES,
    )
}
"""Every code by its slug."""


def found(
    code: str,
    detail: str,
    at: Place | Span | None = None,
    *,
    hint: str | None = None,
    related: tuple[Related, ...] = (),
    severity: Severity | None = None,
) -> Diagnostic:
    """Return a finding with the code's own severity unless another is given."""
    usual = CODES[code].severity
    return Diagnostic(code, detail, at, hint, severity or usual, related)


def summary_of(slug: str) -> str:
    """Return a code's fixed summary; for an unknown one (an adapter's own), the slug in words."""
    known = CODES.get(slug)
    return known.summary if known else slug.replace("-", " ").capitalize()
