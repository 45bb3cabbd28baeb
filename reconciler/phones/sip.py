"""The SIP accounts that a phone shall have, with their passwords revealed."""

from typing import Any

from reconciler.device import SipAccount
from reconciler.errors import SecretUnavailable
from reconciler.model.secret import Clear, Secret
from reconciler.phones.meant import Placed
from reconciler.workflow.declare import Declared
from reconciler.workspace import Stores


def accounts_of(phone: Placed, declared: Declared, stores: Stores) -> tuple[SipAccount, ...]:
    """Return a phone's accounts as declared. Raises SecretUnavailable."""
    from reconciler.adapters.renderers import RENDERERS
    from reconciler.phonefiles.build import build_phone
    from reconciler.phonefiles.inventory import take_inventory

    vendor = RENDERERS[phone.vendor]
    model = vendor.models.get(phone.model)
    if model is None:
        return ()
    resource = declared.desired.resources[phone.address]
    inventory = take_inventory(declared.declarations)
    view = build_phone(resource, declared.desired, inventory, phone.vendor, model).value
    return tuple(_account(each, phone, stores) for each in view.accounts)


def _account(account: Any, phone: Placed, stores: Stores) -> SipAccount:
    def value(name: str) -> Any:
        said = account.sip.get(name)
        return None if said is None else said.value

    return SipAccount(
        number=account.number,
        user=account.user,
        server=str(value("server") or ""),
        password=_password(account.secret, phone, stores),
        port=value("port"),
        transport=value("transport") or "udp",
        label=account.label,
        name=account.name,
        expiry_s=value("register_expiry"),
        outbound_proxy=str(value("outbound_proxy") or ""),
    )


def _password(secret: Secret | None, phone: Placed, stores: Stores) -> Clear | None:
    if secret is None or secret.reference is None:
        return None
    found = stores.secrets.look_up(secret.reference, address=phone.address, path="secret")
    if found is None:
        raise SecretUnavailable(
            f"The secret {secret.reference} does not exist yet.",
            hint="reconciler apply makes it, and tells the PBX",
        )
    return found
