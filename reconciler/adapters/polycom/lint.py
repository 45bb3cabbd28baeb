"""What is to be said about a Poly parameter that somebody writes in `raw`."""

import re
from typing import Final

from reconciler.phonefiles.vendor import Remark

_ROOTS: Final = frozenset((
    "acd", "apps", "attendant", "bg", "bluetooth", "call", "callLists", "calls", "cert",
    "dect", "device", "dhcp", "diags", "dialplan", "dir", "divert", "dns", "efk", "em",
    "ethernet", "exchange", "feature", "gains", "hoteling", "homeScreen", "httpd", "ind",
    "key", "keypadLock", "lcl", "license", "lineKey", "lldp", "log", "messaging", "mr", "msg",
    "mtls", "mwi", "nat", "net", "np", "obitalk", "pcc", "phoneLock", "pnet", "poe",
    "powerSaving", "pres", "prov", "ptt", "qbc", "qos", "request", "sec", "server", "sip",
    "siteServer", "sntp", "softkey", "ssi", "ssl", "sys", "tcpIpApp", "tone", "tr069", "up",
    "upgrade", "video", "voIpProt", "voice", "vqm", "wifi", "xmpp",
))  # fmt: skip
"""First segments of parameters (polycom.md, B, and the vendor's references that it cites)."""

_DANGEROUS: Final = {
    "httpd.cfg.secureTunnelRequired": ("1", "opens the phone's pages without encryption"),
    "voIpProt.SIP.specialEvent.checkSync.alwaysReboot": ("0", "restarts the phone at every resync"),
    "device.prov.ztpEnabled": ("0", "lets the vendor's cloud point the phone elsewhere"),
    "feature.lens.enabled": ("0", "hands the phone to the vendor's cloud"),
    "feature.da.enabled": ("0", "hands the phone to the vendor's cloud"),
    "feature.obitalk.enabled": ("0", "hands the phone to the vendor's cloud"),
    "feature.pcc.enabled": ("0", "hands the phone to the vendor's cloud"),
    "apps.restapi.enabled": ("0", "lets whoever has the admin password command the phone"),
    "apps.push.serverRootURL": ("", "lets that server put pages on the phone"),
    "device.set": ("1", "decides whether the phone takes any device setting at all"),
}
"""Parameters that take a phone out of hand, each with its harmless value (polycom.md, A and B)."""


def lint(name: str, value: str | None) -> Remark | None:
    """Return what is to be said about a parameter; None when it looks right and is harmless."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*", name):
        return Remark("value-not-held", f"{name} is not how a parameter can be written")
    if name in _DANGEROUS and value != _DANGEROUS[name][0]:
        return Remark("dangerous-parameter", f"{name} {_DANGEROUS[name][1]}")
    root = name.partition(".")[0]
    if root not in _ROOTS:
        return Remark("unknown-parameter", f"none of its parameters begins with {root}")
    return None
