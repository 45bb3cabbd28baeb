"""Ending registrations at an Asterisk: contacts are taken out of its database.

There is no action for it; `DBDel` of `registrar/contact/AOR;@HASH` is what the registrar itself
does when a registration ends (seen on 22.10.1: the next call finds nobody). Static contacts stand
in files, and are not there.
"""

import re
from collections.abc import Collection
from typing import Final

from reconciler.transport.ami_live import CONTACTS, Asking, registered_endpoint

_ID: Final = re.compile(r"[\w-]{1,79};@[0-9a-f]{32}", re.ASCII)


async def expel(asking: Asking, extension: str, contacts: Collection[str]) -> int:
    """End those registrations of an extension; return how many. Raises AdapterError."""
    doing = f"ending registrations of extension {extension}"
    ended = 0
    for each in await asking.events(CONTACTS, doing=doing):
        name = each.get("ID")
        is_meant = registered_endpoint(each) == extension and each.get("URI") in contacts
        if is_meant and _ID.fullmatch(name):
            fields = [("Family", "registrar/contact"), ("Key", name)]
            await asking.ask("DBDel", fields, doing=doing, idempotent=False)
            ended += 1
    return ended
