"""Codes: each once, and said in a way that people can use."""

import re

from reconciler.diagnostics.catalogue import (
    CODES,
    declarations,
    files,
    phones,
    plans,
    references,
    rules,
    softphones,
    tables,
)
from reconciler.diagnostics.codes import summary_of

PARTS = (files, declarations, references, rules, plans, phones, softphones, tables)
ALL = [code for part in PARTS for code in part.CODES]


def test_no_code_twice() -> None:
    assert len(ALL) == len(CODES)


def test_codes_are_slugs_and_summaries_are_short() -> None:
    for code in ALL:
        assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", code.slug)
        assert len(code.summary) <= 70
        assert not code.summary.endswith(".")
        assert code.explanation.endswith((".", "`."))


def test_codes_of_others_have_a_summary_too() -> None:
    assert summary_of("strange-thing") == "Strange thing"
