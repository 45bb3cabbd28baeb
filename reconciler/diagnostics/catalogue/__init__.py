"""Every code with its explanation, by the stage that reports it."""

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
