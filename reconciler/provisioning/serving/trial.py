"""A trial: what an address asks for, who that is, and what is missing, as the server sees it. Pure.

`provision check` fetches an address as a phone would; when that is refused the server says nothing,
so this decides once more, from what is published, and says everything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from reconciler.provisioning.serving.access import AccessPolicy, Decision, Shown, decide, shown_of
from reconciler.provisioning.serving.asking import Asked, read_asked
from reconciler.provisioning.serving.devices import Device, Devices
from reconciler.provisioning.serving.origins import Origin, read_host
from reconciler.provisioning.serving.tokenbook import TokenBook
from reconciler.provisioning.store.records import FileRow
from reconciler.provisioning.tokens import digest_of

HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class Trial:
    """What an address means. `shown` says of each requirement whether the address meets it."""

    asked: Asked
    device: Device
    file: FileRow | None
    decision: Decision
    shown: Mapping[str, bool]
    ended: str = ""
    """Why a token that was shown counts no more."""

    @property
    def known(self) -> bool:
        """Whether it is anybody's."""
        return not self.device.stand_in


def try_out(
    url: str, source: str, devices: Devices, tokens: TokenBook, policy: AccessPolicy,
    keys: Sequence[str], now: str,
) -> Trial:  # fmt: skip
    """Return what the server makes of an address that is asked for from `source`."""
    parts = urlsplit(url)
    asked = read_asked(parts.path.encode(), parts.query.encode())
    device = devices.who(
        asked, tokens.owner_of(asked.tokens), agent_mac="", certificate="", username=""
    )
    shown = Shown(Origin(read_host(source), parts.scheme == "https"), "GET", "")
    decision = decide(device, tokens.of(device.address), asked, shown, policy, keys, now)
    file = devices.file_of(device, asked)
    digests = [digest_of(each) for each in asked.tokens]
    ended = next(
        (each.ended or "expired" for each in tokens.of(device.address)
         if each.digest in digests and decision.token is None), "",
    )  # fmt: skip
    return Trial(asked, device, file, decision, shown_of(decision, policy, device), ended)


def masked(url: str, asked: Asked) -> str:
    """Return an address without what opens something."""
    for secret in sorted((*asked.signatures, *asked.tokens), key=len, reverse=True):
        url = url.replace(secret, HIDDEN).replace(secret.upper(), HIDDEN)
    return url


def agent_for(vendor: str, model: str, mac: str) -> str:
    """Return what a phone of this maker says of itself, with a firmware that is none (0.0.0.0).

    Forms: grandstream.md C, yealink.md C, polycom.md C, other-phones.md.
    """
    colons = ":".join(mac[each : each + 2] for each in range(0, 12, 2))
    known = {
        "yealink": f"Yealink SIP-{model} 0.0.0.0 {colons}",
        "grandstream": f"Grandstream Model HW {model} SW 0.0.0.0 DevId {mac}",
        "polycom": f"FileTransport PolycomVVX-{model}-UA/0.0.0.0 Type/Application",
        "snom": f"Mozilla/4.0 (compatible; snom{model}-SIP 0.0.0.0 0 {mac.upper()})",
        "fanvil": f"Fanvil {model} 0.0.0.0 {mac}",
    }
    return known.get(vendor, "reconciler-check")
