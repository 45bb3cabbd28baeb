"""Queues: tables `queues_config` and `queues_details`, dynamic members in AstDB `QPENALTY/`."""

from __future__ import annotations

from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Row, Tables
from reconciler.lab.freepbx.web.forms import Filled, Value
from reconciler.lab.freepbx.web.pages.page import Done, Page, goto, shown, target, wants_form
from reconciler.lab.freepbx.wire import Params, text

DETAILS = {
    "announcefreq": "announce-frequency", "announceholdtime": "announce-holdtime",
    "announceposition": "announce-position", "answered_elsewhere": "answered_elsewhere",
    "autopause": "autopause", "autopausebusy": "autopausebusy",
    "autopausedelay": "autopausedelay", "autopauseunavail": "autopauseunavail",
    "cron_dom": "cron_dom", "cron_dow": "cron_dow", "cron_hour": "cron_hour",
    "cron_minute": "cron_minute", "cron_month": "cron_month", "cron_random": "cron_random",
    "cron_schedule": "cron_schedule", "joinempty": "joinempty",
    "leavewhenempty": "leavewhenempty", "maxlen": "maxlen", "memberdelay": "memberdelay",
    "min-announce": "min-announce-frequency", "penaltymemberslimit": "penaltymemberslimit",
    "pannouncefreq": "periodic-announce-frequency", "recording": "recording",
    "reportholdtime": "reportholdtime", "retry": "retry", "rvol_mode": "rvol_mode",
    "rvolume": "rvolume", "servicelevel": "servicelevel", "skip_joinannounce": "skip_joinannounce",
    "strategy": "strategy", "timeout": "timeout", "timeoutpriority": "timeoutpriority",
    "timeoutrestart": "timeoutrestart", "weight": "weight", "wrapuptime": "wrapuptime",
}  # fmt: skip
"""Rows of `queues_details` by the field that they come from."""

CONFIG = {
    "name": "descr", "prefix": "grppre", "alertinfo": "alertinfo", "maxwait": "maxwait",
    "announcemenu": "ivr_id", "callback": "callback_id", "qregex": "qregex",
    "queuewait": "queuewait", "use_queue_context": "use_queue_context", "qnoanswer": "qnoanswer",
}  # fmt: skip
RECORDINGS = ("callconfirm_id", "joinannounce_id")


def fill(pbx: Pbx, params: Params) -> Filled | None:
    tables, number = pbx.tables, target(params)
    row = tables.row("queues_config", extension=number)
    if row is None:
        return Filled("queue") if wants_form(params) else None
    details = tables.settings("queues_details", number)
    values: dict[str, Value] = {name: details.get(key, "") for name, key in DETAILS.items()}
    values |= {name: shown(row[column]) for name, column in CONFIG.items()}
    values |= {name: shown(row[name]) or "None" for name in RECORDINGS}
    values |= {
        "extdisplay": number, "action": "edit", "account": number,
        "callconfirm": "1" if row["callconfirm"] else "",
        "agentannounce_id": shown(row["agentannounce_id"]), "rtone": shown(row["ringing"]),
        "cwignore": shown(row["cwignore"]), "goto0": shown(row["dest"]),
        "autofill": "1" if details.get("autofill") == "yes" else "",
        "music": details.get("music", "inherit"),
        "members": "\n".join(members_of(tables, number)),
        "dynmembers": "\n".join(dynamic_members(tables, number)),
        "dynmemberonly": tables.get(f"QPENALTY/{number}/dynmemberonly", "no"),
    }  # fmt: skip
    return Filled("queue", values)


def members_of(tables: Tables, number: str) -> list[str]:
    """Static members as the form has them: `1001,0`."""
    rows = tables.rows("queues_details", id=number, keyword="member")
    found = [str(row["data"]) for row in sorted(rows, key=lambda row: int(str(row["flags"])))]
    return [each.replace("Local/", "").replace("@from-queue/n", "") for each in found]


def dynamic_members(tables: Tables, number: str) -> list[str]:
    """Dynamic members with their penalties."""
    start = f"/QPENALTY/{number}/agents/"
    return [
        f"{key.removeprefix(start)},{value}"
        for key, value in tables.astdb.items()
        if key.startswith(start)
    ]


def send(pbx: Pbx, params: Params, action: str) -> Done | None:
    tables, number = pbx.tables, text(params, "account") or target(params)
    if action not in ("add", "edit", "delete") or not number:
        return None
    if action == "add" and tables.row("queues_config", extension=number):
        return Done()
    old = tables.row("queues_config", extension=number)
    delete(tables, number)
    if action != "delete":
        _write(tables, number, params, old)
    return Done()


def delete(tables: Tables, number: str) -> None:
    """Remove a queue with its members."""
    tables.delete("queues_config", extension=number)
    tables.delete("queues_details", id=number)
    tables.drop(f"QPENALTY/{number}")


def _write(tables: Tables, number: str, params: Params, old: Row | None) -> None:
    row: Row = {column: text(params, name) for name, column in CONFIG.items()}
    for name in RECORDINGS:
        row[name] = text(params, name) if text(params, name).isdigit() else None
    row |= {
        "extension": number, "dest": goto(params, "0"), "password": old["password"] if old else "",
        "ringing": text(params, "rtone") or 0, "cwignore": text(params, "cwignore") or 0,
        "callconfirm": text(params, "callconfirm") or 0,
        "togglehint": text(params, "togglehint") or 0,
        "agentannounce_id": text(params, "agentannounce_id") or None,
        "monitor_type": text(params, "monitor_type"),
        "monitor_heard": text(params, "monitor_heard"),
        "monitor_spoken": text(params, "monitor_spoken"),
        "ivr_id": text(params, "announcemenu") or "none",
        "callback_id": text(params, "callback") or "none",
    }  # fmt: skip
    tables.insert("queues_config", row)
    for keyword, data in _details(params).items():
        tables.insert(
            "queues_details", {"id": number, "keyword": keyword, "data": data, "flags": 0}
        )
    _members(tables, number, params)


def _details(params: Params) -> dict[str, str]:
    said = text(params, "announceposition") == "yes"
    found = {key: text(params, name) for name, key in DETAILS.items()}
    found |= {
        "autofill": "yes" if text(params, "autofill") else "no", "eventmemberstatus": "0",
        "eventwhencalled": "0", "monitor-join": "yes", "queue-thankyou": "",
        "queue-callswaiting": "" if said else "silence/1",
        "queue-thereare": "" if said else "silence/1",
        "queue-youarenext": "" if said else "silence/1",
        "ringinuse": "no" if text(params, "cwignore") in ("2", "3") else "yes",
    }  # fmt: skip
    if text(params, "music") not in ("", "inherit"):
        found["music"] = text(params, "music")
    return found


def _members(tables: Tables, number: str, params: Params) -> None:
    for place, member in enumerate(_lines(params, "members")):
        own, _, penalty = member.partition(",")
        data = f"Local/{own.strip()}@from-queue/n,{penalty.strip() or '0'}"
        row: Row = {"id": number, "keyword": "member", "data": data, "flags": place}
        tables.insert("queues_details", row)
    for member in _lines(params, "dynmembers"):
        own, _, penalty = member.partition(",")
        tables.put(f"QPENALTY/{number}/agents/{own.strip()}", penalty.strip() or "0")
    tables.put(f"QPENALTY/{number}/dynmemberonly", text(params, "dynmemberonly") or "no")


def _lines(params: Params, name: str) -> list[str]:
    found = (line.strip() for line in text(params, name).splitlines())
    return list(dict.fromkeys(line for line in found if line))


PAGE = Page(fill, send)
