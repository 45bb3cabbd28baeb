"""Secrets inside planned values: generated ones get their value, planned ones must still hold."""

from dataclasses import replace

from reconciler.execution.secrets.fingerprint import Fingerprints
from reconciler.execution.secrets.sources import Secrets
from reconciler.execution.secrets.walk import dotted, mapped, secrets_in
from reconciler.execution.verify import asked_of
from reconciler.model.address import Address
from reconciler.model.change import Adopt, Change, Create, Move, Replace, Update
from reconciler.model.ownership import Owned
from reconciler.model.secret import Secret
from reconciler.model.step import Step
from reconciler.model.value import Fields, Value


class Values:
    """Knows secrets by reference and by fingerprint."""

    def __init__(self, secrets: Secrets, fingerprints: Fingerprints) -> None:
        self.secrets = secrets
        self._fingerprints = fingerprints

    def changed_since_plan(self, step: Step) -> str | None:
        """Return the field whose secret is not the planned one any more; None if all are.

        Secrets that are generated at apply are made (and stored) here, before anything is sent.
        Raises SecretUnavailable.
        """
        for parts, value in secrets_in(asked_of(step.change), step.address.kind):
            if value.reference is not None:
                path = dotted(parts)
                now = self._fingerprint(step.address, path, value)
                if value.fingerprint is not None and value.fingerprint != now:
                    return path
        return None

    def as_sent(self, change: Change) -> Change:
        """Return the change with the fingerprints of what was generated meanwhile."""
        if isinstance(change, (Create, Replace)):
            after = self._known(change.address, change.after)
            return change if after is change.after else replace(change, after=after)
        if isinstance(change, (Update, Adopt, Move)):
            fields = tuple(
                replace(each, after=self._known(change.address, {each.path: each.after})[each.path])
                for each in change.fields
            )
            return replace(change, fields=fields)
        return change

    def as_remembered(self, owned: Owned, native_id: str | None) -> Owned:
        """Return the ledger's row as it is after the step: no secret without fingerprint."""
        return owned._replace(
            fields=self._known(owned.address, owned.fields),
            native_id=native_id or owned.native_id,
        )

    def _known(self, address: Address, fields: Fields) -> Fields:
        """Return the fields with all fingerprints; the same ones if none is missing."""
        found = secrets_in(fields, address.kind)
        if not any(each.reference and each.fingerprint is None for _, each in found):
            return fields

        def known(path: str, value: Value) -> Value:
            if isinstance(value, Secret) and value.reference and value.fingerprint is None:
                return Secret(value.reference, self._fingerprint(address, path, value))
            return value

        return mapped(fields, known)

    def _fingerprint(self, address: Address, path: str, secret: Secret) -> str:
        assert secret.reference is not None
        clear = self.secrets.reveal(secret.reference, address=address, path=path)
        return self._fingerprints(address, path, clear.reveal())
