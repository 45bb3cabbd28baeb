"""Inbound routes over their form. Fax, recording and CID lookup live in tables of other modules."""

from __future__ import annotations

from urllib.parse import unquote

from reconciler.lab.freepbx.objects import inbound
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Tables
from reconciler.lab.freepbx.tables import Value as Stored
from reconciler.lab.freepbx.web.forms import Filled
from reconciler.lab.freepbx.web.pages.page import Done, Page, columns_of, goto, shown
from reconciler.lab.freepbx.wire import Params, text

TEXTS = (
    "description", "alertinfo", "grppre", "mohclass", "ringing", "reversal", "fanswer",
    "delay_answer", "privacyman", "pmmaxretries", "pmminlength", "pricid", "rvolume",
    "indication_zone",
)  # fmt: skip
FAX = ("faxenabled", "faxdetection", "faxring", "faxdetectionwait")


def _key(params: Params) -> tuple[str, str]:
    number, _, caller = unquote(text(params, "extdisplay")).partition("/")
    return number, caller


def fill(pbx: Pbx, params: Params) -> Filled | None:
    tables, key = pbx.tables, _key(params)
    row = inbound.find(tables, *key) if text(params, "extdisplay") else None
    if row is None:
        return Filled("inbound-route") if text(params, "view") == "form" else None
    own = "/".join(key)
    values = columns_of(row, "extension", "cidnum", *TEXTS)
    values |= {name: found for name in FAX if (found := tables.kvstore["fax"].get(f"{own}/{name}"))}
    values |= {
        "action": "edtIncoming", "extdisplay": own, "old_extension": key[0], "old_cidnum": key[1],
        "rvolume": shown(row["rvolume"]) or "0", "goto0": shown(row["destination"]),
        "gotoFAX": tables.kvstore["fax"].get(f"{own}/destination", ""),
        "callrecording": tables.kvstore["callrecording"].get(f"did/{own}", "dontcare"),
        "cidlookup_id": tables.kvstore["cidlookup"].get(own, "0"),
    }  # fmt: skip
    return Filled("inbound-route", values)


def send(pbx: Pbx, params: Params, action: str) -> Done | None:
    tables = pbx.tables
    new = text(params, "extension"), text(params, "cidnum")
    if action == "delIncoming":
        delete(tables, *_key(params))
        return Done("config.php?display=did")
    if action not in ("addIncoming", "edtIncoming"):
        return None
    old = text(params, "old_extension"), text(params, "old_cidnum")
    moves = action == "addIncoming" or old != new
    if moves and inbound.find(tables, *new):
        return Done()
    if action == "edtIncoming":
        delete(tables, *old)
    _write(tables, new, params)
    return Done("config.php?display=did" if action == "addIncoming" else "")


def _write(tables: Tables, key: tuple[str, str], params: Params) -> None:
    values: dict[str, Stored] = {name: text(params, name) for name in TEXTS}
    values |= {
        "destination": goto(params, "0"), "delay_answer": text(params, "delay_answer") or 0,
        "rvolume": "" if text(params, "rvolume") == "0" else text(params, "rvolume"),
    }  # fmt: skip
    inbound.write(tables, *key, values)
    own = "/".join(key)
    if text(params, "callrecording", "dontcare") != "dontcare":
        tables.kvstore["callrecording"][f"did/{own}"] = text(params, "callrecording")
    if text(params, "cidlookup_id", "0") != "0":
        tables.kvstore["cidlookup"][own] = text(params, "cidlookup_id")
    if text(params, "faxenabled") == "true":
        for name in FAX:
            tables.kvstore["fax"][f"{own}/{name}"] = text(params, name)
        tables.kvstore["fax"][f"{own}/destination"] = goto(params, "FAX")


def delete(tables: Tables, number: str, caller: str) -> None:
    """Remove a route with what other modules keep of it."""
    inbound.delete(tables, number, caller)
    own = f"{number}/{caller}"
    tables.kvstore["callrecording"].pop(f"did/{own}", None)
    tables.kvstore["cidlookup"].pop(own, None)
    for key in [key for key in tables.kvstore["fax"] if key.startswith(f"{own}/")]:
        del tables.kvstore["fax"][key]


PAGE = Page(fill, send)
