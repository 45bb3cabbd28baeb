"""Rails around a PBX at work: what others left there, calls that are up. Pure."""

from collections.abc import Iterator, Mapping

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.model.address import Address
from reconciler.model.value import Fields
from reconciler.planning.rails.situation import Situation, allow


def pending_reload(at: Situation) -> Iterator[Diagnostic]:
    """Somebody else's unapplied changes would go live with ours; or nothing would, for now."""
    for name, target in sorted(at.live.targets.items()):
        if target.reloading:
            yield Diagnostic(
                "pending-reload", f"{_pbx(name)}: {target.reloading}.", severity="warning"
            )
        ours = name in at.ownership.owed
        if target.pending_reload and not ours and at.has_writes(name):
            yield Diagnostic(
                "pending-reload",
                f"{_pbx(name)} holds changes of others that are not in effect yet "
                f"({target.pending_reload}); our reload would make them live.",
                hint="apply or discard them on the PBX first; or apply with --include-pending, or "
                + allow("pending-reload"),
            )


def reload_with_calls(at: Situation) -> Iterator[Diagnostic]:
    """Find more calls up than the policy lets a reload meet."""
    limit = at.policy.max_active_calls
    for name, target in sorted(at.live.targets.items()):
        if limit is None or target.active_calls is None or not at.has_writes(name):
            continue
        if target.active_calls > limit:
            yield Diagnostic(
                "active-calls",
                f"{target.active_calls} calls are up on {_pbx(name)} (policy allows a reload "
                f"with {limit}).",
                hint="wait until they have ended; or " + allow("active-calls"),
            )


def capacity(at: Situation) -> Iterator[Diagnostic]:
    """Fewer calls would fit over a PBX's trunks than are up on it now."""
    for name, target in sorted(at.live.targets.items()):
        scope, up = _pbx(name), target.active_calls
        if not up:
            continue
        room, was = _room(at.after, scope), _room(at.before, scope)
        if room is None or up <= room or (was is not None and was <= room):
            continue
        yield Diagnostic(
            "capacity",
            f"After this plan the trunks of {scope} carry {room} calls at once"
            f"{'' if was is None else f' instead of {was}'}; {up} are up there now.",
            hint="raise `channels` of a trunk; or " + allow("capacity"),
        )


def _room(objects: Mapping[Address, Fields], scope: str) -> int | None:
    """Return how many calls a PBX's trunks carry at once; None for any number, or no trunk."""
    trunks = [
        each
        for address, each in objects.items()
        if address.kind == "trunk" and address.scope == scope and each.get("enabled", True)
    ]
    room = 0
    for each in trunks:
        if each.get("channels") is None:
            return None
        room += int(each["channels"])
    return room if trunks else None


def _pbx(target: str) -> str:
    return target.partition("/")[2]
