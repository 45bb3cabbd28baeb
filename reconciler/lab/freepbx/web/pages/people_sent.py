"""Extensions: what sending their form does, side effects included."""

from __future__ import annotations

from reconciler.lab.freepbx.objects import extension, follow_me, inbound, mailbox, userman
from reconciler.lab.freepbx.objects.device import device_keys, device_row, sip_rows
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Mailbox, Row, Tables, Value
from reconciler.lab.freepbx.web.pages.page import Done, Page, goto, target
from reconciler.lab.freepbx.web.pages.people import FOLLOW, KEYS, RECORDINGS, fill
from reconciler.lab.freepbx.wire import Params, listed, text

FOLLOW_KEYS = {
    "annmsg": "fmfm_annmsg_id", "changecid": "fmfm_changecid", "dring": "fmfm_dring",
    "fixedcid": "fmfm_fixedcid", "grppre": "fmfm_grppre", "grptime": "fmfm_grptime",
    "prering": "fmfm_pre_ring", "remotealertmsg": "fmfm_remotealert_id", "ringing": "fmfm_ringing",
    "rvolume": "fmfm_rvolume", "strategy": "fmfm_strategy", "toolatemsg": "fmfm_toolate_id",
}  # fmt: skip
"""Fields by AstDB entry below `AMPUSER/<n>/followme/`."""


def send(pbx: Pbx, params: Params, action: str) -> Done | None:
    tables, number = pbx.tables, text(params, "extension") or text(params, "extdisplay")
    if action in ("del", "delete") and target(params):
        tables.ask_asterisk()
        extension.delete(tables, target(params))
        return Done()
    if action not in ("add", "edit") or not number.isdigit():
        return None
    taken = extension.exists(tables, number)
    if taken != (action == "edit"):
        return Done()
    if not pbx.asterisk_is_up and action == "add":
        device_row(tables, number, text(params, "name"))
    tables.ask_asterisk(writing=action == "add")
    _write(tables, number, params, new=action == "add")
    return Done()


def _write(tables: Tables, number: str, params: Params, *, new: bool) -> None:
    if new:
        for key, value in extension.USER_KEYS.items():
            tables.put(f"AMPUSER/{number}/{key}", value)
        tables.put(f"CustomPresence/{number}", "available,,")
    tables.delete("devices", id=number)
    name, emergency = text(params, "name"), text(params, "emergency_cid")
    device_row(tables, number, name, emergency_cid=emergency, dial=text(params, "devinfo_dial"))
    _user(tables, number, params)
    device_keys(tables, number)
    sip_rows(tables, number, _sip(number, params))
    _keys(tables, number, params)
    _mailbox(tables, number, params)
    _userman(tables, number, params)
    _follow_me(tables, number, params)
    _page_group(tables, number, params)
    if text(params, "newdid") or text(params, "newdidcid"):
        _number(tables, number, params)


def _user(tables: Tables, number: str, params: Params) -> None:
    values: dict[str, Value] = {
        "name": text(params, "name"), "outboundcid": text(params, "outboundcid"),
        "sipname": text(params, "sipname"), "ringtimer": text(params, "ringtimer") or 0,
        "noanswer_dest": goto(params, "0"), "busy_dest": goto(params, "1"),
        "chanunavail_dest": goto(params, "2"),
        **{name: text(params, name) for name in ("noanswer_cid", "busy_cid", "chanunavail_cid")},
    }  # fmt: skip
    extension.write_user(tables, number, **values)
    if text(params, "cid_masquerade"):
        tables.put(f"AMPUSER/{number}/cidnum", text(params, "cid_masquerade"))


def _sip(number: str, params: Params) -> dict[str, str]:
    """All `devinfo_` fields become the device's settings; what is not sent is gone (seen)."""
    found = {name[8:]: text(params, name).strip() for name in params if name.startswith("devinfo_")}
    found["dial"] = found.get("dial") or f"PJSIP/{number}"
    if not found.get("mailbox"):
        found.pop("mailbox", None)
        if text(params, "vm") == "enabled":
            found["mailbox"] = f"{number}@device"
    if not found.get("vmexten"):
        found.pop("vmexten", None)
    return {**found, "account": number, "callerid": f"{text(params, 'name')} <{number}>"}


def _keys(tables: Tables, number: str, params: Params) -> None:
    base = f"AMPUSER/{number}"
    for name, (key, default) in KEYS.items():
        tables.put(f"{base}/{key}", text(params, name, default))
    for name, key in RECORDINGS.items():
        if name in params:
            tables.put(f"{base}/{key}", text(params, name).partition("=")[2])
    tables.put(f"{base}/dialopts", text(params, "dialopts"))
    override = text(params, "intercom_override").partition("=")[2] or "reject"
    tables.put(f"{base}/intercom/override", override)
    if "accountcode" in params:
        tables.put(f"{base}/accountcode", text(params, "accountcode"))
    for name, key, off in (("pinless", "pinless", "disabled"), ("call_screen", "screen", "0")):
        if text(params, name, off) == off:
            tables.drop(f"{base}/{key}")
        else:
            tables.put(f"{base}/{key}", text(params, name))
    if text(params, "callwaiting") == "enabled":
        tables.put(f"CW/{number}", "ENABLED")
    else:
        tables.drop(f"CW/{number}")


