"""What people call a kind."""

from functools import cache

_SPECIAL = {"ivr": "IVR", "pbx": "PBX"}


@cache
def title_of(kind: str) -> str:
    """Return a kind's name as a sentence begins with it: "Ring group"."""
    words = kind.replace("_", " ")
    return _SPECIAL.get(words, words[:1].upper() + words[1:])


def one_of(kind: str) -> str:
    """Return a kind's name with its article: "a ring group", "an IVR"."""
    words = _SPECIAL.get(kind, kind.replace("_", " "))
    return f"{'an' if words[0] in 'aeioI' else 'a'} {words}"
