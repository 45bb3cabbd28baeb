"""Linphone: remote provisioning in its own XML, a section and an entry for each setting."""

from collections.abc import Sequence
from typing import Final, Literal

from lxml import etree

from reconciler.phonefiles.file import Marks, PhoneFile
from reconciler.phonefiles.sheet import Sheet
from reconciler.phonefiles.words import Endpoint
from reconciler.softphones.softphone import Link, Softphone
from reconciler.softphones.writing import (
    document,
    one_of,
    place_setting,
    pushes,
    put_codecs,
    unproved,
)

NAMESPACE: Final = "http://www.linphone.org/xsds/lpconfig.xsd"

_CODECS: Final = {
    "ulaw": "PCMU/8000", "alaw": "PCMA/8000", "g722": "G722/8000", "opus": "opus/48000",
    "gsm": "GSM/8000", "ilbc": "iLBC/8000", "g729": "G729/8000", "vp8": "VP8/90000",
    "h264": "H264/90000",
}  # fmt: skip
"""Names and clock rates as in SDP (RFC 3551; RFC 7587 for opus)."""

_VIDEO: Final = ("VP8", "H264")
_DANGEROUS: Final = {
    "sip/verify_server_certs": "0 lets anybody in between pose as the PBX",
    "sip/verify_server_cn": "0 lets anybody with any certificate pose as the PBX",
}


class Linphone:
    """Linphone on mobiles and computers."""

    name = "linphone"
    title = "Linphone"
    delivery: Literal["link", "login", "portal", "scan"] = "link"
    proved = (
        "a file and a QR code from a running FusionPBX 5.5; encryption, codecs, push and the "
        "address for news from the library's published keys; no app has read it"
    )

    def fill(self, softphone: Softphone, sheet: Sheet) -> None:
        """Write everything that the app shall be told."""
        sheet.put("sip/default_proxy", 0)
        if softphone.steady_url is not None:
            sheet.put("misc/config-uri", softphone.steady_url)
        _write_login(softphone, sheet)
        _write_registration(softphone, sheet)
        srtp = one_of(
            softphone, sheet, "srtp", {"off": "none", "optional": "srtp", "required": "srtp"}
        )
        if srtp is not None:
            sheet.put("sip/media_encryption", srtp)
            sheet.put("sip/media_encryption_mandatory", softphone.value("srtp") == "required")
        put_codecs(softphone, sheet, _CODECS, lambda names: _write_codecs(names, sheet))
        _write_push(softphone, sheet)
        _write_settings(softphone, sheet)

    def account(self, sheet: Sheet) -> PhoneFile:
        """Put the sheet into the file that is fetched."""
        marks = Marks()
        root = etree.Element(f"{{{NAMESPACE}}}config", nsmap={None: NAMESPACE})  # type: ignore[dict-item]
        sections: dict[str, etree._Element] = {}
        for each in sheet.parameters:
            section, _, name = each.name.rpartition("/")
            if section not in sections:
                sections[section] = etree.SubElement(root, f"{{{NAMESPACE}}}section", name=section)
            entry = etree.SubElement(
                sections[section], f"{{{NAMESPACE}}}entry", name=name, overwrite="true"
            )
            entry.text = marks.text(each.parts)
        return PhoneFile(
            "linphone.xml", document(root, marks), "xml", "application/xml; charset=utf-8",
            rules=tuple(sheet.rules),
        )  # fmt: skip

    def scanned(self, softphone: Softphone, link: Link) -> str:
        """Return the address: the app fetches what it scans."""
        return link.url


def _write_login(softphone: Softphone, sheet: Sheet) -> None:
    sheet.put("auth_info_0/username", softphone.user)
    sheet.put("auth_info_0/userid", softphone.auth_user, softphone.said("auth_user").source)
    if softphone.secret is not None:
        sheet.put("auth_info_0/passwd", softphone.secret)
    realm = softphone.said("realm")
    if realm.value:
        sheet.put("auth_info_0/realm", str(realm.value), realm.source)
    sheet.put("auth_info_0/domain", softphone.server.host)


def _write_registration(softphone: Softphone, sheet: Sheet) -> None:
    transport = str(softphone.value("transport"))
    server = Endpoint(
        softphone.server.host, None if softphone.usual_port else softphone.server.port
    )
    told = [softphone.said(name).source for name in ("server", "port", "transport")]
    sheet.put("proxy_0/reg_proxy", f"<sip:{server};transport={transport}>", *told)
    proxy = softphone.said("outbound_proxy")
    with sheet.about(proxy.source):
        if softphone.outbound_proxy is not None:
            route = f"<sip:{softphone.outbound_proxy};transport={transport};lr>"
            sheet.put("proxy_0/reg_route", route, proxy.source)
    host = Endpoint(softphone.server.host)
    shown = softphone.name.replace("\\", "\\\\").replace('"', '\\"')
    sheet.put("proxy_0/reg_identity", f'"{shown}" <sip:{softphone.user}@{host}>')
    expiry = softphone.said("register_expiry")
    sheet.put("proxy_0/reg_expires", str(expiry.value), expiry.source)
    sheet.put("proxy_0/reg_sendregister", 1)


def _write_codecs(names: Sequence[str], sheet: Sheet) -> None:
    counts = {"audio": 0, "video": 0}
    for text in names:
        mime, _, rate = text.partition("/")
        medium = "video" if mime in _VIDEO else "audio"
        prefix = f"{medium}_codec_{counts[medium]}"
        counts[medium] += 1
        sheet.put(f"{prefix}/mime", mime)
        sheet.put(f"{prefix}/rate", rate)
        sheet.put(f"{prefix}/enabled", 1)


def _write_push(softphone: Softphone, sheet: Sheet) -> None:
    wakes = pushes(softphone)
    if wakes is not None:
        sheet.put("proxy_0/push_notification_allowed", wakes, "push.enabled")
        unproved(
            softphone, sheet, "push.enabled",
            "the key is the library's; calls wake the app only where the PBX or a proxy before "
            "it (Flexisip) speaks to Apple and Google",
        )  # fmt: skip


def _write_settings(softphone: Softphone, sheet: Sheet) -> None:
    written = {each.name for each in sheet.parameters}
    for name, value in softphone.settings.items():
        source = f"settings.{name}"
        section, slash, key = name.rpartition("/")
        if not slash or not section or not key:
            sheet.refuse(source, "a name is SECTION/KEY", "for example sip/dscp")
            continue
        if name in _DANGEROUS and value == "0":
            sheet.report(
                "dangerous-parameter", f"{softphone.address}: {_DANGEROUS[name]}.",
                softphone.declared[source].place,
            )  # fmt: skip
        place_setting(softphone, sheet, name, value, written)


APP: Final = Linphone()
