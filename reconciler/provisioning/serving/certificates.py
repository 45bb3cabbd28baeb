"""Certificates of devices: the MAC that stands in a subject's common name. Pure.

Phones come with certificates of their maker whose common name is the MAC (Poly: upper case without
separators, polycom.md; Yealink: CN=MAC, yealink.md). Only one that the TLS layer checked against
`client_ca` gets here: ours, or that of a declared proxy.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.provisioning.serving.asking import mac_in

VERIFIED_HEADER = b"x-client-verify"
SUBJECT_HEADER = b"x-client-dn"
"""What a proxy says of a client's certificate: nginx's $ssl_client_verify and $ssl_client_s_dn."""

_COMMON_NAME = re.compile(r"(?:^|[,/]\s*)CN\s*=\s*([^,/]+)", re.IGNORECASE)


def mac_of_peer(certificate: Mapping[str, Any] | None) -> str:
    """Return the MAC in a certificate as `ssl` gives it (`getpeercert`); empty without one."""
    if not certificate:
        return ""
    names = [
        value
        for part in certificate.get("subject", ())
        for name, value in part
        if name == "commonName"
    ]
    return _mac(names)


def mac_of_subject(verified: str, subject: str) -> str:
    """Return the MAC in a subject that a proxy has checked (RFC 2253 or the older slashes)."""
    return _mac(_COMMON_NAME.findall(subject)) if verified.strip() == "SUCCESS" else ""


def _mac(names: Iterable[str]) -> str:
    found = {mac for each in names if (mac := mac_in(each)) is not None}
    return found.pop() if len(found) == 1 else ""
