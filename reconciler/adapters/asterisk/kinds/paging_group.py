"""Paging group: `Page` calls the phones with headers that make them answer by themselves."""

import re
from typing import Final

from reconciler.adapters.asterisk.carrier import (
    Carrier,
    Found,
    Number,
    Options,
    Place,
    Setup,
    number,
)
from reconciler.adapters.asterisk.dialplan import Script, context_of, enter
from reconciler.adapters.asterisk.sections import Section
from reconciler.model.value import Fields, Value

KIND: Final = "paging_group"
PER_LINE: Final = 30
MAX_PAGED: Final = 7900
"""How many bytes the names of all members may take: Asterisk cuts a step's text at 8,191."""


def render(key: str, fields: Fields, _setup: Setup) -> tuple[Section, ...]:
    """Return the group's context."""
    options = Options(KIND, fields)
    peers = _peers(options)
    script = Script(context_of(KIND, key))
    script.exten(key, "NoOp()")
    names: list[str] = []
    for at in range(0, len(peers), PER_LINE):
        names.append(f"REC_PAGE_{at // PER_LINE + 1}")
        script.same(f"Set({names[-1]}={'&'.join(peers[at : at + PER_LINE])})")
    # Several variables: Asterisk cuts what one gives at 4,096 bytes.
    paged = "&".join(f"${{{name}}}" for name in names)
    script.same(f"Page({paged},{_flags(key, options)},{options['timeout'] or ''})")
    script.same("Hangup()")
    if options["members"]:
        script.exten(
            "leg",
            "Set(PJSIP_HEADER(add,Alert-Info)=<http://localhost>;info=alert-autoanswer;delay=0)",
        )
        script.same("Set(PJSIP_HEADER(add,Call-Info)=<sip:localhost>;answer-after=0)")
        script.same("Return()")
    return (script.section(),)


def _peers(options: Options) -> list[str]:
    peers = [f"PJSIP/{member}" for member in options["members"] or ()]
    if options["multicast.address"]:
        where = f"{options['multicast.address']}:{options['multicast.port']}"
        peers.append(f"MulticastRTP/basic/{where}")
    return peers


def paged_bytes(fields: Fields) -> int:
    """Return how long the names of all that a group pages are."""
    return len("&".join(_peers(Options(KIND, fields))))


def _flags(key: str, options: Options) -> str:
    flags = "d" if options["two_way"] else ""
    flags += "" if options["busy"] else "s"
    flags += "q" if options["quiet"] else ""
    if options["announcement"]:
        flags += f"A({options['announcement']})"
    if options["members"]:
        flags += f"b({context_of(KIND, key)}^leg^1)"
    return flags


_LINE = re.compile(r"n,Set\(REC_PAGE_\d+=(?P<peers>.*)\)")
_MULTICAST = re.compile(r"MulticastRTP/basic/(?P<address>.*):(?P<port>\d+)")


def read(key: str, found: Found, _base: Fields | None) -> dict[str, Value]:
    """Return whom the group pages."""
    values: dict[str, Value] = {"multicast.address": None, "multicast.port": None}
    members: list[str] = []
    for _, text in found.lines("ext", context_of(KIND, key)):
        if seen := _LINE.fullmatch(text):
            for peer in seen["peers"].split("&"):
                if peer.startswith("PJSIP/"):
                    members.append(peer.removeprefix("PJSIP/"))
                elif radio := _MULTICAST.fullmatch(peer):
                    values["multicast.address"] = radio["address"]
                    values["multicast.port"] = number(radio["port"])
    return values | {"members": members}


CARRIER: Final = Carrier(
    KIND,
    render,
    read,
    lambda key: (Place("ext", context_of(KIND, key)),),
    lambda key, _fields: (Number(key, enter(KIND, key)),),
)
