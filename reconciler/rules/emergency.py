"""Emergency: whoever can dial out can call for help."""

from collections.abc import Iterator

from reconciler.diagnostics.codes import found
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
