"""A file of settings that is sent to a phone's web server, and what the phone makes of it.

Source: facts on Yealink, A (row C, "import multipart field UploadName") and B (the first line of a
file, `%NULL%`, filters for models).
"""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final, NamedTuple

from reconciler.lab.phones.device import Phone
from reconciler.lab.phones.visit import BadFileError
from reconciler.lab.phones.wire import Asked
from reconciler.lab.phones.yealink.file import RESET, read_config

ADMIN: Final = "static.security.user_password"


class Part(NamedTuple):
    """A field of a form with files: its bytes, and a file's name where it is one."""

    content: bytes
    filename: str | None


def parts(asked: Asked) -> dict[str, Part]:
    """Return the fields of a form with files; none of a body that is something else."""
    kind = asked.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        return {}
    head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1")
    whole = message_from_bytes(head + asked.body, _class=EmailMessage, policy=policy.HTTP)
    found: dict[str, Part] = {}
    for each in whole.iter_parts():
        name = each.get_param("name", header="content-disposition")
        content = each.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            found[name] = Part(content, each.get_filename())
    return found


def take(phone: Phone, raw: bytes) -> bool:
    """Set what a file says. False: it is no file of settings, and nothing is set."""
    try:
        found = read_config(raw, "the file", phone.identity)
    except BadFileError:
        return False
    for name, value in found.items():
        phone.keep(name, phone.factory.get(name, "") if value == RESET else value)
    user, _, password = found.get(ADMIN, "").partition(":")
    if user == "admin" and password:
        phone.password = password
    phone.tell(phone, "accounts")
    return True
