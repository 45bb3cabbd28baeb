"""What a phone shall hold by its vendor's own names, and in what it differs from that. Pure.

Passwords are not compared: they are written, and a registration proves them.
"""

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from reconciler.model.value import EMPTY

_WORDS: Final = {
    "true": "1", "yes": "1", "on": "1", "enabled": "1",
    "false": "0", "no": "0", "off": "0", "disabled": "0",
}  # fmt: skip
"""How phones spell a switch that they were given as a number, or the other way round."""


class Wanted(NamedTuple):
    """The parameters that can be compared.

    `sources` says what each carries out of what people wrote (`lines.0.label`); a parameter that
    nobody asked for has none.
    """

    values: Mapping[str, str]
    sources: Mapping[str, tuple[str, ...]] = EMPTY


def differences(
    wanted: Wanted, found: Mapping[str, str], unknown: Collection[str]
) -> dict[str, str]:
    """Return the parameters that the phone has otherwise, each with what it carries out.

    `unknown` are those that it does not have: firmware knows some spellings and not others. Many
    phones answer an empty text for those. So an empty one is a difference only where what it
    carries out is carried out by nothing else that is right.
    """
    wrong: list[str] = []
    empty: list[str] = []
    right: set[str] = set()
    for name, value in wanted.values.items():
        if name in unknown or name not in found:
            continue
        if is_same(value, found[name]):
            right.update(wanted.sources.get(name, ()))
        elif found[name].strip():
            wrong.append(name)
        else:
            empty.append(name)
    wrong += [
        name
        for name in empty
        if any(source not in right for source in wanted.sources.get(name, ()))
    ]
    return {name: ", ".join(wanted.sources.get(name, ())) for name in sorted(wrong)}


def is_same(wanted: str, found: str) -> bool:
    """Whether both say the same, as phones spell it."""
    one, other = wanted.strip(), found.strip()
    return one == other or _WORDS.get(one.lower(), one) == _WORDS.get(other.lower(), other)


def named(fields: Mapping[str, str], shown: int = 5) -> str:
    """Return parameters in words: `account.1.label (lines.0.label)`."""
    texts = [f"{name} ({source})" if source else name for name, source in fields.items()]
    more = f" and {len(texts) - shown} more" if len(texts) > shown else ""
    return f"{', '.join(texts[:shown])}{more}"
