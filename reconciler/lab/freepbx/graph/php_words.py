"""Validation errors in the words of FreePBX's GraphQL server, from those of ours."""

from __future__ import annotations

import re

RULES = (
    (
        re.compile(r"^Expected value of type '(\w+)' to include required field '(\w+)'"),
        None,
    ),
    (
        re.compile(r"^Argument '\w+\.(\w+)\((\w+):\)' of type '([^']+)' is required"),
        r'Field "\1" argument "\2" of type "\3" is required but not provided.',
    ),
)
_QUOTED = re.compile(r"'([^']*)'")


def php_message(message: str) -> str:
    """The recorded wording where there is one; otherwise ours with double quotes."""
    if message.startswith("Syntax Error"):
        return message.rstrip(".")
    for rule, text in RULES:
        found = rule.match(message)
        if found and text:
            return found.expand(text)
        if found:
            return f"Field {found[1]}.{found[2]} of required type String! was not provided."
    return _QUOTED.sub(r'"\1"', message)
