"""What Asterisk does where hand-written PJSIP sections say nothing, and ours would do otherwise.

Source: the defaults in Asterisk's own documentation (core-en_US.xml of 22.10); `pjsip show` tells
the same. What a field or setting can hold is kept (`kept`), the rest is told (`DEFAULTS`).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from reconciler.adapters.asterisk.carrier import Found, Pairs, Place
from reconciler.model.value import Fields, Value

DEFAULTS: Final[Mapping[str, str]] = {
    "direct_media": "yes",
    "rtp_symmetric": "no",
    "rewrite_contact": "no",
    "media_encryption": "no",
    "media_encryption_optimistic": "no",
    "device_state_busy_at": "0",
    "dtmf_mode": "rfc4733",
    "identify_by": "username,ip",
    "remove_existing": "no",
    "qualify_frequency": "0",
    "expiration": "3600",
    "retry_interval": "60",
    "forbidden_retry_interval": "0",
    "fatal_retry_interval": "0",
    "redirect_method": "user",
    "max_retries": "10",
    "line": "no",
    "transport": "",
}
"""Options that ours may say, with what Asterisk does where nobody says anything."""

_KEPT: Final = (
    "direct_media",
    "rtp_symmetric",
    "rewrite_contact",
    "media_encryption",
    "media_encryption_optimistic",
    "device_state_busy_at",
)
"""Options of endpoints that are no fields of their own and that `settings` can hold."""

_WORDS: Final = {
    "true": "yes",
    "1": "yes",
    "on": "yes",
    "false": "no",
    "0": "no",
    "off": "no",
    "digest": "userpass",
}
_AT_PORT: Final = re.compile(r"(sips?:(?:[^@;]*@)?(?:[0-9.]+|\[[0-9A-Fa-f:.]+\])):5060(?=;|$)")
"""A SIP address by number, at the usual port. A name without a port is looked up as SRV, too."""


def alike(these: Iterable[str], those: Iterable[str]) -> bool:
    """Whether values mean the same to Asterisk."""
    return [_meant(each) for each in these] == [_meant(each) for each in those]


def _meant(value: str) -> str:
    return _WORDS.get(value.lower(), _AT_PORT.sub(r"\1", value))


def kept(name: str, found: Found, ours: Mapping[Place, Pairs]) -> dict[str, Value]:
    """Return what an endpoint does now as settings, where our lines would do otherwise.

    `name` is the one that our section would have, `ours` what we would write without that.
    """
    place = Place("pjsip", name)
    theirs, written = dict(found.sections.get(place, ())), dict(ours.get(place, ()))
    settings: dict[str, Value] = {}
    if theirs.get("transport", "") not in ("", written.get("transport")):
        settings["settings.transport"] = theirs["transport"]
    for option in _KEPT if theirs else ():
        now = theirs.get(option, DEFAULTS[option])
        if not alike([now], [written.get(option, DEFAULTS[option])]):
            settings[f"settings.{option}"] = now
    return settings


def contact_of(name: str, found: Found) -> Fields:
    """Return at which number calls come in of a carrier at whom we register: `s`, if unsaid."""
    lines = dict(found.sections.get(Place("pjsip", f"{name}-reg"), ()))
    return {"registration.contact_user": lines.get("contact_user", "s")} if lines else {}
