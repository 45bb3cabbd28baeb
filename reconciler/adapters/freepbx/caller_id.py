"""Caller ids as FreePBX writes them, `"Front desk" <15550100>`, both ways. Pure."""

import re
from typing import Final

from reconciler.model.value import Fields, Value

_WHOLE: Final = re.compile(r'\s*"?(?P<name>[^"<]*?)"?\s*<(?P<number>[^>]*)>\s*')


def show(text: str, path: str) -> dict[str, Value]:
    """Return the two fields below `path`; both are None when there is no caller id."""
    found = _WHOLE.fullmatch(text)
    name, number = (found["name"], found["number"]) if found else ("", text.strip())
    return {f"{path}.name": name or None, f"{path}.number": number or None}


def write(changed: Fields, before: str, path: str) -> str | None:
    """Return the caller id after a change of its fields; None when none of them changes."""
    names = (f"{path}.name", f"{path}.number")
    if not any(each in changed for each in names) and changed.get(path, path) is not None:
        return None
    now = {**show(before, path), **{each: changed[each] for each in names if each in changed}}
    name, number = now[names[0]], now[names[1]]
    if name and number:
        return f'"{name}" <{number}>'
    if name:
        return f'"{name}" <>'
    return str(number or "")
