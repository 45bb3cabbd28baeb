"""Acrobits Cloud Softphone and Groundwire: the Account XML, one element for each setting."""

from typing import Final, Literal
from urllib.parse import quote, urlsplit

from lxml import etree

from reconciler.phonefiles.file import Marks, PhoneFile
from reconciler.phonefiles.sheet import Sheet
from reconciler.phonefiles.words import Endpoint
from reconciler.softphones.softphone import Link, Softphone
from reconciler.softphones.writing import (
    document,
    flat_settings,
    one_of,
    pushes,
    put_codecs,
    unproved,
)

_TRANSPORTS: Final = {"udp": "udp", "tcp": "tcp", "tls": "tls+sip:"}
"""`tls` alone writes sips: into headers, which few PBXs take (the maker's documents)."""

_CODECS: Final = {"ulaw": "0", "alaw": "8", "g722": "9", "gsm": "3"}
"""Payload numbers of RFC 3551, as in the maker's own demonstration."""

_SRTP: Final = {"off": "disabled", "optional": "enabled", "required": "required"}


class Groundwire:
    """Groundwire, the app that the maker sells in shops."""

    name = "groundwire"
    title = "Groundwire"
    delivery: Literal["link", "login", "portal", "scan"] = "link"
    proved = (
        "a file and a QR code from a running FusionPBX 5.5, names from the maker's documents; no "
        "app has read it; the scheme provlinkbs: is not documented, and some versions only follow "
        "it when it is tapped"
    )

    def fill(self, softphone: Softphone, sheet: Sheet) -> None:
        """Write everything that the app shall be told."""
        sheet.put("title", softphone.label)
        _write_login(softphone, sheet)
        _write_server(softphone, sheet)
        voicemail = softphone.said("voicemail_number")
        if voicemail.value:
            sheet.put("voiceMailNumber", str(voicemail.value), voicemail.source)
            sheet.put("subscribeForVoicemail", 1)
        put_codecs(
            softphone, sheet, _CODECS, lambda names: sheet.put("codecOrder", ",".join(names))
        )
        _write_srtp(softphone, sheet)
        _write_push(softphone, sheet)
        self._write_news(softphone, sheet)
        flat_settings(softphone, sheet, "the name of an element of the Account XML")

    def _write_news(self, softphone: Softphone, sheet: Sheet) -> None:
        if softphone.steady_url is not None:
            sheet.put("extProvUrl", softphone.steady_url)
        interval = softphone.check_interval
        sheet.put("extProvInterval", str(interval.value), interval.source)

    def account(self, sheet: Sheet) -> PhoneFile:
        """Put the sheet into the file that is fetched."""
        marks = Marks()
        root = etree.Element("account")
        for each in sheet.parameters:
            etree.SubElement(root, each.name).text = marks.text(each.parts)
        return PhoneFile(
            f"{self.name}.xml", document(root, marks), "xml", "application/xml; charset=utf-8",
            rules=tuple(sheet.rules),
        )  # fmt: skip

    def scanned(self, softphone: Softphone, link: Link) -> str:
        """Return the address under the app's own scheme, which stands for https."""
        parts = urlsplit(link.url)
        return f"provlinkbs://{parts.netloc}{parts.path}"


class Acrobits(Groundwire):
    """Cloud Softphone: apps that the maker builds for a provider, known by its cloud id."""

    name = "acrobits"
    title = "Acrobits Cloud Softphone"
    delivery: Literal["link", "login", "portal", "scan"] = "login"
    proved = (
        "the maker's documents of the Account XML, of external provisioning and of the QR code; a "
        "QR code from a running FusionPBX 5.5; no app has read it"
    )

    def fill(self, softphone: Softphone, sheet: Sheet) -> None:
        """Write everything that the app shall be told; the cloud id goes into the QR code."""
        sheet.claim("provider")
        if softphone.provider is None:
            sheet.report(
                "softphone-incomplete",
                f"{softphone.address}: its QR code needs the cloud id, and it names none.",
                softphone.place,
                "provider: the cloud id, as in the maker's portal",
            )
        super().fill(softphone, sheet)

    def _write_news(self, softphone: Softphone, sheet: Sheet) -> None:
        """From now on the app logs in with its device key, at the portal's address."""
        sheet.put("cloud_username", login_of(softphone))
        sheet.put("cloud_password", softphone.device_key)
        interval = softphone.check_interval
        sheet.put("extProvInterval", str(interval.value), interval.source)

    def scanned(self, softphone: Softphone, link: Link) -> str:
        """Return user name, one-time password and cloud id in the maker's form."""
        words = (quote(each, safe="") for each in (login_of(softphone), link.token))
        return f"csc:{':'.join(words)}@{softphone.provider or ''}"


def login_of(softphone: Softphone) -> str:
    """Return the name under which a softphone asks for its account: no extension's number."""
    return f"{softphone.address.scope}.{softphone.address.key}"


def _write_login(softphone: Softphone, sheet: Sheet) -> None:
    sheet.put("username", softphone.user)
    if softphone.secret is not None:
        sheet.put("password", softphone.secret)
    sheet.put("authUsername", softphone.auth_user, softphone.said("auth_user").source)
    sheet.put("userDisplayName", softphone.name)


def _write_server(softphone: Softphone, sheet: Sheet) -> None:
    server = softphone.server
    told = [softphone.said(name).source for name in ("server", "port")]
    proxy = softphone.said("outbound_proxy")
    with sheet.about(proxy.source):
        bare = Endpoint(server.host) if softphone.usual_port else server
        through = softphone.outbound_proxy
        sheet.put("host", str(bare if through is not None else Endpoint(server.host)), *told)
        sheet.put("proxy", str(through or server), proxy.source)
    transport = one_of(softphone, sheet, "transport", _TRANSPORTS)
    if transport is not None:
        sheet.put("transport", transport)
    expiry = softphone.said("register_expiry")
    sheet.put("expires", str(expiry.value), expiry.source)


def _write_srtp(softphone: Softphone, sheet: Sheet) -> None:
    word = one_of(softphone, sheet, "srtp", _SRTP)
    if word is None:
        return
    sheet.put("sdesIncoming", word)
    sheet.put("sdesOutgoing", word)
    if word != "enabled":
        source = softphone.said("srtp").source
        unproved(
            softphone, sheet, source,
            f"the word {word} is remembered of the maker's documents and was not seen anywhere",
        )  # fmt: skip


def _write_push(softphone: Softphone, sheet: Sheet) -> None:
    wakes = pushes(softphone)
    if wakes is None:
        return
    if wakes:
        sheet.put("icm", "push", "push.enabled")
        return
    sheet.refuse(
        "push.enabled",
        "which word switches waking off is not known",
        "leave it out, or write the maker's word for icm in settings",
    )


GROUNDWIRE: Final = Groundwire()
ACROBITS: Final = Acrobits()
