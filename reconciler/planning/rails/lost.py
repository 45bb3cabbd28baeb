"""The rail against a lost store: generated secrets that would be made a second time. Pure."""

from collections.abc import Iterator

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.model.change import Adopt, FieldChange, Update
from reconciler.model.ownership import Owned
from reconciler.model.secret import Secret
from reconciler.planning.rails.situation import Situation, allow


def lost_secrets(at: Situation) -> Iterator[Diagnostic]:
    """Generated secrets that an earlier run wrote, and that the store does not hold any more.

    Where the journal is lost with the store, nobody remembers that run: what is taken over has a
    password on the PBX then, and the store none.
    """
    lost: dict[str, int] = {}
    for change in at.changes(Adopt, Update):
        row = at.ownership.objects.get(change.address)
        if isinstance(change, Update) and row is not None:
            lost[change.target] = lost.get(change.target, 0) + _is_made_anew(change.fields, row)
        elif isinstance(change, Adopt):
            lost[change.target] = lost.get(change.target, 0) + is_replaced(change.fields)
    limit = at.policy.limit("lost-secrets").number
    for target, many in sorted(lost.items()):
        if limit is not None and many > limit:
            yield Diagnostic(
                "lost-secrets",
                f"{many} objects on {_scope(target)} would get new generated secrets, "
                "because the store does not hold those that are there; phones and "
                f"people have the old ones (limit: {limit}). A store that was not brought along "
                "looks like this.",
                hint="bring back .reconciler/secrets.store, or the database that held it; or take "
                f"them from the PBX: reconciler secrets recover {_scope(target)}; or "
                + allow("lost-secrets"),
            )


def _scope(target: str) -> str:
    return target.partition("/")[2]


def is_replaced(fields: tuple[FieldChange, ...]) -> bool:
    """Whether a secret that is there gives way to one that is yet to be made."""
    return any(
        isinstance(each.before, Secret)
        and isinstance(each.after, Secret)
        and (each.after.reference or "").startswith("generated")
        and each.after.fingerprint is None
        for each in fields
    )


def _is_made_anew(fields: tuple[FieldChange, ...], row: Owned) -> bool:
    for field in fields:
        old, new = row.fields.get(field.path), field.after
        if isinstance(new, Secret) and isinstance(old, Secret):
            same = new.reference == old.reference and (new.reference or "").startswith("generated")
            if same and new.fingerprint is None and old.fingerprint is not None:
                return True
    return False