def _mailbox(tables: Tables, number: str, params: Params) -> None:
    if text(params, "vm") != "enabled":
        if number in tables.mailboxes:
            mailbox.drop_mailbox(tables, number)
        return
    more = (each.partition("=") for each in text(params, "options").split("|") if "=" in each)
    options = {
        **{name: text(params, name).partition("=")[2] or "no" for name in mailbox.OPTIONS[:3]},
        "delete": text(params, "vmdelete").partition("=")[2] or "no",
        **{name: value for name, _, value in more},
    }
    box = Mailbox(
        text(params, "vmpwd"), text(params, "name"), text(params, "email"), text(params, "pager"),
        options, text(params, "vmcontext") or "default",
    )  # fmt: skip
    login = text(params, "passlogin") == "passlogin=yes"
    mailbox.put_mailbox(tables, number, box, password_login=login)
    if text(params, "novmstar") == "novmstar=yes":
        tables.put(f"AMPUSER/{number}/novmstar", "yes")
    else:
        tables.drop(f"AMPUSER/{number}/novmstar")


def _userman(tables: Tables, number: str, params: Params) -> None:
    """The form is gentle on User Manager: the user stays, its groups are those that were sent."""
    assign, groups = text(params, "userman_assign"), listed(params, "userman_group")
    old = userman.user_of(tables, number)
    if assign == "add" and old is None:
        userman.add_user(
            tables, number, username=text(params, "userman_username") or number,
            name=text(params, "name"), email=text(params, "email"), groups=",".join(groups),
        )  # fmt: skip
    elif assign.isdigit():
        user = tables.row("userman_users", id=int(assign))
        if user is None:
            return
        tables.change(
            user, "userman_users", default_extension=number, displayname=text(params, "name")
        )
        if text(params, "email"):
            tables.change(user, "userman_users", email=text(params, "email"))
        userman.put_in_groups(tables, int(assign), groups)


def _follow_me(tables: Tables, number: str, params: Params) -> None:
    """An extension's form makes a Follow Me where there was none (seen)."""
    if "fmfm_ddial" not in params:
        return
    recordings = ("fmfm_annmsg_id", "fmfm_remotealert_id", "fmfm_toolate_id")
    row: Row = {
        column: text(params, name) or (None if name in recordings else "")
        for name, column in FOLLOW.items()
    }
    members = (line.strip() for line in text(params, "fmfm_grplist").splitlines())
    row |= {
        "grpnum": number, "grplist": "-".join(each for each in members if each) or number,
        "postdest": goto(params, "fmfm").replace(",,", f",{number},"),
        "needsconf": "CHECKED" if text(params, "fmfm_needsconf") == "enabled" else "",
        "calendar_enable": text(params, "fmfm_calendar_enable") or 0,
        "calendar_match": text(params, "fmfm_calendar_match") or "yes",
    }  # fmt: skip
    follow_me.drop(tables, number)
    tables.insert("findmefollow", row)
    base = f"AMPUSER/{number}/followme"
    for key, name in FOLLOW_KEYS.items():
        tables.put(f"{base}/{key}", text(params, name))
    enabled = text(params, "fmfm_ddial") == "enabled"
    tables.put(f"{base}/ddial", "DIRECT" if enabled else "EXTENSION")
    tables.put(f"{base}/grplist", str(row["grplist"]))
    tables.put(f"{base}/postdest", str(row["postdest"]))
    tables.put(f"{base}/grpconf", "ENABLED" if row["needsconf"] else "DISABLED")


def _page_group(tables: Tables, number: str, params: Params) -> None:
    row = tables.row("admin", variable="default_page_grp")
    if row is None or "in_default_page_grp" not in params:
        return
    group = str(row["value"])
    tables.delete("paging_groups", page_number=group, ext=number)
    if text(params, "in_default_page_grp") == "1":
        tables.insert("paging_groups", {"page_number": group, "ext": number})


def _number(tables: Tables, number: str, params: Params) -> None:
    key = text(params, "newdid"), text(params, "newdidcid")
    if inbound.find(tables, *key) is None:
        values: Row = {
            "destination": f"from-did-direct,{number},1", "description": text(params, "newdid_name")
        }  # fmt: skip
        inbound.write(tables, *key, values)


PAGE = Page(fill, send)
