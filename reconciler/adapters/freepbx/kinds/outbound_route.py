"""Outbound routes: their form, with patterns and trunks put together as the page's script does."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from reconciler.adapters.freepbx import caller_id
from reconciler.adapters.freepbx.forms import Changes
from reconciler.adapters.freepbx.names import Names, UnknownName
from reconciler.adapters.freepbx.words import Unspeakable, Words, text_of
from reconciler.kinds.dial_pattern import shortest
from reconciler.model.secret import Clear
from reconciler.model.value import Fields, Value
from reconciler.transport.html import Form

_TRUNK: Final = re.compile(r"trunkpriority\[(\d+)\]")
_ROW: Final = re.compile(r"(prepend_digit|pattern_prefix|pattern_pass|match_cid)(?:_\d+|\[\w*\])")
_RECORDING: Final = {
    "force": True, "yes": True, "always": True, "dontcare": False, "never": False, "no": False,
    "": False,
}  # fmt: skip
TOO_LONG: Final = 60


def from_form(form: Form, words: Words) -> None:
    """Read a route's form. Raises Unspeakable."""
    fields = words.fields
    patterns = [_shown(each) for each in patterns_of(form)]
    if not patterns:
        raise Unspeakable("it has no patterns")
    fields["patterns"] = patterns
    try:
        fields["trunks"] = [words.names.key("trunk", each) for each in trunks_of(form)]
    except UnknownName as error:
        raise Unspeakable(str(error)) from None
    if not fields["trunks"]:
        raise Unspeakable("it has no trunks")
    fields |= caller_id.show(form.get("outcid"), "caller_id")
    fields["override_extension"] = form.get("outcid_mode") == "override_extension"
    fields["emergency"] = form.get("emergency") == "YES"
    fields["pin"] = Clear(form.get("routepass")) if form.get("routepass") else None
    words.music("music", form.get("mohsilence"))
    words.coded("recording", form.get("callrecording"), _RECORDING)
    if form.get("intracompany") == "YES":
        words.beyond.append("intra-company route")
    if form.get("time_group_id"):
        words.beyond.append("time group")
    if form.get("goto0"):
        words.beyond.append("optional destination on congestion")


def patterns_of(form: Form) -> list[dict[str, str]]:
    """Return the patterns of a form: its script makes what is sent of fields without names."""
    rows: list[dict[str, str]] = []
    told = [(i, v) for i, v in form.nameless if _ROW.fullmatch(i)] or list(form.pairs)
    for name, value in told:
        found = _ROW.fullmatch(name)
        if found is not None:
            if not rows or found[1] in rows[-1]:
                rows.append({})
            rows[-1][found[1]] = value
    return [row for row in rows if row.get("pattern_pass") or row.get("pattern_prefix")]


def trunks_of(form: Form) -> list[str]:
    """Return the ids of a form's trunks in order."""
    found = {
        int(each[1]): value
        for name, value in form.pairs
        if (each := _TRUNK.fullmatch(name)) is not None and value
    }
    return [found[number] for number in sorted(found)]


def _shown(row: dict[str, str]) -> Value:
    prefix, rest = row.get("pattern_prefix", ""), row.get("pattern_pass", "")
    shown: dict[str, Value] = {"match": f"{prefix}{rest}".upper()}
    if prefix:
        shown["strip"] = shortest(prefix)
    if row.get("prepend_digit"):
        shown["prepend"] = row["prepend_digit"]
    if row.get("match_cid"):
        shown["caller_id"] = row["match_cid"].upper()
    return shown


def split(match: str, strip: int) -> tuple[str, str]:
    """Split a pattern into what is taken off and what goes on."""
    parts = re.findall(r"\[[^\]]*\]|.", match)
    return "".join(parts[:strip]), "".join(parts[strip:])


def written(patterns: list[dict[str, Any]]) -> str:
    """Return patterns as the page's script sends them. Other keys make the page fail (seen)."""
    rows = []
    for each in patterns:
        prefix, rest = split(each["match"], int(each.get("strip") or 0))
        rows.append(
            {
                "prepend_digit": each.get("prepend") or "",
                "pattern_prefix": prefix,
                "pattern_pass": rest,
                "match_cid": each.get("caller_id") or "",
            }
        )
    return json.dumps(rows)


def to_form(changed: Fields, form: Form, names: Names) -> Changes:
    """Return what makes the form hold these fields. Raises UnknownName.

    Patterns and trunks are always sent: without them the page wipes them (seen).
    """
    sent: dict[str, list[str] | None] = {
        name: None for name in form.names() if _ROW.fullmatch(name) or _TRUNK.fullmatch(name)
    }
    trunks = trunks_of(form)
    if "trunks" in changed:
        trunks = [names.id("trunk", each) for each in changed["trunks"] or []]
    sent |= {f"trunkpriority[{number}]": [each] for number, each in enumerate(trunks)}
    if "patterns" in changed:
        sent["dialpatterndata"] = [written(changed["patterns"] or [])]
    else:
        sent["dialpatterndata"] = [json.dumps(patterns_of(form))]
    for path, value in changed.items():
        match path:
            case "override_extension":
                sent["outcid_mode"] = ["override_extension" if value else ""]
            case "emergency":
                sent["emergency"] = ["YES"] if value else None
            case "pin":
                sent["routepass"] = [value.reveal() if isinstance(value, Clear) else ""]
            case "music":
                sent["mohsilence"] = text_of(value or "default")
            case "recording":
                sent["callrecording"] = ["force" if value else "dontcare"]
    outside = caller_id.write(changed, form.get("outcid"), "caller_id")
    if outside is not None:
        sent["outcid"] = [outside]
    return sent


def places_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return where routes stand in FreePBX's list, by id, from 1."""
    listed = sorted(rows, key=lambda row: int(row.get("seq") or 0))
    return {str(row["route_id"]): place for place, row in enumerate(listed, 1)}


def in_order(now: list[str], orders: Mapping[str, int]) -> list[str]:
    """Return keys of routes in their order: ours by their numbers, others where they stand."""
    ours = iter(sorted((each for each in now if each in orders), key=lambda e: (orders[e], e)))
    return [next(ours) if each in orders else each for each in now]


def fresh(key: str) -> Changes:
    """Return what an empty form needs besides."""
    return {"routename": [key]}
