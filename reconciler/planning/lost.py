"""The rail against a lost store: generated secrets that would be made a second time. Pure."""

from collections.abc import Iterator

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.model.change import FieldChange, Update
from reconciler.model.ownership import Owned
from reconciler.model.secret import Secret
from reconciler.planning.situation import Situation, allow


def lost_secrets(at: Situation) -> Iterator[Diagnostic]:
    """Generated secrets that an earlier run wrote, and that the store does not hold any more."""
    lost: dict[str, int] = {}
    for change in at.changes(Update):
        row = at.ownership.objects.get(change.address)
        if isinstance(change, Update) and row is not None:
            lost[change.target] = lost.get(change.target, 0) + _is_made_anew(change.fields, row)
    limit = at.policy.limit("lost-secrets").number
    for target, many in sorted(lost.items()):
        if limit is not None and many > limit:
            yield Diagnostic(
                "lost-secrets",
                f"{many} objects on {target.partition('/')[2]} would get new generated secrets, "
                "because the store no longer holds those that were written before; phones and "
                f"people have the old ones (limit: {limit}). A store that was not brought along "
                "looks like this.",
                hint="bring back .reconciler/secrets.store, or the database that held it; or "
                + allow("lost-secrets"),
            )


def _is_made_anew(fields: tuple[FieldChange, ...], row: Owned) -> bool:
    for field in fields:
        old, new = row.fields.get(field.path), field.after
        if isinstance(new, Secret) and isinstance(old, Secret):
            same = new.reference == old.reference and (new.reference or "").startswith("generated")
            if same and new.fingerprint is None and old.fingerprint is not None:
                return True
    return False
