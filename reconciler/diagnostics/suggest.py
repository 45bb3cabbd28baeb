"""Did you mean: the closest of the words that would have been right."""

from collections.abc import Collection, Iterable, Iterator

_FEW = 400
_SHORT = 6
_LOOKALIKES = str.maketrans("OoIlSB", "001158")
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz_-."


def closest(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice that looks most like the word, or None if none is near.

    Among very many choices only slips of one key are found, which takes no longer than among few.
    """
    known: Collection[str] = choices if isinstance(choices, Collection) else list(choices)
    if not word or len(word) > 100:
        return None
    if len(known) > _FEW:
        return _one_slip_away(word, known)
    same = {_folded(choice): choice for choice in known}
    near = same.get(_folded(word))
    if near is not None:
        return near
    if len(word) < _SHORT and (near := _one_slip_away(word, known)) is not None:
        return near
    from difflib import get_close_matches  # only where something is misspelt

    for attempt in (word, word.translate(_LOOKALIKES)):
        found = get_close_matches(attempt, known, n=1, cutoff=0.6)
        if found:
            return found[0]
    return None


def is_slip(word: str, meant: str) -> bool:
    """Whether somebody who missed one key may have written the word in place of the other."""
    return len(word) <= 100 and meant in _slips(word)


def _folded(text: str) -> str:
    return text.lower().replace("-", "_").replace(" ", "_").removesuffix("s")


def _one_slip_away(word: str, known: Collection[str]) -> str | None:
    lookup = known if hasattr(known, "keys") else frozenset(known)
    return next((each for each in _slips(word) if each in lookup), None)


def _slips(word: str) -> Iterator[str]:
    """Yield what somebody may have meant who missed one key."""
    yield word.translate(_LOOKALIKES)
    yield word.lower()
    for at in range(len(word) - 1):
        yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
    for at in range(len(word) + 1):
        for letter in _ALPHABET:
            yield word[:at] + letter + word[at + 1 :]
            yield word[:at] + letter + word[at:]
