"""Any other app: plain JSON in the language's own words, for a portal or a script to read."""

import json
from typing import Any, Final, Literal

from reconciler.phonefiles.file import Marks, PhoneFile
from reconciler.phonefiles.sheet import Sheet
from reconciler.softphones.softphone import Link, Softphone

_LISTS: Final = ("codecs",)


class Generic:
    """Everything that is declared, by its own name; no app reads it as it is."""

    name = "generic"
    title = "generic"
    delivery: Literal["link", "login", "portal", "scan"] = "link"
    proved = "the language's own words: nothing to prove"

    def fill(self, softphone: Softphone, sheet: Sheet) -> None:
        """Write everything that was said."""
        sheet.claim("provider")
        sheet.put("label", softphone.label)
        sheet.put("name", softphone.name)
        sheet.put("user", softphone.user)
        sheet.put("auth_user", softphone.auth_user, softphone.said("auth_user").source)
        if softphone.secret is not None:
            sheet.put("password", softphone.secret)
        for name, said in softphone.sip.items():
            if name == "auth_user" or said.value is None:
                sheet.claim(said.source)
            elif name in _LISTS:
                sheet.put(name, ",".join(said.value), said.source)
            else:
                sheet.put(name, said.value, said.source)
        for name, said in softphone.push.items():
            sheet.put(f"push.{name}", said.value, said.source)
        sheet.put("check_interval", str(softphone.check_interval.value), "check_interval")
        if softphone.steady_url is not None:
            sheet.put("check_url", softphone.steady_url)
        for name, value in softphone.settings.items():
            sheet.put(f"settings.{name}", value, f"settings.{name}")

    def account(self, sheet: Sheet) -> PhoneFile:
        """Put the sheet into the file that is fetched."""
        marks = Marks()
        account: dict[str, Any] = {}
        for each in sheet.parameters:
            text = marks.text(each.parts)
            account[each.name] = text.split(",") if each.name in _LISTS else text
        text = json.dumps({"account": account}, ensure_ascii=False, indent=1)
        return PhoneFile(
            "account.json", marks.parts(f"{text}\n"), "json", "application/json",
            rules=tuple(sheet.rules),
        )  # fmt: skip

    def scanned(self, softphone: Softphone, link: Link) -> str:
        """Return the address."""
        return link.url


APP: Final = Generic()
