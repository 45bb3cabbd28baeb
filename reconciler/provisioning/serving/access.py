"""Access: whether a device may have what it asks for: what is required, what was shown. Pure.

The same work is done whoever asks: every factor is looked at, also when one was missing already,
and a device that does not exist has a stand-in to compare with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from reconciler.model.value import Fields
from reconciler.phonefiles.fetching import USUAL
from reconciler.provisioning.serving.asking import Asked
from reconciler.provisioning.serving.devices import SOFTPHONE, Device
from reconciler.provisioning.serving.digest import Algorithm, Answer, Login, is_right
from reconciler.provisioning.serving.origins import Network, Origin, inside, read_networks
from reconciler.provisioning.signatures import signed_with
from reconciler.provisioning.tokens import Token, shown_among

OF_SOFTPHONES: Final = (frozenset(("token",)),)
"""What a softphone shows: its device key or a link. It is in no network of ours, and its app knows
of neither signatures nor our passwords."""


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """What has to be shown: of each group one factor.

    See `kinds/provisioning.py` for what each value means.
    """

    require: tuple[frozenset[str], ...]
    realm: str = "phones"
    algorithms: tuple[Algorithm, ...] = ("sha-256", "md5")
    nonce_expires_s: int = 60
    plaintext_acknowledged: bool = False
    subnets: tuple[str, ...] = ()
    proxies: tuple[Network, ...] = ()
    failures_per_minute: int = 30
    requests_per_minute: int = 120
    first_access_expires_s: int = 604_800

    @property
    def challenges(self) -> bool:
        """Whether whoever is not let in is asked for a password."""
        return any("digest" in each for each in self.require)

    def of(self, device: Device) -> tuple[frozenset[str], ...]:
        """Return what this device has to show."""
        return OF_SOFTPHONES if device.address.kind == SOFTPHONE else self.require


def policy_of(fields: Fields) -> AccessPolicy:
    """Return the policy that the merged provisioning section declares, and the usual values."""
    usual = AccessPolicy(())
    require = tuple(frozenset(each.split("|")) for each in fields.get("require") or USUAL)
    return AccessPolicy(
        require,
        fields.get("digest.realm") or usual.realm,
        tuple(fields.get("digest.algorithms") or usual.algorithms),
        fields.get("digest.nonce_expires") or usual.nonce_expires_s,
        bool(fields.get("plaintext_acknowledged")),
        tuple(fields.get("subnets") or ()),
        read_networks(fields.get("trusted_proxies") or ())[0],
        fields.get("limits.failures_per_minute") or usual.failures_per_minute,
        fields.get("limits.requests_per_minute") or usual.requests_per_minute,
        fields.get("tokens.first_access_expires") or usual.first_access_expires_s,
    )


class Shown(NamedTuple):
    """What a request shows, beside what its address names.

    `answer` is an answer to a challenge that could still be answered; `certificate` the MAC in
    a client certificate that was checked. `limited` says that the address has failed too often.
    """

    origin: Origin
    method: str
    target: str
    answer: Answer | None = None
    certificate: str = ""
    limited: bool = False


class Decision(NamedTuple):
    """Whether somebody is let in, by what, and why not (for our log, never for them)."""

    allowed: bool
    factors: frozenset[str]
    key: int | None = None
    token: Token | None = None
    reason: str = ""


_NO_LOGIN: Final = Login("", {"sha-256": "0" * 64, "md5": "0" * 32})
_NO_ANSWER: Final = Answer("", "", "", "", "", "md5")


def decide(
    device: Device, tokens: Sequence[Token], asked: Asked, shown: Shown, policy: AccessPolicy,
    keys: Sequence[str], now: str,
) -> Decision:  # fmt: skip
    """Say whether a device may have its files. `keys` sign, `now` is ISO 8601 in UTC."""
    in_subnet = inside(shown.origin.host, device.networks)
    key = signed_with(asked.signatures, device.mac, keys)
    token = shown_among(asked.tokens, tokens, now)
    passed = policy.challenges and is_right(
        shown.answer or _NO_ANSWER, device.login or _NO_LOGIN,
        method=shown.method, target=shown.target, realm=policy.realm,
    )  # fmt: skip
    found = {
        "subnet": in_subnet and not shown.limited,
        "signature": key is not None and bool(device.mac),
        "token": token is not None,
        "digest": passed and shown.answer is not None and not shown.limited,
        "certificate": bool(shown.certificate) and shown.certificate == device.mac,
    }
    factors = frozenset(name for name, is_shown in found.items() if is_shown)
    missing = [" or ".join(sorted(each)) for each in policy.of(device) if not each & factors]
    readable = shown.origin.secure or in_subnet or policy.plaintext_acknowledged
    reason = _reason(device, shown, missing, asks=bool(asked.name or asked.account),
                     readable=readable)  # fmt: skip
    return Decision(not reason, factors, key, token, reason)


def _reason(
    device: Device, shown: Shown, missing: Sequence[str], *, asks: bool, readable: bool
) -> str:
    if not asks:
        return "that is no name of a file"
    if device.stand_in:
        return "unknown device"
    if not device.enabled:
        return "the device is disabled"
    if missing:
        over = "; its address failed too often this minute" if shown.limited else ""
        return f"did not show {', '.join(missing)}{over}"
    return "" if readable else "plain HTTP from outside of the site's networks"


def may_have_shared(place: Device, asked: Asked, shown: Shown, policy: AccessPolicy) -> bool:
    """Whether somebody whom nobody knows may have what is for all devices of a site.

    Only where being in the network is enough: such files hold no secret.
    """
    return (
        inside(shown.origin.host, place.networks)
        and not shown.limited
        and not asked.contradicts
        and all("subnet" in group for group in policy.require)
        and asked.name in place.files
    )


def is_guess(asked: Asked, answered: bool, policy: AccessPolicy) -> bool:  # noqa: FBT001
    """Whether a refused request was a try to get in.

    Where everybody needs a password the first request of every device goes without: it asks for
    the challenge. And who names no device has nothing to guess: phones ask for images and for files
    for all by names that say nothing of them.
    """
    if answered or asked.signatures or asked.tokens:
        return True
    names = asked.mac is not None or asked.contradicts or asked.account
    return names and frozenset(("digest",)) not in policy.require


def shown_of(decision: Decision, policy: AccessPolicy, device: Device) -> Mapping[str, bool]:
    """Return what is required (`subnet or token`) and whether it was shown, for people."""
    return {" or ".join(sorted(each)): bool(each & decision.factors) for each in policy.of(device)}
