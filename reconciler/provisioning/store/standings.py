"""Where a device stands, from what the published store knows of it. Pure."""

from reconciler.model.standing import Standing
from reconciler.provisioning.store.records import Status
from reconciler.provisioning.store.rows import Row


def standing_of(each: Status, life: Row | None) -> Standing:
    """Return where an owner's device stands; one of whose life nothing is known is onboarding."""
    owner, seen = each.owner, each.seen
    fetched = [each.fetched[name] for name in owner.files if name in each.fetched]
    return Standing(
        owner.address,
        life["state"] if life is not None else "onboarding",
        life["since"] if life is not None else owner.published_at,
        each.status,
        owner.vendor,
        owner.model,
        owner.mac or "",
        max((file.published_at for file in owner.files.values()), default=owner.published_at),
        max((file.at for file in fetched), default=""),
        seen.last_seen,
        seen.source,
        seen.model,
        seen.firmware,
        seen.proved_at,
        each.failure,
        each.attempt,
    )
