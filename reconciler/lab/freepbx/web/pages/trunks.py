"""Trunks: tables `trunks`, `pjsip` (one row per field that was sent) and `trunk_dialpatterns`."""

from __future__ import annotations

from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Row, Tables
from reconciler.lab.freepbx.web.forms import Filled, Value, forms
from reconciler.lab.freepbx.web.pages.page import Done, Page, shown
from reconciler.lab.freepbx.wire import Params, listed, text

OWN = frozenset({
    "display", "action", "tech", "provider", "keepcid", "continue", "failtrunk", "prepend_digit",
    "pattern_prefix", "pattern_pass", "dialoutprefix", "codec", "outcid", "Submit",
})  # fmt: skip
"""Fields that do not become rows of `pjsip`; all others do, unknown ones too (seen)."""

LIST = "config.php?display=trunks"
ALWAYS = {"peerdetails": "", "register": "", "userconfig": ""}


def _number(params: Params) -> str:
    return text(params, "extdisplay").removeprefix("OUT_")


def fill(pbx: Pbx, params: Params) -> Filled | None:
    number = _number(params)
    row = pbx.tables.row("trunks", trunkid=int(number)) if number.isdigit() else None
    if row is None:
        tech = text(params, "tech").lower()
        return Filled(f"trunk-{tech}") if tech in ("pjsip", "custom") else None
    kind = "trunk-custom" if row["tech"] == "custom" else "trunk-pjsip"
    return Filled(kind, {**_pjsip(pbx.tables, row), **_common(pbx.tables, row)})


def _common(tables: Tables, row: Row) -> dict[str, Value]:
    patterns = sorted(
        tables.rows("trunk_dialpatterns", trunkid=row["trunkid"]), key=lambda each: str(each["seq"])
    )
    return {
        "extdisplay": f"OUT_{row['trunkid']}", "action": "edittrunk", "tech": shown(row["tech"]),
        "provider": shown(row["provider"]), "sv_trunk_name": shown(row["name"]),
        "sv_usercontext": shown(row["usercontext"]), "sv_channelid": shown(row["channelid"]),
        "trunk_name": shown(row["name"]), "outcid": shown(row["outcid"]),
        "keepcid": shown(row["keepcid"]), "maxchans": shown(row["maxchans"]),
        "continue": shown(row["continue"]), "disabletrunk": shown(row["disabled"]),
        "failtrunk": shown(row["failscript"]),
        "failtrunk_enable": "1" if row["failscript"] else "0",
        "dialoutprefix": shown(row["dialoutprefix"]), "channelid": shown(row["channelid"]),
        "usercontext": shown(row["usercontext"]) or None,
        "prepend_digit[]": [*(shown(each["prepend_digits"]) for each in patterns), ""],
        "pattern_prefix[]": [*(shown(each["match_pattern_prefix"]) for each in patterns), ""],
        "pattern_pass[]": [*(shown(each["match_pattern_pass"]) for each in patterns), ""],
    }  # fmt: skip


def _pjsip(tables: Tables, row: Row) -> dict[str, Value]:
    stored = tables.settings("pjsip", row["trunkid"])
    names = [each.name for each in forms()["trunk-pjsip"].fields]
    found: dict[str, Value] = {name: stored[name] for name in names if name in stored}
    order = {
        codec: str(place) for place, codec in enumerate(stored.get("codecs", "").split(","), 1)
    }
    for name in names:
        if name.startswith("codec["):
            found[name] = order.get(name[6:-1])
    if stored.get("send_connected_line") == "no":
        found["send_connected_line"] = [
            "yes",
            "no",
        ]  # Both are checked; the last one counts (seen).
    return found


def send(pbx: Pbx, params: Params, action: str) -> Done | None:
    tables, number = pbx.tables, _number(params)
    if action == "addtrunk":
        _write(tables, tables.next_id("trunks"), params)
        return Done(LIST)
    if action == "edittrunk" and number.isdigit():
        delete(tables, int(number), whole=False)
        _write(tables, int(number), params)
        return Done()
    if action == "deltrunk" and number.isdigit():
        delete(tables, int(number), whole=True)
        return Done(LIST)
    return None


def delete(tables: Tables, number: int, *, whole: bool) -> None:
    """Remove a trunk; `whole` also from the routes that use it."""
    for table in ("trunks", "trunk_dialpatterns"):
        tables.delete(table, trunkid=number)
    tables.delete("pjsip", id=str(number))
    if whole:
        for row in list(tables.rows("outbound_route_trunks", trunk_id=number)):
            tables.delete("outbound_route_trunks", **row)


def _write(tables: Tables, number: int, params: Params) -> None:
    tech, name = text(params, "tech") or "pjsip", text(params, "trunk_name")
    failing = text(params, "failtrunk") if text(params, "failtrunk_enable") == "1" else ""
    tables.insert(
        "trunks",
        {
            "trunkid": number, "tech": tech, "name": name, "outcid": text(params, "outcid"),
            "channelid": text(params, "channelid") if tech == "custom" else name,
            "keepcid": text(params, "keepcid"), "maxchans": text(params, "maxchans"),
            "failscript": failing, "dialoutprefix": text(params, "dialoutprefix"),
            "usercontext": text(params, "usercontext"), "provider": text(params, "provider"),
            "disabled": text(params, "disabletrunk"), "continue": text(params, "continue"),
            "routedisplay": "on",
        },
    )  # fmt: skip
    if tech == "pjsip":
        for keyword, data in sorted(_rows(params).items()):
            tables.insert(
                "pjsip", {"id": str(number), "keyword": keyword, "data": data, "flags": 0}
            )
    _patterns(tables, number, params)


def _rows(params: Params) -> dict[str, str]:
    rows = {
        name: value for name, value in params.items() if name not in OWN and isinstance(value, str)
    }
    codecs = params.get("codec")
    chosen = codecs if isinstance(codecs, dict) else {}
    places = sorted(chosen, key=lambda codec: (not chosen[codec].isdigit(), chosen[codec].zfill(4)))
    return {**ALWAYS, **rows, "codecs": ",".join(places)}


def _patterns(tables: Tables, number: int, params: Params) -> None:
    lists = [listed(params, name) for name in ("prepend_digit", "pattern_prefix", "pattern_pass")]
    for place, (prepend, prefix, passed) in enumerate(zip(*lists, strict=False)):
        if prepend or prefix or passed:
            tables.insert(
                "trunk_dialpatterns",
                {
                    "trunkid": number, "match_pattern_prefix": prefix, "seq": place,
                    "match_pattern_pass": passed, "prepend_digits": prepend,
                },
            )  # fmt: skip


PAGE = Page(fill, send)
