"""Lines as YAML counts them, so that every position means the same everywhere."""

import re

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def split_lines(text: str) -> list[str]:
    """Return the text's lines without their breaks; at least one, possibly empty."""
    return _BREAK.split(text)
