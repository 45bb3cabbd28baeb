"""Names of P-values (`account.1.sip.userid`), and which of them take words (grandstream.md, B)."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final, NamedTuple

from reconciler.adapters.grandstream.keys import named_keys
from reconciler.adapters.grandstream.numbers import firsts
from reconciler.adapters.grandstream.table import aliases
from reconciler.adapters.grandstream.words import KEY_MODES, TEXTS, WORDS
from reconciler.phonefiles.models import Model

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


class Named(NamedTuple):
    """A P-value's name, and the words for its choices; a text or a number is written as it is."""

    name: str
    is_text: bool
    words: Mapping[str, str] = _NONE


_OF_ALL_PHONES: Final = {"P2": "users.admin.password", "P196": "users.user.password"}
"""Names that the table of one family's template leaves out (sample of a GRP2614)."""
_ACCOUNTS: Final = {str(each): f"Account{each + 1}" for each in range(16)}


def names_of(model: Model) -> Mapping[str, Named]:
    """Return what is known of each P-value of a model that takes names."""
    traits = model.traits
    return _names(traits["bank"], int(traits["fixed"]), int(traits["high"]), model.accounts)


@cache
def _names(bank: str, fixed: int, high: int, accounts: int) -> Mapping[str, Named]:
    spelled = {number: name for name, number in aliases().items()}
    found = {number: _named(number, name) for number, name in _OF_ALL_PHONES.items()}
    for number, name in spelled.items():
        found[number] = _named(number, name.replace("account.N.", "account.1."))
    for number, (first, account) in firsts(high, accounts).items():
        name = spelled[first].replace("account.N.", f"account.{account}.")
        found[number] = _named(first, name)
    found |= dict(_keys(bank, fixed))
    return {number: each for number, each in found.items() if each.is_text or each.words}


def _named(first: str, name: str) -> Named:
    return Named(name, first in TEXTS, WORDS.get(first, _NONE))


def _keys(bank: str, fixed: int) -> Iterator[tuple[str, Named]]:
    """Yield the parameters of keys: programmable ones (MPK) take no lines, and name accounts."""
    for kind, number, at in named_keys(bank, fixed):
        is_beside = kind == "vpk"
        shift = 10 if at.fixed else 0
        modes = {
            str(mode if mode < 0 else 0 if mode == 31 and shift else mode + shift): word
            for mode, word in KEY_MODES.items()
            if is_beside or mode != 31
        }
        here = f"pks.{kind}.{number}"
        yield f"P{at.mode}", Named(f"{here}.keyMode", is_text=False, words=modes)
        yield (
            f"P{at.account}",
            Named(f"{here}.account", is_beside, _NONE if is_beside else _ACCOUNTS),
        )
        yield f"P{at.description}", Named(f"{here}.description", is_text=True)
        yield f"P{at.value}", Named(f"{here}.value", is_text=True)


def number_behind(name: str) -> str | None:
    """Return the P-value (of account 1, of the first key) behind a name; None for no name."""
    general = re.sub(r"^account\.(?:[1-9]|1[0-6])\.", "account.N.", name)
    if general != name or not name.startswith("account."):
        found = aliases().get(general)
        if found is not None:
            return found
    by_name = {each: number for number, each in _OF_ALL_PHONES.items()}
    key = re.fullmatch(r"pks\.(?:vpk|mpk)\.[1-9]\d?\.(keyMode|account|description|value)", name)
    return _KEY_PARTS[key[1]] if key else by_name.get(name)


def words_behind(number: str) -> Mapping[str, str]:
    """Return the words of a P-value of account 1; none for texts, and where none are known."""
    return WORDS.get(number, _NONE)


_KEY_PARTS: Final = {
    "keyMode": "P1363", "account": "P1364", "description": "P1465", "value": "P1466",
}  # fmt: skip
