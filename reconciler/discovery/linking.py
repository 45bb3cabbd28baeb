"""Which extension a phone belongs to: by its address on a PBX, else by its own accounts. Pure."""

from collections.abc import Iterable, Sequence

from reconciler.device import DeviceAccount
from reconciler.discovery.proposing import Linked
from reconciler.model.address import Address
from reconciler.model.resource import Desired


def link_by_address(host: str | None, rows: Iterable[tuple[str, str, str, str]]) -> Linked | None:
    """Return the extension that is registered from an address, if it is just one.

    `rows` are (address, PBX, extension, User-Agent) of everybody who is registered.
    """
    found = {(pbx, extension) for address, pbx, extension, _ in rows if address == host}
    if host is None or len(found) != 1:
        return None
    pbx, extension = found.pop()
    return Linked(pbx, extension, f"registered from {host} on {pbx}")


def link_by_accounts(accounts: Sequence[DeviceAccount], desired: Desired) -> Linked | None:
    """Return the extension that the phone's first account names, if just one PBX fits.

    A PBX fits when the account's server is what its phones are told (`sip.host`), and it has an
    extension of the account's user.
    """
    for account in accounts:
        server = account.server.rpartition("@")[2].split(":")[0].strip().lower().rstrip(".")
        fitting = [
            name
            for name, fields in desired.pbxs.items()
            if server
            and server == str(fields.get("sip.host") or "").lower().rstrip(".")
            and Address("extension", name, account.user) in desired.resources
        ]
        if len(fitting) == 1:
            why = f"the phone itself registers {account.user} at {server}"
            return Linked(fitting[0], account.user, why)
    return None
