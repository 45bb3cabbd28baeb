"""Rails against strangers: routes, networks and passwords that others would call through. Pure."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.place import Place
from reconciler.kinds.outside import outside_numbers
from reconciler.model.change import Adopt, Change, Create, Delete, Forget, Move, Replace, Update
from reconciler.model.value import Fields
from reconciler.planning.lower import writes
from reconciler.planning.rails.situation import Situation, allow

_OPEN: Final = re.compile(r"_?(\+|00|011)?[XZN]?[.!]")
"""Patterns that match any number, or any number abroad."""

_NAMED: Final = 5
"""How many of the numbers that a finding is about it names."""

_WIDEST: Final = {4: 16, 6: 32}
"""The shortest prefix of a network on the internet that one carrier's calls come from."""

_OWN: Final = tuple(ip_network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "fc00::/7"))
"""Networks that the internet does not reach (192.168.0.0/16 is narrow enough by itself)."""


def toll_fraud(at: Situation) -> Iterator[Diagnostic]:
    """Routes that let anybody dial anything, and forwards to numbers that nobody allowed."""
    prefixes = at.policy.allowed_outbound_prefixes
    for change in at.changes(Create, Update, Replace, Adopt, Move):
        if isinstance(change, (Delete, Forget)) or not writes(change):
            continue
        fields = change.after
        if change.address.kind == "outbound_route":
            guarded = fields.get("emergency") or fields.get("classes") or fields.get("pin")
            patterns = [each.get("match", "") for each in fields.get("patterns") or ()]
            wide = [each for each in patterns if _OPEN.fullmatch(each)]
            if wide and not guarded:
                yield Diagnostic(
                    "toll-fraud",
                    f"{change.address} lets every extension dial anything that matches "
                    f"{', '.join(wide)}, abroad included, without a class of service or a PIN.",
                    change.origin,
                    hint="name the classes that may use it (`classes: [international]`), or "
                    + allow("toll-fraud"),
                )
        if prefixes:
            # What a user has set from the phone before is not this plan's doing.
            known = outside_numbers(change.address.kind, getattr(change, "before", {}))
            for number in outside_numbers(change.address.kind, fields):
                if number not in known and not number.lstrip("+").startswith(
                    tuple(p.lstrip("+") for p in prefixes)
                ):
                    yield Diagnostic(
                        "toll-fraud",
                        f"{change.address} would send calls to {number}, which begins with none "
                        f"of the allowed prefixes ({', '.join(prefixes)}).",
                        change.origin,
                        hint="add the prefix to policy.allowed_outbound_prefixes, or "
                        + allow("toll-fraud"),
                    )


def open_acl(at: Situation) -> Iterator[Diagnostic]:
    """Trunks that let in calls from more of the internet than any carrier has."""
    for change in at.changes(Create, Update, Replace, Adopt, Move):
        if isinstance(change, (Delete, Forget)) or change.address.kind != "trunk":
            continue
        known = set(getattr(change, "before", {}).get("match") or ())
        wide = [
            each
            for each in change.after.get("match") or ()
            if each not in known and _is_wide(str(each))
        ]
        if wide and writes(change):
            yield Diagnostic(
                "open-acl",
                f"{change.address} takes calls from anybody in {', '.join(wide)}, without a "
                "password.",
                change.origin,
                hint="name the carrier's own addresses; or " + allow("open-acl"),
            )


def _is_wide(text: str) -> bool:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return False  # a host by its name
    return network.prefixlen < _WIDEST[network.version] and not any(
        _within(network, each) for each in _OWN
    )


def _within(one: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> bool:
    if isinstance(one, IPv4Network) and isinstance(other, IPv4Network):
        return one.subnet_of(other)
    if isinstance(one, IPv6Network) and isinstance(other, IPv6Network):
        return one.subnet_of(other)
    return False


def open_mailbox(at: Situation) -> Iterator[Diagnostic]:
    """New voicemail boxes without a PIN; one that is there may have a PIN of its user's."""
    boxes: dict[str, list[Change]] = {}
    for change in at.changes(Create, Update, Replace, Adopt, Move):
        if isinstance(change, (Delete, Forget)) or change.address.kind != "extension":
            continue
        if not writes(change) or change.after.get("voicemail.pin") is not None:
            continue
        if _has_box(change.after) and not _has_box(getattr(change, "before", {})):
            boxes.setdefault(change.address.scope, []).append(change)
    for pbx, changes in boxes.items():
        numbers = [each.address.key for each in changes]
        some = ", ".join(numbers[:_NAMED]) + (", ..." if len(numbers) > _NAMED else "")
        who = "1 new voicemail box" if len(numbers) == 1 else f"{len(numbers)} new voicemail boxes"
        yield Diagnostic(
            "open-mailbox",
            f"{who} on {pbx} would have no PIN ({some}): whoever dials into voicemail hears the "
            "messages.",
            changes[0].origin,
            hint="voicemail: {pin: {secret: generated}}; or " + allow("open-mailbox"),
        )


def _has_box(fields: Fields) -> bool:
    return fields.get("voicemail.enabled") is not False and any(
        path.startswith("voicemail.") and value is not None for path, value in fields.items()
    )


def weak_secret(at: Situation) -> Iterator[Diagnostic]:
    """Secrets that are easily guessed, where the plan writes them and the policy refuses that."""
    if at.policy.severity("weak-secret") != "refuse":
        return  # then it is said where it stands, whatever is planned
    written = {
        (origin.file, origin.path)
        for change in at.changes(Create, Update, Replace, Adopt, Move)
        if writes(change) and (origin := change.origin) is not None
    }
    for found in at.weak:
        place = found.at
        if isinstance(place, Place) and (place.file, place.path[:2]) in written:
            yield Diagnostic(
                "weak-secret", found.detail, place,
                hint=f"{found.hint}; or {allow('weak-secret')}",
            )  # fmt: skip
