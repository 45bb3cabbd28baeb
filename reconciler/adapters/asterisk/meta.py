"""The meta section of an object: its declared fields as `path = JSON`, for us alone.

The dialplan cannot express everything (a name, a strategy), and what is not declared must stay
undeclared after reading. Secrets are never in here. A value too long for a line goes on in
further lines of the same name.
"""

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from reconciler.adapters.asterisk.sections import Line, Section, text_of
from reconciler.model.secret import Clear, Secret
from reconciler.model.value import UNSET, Fields, Value

RENDERER: Final = 5
"""Version of our renderings; raised whenever the same fields give other lines."""

VERSION_LINE: Final = "renderer"
MAX_VALUE_BYTES: Final = 900


_to_json: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_WORDS: Final = {None: "null", True: "true", False: "false"}


class Known(NamedTuple):
    """What a meta section tells. `renderer` is None when its line is missing or damaged."""

    fields: dict[str, Value]
    renderer: int | None


def meta_name(kind: str, key: str) -> str:
    """Return the name of an object's meta section."""
    return f"{kind}/{key}"


def meta_section(kind: str, key: str, fields: Fields, renderer: int = RENDERER) -> Section:
    """Return the meta section of an object."""
    lines = [Line(VERSION_LINE, str(renderer))]
    for path in sorted(fields):
        value = fields[path]
        if not _is_secret(value) and value is not UNSET:
            lines += [Line(path, part) for part in _parts(_json(value))]
    return Section("meta", meta_name(kind, key), tuple(lines))


def read_meta(kind: str, pairs: Sequence[tuple[str, str]], paths: frozenset[str]) -> Known:
    """Read a meta section. Lines that are damaged, or no field of the kind, are left out."""
    from reconciler.adapters.asterisk.typed import fits  # with all models: what is known needs none

    texts: dict[str, str] = {}
    for variable, text in pairs:
        texts[variable] = texts.get(variable, "") + text
    version = texts.pop(VERSION_LINE, "")
    fields: dict[str, Value] = {}
    for path, text in texts.items():
        if path in paths or path.partition(".")[0] in paths:
            try:
                value = json.loads(text)
            except ValueError:
                continue
            if fits(kind, path, value):
                fields[path] = value
    return Known(fields, int(version) if version.isdigit() else None)


def as_pairs(section: Section) -> tuple[tuple[str, str], ...]:
    """Return a meta section's lines as they stand in the file."""
    return tuple((line.variable, text_of(line.value)) for line in section.lines)


def _is_secret(value: Value) -> bool:
    return isinstance(value, (Secret, Clear))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items() if not _is_secret(each)}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value if not _is_secret(each)]
    return value


def _json(value: Value) -> str:
    """Return JSON that survives a configuration file: no `;`, no `>` at the start of a part."""
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    text = _to_json(value if isinstance(value, (str, int, float)) else _plain(value))
    if text.isascii() and ";" not in text and len(text) <= MAX_VALUE_BYTES:
        return text
    for raw in (";", "\u2028", "\u2029", "\u0085"):
        text = text.replace(raw, f"\\u{ord(raw):04x}")
    if len(text.encode()) > MAX_VALUE_BYTES:
        text = text.replace(">", "\\u003e").replace(" ", "\\u0020")
    return text


def _parts(text: str) -> list[str]:
    """Cut a text into parts of at most MAX_VALUE_BYTES, at characters' borders."""
    if len(text) * 4 <= MAX_VALUE_BYTES:  # UTF-8 takes up to four bytes a character
        return [text]
    data = text.encode()
    parts: list[str] = []
    while data:
        part = data[:MAX_VALUE_BYTES].decode(errors="ignore")
        parts.append(part)
        data = data[len(part.encode()) :]
    return parts
