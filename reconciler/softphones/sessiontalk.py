"""SessionTalk: the JSON that it asks for with a user name and a password, at every start."""

import json
from typing import Final, Literal

from reconciler.phonefiles.file import Marks, PhoneFile
from reconciler.phonefiles.sheet import Sheet
from reconciler.softphones.acrobits import login_of
from reconciler.softphones.softphone import Link, Softphone
from reconciler.softphones.writing import flat_settings, one_of, unproved

_TRANSPORTS: Final = {"udp": "UDP", "tcp": "TCP", "tls": "TLS"}
_SRTP: Final = {"off": "Disabled", "optional": "Enabled", "required": "Enabled"}


class SessionTalk:
    """SessionTalk with external provisioning."""

    name = "sessiontalk"
    title = "SessionTalk"
    delivery: Literal["link", "login", "portal", "scan"] = "login"
    proved = (
        "the maker's documents of external provisioning and an open module for FusionPBX; no app "
        "has read it"
    )

    def fill(self, softphone: Softphone, sheet: Sheet) -> None:
        """Write everything that the app shall be told; its maker's portal knows the server."""
        sheet.claim("provider")
        for name in ("server", "port"):
            source = softphone.said(name).source
            if source.startswith("pbx."):
                sheet.claim(source)
            elif source:
                sheet.refuse(source, "the maker's portal says where it registers to")
        sheet.put("sipusername", softphone.user)
        if softphone.secret is not None:
            sheet.put("sippassword", softphone.secret)
        sheet.put("authusername", softphone.auth_user, softphone.said("auth_user").source)
        transport = one_of(softphone, sheet, "transport", _TRANSPORTS)
        if transport is not None:
            sheet.put("transport", transport)
        srtp = one_of(softphone, sheet, "srtp", _SRTP)
        if srtp is not None:
            sheet.put("srtp", srtp)
        if softphone.value("srtp") == "required":
            source = softphone.said("srtp").source
            unproved(
                softphone, sheet, source,
                "it says Enabled; whether the app then refuses calls in clear is not documented",
            )  # fmt: skip
        flat_settings(softphone, sheet, "the name of a member of an account")

    def account(self, sheet: Sheet) -> PhoneFile:
        """Put the sheet into the answer to the app's question."""
        marks = Marks()
        account = {each.name: marks.text(each.parts) for each in sheet.parameters}
        whole = {"update": True, "errmsg": "", "sipaccounts": [account], "xmppaccounts": []}
        text = json.dumps(whole, ensure_ascii=False, indent=1)
        return PhoneFile(
            "sessiontalk.json", marks.parts(f"{text}\n"), "json", "application/json",
            rules=tuple(sheet.rules),
        )  # fmt: skip

    def scanned(self, softphone: Softphone, link: Link) -> str:
        """Return user name, one-time password and provider id in the maker's form."""
        provider = f":{softphone.provider}" if softphone.provider else ""
        return f"scsc:{login_of(softphone)}:{link.token}{provider}"


APP: Final = SessionTalk()
