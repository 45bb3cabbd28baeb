"""The tables of P-values: which families take which, and what they are called elsewhere."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from reconciler.phonefiles.phone import Phone
from reconciler.phonefiles.vendor import Remark

_DANGEROUS: Final = {
    "P81": "removes other phones' registrations of the same extension when the phone restarts",
    "P9996": "lets changes made on the phone hide what is managed",
    "P1409": "hands the phone to a TR-069 server",
    "P4503": "hands the phone to another TR-069 server",
    "P145": "lets DHCP point the phone at another server",
    "P276": "opens or closes SSH on the phone",
    "P4428": "lets anybody who can send it a SIP message restart the phone",
    "P26015": "lets whoever can send it a SIP message reset the phone",
    "P8467": "has the phone take every file that it finds, the last one winning",
    "P234": "changes the names of the files that the phone asks for",
    "P235": "changes the names of the files that the phone asks for",
}  # fmt: skip
"""P-values that take a phone out of hand (grandstream.md, B and C)."""

_HARMLESS: Final = {
    "P81": "0", "P9996": "0", "P1409": "0", "P145": "0", "P276": "1", "P4428": "0",
    "P26015": "0", "P8467": "0",
}  # fmt: skip

SECRET_NAMES: Final = r"(?:P(?:{})|[\w.]*(?:[pP]assword|\.key|\.privateKey))".format(
    "|".join(
        ("2", "34", "83", "196", "[456]06", "1[78]06", "[78]06", "734", r"5\d\d06", r"41[23]\d",
         "1359", "1361", "1383", "4505", "4512", "6714", "6769", "6773", "7903", "8024", "8395",
         "8404", "8452", "224(?:30|34|38)")
    )
)  # fmt: skip
"""P-values of passwords and keys, and how names of such end."""


@cache
def families() -> Mapping[str, frozenset[str]]:
    """Return each P-value's families."""
    lines = _lines("parameters.txt")
    return {name: frozenset(taken.split(",")) for name, taken in lines}


@cache
def aliases() -> Mapping[str, str]:
    """Return the P-value behind each name that is not counted."""
    return dict(_lines("aliases.txt"))


def _lines(name: str) -> list[tuple[str, str]]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    rows = (line.split(" ", 1) for line in text.splitlines() if line and line[0] != "#")
    return [(first, second) for first, second in rows]


def takes(phone: Phone, name: str) -> bool:
    """Whether a P-value stands in the templates of the phone's family."""
    return _stands_in(name, phone.model.traits["columns"])


@cache
def _stands_in(name: str, columns: str) -> bool:
    known = families().get(name)
    return known is not None and not known.isdisjoint(columns.split(","))


def lint(name: str, value: str | None, phone: Phone) -> Remark | None:
    """Return what is to be said about a P-value; None when it is known and harmless."""
    if not is_number(name):
        number = aliases().get(name) or aliases().get(re.sub(r"(?<=^account\.)\d+", "N", name))
        return Remark(
            "value-not-held",
            f"{name} is not a P-value, and its file holds nothing else",
            f"that of account 1 is {number}" if number else "P-values are written P1362",
        )
    return warn_of(name, name, value) or warn_of_unknown(name, name, phone)


def is_number(name: str) -> bool:
    """Whether a parameter is written as a P-value."""
    return re.fullmatch(r"P[1-9]\d{0,5}", name) is not None


def warn_of(name: str, number: str, value: str | None) -> Remark | None:
    """Return what is dangerous about a parameter; `number` is the P-value that it stands for."""
    if number in _DANGEROUS and value != _HARMLESS.get(number, ...):
        return Remark("dangerous-parameter", f"{name} {_DANGEROUS[number]}")
    return None


def warn_of_unknown(name: str, number: str, phone: Phone) -> Remark | None:
    """Return that a parameter is not in the templates of the phone's family."""
    if not takes(phone, number):
        return Remark("unknown-parameter", f"{name} is not in the templates of its family")
    return None
