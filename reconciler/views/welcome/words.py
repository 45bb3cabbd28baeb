"""What a language has to say on the welcome sheet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Guide(NamedTuple):
    """How a person gets an app going: where it is had, and what to do, one thing after the other.

    `{address}` in a step is the address that opens the account.
    """

    get: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    """One language's words. `{...}` are filled in."""

    title: str
    hello: str
    intro: str
    number: str
    any_app: str
    app: str
    start: str
    get: str
    scan: str
    once: str
    until: str
    expires: str
    moment: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    address: str
    enter: str
    shown: str
    codes: str
    no_codes: str
    emergency: str
    dial: str
    either: str
    whereabouts: str
    fallback: str
    lost: str
    code_names: Mapping[str, str]
    guides: Mapping[str, Guide]
