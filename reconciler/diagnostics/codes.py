"""Findings by their codes, whoever reports them: what all of a code have in common is said once."""

from reconciler.diagnostics.diagnostic import Diagnostic, Related, Severity
from reconciler.diagnostics.place import Place, Span


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
    from reconciler.diagnostics.catalogue import CODES  # long texts: only where there is a finding

    usual = CODES[code].severity
    return Diagnostic(code, detail, at, hint, severity or usual, related)


def summary_of(slug: str) -> str:
    """Return a code's fixed summary; for an unknown one (an adapter's own), the slug in words."""
    from reconciler.diagnostics.catalogue import CODES

    known = CODES.get(slug)
    return known.summary if known else slug.replace("-", " ").capitalize()
