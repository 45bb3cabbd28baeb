"""Outbound routes: their patterns come as JSON, their trunks as a list, and both are replaced."""

from __future__ import annotations

import json
import re
from html import escape

from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Duplicate, Row, Tables, Value
from reconciler.lab.freepbx.web.forms import Filled, draw_select
from reconciler.lab.freepbx.web.pages.page import Broken, Done, Page, columns_of, goto, shown
from reconciler.lab.freepbx.wire import Params, text

PATTERN = {
    "prepend_digit": "prepend_digits", "pattern_prefix": "match_pattern_prefix",
    "pattern_pass": "match_pattern_pass", "match_cid": "match_cid",
}  # fmt: skip
NOT_DIALLED = re.compile(r"[^0-9*#+\-.\[\]XNZ]")
PARTS = ("outbound_route_patterns", "outbound_route_trunks", "outbound_route_email")


def fill(pbx: Pbx, params: Params) -> Filled | None:
    tables, number = pbx.tables, text(params, "id") or text(params, "extdisplay")
    row = tables.row("outbound_routes", route_id=int(number)) if number.isdigit() else None
    if row is None:
        if text(params, "view") != "form":
            return None
        place = str(len(ordered(tables)))
        return Filled("outbound-route", {"route_seq": place}, extra=_lists(tables, None))
    sequence = tables.row("outbound_route_sequence", route_id=row["route_id"])
    mail = tables.row("outbound_route_email", route_id=row["route_id"])
    values = columns_of(row, "outcid", "outcid_mode", "timezone", "notification_on")
    names = ("emailto", "emailfrom", "emailsubject", "emailbody")
    values |= {
        **(columns_of(mail, *names) if mail else {}),
        "extdisplay": number, "id": number, "action": "editroute",
        "route_seq": shown(sequence["seq"]) if sequence else "0", "routename": shown(row["name"]),
        "routepass": shown(row["password"]), "emergency": shown(row["emergency_route"]) or None,
        "intracompany": shown(row["intracompany_route"]) or None,
        "mohsilence": shown(row["mohclass"]), "goto0": shown(row["dest"]),
        "time_group_id": shown(row["time_group_id"]) if row["time_group_id"] else "",
        "callrecording": tables.kvstore["callrecording"].get(f"routing/{number}", "dontcare"),
    }  # fmt: skip
    return Filled(
        "outbound-route", values, extra=_patterns_shown(tables, row) + _lists(tables, row)
    )


def listed(pbx: Pbx) -> str:
    """The list, made by the server in the order of the routes (source: views/routing/grid.php)."""
    tables, rows = pbx.tables, []
    for number in ordered(tables):
        row = tables.row("outbound_routes", route_id=number)
        sequence = tables.row("outbound_route_sequence", route_id=number)
        if row is None or sequence is None:
            continue
        rows.append(
            f'<tr id="row{number}" data-id="{number}" data-seq="{sequence["seq"]}">'
            f"<td>{escape(shown(row['name']))}</td><td>{escape(shown(row['outcid']))}</td><td></td>"
            f'<td><a href="config.php?display=routing&view=form&id={number}&extdisplay={number}">'
            f'</a><a href="#" id="del{number}" data-id="{number}" class="delAction"></a></td></tr>'
        )
    head = "<thead><tr><th>Name</th></tr></thead>"
    return f'<table id="routes">{head}<tbody id="outbound_routes">{"".join(rows)}</tbody></table>'


def _patterns_shown(tables: Tables, row: Row) -> str:
    """Patterns are fields without names: the page's script makes `dialpatterndata` of them.

    The empty row below them has the number of the last (source: core, views/routing/form.php).
    """
    found = tables.rows("outbound_route_patterns", route_id=row["route_id"])
    parts = ["<table>"]
    for place, each in enumerate([*found, None]):
        number = place if each is not None or len(found) < 2 else len(found) - 1
        parts.append(f'<tr id="dprow{number}">')
        for name, column in PATTERN.items():
            value = escape(shown(each[column])) if each is not None else ""
            parts.append(f'<td><input type="text" id="{name}_{number}" value="{value}"></td>')
        parts.append("</tr>")
    return "\n".join([*parts, "</table>"])


def _lists(tables: Tables, row: Row | None) -> str:
    """The lists of trunks: those of the route and one more; for a new route up to three."""
    trunks = [(str(each["trunkid"]), str(each["name"])) for each in tables.rows("trunks")]
    used = _trunks_of(tables, row) if row is not None else []
    empty = 1 if row is not None else min(3, len(trunks))
    chosen = [*used, *[""] * empty]
    return "\n".join(
        draw_select(f"trunkpriority[{place}]", [("", ""), *trunks], each)
        for place, each in enumerate(chosen)
    )


def _trunks_of(tables: Tables, row: Row) -> list[str]:
    found = tables.rows("outbound_route_trunks", route_id=row["route_id"])
    return [str(each["trunk_id"]) for each in sorted(found, key=lambda each: int(str(each["seq"])))]


def send(pbx: Pbx, params: Params, action: str) -> Done | None:
    tables, number = pbx.tables, text(params, "id")
    if action == "addroute":
        patterns = _patterns_sent(pbx, params)
        new = tables.next_id("outbound_routes")
        _write(tables, new, params, patterns, time_group=None)
        _place(pbx, new, text(params, "route_seq"))
        return Done()
    if action == "editroute" and number.isdigit():
        patterns = _patterns_sent(pbx, params)
        old = tables.row("outbound_routes", route_id=int(number))
        if old is not None:
            _write(tables, int(number), params, patterns, time_group=0, old=old)
            _place(pbx, int(number), text(params, "route_seq"))
        return Done()
    if action == "delroute" and number.isdigit():
        delete(tables, int(number))
        return Done()
    return None


