"""Configuration values of a Grandstream over its web interface, by P-value (grandstream.md, A)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from reconciler.adapters.grandstream.session import Session
from reconciler.adapters.grandstream.table import SECRET_NAMES
from reconciler.device import Pushed, ReadValues
from reconciler.errors import UnexpectedReply
from reconciler.model.secret import Clear

_CHUNK: Final = 20
"""Names per request: what reads the list overflows in firmware up to 1.0.7.80 (A2)."""
_READING: Final = "reading values"
_WRITING: Final = "writing values"
KEPT: Final = "it said yes and kept another value"


def is_secret(name: str) -> bool:
    """Whether a P-value holds a password."""
    return re.fullmatch(SECRET_NAMES, name) is not None


async def read_values(session: Session, names: Sequence[str]) -> ReadValues:
    """Return values. Passwords are not even asked for."""
    hidden = frozenset(each for each in names if is_secret(each))
    asked = [each for each in dict.fromkeys(names) if each not in hidden]
    values: dict[str, str] = {}
    unknown: set[str] = set()
    for chunk in _chunks(asked):
        read = _read_configs if session.generation == "G3" else _read_body
        found = await read(session, chunk)
        values |= {name: value for name, value in found.items() if value is not None}
        unknown |= {name for name in chunk if found.get(name) is None}
    return ReadValues(values, frozenset(unknown), hidden)


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), _CHUNK):
        yield names[start : start + _CHUNK]


async def _read_body(session: Session, names: Sequence[str]) -> dict[str, str | None]:
    """Read over `api.values.get`; a name that the phone does not have comes back empty."""
    answer = await session.post(
        "/cgi-bin/api.values.get", [("request", ":".join(names))], doing=_READING
    )
    body = session.body_of(answer, _READING)
    if not isinstance(body, dict):
        raise UnexpectedReply(session.http.phone, _READING, "values that are no table")
    return {name: None if body.get(name) is None else str(body[name]) for name in names}


async def _read_configs(session: Session, names: Sequence[str]) -> dict[str, str | None]:
    """Read over `config_get`; a name that it does not have has neither alias nor value."""
    asked = {each.removeprefix("P") if each[1:].isdigit() else each: each for each in names}
    answer = await session.get(
        "/cgi-bin/config_get", [("pvalues", ",".join(asked))], doing=_READING
    )
    rows = answer.object().get("configs")
    if not isinstance(rows, list):
        raise UnexpectedReply(session.http.phone, _READING, "values that are no list")
    found: dict[str, str | None] = {}
    for row in rows:
        if isinstance(row, dict) and str(row.get("pvalue")) in asked:
            value = str(row.get("value") or "")
            known = bool(row.get("alias") or value)
            found[asked[str(row["pvalue"])]] = value if known else None
    return found


async def push_values(session: Session, values: Mapping[str, str | Clear]) -> Pushed:
    """Write values and read back every one that is no password."""
    texts = {
        name: each.reveal() if isinstance(each, Clear) else each for name, each in values.items()
    }
    secret = {name for name in texts if is_secret(name) or isinstance(values[name], Clear)}
    kept = await _write(session, texts)
    readable = [name for name in texts if name not in secret and name not in kept]
    back = await read_values(session, readable)
    for name in readable:
        if name in back.unknown:
            kept[name] = "it does not have this value"
        elif back.values.get(name) != texts[name]:
            kept[name] = KEPT
    held = frozenset(name for name in readable if name not in kept)
    return Pushed(held, kept, frozenset(secret - kept.keys()), absent=back.unknown)


async def _write(session: Session, texts: Mapping[str, str]) -> dict[str, str]:
    """Send values; return why some are not even accepted."""
    if session.generation in ("G3", "G2b"):
        return await _write_json(session, texts)
    if session.generation == "G4":
        ignored = {name: "it ignores SIP passwords sent this way" for name in texts if _port(name)}
        rest = [(name, value) for name, value in texts.items() if name not in ignored]
        if rest:
            answer = await session.post(
                "/cgi-bin/api.values.post", [*rest, ("apply", "1")], doing=_WRITING
            )
            session.body_of(answer, _WRITING)
        return ignored
    confirmed = [("confirmAdminPwd", texts["P2"])] if "P2" in texts else []
    answer = await session.post(
        "/cgi-bin/api.values.post", [*texts.items(), *((f":{a}", b) for a, b in confirmed)],
        doing=_WRITING,
    )  # fmt: skip
    body = session.body_of(answer, _WRITING)
    if isinstance(body, dict) and body.get("status", "right") != "right":
        return dict.fromkeys(texts, "it said no")
    return {}


async def _write_json(session: Session, texts: Mapping[str, str]) -> dict[str, str]:
    """Write with PUT, and only so: POST answers 501, or `{}` and does nothing (A3, 7)."""
    body = {"alias": {}, "pvalue": {name.removeprefix("P"): text for name, text in texts.items()}}
    answer = await session.put("/cgi-bin/config_update", body, doing=_WRITING)
    found = answer.object()
    if found.get("response") == "success":
        return {}
    if answer.status == 200 and not found:
        why = "it answered nothing and kept its own: the vendor's cloud (GDMS) may own the phone"
        return dict.fromkeys(texts, why)
    return dict.fromkeys(texts, "it said no")


def _port(name: str) -> bool:
    return name in ("P34", "P734")
