"""The parking lot and miscellaneous destinations, as the source of their modules has them."""

from __future__ import annotations

from reconciler.lab.freepbx.objects import parking_lot
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Row
from reconciler.lab.freepbx.web.forms import Filled
from reconciler.lab.freepbx.web.pages.page import Done, Page, columns_of, goto, shown
from reconciler.lab.freepbx.wire import Params, text

LOT_TEXTS = (
    "name", "parkext", "parkpos", "numslots", "parkingtime", "parkedmusicclass", "findslot",
    "parkedplay", "parkedcalltransfers", "parkedcallreparking", "alertinfo", "cidpp", "autocidpp",
    "comebacktoorigin",
)  # fmt: skip


def fill_lot(pbx: Pbx, params: Params) -> Filled:
    """The form of the one lot; with `action=add` that of a new one, which would replace it."""
    if text(params, "action") == "add" and not text(params, "parkext"):
        return Filled("parking-lot", {"name": "Lot Name"})
    row = pbx.tables.row("parkplus", id=parking_lot.LOT) or {}
    values = columns_of(row, *LOT_TEXTS)
    values |= {
        "id": str(parking_lot.LOT), "rvolume": shown(row["rvolume"]) or "0",
        "announcement_id": shown(row["announcement_id"]) if row["announcement_id"] else "",
        "goto0": shown(row["dest"]),
    }  # fmt: skip
    return Filled("parking-lot", values)


def send_lot(pbx: Pbx, params: Params, action: str) -> Done | None:
    """`delete` does nothing: that is for systems with several lots."""
    if action not in ("add", "update"):
        return None
    given = {
        name: params[name] for name in parking_lot.DEFAULTS if text(params, name, "\0") != "\0"
    }
    if not given:
        return None
    parking_lot.save(pbx.tables, {**given, "dest": goto(params, "0")})
    return Done()


def fill_misc(pbx: Pbx, params: Params) -> Filled | None:
    """The form comes with `view=form` only; one that is gone has an empty form."""
    if text(params, "view") != "form":
        return None
    number = text(params, "extdisplay")
    if not number:
        return Filled("misc-destination")
    row = _misc(pbx, number) or {"description": "", "destdial": ""}
    values = columns_of(row, "description", "destdial")
    return Filled("misc-destination", {**values, "action": "edit", "extdisplay": number})


def send_misc(pbx: Pbx, params: Params, action: str) -> Done | None:
    """The answer to every action is a redirect. Nothing of what is sent is looked at."""
    if action not in ("add", "edit", "delete"):
        return None
    tables, number = pbx.tables, text(params, "extdisplay")
    row: Row = {
        "description": text(params, "description"), "destdial": text(params, "destdial").strip()
    }  # fmt: skip
    old = _misc(pbx, number)
    if action == "add":
        tables.insert("miscdests", {"id": tables.next_id("miscdests"), **row})
    elif old is not None and action == "edit":
        tables.change(old, "miscdests", **row)
    elif old is not None:
        tables.delete("miscdests", id=old["id"])
    where = f"&extdisplay={number}&view=form" if action == "edit" else ""
    return Done(f"config.php?display=miscdests{where}")


def _misc(pbx: Pbx, number: str) -> Row | None:
    return pbx.tables.row("miscdests", id=int(number)) if number.isdigit() else None


LOT = Page(fill_lot, send_lot)
MISC = Page(fill_misc, send_misc, module="miscdests")
