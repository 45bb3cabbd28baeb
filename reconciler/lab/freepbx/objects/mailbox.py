"""Mailboxes: lines of voicemail.conf, which FreePBX writes at once, and their AstDB keys."""

from __future__ import annotations

from reconciler.lab.freepbx.tables import Mailbox, Tables

OPTIONS = ("attach", "saycid", "envelope", "delete")


def options(**given: bool) -> dict[str, str]:
    """All four options, in the order of voicemail.conf; what is not given is no."""
    return {name: "yes" if given.get(name) else "no" for name in OPTIONS}


def put_mailbox(tables: Tables, number: str, box: Mailbox, *, password_login: bool) -> None:
    """Write a mailbox. `password_login` False leaves the mark that extensions get (`novmpw`)."""
    tables.mailboxes[number] = box
    tables.changes += 1
    _voicemail(tables, number, box.context)
    if password_login:
        tables.drop(f"AMPUSER/{number}/novmpw")
    else:
        tables.put(f"AMPUSER/{number}/novmpw", "yes")


def drop_mailbox(tables: Tables, number: str) -> None:
    """Remove a mailbox; its extension then says `novm`."""
    tables.mailboxes.pop(number, None)
    tables.changes += 1
    tables.drop(f"AMPUSER/{number}/novmpw")
    _voicemail(tables, number, "novm")


def _voicemail(tables: Tables, number: str, context: str) -> None:
    row = tables.row("users", extension=number)
    if row is not None:
        tables.change(row, "users", voicemail=context)
        tables.put(f"AMPUSER/{number}/voicemail", context)
