"""Sipnetic: a QR code that is the account itself, `name=value;` after `name=value;`."""

from typing import Final, Literal

from reconciler.phonefiles.file import Marks, PhoneFile
from reconciler.phonefiles.sheet import Sheet
from reconciler.phonefiles.words import Endpoint
from reconciler.softphones.softphone import Link, Softphone
from reconciler.softphones.writing import flat_settings, one_of

_TRANSPORTS: Final = {"udp": "0", "tcp": "1", "tls": "2"}


class Sipnetic:
    """Sipnetic, which fetches nothing: what it scans is all that it knows."""

    name = "sipnetic"
    title = "Sipnetic"
    delivery: Literal["link", "login", "portal", "scan"] = "scan"
    proved = (
        "a QR code from a running FusionPBX 5.5, which doubles semicolons in passwords (here in "
        "every value); no app has read it"
    )

    def fill(self, softphone: Softphone, sheet: Sheet) -> None:
        """Write everything that the app shall be told."""
        sheet.put("d", softphone.server.host, softphone.said("server").source)
        sheet.put("u", softphone.user)
        if softphone.secret is not None:
            sheet.put("p", softphone.secret)
        sheet.put("n", softphone.name)
        sheet.put("au", softphone.auth_user, softphone.said("auth_user").source)
        sheet.put("R", 1)
        transport = one_of(softphone, sheet, "transport", _TRANSPORTS)
        if transport is not None:
            sheet.put("dt", transport)
        proxy, port = softphone.said("outbound_proxy"), softphone.said("port").source
        with sheet.about(proxy.source):
            server = softphone.server
            through = softphone.outbound_proxy or server
            if through.port is None:
                through = Endpoint(through.host, server.port)
            elif softphone.outbound_proxy is not None and through.port != server.port and port:
                # `op` has the only port that this format knows.
                sheet.refuse(port, f"its outbound proxy has another port, {through.port}")
            sheet.put("op", str(through), proxy.source, port)
        expiry = softphone.said("register_expiry")
        sheet.put("exp", str(expiry.value), expiry.source)
        voicemail = softphone.said("voicemail_number")
        if voicemail.value:
            sheet.put("vm", str(voicemail.value), voicemail.source)
        flat_settings(softphone, sheet, "letters, as in the maker's codes")

    def account(self, sheet: Sheet) -> PhoneFile:
        """Put the sheet into the text that is scanned."""
        marks = Marks()
        text = "".join(
            f"{each.name}={marks.text(each.parts).replace(';', ';;')};" for each in sheet.parameters
        )
        return PhoneFile(
            "sipnetic.txt", marks.parts(text), "semicolons", "text/plain; charset=utf-8",
            rules=tuple(sheet.rules),
        )  # fmt: skip

    def scanned(self, softphone: Softphone, link: Link) -> str:
        """Refuse: this app scans the account itself."""
        raise NotImplementedError(self.name)


APP: Final = Sipnetic()
