"""What is to be said about a Yealink parameter that somebody writes in `raw`."""

import re
from functools import cache
from importlib.resources import files
from typing import Final

from reconciler.diagnostics.suggest import closest
from reconciler.phonefiles.vendor import Remark

_DANGEROUS: Final = {
    "static.auto_provision.custom.protect": "lets changes made on the phone hide what is managed",
    "auto_provision.custom.protect": "lets changes made on the phone hide what is managed",
    "static.auto_provision.custom.sync": "has the phone send its own changes to the server",
    "features.action_uri_limit_ip": "says who may press the phone's keys from the network",
    "sip.notify_reset.enable": "lets whoever can send it a SIP message reset the phone",
    "push_xml.server": "lets that server put pages and commands on the phone",
    "static.dm.enable": "hands the phone to Yealink's device management",
    "static.dm.server.address": "hands the phone to another management server",
    "wui.quick_login": "puts the password into addresses",
    "overwrite_mode": "belongs into boot files",
}  # fmt: skip
"""Parameters that take a phone out of hand (yealink.md, A2, B and C)."""

_HARMLESS: Final = {
    "static.auto_provision.custom.protect": "0",
    "auto_provision.custom.protect": "0",
    "static.auto_provision.custom.sync": "0",
    "sip.notify_reset.enable": "0",
    "static.dm.enable": "0",
    "wui.quick_login": "0",
}


def lint(name: str, value: str | None) -> Remark | None:
    """Return what is to be said about a parameter; None when it is known and harmless."""
    bare = re.sub(r"^\[[A-Za-z0-9_,-]+\]", "", name)
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", bare):
        return Remark("value-not-held", f"{name} is not how a parameter can be written")
    if bare in _DANGEROUS and value != _HARMLESS.get(bare, ...):
        return Remark("dangerous-parameter", f"{name} {_DANGEROUS[bare]}")
    form = re.sub(r"(?<=\.)\d+(?=\.|$)", "#", bare)
    if form in _known() or form.removeprefix("static.") in _known():
        return None
    near = closest(form, _known())
    hint = f'did you mean "{near}"?' if near else None
    return Remark("unknown-parameter", f"{name} is not in Yealink's table", hint)


@cache
def _known() -> frozenset[str]:
    text = files(__package__).joinpath("parameters.txt").read_text(encoding="utf-8")
    return frozenset(each for each in text.splitlines() if each and not each.startswith("#"))
