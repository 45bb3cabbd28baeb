"""Words of old and new firmware: what a parameter is called by either (yealink.md, B).

Firmware before v81 knows no `static.`; codecs were counted and the outbound proxy was a host. Of
models whose phones may have either firmware both words are written: the other one is ignored.
"""

from collections.abc import Iterator
from typing import Final

from reconciler.phonefiles.phone import Phone
from reconciler.phonefiles.sheet import Parameter, Sheet

_STATIC: Final = "static."

_PROXY: Final = {
    "outbound_proxy.1.address": "outbound_host",
    "outbound_proxy.1.port": "outbound_port",
}

_CODECS: Final = {
    "pcmu": (1, "PCMU", "0"), "pcma": (2, "PCMA", "8"), "g729": (5, "G729", "18"),
    "g722": (6, "G722", "9"), "ilbc": (7, "iLBC", ""), "g726_32": (10, "G726-32", ""),
}  # fmt: skip
"""Place, payload type and number (RFC 3551) of codecs in old firmware. The places are its defaults,
remembered of the vendor's guide; the payload type beside them says what is meant."""


def put_into_words(phone: Phone, sheet: Sheet) -> None:
    """Rename or double the sheet's parameters as the phone's firmware wants them."""
    words = phone.model.traits["words"]
    if words == "new":
        return
    sheet.parameters = [
        every for each in sheet.parameters for every in _renamed(each, keep=words == "both")
    ]


def _renamed(each: Parameter, *, keep: bool) -> Iterator[Parameter]:
    old = list(_old(each))
    if keep or old == [each]:
        yield each
    yield from (one for one in old if one != each)


def _old(each: Parameter) -> Iterator[Parameter]:
    """Return what old firmware calls a parameter; the same where nothing has changed."""
    if each.name.startswith(_STATIC):
        yield each._replace(name=each.name.removeprefix(_STATIC))
        return
    head, _, rest = each.name.partition(".")
    number, _, part = rest.partition(".")
    if head == "account" and part in _PROXY:
        yield each._replace(name=f"account.{number}.{_PROXY[part]}")
        return
    words = part.split(".")
    if head == "account" and len(words) == 3 and words[0] == "codec" and words[1] in _CODECS:
        place, payload, kind = _CODECS[words[1]]
        prefix = f"account.{number}.codec.{place}"
        yield each._replace(name=f"{prefix}.{words[2]}")
        if words[2] == "enable":
            yield Parameter(f"{prefix}.payload_type", (payload,), each.sources)
            if kind:
                yield Parameter(f"{prefix}.rtpmap", (kind,), each.sources)
        return
    yield each