def _patterns_sent(pbx: Pbx, params: Params) -> list[dict[str, str]]:
    """Raises Broken for patterns whose keys are wrong (seen); what is no JSON is no pattern."""
    try:
        found = json.loads(text(params, "dialpatterndata") or "[]")
    except ValueError:
        return []
    patterns = []
    for each in found if isinstance(found, list) else []:
        if not isinstance(each, dict) or not PATTERN.keys() <= each.keys():
            raise Broken(pbx.version.no_key("prepend_digit"))
        kept = {column: _digits(str(each[name])) for name, column in PATTERN.items()}
        if any(value for column, value in kept.items() if column.startswith("match_")):
            patterns.append(kept)
    return patterns


def _digits(given: str) -> str:
    """What is kept of a part of a pattern (source: core, Outboundrouting::updatePatterns)."""
    return NOT_DIALLED.sub("", escape(given.strip()).upper())


def _write(
    tables: Tables, number: int, params: Params, patterns: list[dict[str, str]], *,
    time_group: Value, old: Row | None = None,
) -> None:  # fmt: skip
    for table in PARTS:
        tables.delete(table, route_id=number)
    row: Row = {
        "route_id": number, "name": text(params, "routename"), "outcid": text(params, "outcid"),
        "outcid_mode": text(params, "outcid_mode"), "password": text(params, "routepass"),
        "emergency_route": text(params, "emergency"),
        "intracompany_route": text(params, "intracompany"), "mohclass": text(params, "mohsilence"),
        "time_group_id": text(params, "time_group_id") or time_group, "dest": goto(params, "0"),
        "time_mode": old["time_mode"] if old else "",
        "calendar_id": old["calendar_id"] if old else None,
        "calendar_group_id": old["calendar_group_id"] if old else None,
        "timezone": text(params, "timezone"), "notification_on": text(params, "notification_on"),
    }  # fmt: skip
    if old is not None:
        del row["route_id"]
        tables.change(old, "outbound_routes", **row)
    else:
        tables.insert("outbound_routes", row)
    for pattern in patterns:
        try:
            tables.insert("outbound_route_patterns", {"route_id": number, **pattern})
        except Duplicate:
            continue
    for place, trunk in enumerate(_trunks_sent(params)):
        values: Row = {"route_id": number, "trunk_id": trunk, "seq": place}
        tables.insert("outbound_route_trunks", values)
    mail = {
        name: text(params, name) for name in ("emailfrom", "emailto", "emailsubject", "emailbody")
    }
    if any(mail.values()):
        tables.insert("outbound_route_email", {"route_id": number, **mail})
    if text(params, "callrecording"):
        tables.kvstore["callrecording"][f"routing/{number}"] = text(params, "callrecording")


def _trunks_sent(params: Params) -> list[str]:
    """Trunks in the order that they came in, without blanks and repeats."""
    given = params.get("trunkpriority")
    found = given.values() if isinstance(given, dict) else []
    return list(dict.fromkeys(each for each in found if each))


def _place(pbx: Pbx, number: int, wanted: str) -> None:
    """Put a route where `route_seq` says (source: core, Outboundrouting::setOrder).

    Places count from 0, but after `reorder` the sequence counts from 1: there, a route that is
    sent as its form has it moves down by one on 17. On 16 numbers of the database are texts, and
    the same place is no move.
    """
    now = ordered(pbx.tables)
    if wanted == "new":
        order(pbx.tables, list(dict.fromkeys([number, *now])))
        return
    if not wanted.lstrip("-").isdigit():
        raise Broken(f"Dont know what to do with {wanted}")
    row = pbx.tables.row("outbound_route_sequence", route_id=number)
    if row is not None and not pbx.version.is_17 and shown(row["seq"]) == wanted:
        return
    rest = [each for each in now if each != number]
    rest.insert(int(wanted), number)
    order(pbx.tables, rest)


def reorder(tables: Tables, numbers: list[str]) -> None:
    """Write a new order, from 1 on; what is left out is in no list any more (source: core)."""
    for number in ordered(tables):
        tables.delete("outbound_route_sequence", route_id=number)
    for place, given in enumerate(numbers, 1):
        if given.isdigit():
            tables.insert("outbound_route_sequence", {"route_id": int(given), "seq": place})


def delete(tables: Tables, number: int) -> None:
    """Remove a route; the others move up."""
    for table in ("outbound_routes", *PARTS, "outbound_route_sequence"):
        tables.delete(table, route_id=number)
    tables.kvstore["callrecording"].pop(f"routing/{number}", None)
    order(tables, ordered(tables))


def ordered(tables: Tables) -> list[int]:
    """Route ids in their order."""
    rows = sorted(tables.rows("outbound_route_sequence"), key=lambda row: int(str(row["seq"])))
    return [int(str(row["route_id"])) for row in rows]


def order(tables: Tables, numbers: list[int]) -> None:
    """Write the order of routes."""
    for place, number in enumerate(numbers):
        tables.delete("outbound_route_sequence", route_id=number)
        tables.insert("outbound_route_sequence", {"route_id": number, "seq": place})


PAGE = Page(fill, send, shows=listed)
