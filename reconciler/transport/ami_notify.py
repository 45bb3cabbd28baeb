"""SIP NOTIFY by an Asterisk to the phones of an extension (asterisk.md, 6)."""

import re
from typing import Final

from reconciler.errors import AdapterBroke, Refused
from reconciler.transport.ami_live import CONTACTS, Asking, registered_endpoint

_EVENT: Final = re.compile(r"[a-z][a-z-]{1,40}(?:;[a-z]{1,20}=[a-z]{1,20})?")
_NAME: Final = re.compile(r"[\w-]{1,79}", re.ASCII)
_GONE: Final = ("unreachable", "removed", "unavailable")


async def notify(asking: Asking, target: str, extension: str, event: str) -> str:
    """Send NOTIFY to an extension's contacts, and say to how many.

    Asterisk says Success also when there is nobody to send it to, so the contacts are looked at
    first. A phone that answers 401 (Grandstream) hears it only if its endpoint has outbound_auth.
    Raises Refused if nobody is registered there, AdapterError.
    """
    doing = f"sending {event.partition(';')[0]} to extension {extension}"
    if not (_NAME.fullmatch(extension) and _EVENT.fullmatch(event)):
        raise AdapterBroke(target, doing, "no extension, or no event")
    contacts = await asking.events(CONTACTS, doing=doing)
    count = sum(
        registered_endpoint(each) == extension and each.get("Status").lower() not in _GONE
        for each in contacts
    )
    if not count:
        raise Refused(
            target, doing, "no phone is registered there",
            hint="reconciler status --live shows who is",
        )  # fmt: skip
    fields = [("Endpoint", extension), ("Variable", f"Event={event}")]
    await asking.ask("PJSIPNotify", fields, doing=doing, idempotent=False)
    return f"sent to {count} phone{'' if count == 1 else 's'} of extension {extension}"
