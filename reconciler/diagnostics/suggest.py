"""Did you mean: the closest of the words that would have been right."""

from collections.abc import Iterable
from difflib import get_close_matches


def closest(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice that looks most like the word, or None if none is near."""
    found = get_close_matches(word, list(choices), n=1, cutoff=0.6)
    if found:
        return found[0]
    folded = {choice.lower().replace("-", "_"): choice for choice in choices}
    return folded.get(word.lower().replace("-", "_"))
