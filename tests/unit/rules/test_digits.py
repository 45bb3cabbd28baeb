"""What a phone's own dial plan lets out."""

import pytest

from reconciler.rules.digits import dials


@pytest.mark.parametrize(
    ("plan", "number", "answer"),
    [
        ("[2-8]xxx|0x.T|999", "999", True),
        ("[2-8]xxx|0x.T", "999", False),
        ("[2-8]xxx|0x.T", "02079460000", True),
        ("[2-8]xxx,|0T", "2001", True),
        ("x.T", "112", True),
        ("9,xx.", "911", True),
        ("+x.|1xx", "112", True),
        ("+x.", "112", False),
        ("*xx|[0-9*#]x", "112", False),
        ("{ x+ | *x+ }", "999", True),
        ("{ 2xxx | 0x+ }", "999", False),
        (r"{ 2xxx | \+x+ | 9xx }", "999", True),
        ("{ [x*]+ }", "112", True),
        ("{ ^999 | 2xxx }", "999", None),
        ("2xxx|R9RR0Rxx", "999", None),
        ("2xxx|<9=0>xx", "999", None),
        ("[8-2]xx", "999", None),
        ("|", "999", None),
    ],
)
def test_which_numbers_a_dial_plan_lets_out(plan: str, number: str, answer: bool | None) -> None:
    assert dials(plan, number) is answer
