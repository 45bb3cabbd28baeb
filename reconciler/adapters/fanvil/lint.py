"""What is to be said about a Fanvil element that somebody writes in `raw`."""

import re
from functools import cache
from importlib.resources import files
from typing import Final

from reconciler.diagnostics.suggest import closest
from reconciler.phonefiles.vendor import Remark

_DANGEROUS: Final = {
    "web/EnableTelnet": ("0", "opens the phone to whoever speaks telnet"),
    "web/RemoteControl": ("0", "lets the phone's keys be pressed from the network"),
    "cti/EnabledActiveUri": ("0", "lets the phone's keys be pressed from the network"),
    "cti/ActiveUriIP": ("", "says who may press the phone's keys from the network"),
    "tr069/EnableTR069": ("0", "hands the phone to another management server"),
    "tr069/ACSURL": ("", "hands the phone to another management server"),
    "ota/FDPSEnable": ("0", "lets the vendor's redirection service point the phone elsewhere"),
    "ap/pnp/PNPEnable": ("0", "lets whoever answers first point the phone elsewhere"),
    "ap/FlashFileName": ("$mac.cfg", "changes the name of the file that the phone asks for"),
    "phone/PushXMLIP": ("", "lets that server put pages on the phone"),
    "sip/NotifyReboot": ("1", "decides whether a SIP message may restart the phone"),
    "background/EnablePortMirror": ("0", "copies the phone's traffic to its PC port"),
    "call/port.#/AllowIPCall": ("0", "lets strangers ring the phone without the PBX"),
}  # fmt: skip
"""Elements that take a phone out of hand, each with its harmless value."""


def lint(name: str, value: str | None) -> Remark | None:
    """Return what is to be said about an element; None when it is known and harmless."""
    if not re.fullmatch(r"[A-Za-z]\w*(\.\d+)?(/[A-Za-z][\w-]*(\.\d+)?)+", name):
        return Remark(
            "value-not-held",
            f"{name} is not how an element can be written",
            "write its path, an index after a dot: sip/line.1/RingType",
        )
    form = re.sub(r"\.\d+(?=/|$)", ".#", name)
    if form in _DANGEROUS and value != _DANGEROUS[form][0]:
        return Remark("dangerous-parameter", f"{name} {_DANGEROUS[form][1]}")
    if form in known():
        return None
    near = closest(form, known())
    hint = f'did you mean "{near}"?' if near else None
    return Remark("unknown-parameter", f"{name} is not in the table of Fanvil's elements", hint)


@cache
def known() -> frozenset[str]:
    """Return the elements that sources name."""
    text = files(__package__).joinpath("parameters.txt").read_text(encoding="utf-8")
    return frozenset(each for each in text.split("\n") if each and not each.startswith("#"))
