"""Revealing: values in place of references, on the short way to a platform."""

from collections.abc import Iterable, Sequence

from reconciler.execution.secrets.sources import Secrets
from reconciler.execution.secrets.walk import mapped, secrets_in
from reconciler.model.address import Address, parse_address
from reconciler.model.secret import Secret
from reconciler.model.step import Commit, Request, Step
from reconciler.model.target import Target
from reconciler.model.value import Fields, Value


def reveal_requests(
    requests: Sequence[Request], address: Address, secrets: Secrets
) -> tuple[Request, ...]:
    """Return requests with values in place of references. Raises SecretUnavailable.

    A secret without a reference stays: it means "what the platform holds now", which an adapter
    that writes whole objects keeps.
    """

    def reveal(path: str, value: Value) -> Value:
        return _revealed(value, address, path, secrets)

    return tuple(Request(each.verb, mapped(each.args, reveal)) for each in requests)


def reveal_settings(target: Target, secrets: Secrets) -> Fields:
    """Return a target's settings with values in place of references. Raises SecretUnavailable."""
    address = parse_address(target.id) or Address("target", "", target.id)

    def reveal(path: str, value: Value) -> Value:
        return _revealed(value, address, path, secrets)

    return mapped(target.settings, reveal)


def make_generated(steps: Iterable[Step | Commit], secrets: Secrets) -> None:
    """Make all generated secrets that the steps need, in one durable write, before the first send.

    It spares a write per step, and keeps the values of moved objects under their new address.
    """
    wanted: list[str] = []
    for step in steps:
        found = [each for request in step.requests for each in secrets_in(request.args)]
        if isinstance(step, Step):
            kind = step.address.kind
            found += secrets_in(getattr(step.change, "after", {}), kind)
            # A move writes no secret, and yet its values have to go along under the new address.
            found += secrets_in(step.owned.fields if step.owned is not None else {}, kind)
        wanted += [each.reference or "" for _, each in found]
    secrets.make(wanted)


def _revealed(value: Value, address: Address, path: str, secrets: Secrets) -> Value:
    if not isinstance(value, Secret):
        return value
    if value.reference is None:
        # What the platform holds now and nobody declared: the adapter keeps it as it is.
        return value
    return secrets.reveal(value.reference, address=address, path=path)
