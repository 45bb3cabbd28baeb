"""Grandstream Wave: a QR code that is the account itself, as a small XML document."""

from typing import Final, Literal

from lxml import etree

from reconciler.phonefiles.file import Marks, PhoneFile
from reconciler.phonefiles.sheet import Sheet
from reconciler.softphones.softphone import Link, Softphone
from reconciler.softphones.writing import flat_settings

_DIAL_PLAN: Final = "{ x+ | *x+ | *xx*x+ }"
"""Everything may be dialled: the element was in every code that was seen."""


class Wave:
    """Grandstream Wave, which fetches nothing: what it scans is all that it knows."""

    name = "grandstream-wave"
    title = "Grandstream Wave"
    delivery: Literal["link", "login", "portal", "scan"] = "scan"
    proved = "a QR code from a running FusionPBX 5.5; no app has read it"

    def fill(self, softphone: Softphone, sheet: Sheet) -> None:
        """Write everything that the app shall be told."""
        server = softphone.server
        sheet.put("RegisterServer", server.host, softphone.said("server").source)
        proxy = softphone.said("outbound_proxy")
        with sheet.about(proxy.source):
            through, port = softphone.outbound_proxy, softphone.said("port").source
            if through is not None and port and not softphone.usual_port:
                sheet.refuse(port, "beside an outbound proxy it has no place for another port")
            sheet.put("OutboundServer", str(through or server), proxy.source, port)
        sheet.put("UserID", softphone.user)
        sheet.put("AuthID", softphone.auth_user, softphone.said("auth_user").source)
        if softphone.secret is not None:
            sheet.put("AuthPass", softphone.secret)
        sheet.put("AccountName", softphone.label)
        sheet.put("DisplayName", softphone.name)
        sheet.put("Dialplan", _DIAL_PLAN)
        sheet.put("RandomPort", 0)
        voicemail = softphone.said("voicemail_number")
        if voicemail.value:
            sheet.put("Voicemail", str(voicemail.value), voicemail.source)
        flat_settings(softphone, sheet, "the name of an element of an account")

    def account(self, sheet: Sheet) -> PhoneFile:
        """Put the sheet into the text that is scanned."""
        marks = Marks()
        root = etree.Element("AccountConfig", version="1")
        account = etree.SubElement(root, "Account")
        for each in sheet.parameters:
            etree.SubElement(account, each.name).text = marks.text(each.parts)
        text = etree.tostring(root, encoding="unicode")
        # On one line: every character makes the code denser.
        parts = marks.parts(f"<?xml version='1.0' encoding='utf-8'?>{text}")
        return PhoneFile(
            "grandstream-wave.xml", parts, "xml", "application/xml; charset=utf-8",
            rules=tuple(sheet.rules),
        )  # fmt: skip

    def scanned(self, softphone: Softphone, link: Link) -> str:
        """Refuse: this app scans the account itself."""
        raise NotImplementedError(self.name)


APP: Final = Wave()
