"""What somebody said is to be removed, and is not ours: it stays, which has to be said. Pure."""

from collections.abc import Iterator

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.planning.rails.situation import Situation


def removed_stays(at: Situation) -> Iterator[Diagnostic]:
    """Whatever `removed` names with `destroy: true` that is there without being ours.

    Somebody else made it; or it was ours, we deleted it, and a backup of the PBX brought it back.
    """
    for each in at.desired.removed:
        address = each.address
        if each.destroy and address in at.before and address not in at.ownership.objects:
            yield Diagnostic(
                "removed-stays",
                f"{address} is to be removed, and is not ours: it is left where it is, and works. "
                "Others made it, or a backup brought it back.",
                each.origin,
                hint="delete it on the PBX; or let it be ours and take it out of the files then: "
                f"reconciler import {address.scope} --target {address} --out DIR",
            )
