"""Extensions: create, the update that is delete and re-create, and delete.

Everything that an update changes beyond what was asked is as recorded on 16 and 17.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconciler.lab.freepbx.objects import follow_me, mailbox, userman
from reconciler.lab.freepbx.objects.device import (
    delete_device,
    device_keys,
    device_row,
    new_sip,
    random_secret,
    sip_rows,
)
from reconciler.lab.freepbx.tables import Mailbox, Row, Tables, php_int

USER_KEYS = {
    "accountcode": "", "answermode": "disabled", "cfringtimer": "0", "concurrency_limit": "3",
    "cwtone": "disabled", "dialopts": "", "intercom": "enabled", "noanswer": "", "recording": "",
    "recording/in/external": "dontcare", "recording/in/internal": "dontcare",
    "recording/ondemand": "disabled", "recording/out/external": "dontcare",
    "recording/out/internal": "dontcare", "recording/priority": "10", "rvolume": "",
}  # fmt: skip
"""AstDB `AMPUSER/` entries of a new extension that do not depend on the request."""


@dataclass(frozen=True)
class Wanted:
    """An extension as a request asks for it. None: not said."""

    number: str
    name: str | None = None
    email: str | None = None
    secret: str | None = None
    outbound_cid: str | None = None
    emergency_cid: str | None = None
    user: bool | None = None
    user_groups: str | None = None
    user_password: str | None = None
    voicemail: bool | None = None
    voicemail_pin: str | None = None
    caller_id: str | None = None
    max_contacts: str | None = None
    ring_timer: str | None = None


def exists(tables: Tables, number: str) -> bool:
    """Whether a device has this number: half-made extensions count."""
    return tables.row("devices", id=number) is not None


def write_user(tables: Tables, number: str, **values: str | int | None) -> None:
    """Make or replace the row of `users` and its AstDB keys; what is not given stays."""
    old: Row = tables.row("users", extension=number) or {"voicemail": "novm", "mohclass": "default"}
    row = {**old, "extension": number, **values}
    if row.get("ringtimer") is None:
        row["ringtimer"] = 0
    tables.delete("users", extension=number)
    texts = ("password", "name", "noanswer", "recording", "outboundcid", "sipname")
    kept = tables.insert("users", {**dict.fromkeys(texts, ""), **row})
    keys = {
        "cidname": kept["name"], "cidnum": number, "device": number,
        "outboundcid": kept["outboundcid"], "password": kept["password"],
        "ringtimer": kept["ringtimer"], "voicemail": kept["voicemail"],
    }  # fmt: skip
    for key, value in keys.items():
        tables.put(f"AMPUSER/{number}/{key}", str(value))


def create(tables: Tables, wanted: Wanted, *, asterisk_is_up: bool) -> bool:
    """Make an extension. False: Asterisk was down, and a half-made one is left (seen)."""
    number, name = wanted.number, wanted.name or ""
    device_row(tables, number, name, emergency_cid=wanted.emergency_cid or "")
    tables.needs_reload = True
    if not asterisk_is_up:
        return False
    contacts = min(php_int(wanted.max_contacts or 1), 100)
    sip = new_sip(
        number,
        callerid=wanted.caller_id or wanted.emergency_cid or "",
        max_contacts=str(contacts),
        remove_existing="yes" if contacts == 1 else "no",
        **({"secret": wanted.secret} if wanted.secret else {}),
    )
    sip_rows(tables, number, sip)
    for key, value in USER_KEYS.items():
        tables.put(f"AMPUSER/{number}/{key}", value)
    tables.put(f"CW/{number}", "ENABLED")
    tables.put(f"CustomPresence/{number}", "available,,")
    write_user(
        tables, number, name=name, outboundcid=wanted.outbound_cid or "",
        password=wanted.user_password or "", ringtimer=wanted.ring_timer or 0,
    )  # fmt: skip
    device_keys(tables, number)
    _mailbox(tables, wanted, name)
    if wanted.user is not False:
        userman.add_user(
            tables, number, username=number, name=name, email=wanted.email or "",
            groups=wanted.user_groups or "1",
        )  # fmt: skip
    return True


def _mailbox(tables: Tables, wanted: Wanted, name: str) -> None:
    """A mailbox needs the wish and a PIN; an existing one keeps PIN and address, nothing else."""
    old = tables.mailboxes.get(wanted.number)
    if wanted.voicemail and wanted.voicemail_pin:
        email = wanted.email if wanted.email is not None else old.email if old else ""
        box = Mailbox(wanted.voicemail_pin, name, email, "", mailbox.options())
    elif old is not None:
        box = replace(old, name=name, pager="", options=mailbox.options())
    else:
        return
    mailbox.put_mailbox(tables, wanted.number, box, password_login=False)


def update(tables: Tables, wanted: Wanted, *, is_17: bool) -> None:
    """Delete and re-create, as FreePBX does it, with all that gets lost on the way."""
    number, name = wanted.number, wanted.name or ""
    _update_sip(tables, wanted, is_17=is_17)
    tables.delete("devices", id=number)
    device_row(tables, number, name, emergency_cid=wanted.emergency_cid or "")
    values: dict[str, str | int | None] = {
        "name": name,
        "outboundcid": wanted.outbound_cid or "",
        "password": wanted.user_password or "",
    }
    if wanted.ring_timer is not None:
        values["ringtimer"] = wanted.ring_timer
    if not is_17:
        lost = ("noanswer_dest", "busy_dest", "chanunavail_dest")
        values.update(dict.fromkeys(lost, ""))
        follow_me.drop(tables, number)
    write_user(tables, number, **values)
    device_keys(tables, number)
    if wanted.voicemail is False and not is_17:
        mailbox.drop_mailbox(tables, number)
    else:
        _mailbox(tables, wanted, name)
    _update_user(tables, wanted, name)
    tables.needs_reload = True


def _update_sip(tables: Tables, wanted: Wanted, *, is_17: bool) -> None:
    """17 keeps PJSIP settings and 16 resets them; both make up a secret that was not sent."""
    old = tables.settings("sip", wanted.number)
    kept = {"callerid", "max_contacts", "dial", "mailbox", "remove_existing"}
    sip = old if is_17 else new_sip(wanted.number, **{key: old[key] for key in kept & set(old)})
    sip["secret"] = wanted.secret or random_secret()
    caller = wanted.caller_id or wanted.emergency_cid
    if caller:
        sip["callerid"] = caller
    if wanted.max_contacts:
        sip["max_contacts"] = str(min(php_int(wanted.max_contacts), 100))
    sip_rows(tables, wanted.number, sip)


def _update_user(tables: Tables, wanted: Wanted, name: str) -> None:
    """The User Manager user is deleted and made anew: other id, other password."""
    old = userman.user_of(tables, wanted.number)
    if old is not None:
        userman.delete_user(tables, int(old["id"] or 0))
    if wanted.user is False:
        return
    email = wanted.email if wanted.email is not None else str(old["email"] or "") if old else ""
    userman.add_user(
        tables, wanted.number, username=wanted.number, name=name, email=email,
        groups=wanted.user_groups or "1",
    )  # fmt: skip


def delete(tables: Tables, number: str) -> None:
    """Remove an extension. Its User Manager user and presence stay (seen)."""
    follow_me.drop(tables, number)
    tables.mailboxes.pop(number, None)
    delete_device(tables, number, whole=True)
    tables.delete("users", extension=number)
    tables.drop(f"AMPUSER/{number}")
    tables.drop(f"CW/{number}")
    tables.needs_reload = True
