"""Zoiper: the XML of Zoiper 5 on computers, which also answers the maker's token portal."""

from typing import Final, Literal
from urllib.parse import urlencode

from lxml import etree

from reconciler.phonefiles.file import Marks, PhoneFile
from reconciler.phonefiles.sheet import Sheet
from reconciler.phonefiles.words import Endpoint
from reconciler.softphones.softphone import Link, Softphone
from reconciler.softphones.writing import document, flat_settings, one_of, unproved

_TRANSPORTS: Final = {"udp": "udp", "tcp": "tcp", "tls": "tls"}
_SRTP: Final = {"off": "none", "required": "SDES"}
_PORTAL: Final = "https://oem.zoiper.com/qr.php"


class Zoiper:
    """Zoiper 5 on computers by address; on mobiles by the maker's portal."""

    name = "zoiper"
    title = "Zoiper"
    delivery: Literal["link", "login", "portal", "scan"] = "portal"
    proved = (
        "a file from a running FusionPBX 5.5 and the maker's documents of tokens; which numbers "
        "codecs have is not known; no app has read it"
    )

    def fill(self, softphone: Softphone, sheet: Sheet) -> None:
        """Write everything that the app shall be told."""
        sheet.claim("provider")
        sheet.put("name", softphone.label)
        sheet.put("username", softphone.user)
        if softphone.secret is not None:
            sheet.put("password", softphone.secret)
        sheet.put("authentication_username", softphone.auth_user)
        sheet.put("save_username", "true")
        sheet.put("save_password", "true")
        sheet.put("register_on_startup", "true")
        sheet.put("protocol", "sip")
        _write_server(softphone, sheet)
        source = softphone.said("auth_user").source
        sheet.put("SIP_use_auth_username", "true" if source else "false")
        sheet.put("SIP_auth_username", softphone.auth_user if source else "", source)
        sheet.put("SIP_callerId", softphone.name)
        srtp = one_of(softphone, sheet, "srtp", _SRTP)
        if srtp is not None:
            sheet.put("SIP_srtp_mode", srtp)
        voicemail = softphone.said("voicemail_number")
        if voicemail.value:
            sheet.put("voicemail_check_extension", str(voicemail.value), voicemail.source)
        flat_settings(softphone, sheet, "the name of an element of an account")

    def account(self, sheet: Sheet) -> PhoneFile:
        """Put the sheet into the file that is fetched."""
        marks = Marks()
        root = etree.Element("options")
        account = etree.SubElement(etree.SubElement(root, "accounts"), "account")
        for each in sheet.parameters:
            etree.SubElement(account, each.name).text = marks.text(each.parts)
        return PhoneFile(
            "zoiper.xml", document(root, marks), "xml", "application/xml; charset=utf-8",
            rules=tuple(sheet.rules),
        )  # fmt: skip

    def scanned(self, softphone: Softphone, link: Link) -> str:
        """Return the address: what Zoiper itself scans is drawn by its maker (`portal_url`)."""
        return link.url


def portal_url(softphone: Softphone, link: Link) -> str | None:
    """Return where the maker draws the code that Zoiper scans; None without a provider id.

    It holds the token, and no password.
    """
    if softphone.provider is None:
        return None
    proxy = softphone.outbound_proxy
    asked = {
        "provider_id": softphone.provider,
        "u": softphone.user,
        "h": str(softphone.server),
        "o": "" if proxy is None else str(proxy),
        "t": link.token,
        "a": softphone.auth_user,
        "tr": str(softphone.value("transport")),
    }
    return f"{_PORTAL}?{urlencode(asked)}"


def _write_server(softphone: Softphone, sheet: Sheet) -> None:
    server = softphone.server
    told = [softphone.said(name).source for name in ("server", "port")]
    sheet.put("SIP_domain", str(Endpoint(server.host) if softphone.usual_port else server), *told)
    proxy = softphone.said("outbound_proxy")
    with sheet.about(proxy.source):
        through = softphone.outbound_proxy
        sheet.put("SIP_use_outbound_proxy", "true" if through else "false")
        sheet.put("SIP_outbound_proxy", "" if through is None else str(through), proxy.source)
    transport = one_of(softphone, sheet, "transport", _TRANSPORTS)
    if transport is not None:
        sheet.put("SIP_transport_type", transport)
    if transport in ("tcp", "tls"):
        unproved(
            softphone, sheet, softphone.said("transport").source,
            f"only udp was seen in a file of Zoiper's; {transport} is written the same way",
        )  # fmt: skip


APP: Final = Zoiper()
