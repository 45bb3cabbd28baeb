"""What Asterisk makes of a section of pjsip_wizard.conf: an endpoint and what belongs to it. Pure.

Source: res_pjsip_config_wizard.c of 22, read; seen on 22.10: of an object here and one of the same
name in pjsip.conf the latter is taken without a word, and the phone's password counts no more.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from reconciler.adapters.asterisk.carrier import Pairs

FILE: Final = "pjsip_wizard.conf"
TYPE: Final = "wizard"
"""What a section of the file says of itself, as those of pjsip.conf say `endpoint` or `aor`."""

_HOST: Final = "sip:${REMOTE_HOST}"
_TRUE: Final = frozenset({"yes", "true", "on", "y", "t", "1"})


def objects_of(name: str, section: Pairs) -> Mapping[tuple[str, str], Pairs]:
    """Return the lines of each object that a section makes, by type and name."""
    said = dict(section)  # of lines that are no object's own the last one counts
    hosts = [each.strip() for each in said.get("remote_hosts", "").split(",") if each.strip()]
    made = {
        ("endpoint", name): _endpoint(name, section, said),
        ("aor", name): _aor(section, said, hosts),
    }
    if _is(said, "accepts_auth"):
        made["auth", f"{name}-iauth"] = _own("inbound_auth", section)
    if _is(said, "sends_auth"):
        made["auth", f"{name}-oauth"] = _own("outbound_auth", section)
    if hosts and not _is(said, "accepts_registrations"):
        made["identify", f"{name}-identify"] = _identify(name, section, hosts)
    if hosts and _is(said, "sends_registrations"):
        made["registration", f"{name}-reg-0"] = _registration(name, section, said, hosts[0])
    return {at: (("type", at[0]), *pairs) for at, pairs in made.items()}


def hint_context_of(section: Pairs) -> str | None:
    """Return the context in which a lamp shows the endpoint, None if there is none."""
    said = dict(section)
    if not (_is(said, "has_hint") and said.get("hint_exten")):
        return None
    return said.get("hint_context") or said.get("endpoint/context") or "default"


def _endpoint(name: str, section: Pairs, said: Mapping[str, str]) -> Pairs:
    pairs = [*_own("endpoint", section), ("aors", name)]
    if said.get("transport"):
        pairs.append(("transport", said["transport"]))
    if _is(said, "sends_auth"):
        pairs.append(("outbound_auth", f"{name}-oauth"))
    if _is(said, "accepts_auth"):
        pairs.append(("auth", f"{name}-iauth"))
    if said.get("outbound_proxy"):
        pairs.append(("outbound_proxy", said["outbound_proxy"]))
    return tuple(pairs)


def _aor(section: Pairs, said: Mapping[str, str], hosts: Sequence[str]) -> Pairs:
    own = _own("aor", section)
    if "contact" in dict(own):
        return own
    pattern = said.get("contact_pattern", _HOST)
    return (*own, *(("contact", _filled(pattern, host)) for host in hosts if pattern))


def _identify(name: str, section: Pairs, hosts: Sequence[str]) -> Pairs:
    own = _own("identify", section)
    match = () if "match" in dict(own) else tuple(("match", h.partition(":")[0]) for h in hosts)
    return (*own, ("endpoint", name), *match)


def _registration(name: str, section: Pairs, said: Mapping[str, str], host: str) -> Pairs:
    user = said.get("outbound_auth/username", "") if _is(said, "sends_auth") else name
    uris = (
        ("server_uri", _filled(said.get("server_uri_pattern", _HOST), host)),
        (
            "client_uri",
            _filled(said.get("client_uri_pattern", "sip:${USERNAME}@${REMOTE_HOST}"), host, user),
        ),
    )
    auth = (("outbound_auth", f"{name}-oauth"),) if _is(said, "sends_auth") else ()
    return (*_own("registration", section), *uris, *auth, ("endpoint", name))


def _own(prefix: str, section: Pairs) -> Pairs:
    """Return the lines of one object: `aor/max_contacts` is its `max_contacts`."""
    return tuple(
        (variable.partition("/")[2], value)
        for variable, value in section
        if variable.startswith(f"{prefix}/")
    )


def _filled(pattern: str, host: str, user: str = "") -> str:
    known = {"REMOTE_HOST": host, "USERNAME": user}
    return re.sub(r"\$\{(\w+)\}", lambda found: known.get(found[1], found[0]), pattern)


def _is(said: Mapping[str, str], option: str) -> bool:
    return said.get(option, "").strip().lower() in _TRUE
