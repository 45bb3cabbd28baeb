"""What PJSIP endpoints of extensions and trunks have in common, to and fro."""

import re
from typing import Final

from reconciler.adapters.asterisk.carrier import DEFAULT_CODECS, Found, Options
from reconciler.adapters.asterisk.sections import Line
from reconciler.model.value import Fields, Value

_DTMF: Final = {"rfc4733": "rfc4733", "inband": "inband", "info": "info", "auto": "auto"}
_PERSON = re.compile(r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^<"]*?))\s*<(?P<number>[^<>]*)>')


MAX_NAME: Final = 79
"""Bytes of a name that an endpoint and a mailbox keep: Asterisk cuts the rest off, and does so in
the middle of a letter (seen: phones show a broken one)."""


def as_shown(name: str) -> str:
    """Return as many letters of a name as Asterisk keeps."""
    return name if len(name) * 4 <= MAX_NAME else name.encode()[:MAX_NAME].decode(errors="ignore")


def person(name: str, number: str) -> str:
    r"""Return `"Name" <number>`; quotes and backslashes in the name are escaped."""
    escaped = as_shown(name).replace("\\", "\\\\").replace('"', '\\"')
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


def read_codecs(found: Found, name: str) -> list[str] | None:
    """Read `allow` and `disallow` in their order; None for what we write if nothing is declared.

    Each line adds to those before or takes from them, `!` turns it round, `all` is every codec.
    """
    names: dict[str, None] = {}
    for variable, text in found.lines("pjsip", name):
        if variable not in ("allow", "disallow"):
            continue
        for each in (part.strip() for part in text.split(",")):
            codec = each.removeprefix("!")
            if (variable == "allow") != each.startswith("!"):
                names.setdefault(codec)
            elif codec == "all":
                names.clear()
            else:
                names.pop(codec, None)
    return None if not names or tuple(names) == DEFAULT_CODECS else list(names)


def dtmf_lines(dtmf: str | None) -> list[Line]:
    """Return the line that says how digits are sent, if it is declared."""
    return [Line("dtmf_mode", _DTMF[dtmf])] if dtmf in _DTMF else []


def read_dtmf(mode: str | None) -> str | None:
    """Read `dtmf_mode`; an unusual mode stays as it is."""
    return mode


def read_own_context(found: Found, name: str, base: Fields | None) -> dict[str, Value]:
    """Read the context that was declared in place of ours; nothing where none was."""
    if base is None or base.get("settings.context") is None:
        return {}
    return {"settings.context": found.value("pjsip", name, "context")}


VARIABLE: Final = "set_var."
"""How a setting begins that gives a channel variable: of `set_var` each line counts."""


def overlay(lines: list[Line], options: Options) -> tuple[Line, ...]:
    """Put free-form settings over rendered lines: same names are replaced, others added."""
    settings = options.below("settings")
    kept = [line for line in lines if line.variable not in settings]
    return (*kept, *(_setting(name, str(value)) for name, value in settings.items()))


def variable_line(name: str, value: str) -> Line:
    r"""Return the line that gives calls a variable: chan_pjsip reads `\n` in it as C does."""
    escaped = value.replace("\\", "\\\\")
    return Line("set_var", f"{name}={escaped}")


def read_variables(found: Found, name: str) -> dict[str, str]:
    """Return the variables of an endpoint as calls have them."""
    texts = (text.partition("=") for text in found.values("pjsip", name, "set_var"))
    return {variable: value.replace("\\\\", "\\") for variable, _, value in texts}


def _setting(name: str, value: str) -> Line:
    if name.startswith(VARIABLE):
        return Line("set_var", f"{name.removeprefix(VARIABLE)}={value}")
    return Line(name, value)


def read_settings(found: Found, name: str, known: frozenset[str]) -> dict[str, Value]:
    """Return lines of an endpoint that no field stands for, as `settings.NAME`."""
    values: dict[str, Value] = {
        f"settings.{variable}": value
        for variable, value in found.lines("pjsip", name)
        if variable not in known
    }
    for text in found.values("pjsip", name, "set_var"):
        variable, _, value = text.partition("=")
        if is_theirs(variable):
            values[f"settings.{VARIABLE}{variable}"] = value
    return values


def is_theirs(variable: str) -> bool:
    """Whether a channel variable can be declared: a plain name that is none of ours."""
    return re.fullmatch(r"(?!_*REC_)\w+", variable, re.ASCII) is not None
