"""Emergency: whoever can dial out can call for help."""

from collections.abc import Iterator

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.place import Place
from reconciler.model.resource import Resource
from reconciler.rules.digits import dials
from reconciler.rules.rule import Finding, Sorted


def no_emergency_route(estate: Sorted) -> Iterator[Finding]:
    """PBXs whose phones can dial out, but for which no emergency route is declared."""
    desired = estate.desired
    dial_out: dict[str, bool] = {}
    for resource in estate.of(("outbound_route",)):
        scope = resource.address.scope
        if resource.fields.get("enabled") is not False:
            helps = resource.fields.get("emergency") or not desired.knows(
                resource.address, "emergency"
            )
            dial_out[scope] = dial_out.get(scope, False) or bool(helps)
    for scope, has_one in dial_out.items():
        target = desired.targets.get(f"pbx/{scope}")
        if has_one or target is None or "outbound_route" in desired.unread:
            continue
        yield Finding(
            found(
                "no-emergency-route",
                f"PBX {scope} has outbound routes, but none with emergency: true.",
                target.origin.key(),
                hint='outbound_routes: {emergency: {order: 1, patterns: ["911"], trunks: [...], '
                "emergency: true}}",
            ),
            target,
        )


def undialled_emergency(estate: Sorted) -> Iterator[Finding]:
    """Phones whose own dial plan does not let an emergency number of their site out."""
    kept: dict[Place, list[tuple[Resource, tuple[str, ...]]]] = {}
    for resource in estate.of(("phone",)):
        plan = resource.fields.get("sip.dial_plan")
        site = estate.desired.sites.get(resource.address.scope, {})
        numbers = tuple(map(str, site.get("emergency.numbers") or ()))
        if isinstance(plan, str) and plan:
            missing = tuple(each for each in numbers if dials(plan, each) is False)
            if missing:
                kept.setdefault(resource.place_of("sip.dial_plan"), []).append((resource, missing))
    for place, phones in kept.items():
        first = phones[0][0]
        more = f" and {len(phones) - 1:,} more" if len(phones) > 1 else ""
        missing = tuple(dict.fromkeys(each for _, numbers in phones for each in numbers))
        yield Finding(
            found(
                "dial-plan-without-emergency",
                f"{first.address}{more} cannot dial {', '.join(missing)}: emergency numbers of the "
                "site that no part of the dial plan takes.",
                place,
                hint=f"add to the dial plan: |{'|'.join(missing)}",
            ),
            first,
        )
