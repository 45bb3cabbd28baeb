"""A code: the fixed part of a finding, written once."""

from typing import NamedTuple

from reconciler.diagnostics.diagnostic import Severity


class Code(NamedTuple):
    """A slug that is never reused, its usual severity, the summary and the longer story.

    `explanation` is what `reconciler explain CODE` prints: why it is a problem and the ways out.
    """

    slug: str
    severity: Severity
    summary: str
    explanation: str
