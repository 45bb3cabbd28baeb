"""Follow Me on its own page, and SIP settings to look at."""

from __future__ import annotations

from reconciler.lab.freepbx.objects import follow_me
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Row
from reconciler.lab.freepbx.web.forms import Filled
from reconciler.lab.freepbx.web.pages.page import Done, Page, columns_of, goto, shown, target
from reconciler.lab.freepbx.wire import Params, text

TEXTS = (
    "strategy", "grptime", "grppre", "dring", "rvolume", "needsconf", "ringing", "pre_ring",
    "calendar_id", "calendar_group_id", "calendar_match", "calendar_enable",
)  # fmt: skip
RECORDINGS = ("annmsg_id", "remotealert_id", "toolate_id")


def fill(pbx: Pbx, params: Params) -> Filled | None:
    number = target(params).removeprefix("GRP-")
    row = follow_me.follow_me_of(pbx.tables, number)
    if row is None:
        return None
    base = f"AMPUSER/{number}/followme"
    values = columns_of(row, *TEXTS, *RECORDINGS)
    values |= {
        "account": number, "ddial": "" if follow_me.is_enabled(pbx.tables, number) else "CHECKED",
        "grplist": shown(row["grplist"]).replace("-", "\n"), "goto0": shown(row["postdest"]),
        "changecid": pbx.tables.get(f"{base}/changecid", "default"),
        "fixedcid": pbx.tables.get(f"{base}/fixedcid"),
    }  # fmt: skip
    own = ("Follow_Me", [f"ext-local,{number},dest"])
    return Filled("follow-me", values, more={"0": own})


def send(pbx: Pbx, params: Params, action: str) -> Done | None:
    tables, number = pbx.tables, text(params, "account") or target(params)
    if action != "edtGRP" or not number:
        return None
    row = follow_me.enable(
        tables, number, enabled=text(params, "ddial") != "CHECKED", is_17=pbx.version.is_17
    )
    members = (line.strip() for line in text(params, "grplist").splitlines())
    values: Row = {name: text(params, name) for name in TEXTS}
    values |= {name: text(params, name) or None for name in RECORDINGS}
    values |= {"grplist": "-".join(each for each in members if each), "postdest": goto(params, "0")}
    follow_me.write(tables, row, **values)
    base = f"AMPUSER/{number}/followme"
    tables.put(f"{base}/changecid", text(params, "changecid") or "default")
    tables.put(f"{base}/fixedcid", text(params, "fixedcid"))
    return Done()


def fill_sip(pbx: Pbx, _params: Params) -> Filled | None:
    """SIP settings with what has been changed of them; the page takes no changes here."""
    return Filled("sip-settings", dict(pbx.tables.kvstore["Sipsettings"]))


def send_nothing(_pbx: Pbx, _params: Params, _action: str) -> Done | None:
    return None


PAGE = Page(fill, send)
SIP = Page(fill_sip, send_nothing, reloads=False)
