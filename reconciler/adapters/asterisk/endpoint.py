"""What PJSIP endpoints of extensions and trunks have in common, to and fro."""

import re
from typing import Final

from reconciler.adapters.asterisk.carrier import DEFAULT_CODECS, Found, Options
from reconciler.adapters.asterisk.sections import Line
from reconciler.model.value import Value

_DTMF: Final = {"rfc4733": "rfc4733", "inband": "inband", "info": "info", "auto": "auto"}
_PERSON = re.compile(r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^<"]*?))\s*<(?P<number>[^<>]*)>')


def person(name: str, number: str) -> str:
    r"""Return `"Name" <number>`; quotes and backslashes in the name are escaped."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" <{number}>'


def read_person(text: str | None) -> tuple[str | None, str | None]:
    """Read `"Name" <number>`; (None, None) if it has another form."""
    found = _PERSON.fullmatch(text.strip()) if text else None
    if found is None:
        return None, None
    quoted = found["quoted"]
    name = found["bare"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
    return name or None, found["number"] or None


def codec_lines(codecs: list[str] | None) -> list[Line]:
    """Return the lines that say which codecs are spoken."""
    names = ",".join(codecs or DEFAULT_CODECS)
    return [Line("disallow", "all"), Line("allow", names)]


def read_codecs(allow: str | None) -> list[str] | None:
    """Read `allow`; None for what we write when nothing is declared."""
    names = [name.strip() for name in (allow or "").split(",") if name.strip()]
    return None if not names or tuple(names) == DEFAULT_CODECS else names


def dtmf_lines(dtmf: str | None) -> list[Line]:
    """Return the line that says how digits are sent, if it is declared."""
    return [Line("dtmf_mode", _DTMF[dtmf])] if dtmf in _DTMF else []


def read_dtmf(mode: str | None) -> str | None:
    """Read `dtmf_mode`; an unusual mode stays as it is."""
    return mode


def overlay(lines: list[Line], options: Options) -> tuple[Line, ...]:
    """Put free-form settings over rendered lines: same names are replaced, others added."""
    settings = options.below("settings")
    kept = [line for line in lines if line.variable not in settings]
    return (*kept, *(Line(name, str(value)) for name, value in settings.items()))


def read_settings(found: Found, name: str, known: frozenset[str]) -> dict[str, Value]:
    """Return lines of an endpoint that no field stands for, as `settings.NAME`."""
    return {
        f"settings.{variable}": value
        for variable, value in found.lines("pjsip", name)
        if variable not in known
    }
