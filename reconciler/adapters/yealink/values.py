"""Configuration values of a Yealink: read by name or out of its export, written by an import."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

from reconciler.adapters.yealink.crypto import encrypt
from reconciler.adapters.yealink.session import EXPORT_BYTES, Session
from reconciler.device import Pushed, ReadValues
from reconciler.errors import NotPossible, Refused, UnexpectedReply
from reconciler.model.secret import Clear

_READING: Final = "reading values"
_WRITING: Final = "importing values"
_SECRET: Final = re.compile(r"password|\.aes_key|\.psk|secret|(?:^|[._])pin$", re.IGNORECASE)
_HEADER: Final = "#!version:1.0.0.1"
_CHUNK: Final = 50


def is_secret(name: str) -> bool:
    """Whether a parameter holds a password."""
    return _SECRET.search(name) is not None


async def read_values(session: Session, names: Sequence[str]) -> ReadValues:
    """Return values. Passwords are not even asked for."""
    hidden = frozenset(each for each in names if is_secret(each))
    asked = [each for each in dict.fromkeys(names) if each not in hidden]
    values = await _read_by_name(session, asked) if session.generation == "D" else {}
    missing = [each for each in asked if each not in values]
    if missing:
        # Which names `readconfig` knows differs by firmware (A, D): the export has them all.
        exported = parse_export(await export(session))
        values |= {name: exported[name] for name in missing if name in exported}
    return ReadValues(values, frozenset(asked) - values.keys(), hidden)


async def _read_by_name(session: Session, names: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(names), _CHUNK):
        chunk = names[start : start + _CHUNK]
        data = await session.ask(
            "/api/inner/readconfig", "Status", {"formData": chunk}, doing=_READING
        )
        form = data.get("formData") if isinstance(data, dict) else None
        if isinstance(form, dict):
            found |= {
                name: str(form[name]) for name in chunk if isinstance(form.get(name), str | int)
            }
    return found


async def export(session: Session) -> str:
    """Return the whole configuration as text. Holds secrets."""
    doing = "exporting its configuration"
    if session.generation == "D":
        answer = await session.http.send(
            "POST", "/api/diagnosis/cfg/file", query=[("action", "export"), ("type", "all")],
            form=[("csrfmiddlewaretoken", session.token)], headers=session.headers(),
            limit=EXPORT_BYTES, doing=doing,
        )  # fmt: skip
    else:
        query = [("m", "mod_configfile"), ("q", "exportcfgconfig"), ("type", "all")]
        answer = await session.get("/servlet", query, limit=EXPORT_BYTES, doing=doing)
    if answer.status != 200 or not answer.text.lstrip("\ufeff\r\n ").startswith("#!version"):
        why = f"HTTP {answer.status} without a configuration"
        raise UnexpectedReply(session.http.phone, doing, why)
    return answer.text


def parse_export(text: str) -> dict[str, str]:
    """Return names and values of `name = value` lines; the last of a name counts."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.lstrip().startswith("#"):
            found[name.strip()] = value.strip()
    return found


def write_import(values: Mapping[str, str]) -> str:
    """Return a file of these values alone. Raises ValueError for what would be another line."""
    for name, value in values.items():
        if not re.fullmatch(r"[\w.\-]{1,200}", name) or any(each in value for each in "\r\n\0"):
            raise ValueError(name)
    lines = [f"{name} = {value}" for name, value in values.items()]
    return "\n".join((_HEADER, *lines, ""))


async def push_values(session: Session, values: Mapping[str, str | Clear]) -> Pushed:
    """Import values and read back every one that is no password."""
    texts = {
        name: each.reveal() if isinstance(each, Clear) else each for name, each in values.items()
    }
    secret = {name for name in texts if is_secret(name) or isinstance(values[name], Clear)}
    try:
        content = write_import(texts)
    except ValueError as error:
        why = f"{error} would be another line"
        raise NotPossible(session.http.phone, _WRITING, why) from None
    await _import(session, content.encode())
    readable = [name for name in texts if name not in secret]
    back = await read_values(session, readable)
    kept = {
        name: "it does not have this value" if name in back.unknown
        else "it said yes and kept another value"
        for name in readable
        if back.values.get(name) != texts[name]
    }  # fmt: skip
    held = frozenset(readable) - kept.keys()
    return Pushed(held, kept, frozenset(secret), absent=back.unknown)


async def _import(session: Session, content: bytes) -> None:
    if session.generation == "D":
        answer = await session.upload(
            "/api/diagnosis/cfg/file", [("action", "import")], "CFGConfigUpload", content,
            [("csrfmiddlewaretoken", session.token)], doing=_WRITING,
        )  # fmt: skip
        accepted = answer.object().get("ret") == "ok"
    else:
        await session.page("settings-autop", doing=_WRITING)  # Any page has the token.
        limit = encrypt("100KB", session.key) if session.key is not None else "100KB"
        answer = await session.upload(
            "/servlet",
            [("m", "mod_res"), ("p", "upload"), ("type", "localcfg"), ("maxlength", limit)],
            "UploadName", content, [("token", session.token)] if session.token else [],
            doing=_WRITING,
        )  # fmt: skip
        accepted = answer.status == 200 and _result(answer.text)
    if not accepted:
        raise Refused(session.http.phone, _WRITING, "it did not take the file")


def _result(text: str) -> bool:
    """Whether `{"type":...,"result":n}` is there. What n means no source says: it is read back."""
    found = re.search(r"\{[^{}]*\"result\"[^{}]*\}", text)
    try:
        return found is not None and "result" in json.loads(found[0])
    except ValueError:
        return False
