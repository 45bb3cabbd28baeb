"""What is to be said about a Snom setting that somebody writes in `raw`."""

import re
from functools import cache
from importlib.resources import files
from typing import Final

from reconciler.diagnostics.suggest import closest
from reconciler.phonefiles.vendor import Remark

_DANGEROUS: Final = {
    "allow_check_sync": ("", "decides whether a SIP message may restart the phone"),
    "update_policy": ("settings_only", "lets the phone fetch firmware by itself"),
    "tr369_enable": ("off", "hands the phone to another management server"),
    "admin_mode": ("off", "opens the administrator's menu to whoever stands before the phone"),
    "challenge_response": ("on", "decides whether SIP requests are challenged"),
    "xml_notify": ("off", "lets SIP messages put pages on the phone"),
    "ignore_security_warning": ("off", "hides that the phone has no password"),
    "webserver_type": ("https", "opens the phone's pages without encryption"),
    "pnp_config": ("off", "lets whoever answers first in the network point the phone elsewhere"),
}  # fmt: skip
"""Settings that take a phone out of hand, each with its harmless value."""


def lint(name: str, value: str | None) -> Remark | None:
    """Return what is to be said about a setting; None when it is known and harmless."""
    if not re.fullmatch(r"[A-Za-z_]\w*(\.\d+(\.(label|context|perm))?)?", name):
        return Remark(
            "value-not-held",
            f"{name} is not how a setting can be written",
            "write it like user_name.1 or fkey.3, the index after a dot",
        )
    bare = name.partition(".")[0]
    if bare in _DANGEROUS and value != _DANGEROUS[bare][0]:
        return Remark("dangerous-parameter", f"{name} {_DANGEROUS[bare][1]}")
    if bare in known():
        return None
    near = closest(bare, known())
    hint = f'did you mean "{near}"?' if near else None
    return Remark("unknown-parameter", f"{name} is not in the table of Snom's settings", hint)


@cache
def known() -> frozenset[str]:
    """Return the settings that sources name."""
    text = files(__package__).joinpath("parameters.txt").read_text(encoding="utf-8")
    return frozenset(each for each in text.split("\n") if each and not each.startswith("#"))
