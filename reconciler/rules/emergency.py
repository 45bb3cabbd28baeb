"""Emergency: whoever can dial out can call for help."""

from collections.abc import Iterator

from reconciler.diagnostics.codes import found
from reconciler.model.resource import Desired
from reconciler.rules.rule import Finding


def no_emergency_route(desired: Desired) -> Iterator[Finding]:
    """PBXs whose phones can dial out, but for which no emergency route is declared."""
    dial_out: dict[str, bool] = {}
    for resource in desired.resources.values():
        kind, scope, _ = resource.address
        if kind == "outbound_route" and resource.fields.get("enabled") is not False:
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
