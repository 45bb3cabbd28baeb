"""Provisioning: phones that would be led to where they may not fetch, or find nothing."""

from collections.abc import Iterator

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.place import Place
from reconciler.model.resource import Desired, Resource
from reconciler.rules.rule import Finding, Sorted

_OPTION = "provisioning.dhcp_option"
_OTHERWISE = frozenset(("subnet", "signature", "digest", "certificate"))
"""What a phone can show although DHCP told all of them the same address (or each its own one)."""


def dhcp_without_token(estate: Sorted) -> Iterator[Finding]:
    """Phones that take their address from DHCP, where a token is required that it cannot hold."""
    if not _needs_token(estate.desired):
        return
    led: dict[Place, list[Resource]] = {}
    for resource in estate.of(("phone",)):
        if resource.fields.get(_OPTION) is not None:
            led.setdefault(resource.place_of(_OPTION), []).append(resource)
    for place, phones in led.items():
        first = phones[0]
        more = f" and {len(phones) - 1:,} more" if len(phones) > 1 else ""
        option = first.fields[_OPTION]
        yield Finding(
            found(
                "dhcp-without-token",
                f"{first.address}{more}: a token is required, and DHCP option {option} offers all "
                "phones one address, without any. Phones go there first, and are given nothing.",
                place,
                hint=f"dhcp_option: null, and let DHCP offer no option {option}: then the address "
                "in their own file counts; or require [subnet, signature], whose addresses "
                "`reconciler provision dhcp` hands out phone by phone",
            ),
            first,
        )


def published_on_one_machine(estate: Sorted) -> Iterator[Finding]:
    """Phones' files on the disk of whoever applies, where others work on the same journal."""
    desired = estate.desired
    shared = str(desired.workspace.get("journal") or "").startswith("postgresql")
    if not shared or desired.provisioning.get("store") is not None:
        return
    publishing = {name for name, each in desired.targets.items() if each.adapter == "phones"}
    devices = estate.of(("phone", "softphone"))
    found_ = [each for each in devices if each.target in publishing]
    if not found_:
        return
    first = min(found_, key=lambda each: each.address)
    more = f" and {len(found_) - 1:,} more" if len(found_) > 1 else ""
    yield Finding(
        found(
            "published-on-one-machine",
            f"{first.address}{more}: the journal is shared, but their files would be kept on the "
            "disk of whoever applies. To a colleague or a pipeline they would be gone.",
            first.origin.key(),
            hint="provisioning: {store: postgresql://USER@HOST/DATABASE, store_password: ...}, "
            "and RECONCILER_PUBLISHED_KEY in the pipeline; a path that all share will do, too",
        ),
        first,
    )


def _needs_token(desired: Desired) -> bool:
    for each in desired.provisioning.get("require") or ():
        factors = set(str(each).split("|"))
        if "token" in factors and factors.isdisjoint(_OTHERWISE):
            return True
    return False
